import MerganserDatabase

/// Proves that invariants of some kinds are closed under merge.
public struct Solver: Sendable {
  /// How a proof was found; nothing if it was not.
  func proof(of rule: SchemaDescription.Rule, writing effects: Set<Effect>) -> String? { nil }
}
