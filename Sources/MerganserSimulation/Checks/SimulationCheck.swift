public import MerganserDatabase

/// Something that is to hold of every state of every replica, besides the schema's invariants.
public struct SimulationCheck: Sendable {
  /// The name by which a failure calls it.
  public let name: String
  let body: @Sendable (Snapshot) throws -> Void

  /// The check of the given parts; `body` throws what is wrong with a state.
  public init(_ name: String, body: @escaping @Sendable (Snapshot) throws -> Void) {
    self.name = name
    self.body = body
  }
}
