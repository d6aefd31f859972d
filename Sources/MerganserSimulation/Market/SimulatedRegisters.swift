import MerganserDatabase

/// The registers of a simulated schema: rows that its ordered transactions claim, change and read, and nothing else writes.
struct SimulatedRegisters: Sendable {
  /// Their table.
  let table: String
  /// Their keys.
  let keys: [String]
  /// What a call of a transaction does to which register, by the transaction's name and its arguments; `nil` of one that
  /// registers have no part in.
  let call: @Sendable (String, any Sendable) -> (input: RegisterCall, key: String)?
  /// What a snapshot shows of a register.
  let read: @Sendable (Snapshot, String) throws -> String?
}
