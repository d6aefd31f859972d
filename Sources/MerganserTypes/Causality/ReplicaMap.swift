/// Values by replica, in the order of the replicas.
///
/// What vectors and counters are made of: two sorted arrays side by side, so that a merge is one pass
/// over both sides, and equal maps have equal bytes.
public struct ReplicaMap<Value: Equatable & Sendable>: Equatable, Sendable {
  /// The replicas that have a value, in order.
  public var replicas: [ReplicaID]
  /// Their values, in the same order.
  public var values: [Value]

  /// A map with no entry.
  @inlinable
  public init() {
    replicas = []
    values = []
  }

  @inlinable
  public var isEmpty: Bool { replicas.isEmpty }

  @inlinable
  public var count: Int { replicas.count }

  /// The place of `replica`, or the place where it would be inserted.
  ///
  /// - Complexity: O(log *n*).
  @inlinable
  public func position(of replica: ReplicaID) -> (index: Int, found: Bool) {
    var low = 0
    var high = replicas.count
    while low < high {
      let middle = (low + high) / 2
      if replicas[middle] < replica { low = middle + 1 } else { high = middle }
    }
    return (low, low < replicas.count && replicas[low] == replica)
  }

  /// The value of `replica`; setting `nil` removes it.
  ///
  /// - Complexity: O(log *n*) to read or replace, O(*n*) to insert or remove.
  @inlinable
  public subscript(replica: ReplicaID) -> Value? {
    get {
      let (index, found) = position(of: replica)
      return found ? values[index] : nil
    }
    set {
      let (index, found) = position(of: replica)
      switch (found, newValue) {
      case (true, let value?): values[index] = value
      case (true, nil):
        replicas.remove(at: index)
        values.remove(at: index)
      case (false, let value?):
        replicas.insert(replica, at: index)
        values.insert(value, at: index)
      case (false, nil): break
      }
    }
  }

  /// Takes in every entry of `other`; where both have one, `join` merges into ours and tells whether
  /// ours grew. Returns whether anything grew.
  ///
  /// - Complexity: O(*n* + *m*).
  @inlinable
  @discardableResult
  public mutating func merge(
    _ other: Self, joining join: (inout Value, Value) -> Bool
  ) -> Bool {
    if other.isEmpty { return false }
    var grew = false
    if replicas == other.replicas {
      for index in values.indices where join(&values[index], other.values[index]) { grew = true }
      return grew
    }
    var merged = Self()
    merged.replicas.reserveCapacity(count + other.count)
    merged.values.reserveCapacity(count + other.count)
    var (mine, theirs) = (0, 0)
    while mine < count || theirs < other.count {
      if theirs == other.count || (mine < count && replicas[mine] < other.replicas[theirs]) {
        merged.append(replicas[mine], values[mine])
        mine += 1
      } else if mine == count || other.replicas[theirs] < replicas[mine] {
        merged.append(other.replicas[theirs], other.values[theirs])
        theirs += 1
        grew = true
      } else {
        var value = values[mine]
        if join(&value, other.values[theirs]) { grew = true }
        merged.append(replicas[mine], value)
        mine += 1
        theirs += 1
      }
    }
    if grew { self = merged }
    return grew
  }

  /// Adds an entry behind the last one; `replica` must be greater than every replica here.
  @inlinable
  mutating func append(_ replica: ReplicaID, _ value: Value) {
    replicas.append(replica)
    values.append(value)
  }
}

extension ReplicaMap: Sequence {
  /// The entries, in the order of the replicas.
  @inlinable
  public func makeIterator() -> Zip2Sequence<[ReplicaID], [Value]>.Iterator {
    zip(replicas, values).makeIterator()
  }
}

extension ReplicaMap {
  /// Appends a count, then every replica with what `encodeValue` writes.
  @inlinable
  public func encode(
    to encoder: inout BinaryEncoder, value encodeValue: (Value, inout BinaryEncoder) -> Void
  ) {
    encoder.encode(count: count)
    for (replica, value) in self {
      replica.encode(to: &encoder)
      encodeValue(value, &encoder)
    }
  }

  /// Reads what ``encode(to:value:)`` wrote; replicas out of order are refused.
  @inlinable
  public init(
    from decoder: inout BinaryDecoder,
    value decodeValue: (inout BinaryDecoder) throws(BinaryDecodingError) -> Value
  ) throws(BinaryDecodingError) {
    self.init()
    let count = try decoder.decodeCount(minimumSize: 2)
    replicas.reserveCapacity(count)
    values.reserveCapacity(count)
    for _ in 0..<count {
      let start = decoder.offset
      let replica = try ReplicaID(from: &decoder)
      if let last = replicas.last, last >= replica {
        throw .invalidValue(offset: start, expected: "replicas in ascending order")
      }
      append(replica, try decodeValue(&decoder))
    }
  }
}
