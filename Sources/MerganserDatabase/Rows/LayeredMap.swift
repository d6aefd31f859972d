import MerganserTypes

/// A map that is larger than memory may be: what has changed lies over what is stored.
///
/// Three layers, of which the uppermost that knows a key tells its value: what has changed since a
/// checkpoint began, what that checkpoint is storing, and what was stored before. A map that nothing
/// was stored of has the first alone. A copy costs nothing, and stays as it is.
struct LayeredMap<Value: Sendable>: Sendable {
  /// Where the lowest layer is.
  struct Base: Sendable {
    let state: any StoredState
    let space: StateSpace
    /// What stands before each key.
    let prefix: [UInt8]
    /// What reads a stored value.
    let decode: @Sendable ([UInt8]) throws(BinaryDecodingError) -> Value?

    func value(of key: [UInt8]) throws(StorageError) -> Value? {
      guard let bytes = try state.value(of: prefix + key, in: space) else { return nil }
      return try decoded(bytes, key)
    }

    func decoded(_ bytes: [UInt8], _ key: [UInt8]) throws(StorageError) -> Value {
      var reason = "nothing is in it"
      do { if let value = try decode(bytes) { return value } } catch { reason = "\(error)" }
      let table = String(decoding: prefix.prefix { $0 >= 0x20 }, as: UTF8.self)
      throw .damaged(place: "a stored row of \(table), key \(key)", reason: reason)
    }
  }

  /// What a layer knows of a key: its value, or that it has none.
  struct Slot: Sendable {
    var value: Value?
  }

  private var recent = OrderedMap<Slot>()
  private(set) var frozen: OrderedMap<Slot>?
  private(set) var base: Base?
  /// How many keys have a value.
  private(set) var count = 0

  /// The map in which nothing is, and of which nothing is stored.
  init() {}

  /// The value of a key.
  func value(of key: [UInt8]) throws(StorageError) -> Value? {
    if let slot = recent[key] { return slot.value }
    if let slot = frozen?[key] { return slot.value }
    return try base?.value(of: key)
  }

  /// Changes the value of a key; one that becomes nothing is taken out.
  mutating func update<Result>(
    _ key: UnsafeRawBufferPointer, _ body: (inout Value?) -> Result
  ) throws(StorageError) -> Result {
    let (frozen, base) = (frozen, base)
    var difference = 0
    let result = try recent.update(key) { slot throws(StorageError) in
      var value: Value?
      if slot != nil {
        value = slot?.value
        // Let go of the other copy, so that the value is changed where it stands.
        slot = nil
      } else if let slot = frozen?.value(of: key) {
        value = slot.value
      } else if let base {
        value = try base.value(of: Array(key))
      }
      if value != nil { difference -= 1 }
      let result = body(&value)
      if value != nil { difference += 1 }
      let showsBelow = frozen != nil || base != nil
      slot = value != nil || showsBelow ? Slot(value: value) : nil
      return result
    }
    count += difference
    return result
  }

  /// Gives a key a value, or takes it out.
  mutating func set(_ key: [UInt8], to value: Value?) throws(StorageError) {
    let result: Result<Void, StorageError> = key.withUnsafeBytes { key in
      Result { () throws(StorageError) in try update(key) { $0 = value } }
    }
    try result.get()
  }

  /// Takes a key out and puts another in its place with a value of its own.
  mutating func move(_ old: [UInt8], to new: [UInt8], _ value: Value) throws(StorageError) {
    if frozen == nil, base == nil {
      old.withUnsafeBytes { old in
        new.withUnsafeBytes { recent.move(from: old, to: $0, Slot(value: value)) }
      }
    } else {
      try set(old, to: nil)
      try set(new, to: value)
    }
  }

