public import MerganserTypes

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
  public init(schema: UInt64 = 0, plan: UInt64 = 0, scope: Scope = .everywhere) {
    self.schema = schema
    self.plan = plan
    self.scope = scope
  }
}

/// A part of a version that later programs add, and that earlier ones keep and hand on unread.
public struct VersionExtension: Hashable, Sendable {
  /// What kind of extension it is.
  public var tag: UInt64
  /// Its bytes.
  public var bytes: [UInt8]

  /// The extension of the given parts.
  public init(tag: UInt64, bytes: [UInt8]) {
    self.tag = tag
    self.bytes = bytes
  }
}

/// The greatest sequence number of an origin that a version depends on, and the hash of the origin's version
/// that ends there.
///
/// The hash says *which* history of the origin the version rests on: hashes make the log a Merkle DAG.
public struct Dependency: Hashable, Sendable {
  /// The replica whose version it is.
  public var origin: ReplicaID
  /// The version's last sequence number.
  public var sequence: UInt64
  /// The version's hash; `nil` in versions of format 1, which carry none.
  public var hash: UInt64?

  /// The dependency with the given parts.
  public init(origin: ReplicaID, sequence: UInt64, hash: UInt64?) {
    self.origin = origin
    self.sequence = sequence
    self.hash = hash
  }
}

/// Where the invariants are known to hold after a transaction.
public enum Scope: Sendable {
  /// On every replica, whatever is written elsewhere: the only scope in which a rule that needs
  /// coordination cannot be risked.
  case everywhere
  /// On this replica, as of now. A merge may break the rules that need coordination.
  case localOnly
}
