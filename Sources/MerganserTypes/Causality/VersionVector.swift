/// How far each replica's writes have been seen: of every replica all of the first *n*.
///
/// The vectors form a lattice under the pointwise maximum. Parker et al., *Detection of Mutual
/// Inconsistency in Distributed Systems* (1983).
public struct VersionVector: BoundedJoinSemilattice, Hashable {
  @usableFromInline var entries: ReplicaMap<UInt64>

  /// The vector that has seen nothing.
  @inlinable
  public init() {
    entries = ReplicaMap()
  }

  /// The replicas of which anything was seen, in order.
  @inlinable
  public var replicas: [ReplicaID] { entries.replicas }

  /// The greatest sequence number seen of `replica`; 0 where nothing was.
  ///
  /// - Complexity: O(log *n*) to read; O(*n*) to set for a replica that was not there.
  @inlinable
  public subscript(replica: ReplicaID) -> UInt64 {
    get { entries[replica] ?? 0 }
    set { entries[replica] = newValue == 0 ? nil : newValue }
  }

  /// Whether the write named `dot` has been seen.
  @inlinable
  public func contains(_ dot: Dot) -> Bool {
    dot.sequence <= self[dot.replica]
  }

  /// Joins by the pointwise maximum.
  ///
  /// - Complexity: O(*n* + *m*).
  @inlinable
  @discardableResult
  public mutating func merge(_ other: VersionVector) -> Bool {
    entries.merge(other.entries) { mine, theirs in
      guard mine < theirs else { return false }
      mine = theirs
      return true
    }
  }

  /// Whether this vector has seen nothing that `other` has not.
  ///
  /// - Complexity: O(*n* log *m*).
  @inlinable
  public func isCovered(by other: VersionVector) -> Bool {
    entries.allSatisfy { $1 <= other[$0] }
  }

  /// Feeds what makes values equal to `hasher`.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(entries.replicas)
    hasher.combine(entries.values)
  }
}

extension VersionVector: Sequence {
  /// The replicas with the greatest number seen of each, in the order of the replicas.
  @inlinable
  public func makeIterator() -> Zip2Sequence<[ReplicaID], [UInt64]>.Iterator {
    entries.makeIterator()
  }
}

extension VersionVector: CustomStringConvertible {
  /// The value as a person reads it.
  public var description: String {
    "[" + map { "\($0.shortDescription):\($1)" }.joined(separator: " ") + "]"
  }
}

extension VersionVector: BinaryCodable {
  /// Appends this value's bytes, or writes it for interchange.
  @inlinable
  public func encode(to encoder: inout BinaryEncoder) {
    entries.encode(to: &encoder) { $1.encode(varint: $0) }
  }

  /// The value that the decoder reads, or an error that says what was wrong.
  @inlinable
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    entries = try ReplicaMap(from: &decoder) { decoder throws(BinaryDecodingError) in
      try decoder.decodeSequence()
    }
  }
}
