/// Dot stores by key; a key is here as long as its store has anything in it.
///
/// Beside them stands which key each dot lives under, so that a merge looks at the keys of the dots that
/// come and go, and at no others.
public struct DotMap<Key: Hashable & Sendable, Value: DotStore>: DotStore {
  @usableFromInline var entries: [Key: Value]
  /// The live dots with their keys.
  @usableFromInline var owners: LiveDots<Key>

  /// The store with no key in it.
  @inlinable
  public init() {
    entries = [:]
    owners = LiveDots()
  }

  /// Whether this is bottom: nothing is in it.
  @inlinable
  public var isBottom: Bool { entries.isEmpty }

  /// The store under `key`; one with nothing in it is the same as none.
  ///
  /// - Complexity: to read, O(1) on average; to set, that of the dots under the key before and after.
  @inlinable
  public subscript(key: Key) -> Value? {
    get { entries[key] }
    set {
      entries[key]?.forEachDot { owners.remove($0) }
      entries[key] = newValue.flatMap { $0.isBottom ? nil : $0 }
      newValue?.forEachDot { owners.set($0, payload: key) }
    }
  }

  /// The keys that are here, in no particular order.
  @inlinable
  public var keys: Dictionary<Key, Value>.Keys { entries.keys }

  /// Calls `body` with every dot that lives here.
  @inlinable
  public func forEachDot(_ body: (Dot) -> Void) {
    owners.forEach { dot, _ in body(dot) }
  }

  /// The dots that live here, as a context.
  @inlinable
  public var dots: CausalContext { owners.dots }

  /// Joins `other` into this store by the rule of dot stores.
  ///
  /// - Complexity: that of the stores under whose keys a dot comes or goes, and a word for every 64 dots
  ///   that do not; where stores change under dots that stay, also that of all stores of `other`.
  @inlinable
  @discardableResult
  public mutating func merge(
    _ other: Self, seen: CausalContext, otherSeen: CausalContext
  ) -> Bool {
    var touched: [Key] = []
    owners.merge(other.owners, seen: seen, otherSeen: otherSeen) {
      // One key's dots come together, mostly.
      if touched.last != $0 { touched.append($0) }
    }
    if !Value.changesByDotsAlone { touched += other.entries.keys }
    let bottom = Value()
    var changed = false
    for key in touched.count > 1 ? Array(Set(touched)) : touched {
      let theirs = other.entries[key] ?? bottom
      if let index = entries.index(forKey: key) {
        if entries.values[index].merge(theirs, seen: seen, otherSeen: otherSeen) {
          changed = true
          if entries.values[index].isBottom { entries.remove(at: index) }
        }
      } else {
        var mine = bottom
        if mine.merge(theirs, seen: seen, otherSeen: otherSeen) {
          changed = true
          if !mine.isBottom { entries[key] = mine }
        }
      }
    }
    return changed
  }

  /// Takes in a change that a delta-mutator made of the store under `key`, and gives the dots that it
  /// wrote.
  @inlinable
  mutating func note(_ change: Causal<Value>, of key: Key) -> LiveDots<Key> {
    var written = LiveDots<Key>()
    change.store.forEachDot { written.set($0, payload: key) }
    _ = owners.merge(written, seen: CausalContext(), otherSeen: change.context)
    return written
  }

  /// Looks up anew which dots live under which keys; false if one lives under several.
  @discardableResult
  @inlinable
  mutating func lookUpOwners() -> Bool {
    owners = LiveDots()
    if entries.count == 1, let (key, value) = entries.first {
      value.forEachDot { owners.set($0, payload: key) }
      return true
    }
    var dots: [(dot: Dot, key: Key)] = []
    for (key, value) in entries { value.forEachDot { dots.append(($0, key)) } }
    dots.sort { $0.dot < $1.dot }
    for (dot, key) in dots { owners.set(dot, payload: key) }
    // Within one store a dot may stand twice.
    return zip(dots, dots.dropFirst()).allSatisfy { $0.dot != $1.dot || $0.key == $1.key }
  }

  /// What a side that has seen `known` may lack.
  @inlinable
  public func excluding(_ known: CausalContext) -> Self {
    if Value.changesByDotsAlone { return delta(under: dots, since: known).store }
    var rest = Self()
    for (key, value) in entries { rest[key] = value.excluding(known) }
    return rest
  }

  /// The entries that a side with `known` may lack, under a context that names their dots and the dead
  /// ones.
  ///
  /// - Complexity: that of what the delta holds, and a word for every 64 dots that it does not; where
  ///   stores change under dots that stay, that of all.
  @inlinable
  public func delta(under context: CausalContext, since known: CausalContext) -> Causal<Self> {
    guard Value.changesByDotsAlone else {
      let carried = excluding(known)
      return Causal(
        carried, context: context.subtracting(dots.intersection(known).subtracting(carried.dots)))
    }
    let lacking = owners.delta(under: context, since: known)
    var carried = Self()
    lacking.dots.forEach { _, key in
      if carried.entries[key] == nil { carried.entries[key] = entries[key]?.excluding(known) }
    }
    carried.owners = lacking.dots
    return Causal(carried, context: lacking.context)
  }

  /// Whether its stores change only with their dots.
  @inlinable
  public static var changesByDotsAlone: Bool { Value.changesByDotsAlone }

  /// Whether both hold equal stores under the same keys.
  @inlinable
  public static func == (a: Self, b: Self) -> Bool { a.entries == b.entries }
}

extension DotMap: StoredType, BinaryCodable where Key: BinaryCodable, Value: BinaryCodable {
  /// Keys and values in the order of the keys' bytes.
  @inlinable
  public func encode(to encoder: inout BinaryEncoder) {
    if entries.count == 1, let (key, value) = entries.first {
      encoder.encode(count: 1)
      key.encode(to: &encoder)
      value.encode(to: &encoder)
      return
    }
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
    let start = decoder.offset
    var last: [UInt8]?
    let count = try decoder.decodeCount()
    for _ in 0..<count {
      let start = decoder.offset
      let key = try Key(from: &decoder)
      // One key alone is in order.
      let order = count == 1 ? [] : key.canonicalKey
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
    guard lookUpOwners() else {
      throw .invalidValue(offset: start, expected: "keys each of which has dots of its own")
    }
  }
}
