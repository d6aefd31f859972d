public import MerganserTypes

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
