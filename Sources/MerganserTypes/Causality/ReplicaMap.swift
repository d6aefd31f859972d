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
    replicas.withUnsafeBufferPointer {
      let index = $0.partitioningIndex(from: replica)
      return (index, index < $0.count && $0[index] == replica)
    }
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
      case (false, let value?): insert(replica, value: value, at: index)
      case (false, nil): break
      }
    }
  }

  /// Takes in every entry of `other`, and tells whether anything grew.
  ///
  /// Where both have an entry, `join` merges into ours and tells whether ours grew.
  ///
  /// - Complexity: O(*n* + *m*); where `other` is small, O(*m* log *n*), and the move of what stands behind
  ///   a new replica, in place.
  @inlinable
  @discardableResult
  public mutating func merge(
    _ other: Self, joining join: (inout Value, Value) -> Bool
  ) -> Bool {
    if other.isEmpty { return false }
    if hasReplicas(of: other) { return joinValues(other, join: join) }
    if other.count <= count / 8 { return mergeFew(other, join: join) }
    var grew = false
    var merged = Self()
    let mine = self
    let theirs = other
    merged.replicas = mine.replicas.withUnsafeBufferPointer { a in
      theirs.replicas.withUnsafeBufferPointer { b in
        [ReplicaID](unsafeUninitializedCapacity: a.count + b.count) { replicas, used in
          merged.values = mine.values.withUnsafeBufferPointer { x in
            theirs.values.withUnsafeBufferPointer { y in
              [Value](unsafeUninitializedCapacity: a.count + b.count) { values, count in
                var union = Union(a: a, x: x, b: b, y: y, into: replicas, values: values)
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
  mutating func joinValues(_ other: Self, join: (inout Value, Value) -> Bool) -> Bool {
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

  /// Joins the values of few replicas one by one, and enters those that are new where they belong.
  @inlinable
  mutating func mergeFew(_ other: Self, join: (inout Value, Value) -> Bool) -> Bool {
    var grew = false
    var missing = 0
    for place in other.replicas.indices {
      let (index, found) = position(of: other.replicas[place])
      if found {
        if join(&values[index], other.values[place]) { grew = true }
      } else if other.count == 1 {
        insert(other.replicas[place], value: other.values[place], at: index)
        return true
      } else {
        missing += 1
      }
    }
    if missing == 0 { return grew }
    // Room at the end, and then from the back: what stands before `end` is where it was, and `free` is
    // where the next entry in front of what was placed ends.
    var end = count
    var free = count + missing
    replicas.append(contentsOf: other.replicas.suffix(missing))
    values.append(contentsOf: other.values.suffix(missing))
    for place in other.replicas.indices.reversed() where free > end {
      let replica = other.replicas[place]
      let index = replicas.withUnsafeBufferPointer {
        UnsafeBufferPointer(rebasing: $0[..<end]).partitioningIndex(from: replica)
      }
      if index < end, replicas[index] == replica { continue }
      free -= end - index + 1
      move(index..<end, to: free + 1)
      (replicas[free], values[free]) = (replica, other.values[place])
      end = index
    }
    return true
  }

  /// Adds an entry in front of the one at `index`.
  @inlinable
  mutating func insert(_ replica: ReplicaID, value: Value, at index: Int) {
    let end = count
    append(replica, value: value)
    if index == end { return }
    move(index..<end, to: index + 1)
    (replicas[index], values[index]) = (replica, value)
  }

  /// Moves entries backwards, over whatever stands there.
  @inlinable
  mutating func move(_ entries: Range<Int>, to place: Int) {
    replicas.withUnsafeMutableBufferPointer {
      if let base = $0.baseAddress {
        (base + place).update(from: base + entries.lowerBound, count: entries.count)
      }
    }
    values.withUnsafeMutableBufferPointer {
      if let base = $0.baseAddress {
        (base + place).update(from: base + entries.lowerBound, count: entries.count)
      }
    }
  }

  /// Adds an entry behind the last one; `replica` must be greater than every replica here.
  @inlinable
  mutating func append(_ replica: ReplicaID, value: Value) {
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
      append(replica, value: try decodeValue(&decoder))
    }
  }
}
