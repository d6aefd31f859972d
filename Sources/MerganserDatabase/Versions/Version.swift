public import MerganserTypes

/// One committed transaction: all that it wrote, and what it came after.
///
/// A version is the unit of the log and of the wire. It is applied as a whole or not at all, after
/// its origin's version before it and after everything that ``dependencies`` names.
public struct Version: Equatable, Sendable {
  /// The replica that committed the transaction.
  public var origin: ReplicaID
  /// The sequence numbers of the dots that it wrote.
  public var sequences: ClosedRange<UInt64>
  /// When it committed, on its origin's hybrid clock.
  public var time: HybridTime
  /// What its origin had seen of other replicas that its own version before had not yet seen.
  ///
  /// As an origin's versions are applied in order, these entries and the version before imply the
  /// origin's whole vector.
  public var dependencies: VersionVector
  /// The hash of the origin's version before, or 0 for its first: the link of the hash chain.
  public var previousHash: UInt64
  /// The request that it answers, if it answers one.
  public var request: RequestID?
  /// What it wrote, by table.
  public var tables: [TableDelta]

  /// The version with the given parts.
  public init(
    origin: ReplicaID, sequences: ClosedRange<UInt64>, time: HybridTime,
    dependencies: VersionVector, previousHash: UInt64, request: RequestID? = nil,
    tables: [TableDelta]
  ) {
    self.origin = origin
    self.sequences = sequences
    self.time = time
    self.dependencies = dependencies
    self.previousHash = previousHash
    self.request = request
    self.tables = tables
  }
}

/// What a version wrote to one table.
public struct TableDelta: Equatable, Sendable {
  /// The table's name.
  public var name: String
  /// The rows that it wrote, in the order of their keys.
  public var rows: [RowDelta]

  /// The delta of the given rows.
  public init(name: String, rows: [RowDelta]) {
    self.name = name
    self.rows = rows
  }
}

/// What a version wrote to one row, still encoded: who does not know the table can hand it on.
public struct RowDelta: Equatable, Sendable {
  /// The row's key, in its order-preserving coding.
  public var key: [UInt8]
  /// The encoded delta; it names replicas by their places in its version's table.
  public var delta: [UInt8]

  /// The delta of one row.
  public init(key: [UInt8], delta: [UInt8]) {
    self.key = key
    self.delta = delta
  }
}
