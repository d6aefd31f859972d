/// Dot stores by key; a key is here as long as its store has anything in it.
public struct DotMap<Key: Hashable & Sendable, Value: DotStore>: DotStore {
  @usableFromInline var entries: [Key: Value]

  /// The store with no key in it.
  @inlinable
  public init() { entries = [:] }

  /// Whether this is bottom: nothing is in it.
  @inlinable
  public var isBottom: Bool { entries.isEmpty }

  /// The store under `key`; one with nothing in it is the same as none.
  @inlinable
  public subscript(key: Key) -> Value? {
    get { entries[key] }
    set { entries[key] = newValue.flatMap { $0.isBottom ? nil : $0 } }
  }

  /// The keys that are here, in no particular order.
  @inlinable
  public var keys: Dictionary<Key, Value>.Keys { entries.keys }

  /// Calls `body` with every dot that lives here.
  @inlinable
  public func forEachDot(_ body: (Dot) -> Void) {
    for value in entries.values { value.forEachDot(body) }
  }

  /// Joins `other` into this store by the rule of dot stores.
  ///
  /// - Complexity: for a small `other` that removed no key, such as the delta of an update, that of its
  ///   keys and of the contexts' runs; else O(*n* + *m*).
  @inlinable
  @discardableResult
  public mutating func merge(
    _ other: Self, seen: CausalContext, otherSeen: CausalContext
  ) -> Bool {
    let bottom = Value()
    let removed = removals(by: other, seen: seen, otherSeen: otherSeen)
    var changed = false
    for (key, theirs) in other.entries {
      if let index = entries.index(forKey: key) {
        if entries.values[index].merge(theirs, seen: seen, otherSeen: otherSeen) {
          changed = true
          if entries.values[index].isBottom { entries.remove(at: index) }
        }
      } else {
        var mine = bottom
        if mine.merge(theirs, seen: seen, otherSeen: otherSeen) {
          self[key] = mine
          changed = true
        }
      }
    }
    guard let removed else { return changed }
    var changes: [(key: Key, value: Value)] = []
    for (key, value) in entries where other.entries[key] == nil {
      var mine = value
      if mine.merge(bottom, seen: seen, otherSeen: removed) { changes.append((key, mine)) }
    }
    for (key, value) in changes { self[key] = value }
    return changed || !changes.isEmpty
  }

  /// The part of `otherSeen` by which keys that `other` does not have can lose something; nil if none.
  ///
  /// What lives in `other`, or here under its keys, lives under no other key; what this side has not
  /// seen lives nowhere here.
  @inlinable
  func removals(
    by other: Self, seen: CausalContext, otherSeen: CausalContext
  ) -> CausalContext? {
    if entries.isEmpty || otherSeen.isBottom { return nil }
    // Of two states about as large, all keys are looked at in any case.
    if other.entries.count > entries.count / 4 { return otherSeen }
    var settled: [Dot] = []
    for (key, theirs) in other.entries {
      theirs.forEachDot { settled.append($0) }
      entries[key]?.forEachDot { settled.append($0) }
    }
    settled.sort()
    let removed = otherSeen.subtracting(CausalContext(settled)).intersection(seen)
    return removed.isBottom ? nil : removed
  }

  /// What a side that has seen `known` may lack.
  @inlinable
  public func excluding(_ known: CausalContext) -> Self {
    var rest = Self()
    for (key, value) in entries { rest[key] = value.excluding(known) }
    return rest
  }
}

extension DotMap: BinaryCodable where Key: BinaryCodable, Value: BinaryCodable {
  /// Keys and values in the order of the keys' bytes.
  @inlinable
  public func encode(to encoder: inout BinaryEncoder) {
    let sorted = entries.map { (key: $0, order: $0.canonicalKey, value: $1) }
      .sorted { $0.order.lexicographicallyPrecedes($1.order) }
    encoder.encode(count: sorted.count)
    for (key, _, value) in sorted {
      key.encode(to: &encoder)
      value.encode(to: &encoder)
    }
  }

  /// The value that the decoder reads, or an error that says what was wrong.
  @inlinable
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    self.init()
    var last: [UInt8]?
    for _ in 0..<(try decoder.decodeCount()) {
      let start = decoder.offset
      let key = try Key(from: &decoder)
      let order = key.canonicalKey
      if let last, !last.lexicographicallyPrecedes(order) {
        throw .invalidValue(offset: start, expected: "keys in ascending order of their bytes")
      }
      last = order
      let value = try Value(from: &decoder)
      guard !value.isBottom else {
        throw .invalidValue(offset: start, expected: "a key with something under it")
      }
      entries[key] = value
    }
  }
}
