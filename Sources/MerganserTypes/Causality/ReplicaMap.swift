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

  /// Whether nothing is in it.
  @inlinable
  public var isEmpty: Bool { replicas.isEmpty }

  /// How many there are.
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

  /// Takes in every entry of `other`, and tells whether anything grew.
  ///
  /// Where both have an entry, `join` merges into ours and tells whether ours grew.
  ///
  /// - Complexity: O(*n* + *m*); O(*m* log *n*) where `other` is small and brings no new replica.
  @inlinable
  @discardableResult
  public mutating func merge(
    _ other: Self, joining join: (inout Value, Value) -> Bool
  ) -> Bool {
    if other.isEmpty { return false }
    if hasReplicas(of: other) { return joinValues(other, join) }
    if other.count < count / 16, let grew = joinKnown(other, join) { return grew }
    var grew = false
    var merged = Self()
    let (mine, theirs) = (self, other)
    merged.replicas = mine.replicas.withUnsafeBufferPointer { a in
      theirs.replicas.withUnsafeBufferPointer { b in
        [ReplicaID](unsafeUninitializedCapacity: a.count + b.count) { replicas, used in
          merged.values = mine.values.withUnsafeBufferPointer { x in
            theirs.values.withUnsafeBufferPointer { y in
              [Value](unsafeUninitializedCapacity: a.count + b.count) { values, count in
                var union = Union(a, x, b, y, into: replicas, values)
                union.merge(join)
                grew = union.grew
                count = union.count
                used = count
              }
            }
          }
        }
      }
    }
    if grew { self = merged }
    return grew
  }

  /// Whether both have the same replicas.
  @inlinable
  func hasReplicas(of other: Self) -> Bool {
    guard count == other.count else { return false }
    return replicas.withUnsafeBufferPointer { a in
      other.replicas.withUnsafeBufferPointer { b in
        if a.baseAddress == b.baseAddress { return true }
        var start = 0
        while start < a.count {
          let end = Swift.min(start + 32, a.count)
          var difference: UInt64 = 0
          for index in start..<end {
            difference |= (a[index].high ^ b[index].high) | (a[index].low ^ b[index].low)
          }
          if difference != 0 { return false }
          start = end
        }
        return true
      }
    }
  }

  /// Joins the values of equal replicas.
  @inlinable
  mutating func joinValues(_ other: Self, _ join: (inout Value, Value) -> Bool) -> Bool {
    var grew = false
    other.values.withUnsafeBufferPointer { theirs in
      values.withUnsafeMutableBufferPointer { mine in
        for index in mine.indices {
          if join(&mine[index], theirs[index]) { grew = true }
        }
      }
    }
    return grew
  }

  /// Joins the values of few replicas one by one; nil, with nothing done, if one of them is new here.
  @inlinable
  mutating func joinKnown(_ other: Self, _ join: (inout Value, Value) -> Bool) -> Bool? {
    for replica in other.replicas where !position(of: replica).found { return nil }
    var grew = false
    for (replica, value) in other {
      if join(&values[position(of: replica).index], value) { grew = true }
    }
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
