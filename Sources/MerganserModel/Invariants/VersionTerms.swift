/// Under what a version was written: its schema, its plan, and where its invariants were checked.
///
/// A receiver judges a version by the terms that the version carries, and not by its own.
public struct VersionTerms: Hashable, Sendable {
  /// The fingerprint of the schema; 0 where it is not known, as in versions of format 1.
  public var schema: UInt64
  /// The digest of the plan by which the database ran; 0 if it had none.
  public var plan: UInt64
  /// Where the invariants are known to hold after the transaction.
  public var scope: Scope

  /// The terms with the given parts.
  @inlinable
  public init(schema: UInt64 = 0, plan: UInt64 = 0, scope: Scope = .everywhere) {
    self.schema = schema
    self.plan = plan
    self.scope = scope
  }
}

/// Where the invariants are known to hold after a transaction.
public enum Scope: Sendable {
  /// On every replica, whatever is written elsewhere: the only scope in which an invariant that needs
  /// coordination cannot be risked.
  case everywhere
  /// On this replica, as of now. A merge may break the invariants that need coordination.
  case localOnly
}