  /// The last key before `key` that has a value, and the first behind it.
  func neighbors(
    of key: [UInt8]
  ) throws(StorageError) -> (
    before: (key: [UInt8], value: Value)?, after: (key: [UInt8], value: Value)?
  ) {
    if frozen == nil, base == nil {
      let (before, after) = key.withUnsafeBytes { recent.neighbors(of: $0) }
      return (
        before.flatMap { entry in entry.value.value.map { (entry.key, $0) } },
        after.flatMap { entry in entry.value.value.map { (entry.key, $0) } }
      )
    }
    var behind = try entries(from: key + [0])
    return (try last(before: key), try behind.next())
  }

  /// The last key before `key` that has a value.
  func last(before key: [UInt8]) throws(StorageError) -> (key: [UInt8], value: Value)? {
    var key = key
    while true {
      var found = recent.last(before: key)
      if let lower = frozen?.last(before: key), found.map({ $0.key.precedes(lower.key) }) ?? true {
        found = lower
      }
      if let base, let entry = try base.state.entry(before: base.prefix + key, in: base.space),
        entry.key.starts(with: base.prefix)
      {
        let stored = Array(entry.key.dropFirst(base.prefix.count))
        if found.map({ $0.key.precedes(stored) }) ?? true {
          return (stored, try base.decoded(entry.value, stored))
        }
      }
      guard let (place, slot) = found else { return nil }
      if let value = slot.value { return (place, value) }
      key = place
    }
  }

  /// Steps through the keys from `key` on that have values.
  func entries(from key: [UInt8] = []) throws(StorageError) -> Iterator {
    try Iterator(self, from: key)
  }

  /// Steps through keys and values in the order of the keys.
  struct Iterator {
    private var memory: [OrderedMap<Slot>.Iterator]
    /// The next entry of each layer in memory, the uppermost first.
    private var heads: [(key: [UInt8], value: Slot)?]
    private let base: Base?
    private let reader: (any StateReader)?
    private var stored: StateEntry?

    fileprivate init(_ map: LayeredMap, from key: [UInt8]) throws(StorageError) {
      memory = [map.recent, map.frozen].compactMap { $0?.entries(from: key) }
      heads = []
      for place in memory.indices { heads.append(memory[place].next()) }
      base = map.base
      reader = try map.base.map { base throws(StorageError) in
        try base.state.entries(from: base.prefix + key, in: base.space)
      }
      try readStored()
    }

    private mutating func readStored() throws(StorageError) {
      stored = try reader?.next()
      guard let base, var entry = stored else { return }
      if entry.key.starts(with: base.prefix) {
        entry.key.removeFirst(base.prefix.count)
        stored = entry
      } else {
        stored = nil
      }
    }

    /// The next key and its value; nothing behind the last.
    mutating func next() throws(StorageError) -> (key: [UInt8], value: Value)? {
      while true {
        var first: (key: [UInt8], slot: Slot?)?
        for head in heads {
          guard let head else { continue }
          if let found = first, !head.key.precedes(found.key) { continue }
          first = (head.key, head.value)
        }
        if let stored, first.map({ stored.key.precedes($0.key) }) ?? true {
          first = (stored.key, nil)
        }
        guard let (key, slot) = first else { return nil }
        let bytes = stored?.key == key ? stored?.value : nil
        if bytes != nil { try readStored() }
        for place in heads.indices where heads[place]?.key == key {
          heads[place] = memory[place].next()
        }
        if let slot {
          if let value = slot.value { return (key, value) }
        } else if let bytes, let base {
          return (key, try base.decoded(bytes, key))
        }
      }
    }
  }
}

// Checkpoints.
extension LayeredMap {
  /// Puts what is in memory aside to be stored; what changes from now on lies over it.
  mutating func freeze() {
    frozen = recent
    recent = OrderedMap()
  }

  /// Looks for what memory does not know in `base` from now on, which has the same; if what was put
  /// aside is stored there, it is let go of.
  mutating func rest(on base: Base?, isStored: Bool) {
    self.base = base
    if isStored { frozen = nil }
  }

  /// Takes `count` keys to be in the stored layer, which is the only one.
  mutating func rest(on base: Base?, count: Int) {
    self.base = base
    self.count = count
  }
}
