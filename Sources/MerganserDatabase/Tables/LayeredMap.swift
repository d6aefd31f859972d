import MerganserModel
import MerganserTypes

/// A map that is larger than memory may be: what has changed lies over what is stored.
///
/// Three layers, of which the uppermost that knows a key tells its value: what has changed since a
/// checkpoint began, what that checkpoint is storing, and what was stored before. A map that nothing
/// was stored of has the first alone. A copy costs nothing, and stays as it is.
package struct LayeredMap<Value: Sendable>: Sendable {
  /// Where a map's keys stand among those that are stored, and how their values are read.
  final class StoredPlace: Sendable {
    let space: Keyspace
    /// What stands before each key.
    let prefix: [UInt8]
    /// The number by which what was read lately is kept.
    let number: Int
    /// A key as a person reads it.
    let keyText: @Sendable ([UInt8]) -> String
    /// What reads a stored value.
    let decode: @Sendable ([UInt8]) throws(BinaryDecodingError) -> Value?

    init(
      space: Keyspace, prefix: [UInt8], number: Int,
      keyText: @escaping @Sendable ([UInt8]) -> String = { "\($0)" },
      decode: @escaping @Sendable ([UInt8]) throws(BinaryDecodingError) -> Value?
    ) {
      self.space = space
      self.prefix = prefix
      self.number = number
      self.keyText = keyText
      self.decode = decode
    }
  }

  /// What is stored, for all maps that rest on it.
  final class StoredLayer: Sendable {
    let state: any StoredState
    /// What was read of it lately; `nil` if that is not kept.
    let cached: StoredCache<Value>.Generation?

    init(_ state: any StoredState, cached: StoredCache<Value>.Generation? = nil) {
      self.state = state
      self.cached = cached
    }
  }

  /// The lowest layer of a map.
  struct Base: Sendable {
    let place: StoredPlace
    let layer: StoredLayer

    var state: any StoredState { layer.state }
    var space: Keyspace { place.space }
    var prefix: [UInt8] { place.prefix }
    var cached: StoredCache<Value>.Table? {
      layer.cached.map { StoredCache.Table(generation: $0, number: place.number) }
    }

    /// The value of a key; `isPassing` says that it will be looked for in memory from now on.
    func value(
      of key: UnsafeRawBufferPointer, isPassing: Bool = false
    ) throws(StorageError) -> Value? {
      var isWanted = false
      let cached = cached
      if let value = cached?.value(of: key, isWanted: &isWanted) { return value }
      guard let bytes = try state.value(of: prefix + key, in: space) else { return nil }
      let value = try decoded(bytes, key: Array(key))
      if isWanted, !isPassing { cached?.keep(value, of: key, size: bytes.count) }
      return value
    }

    func decoded(_ bytes: [UInt8], key: [UInt8]) throws(StorageError) -> Value {
      var reason = "nothing is in it"
      do { if let value = try place.decode(bytes) { return value } } catch { reason = "\(error)" }
      throw unreadable(key, reason: reason)
    }

    /// What is said of a key whose stored bytes are not those of a value.
    func unreadable(_ key: [UInt8], reason: String) -> StorageError {
      let table = String(decoding: prefix.prefix { $0 >= 0x20 }, as: UTF8.self)
      return .unreadableRow(UnreadableRow(table: table, key: place.keyText(key), reason: reason))
    }
  }

  /// What a layer knows of a key: its value, or that it has none.
  struct Slot: Sendable {
    var value: Value?
  }

  private(set) var active = OrderedMap<Slot>()
  private(set) var frozen: OrderedMap<Slot>?
  /// Where the map is stored, if it is; `nil` for one that never is.
  private let place: StoredPlace?
  /// What is stored; ``LayeredMaps`` lends it to the map.
  var layer: StoredLayer?
  /// How many keys have a value.
  private(set) var count = 0

  /// The map in which nothing is, to be stored in the given place.
  init(at place: StoredPlace?) { self.place = place }

  /// Whether what is in memory is the same as in another map, of which it is a copy.
  func sharesMemory(with other: LayeredMap) -> Bool {
    guard active.isCopy(of: other.active), count == other.count else { return false }
    guard let frozen, let theirs = other.frozen else { return frozen == nil && other.frozen == nil }
    return frozen.isCopy(of: theirs)
  }

  /// The stored layer, if there is one.
  var base: Base? {
    guard let place, let layer else { return nil }
    return Base(place: place, layer: layer)
  }

  /// The value of a key.
  func value(of key: [UInt8]) throws(StorageError) -> Value? {
    if let slot = active[key] { return slot.value }
    if let slot = frozen?[key] { return slot.value }
    guard let base else { return nil }
    let result: Result<Value?, StorageError> = key.withUnsafeBytes { key in
      Result { () throws(StorageError) in try base.value(of: key) }
    }
    return try result.get()
  }

  /// The bytes of a key in the stored layer; `nil` if it has none.
  func storedBytes(of key: [UInt8]) throws(StorageError) -> [UInt8]? {
    guard let base else { return nil }
    return try base.state.value(of: base.prefix + key, in: base.space)
  }

  /// Changes the value of a key; one that becomes nothing is taken out.
  ///
  /// - Parameters:
  ///   - key: the key.
  ///   - isChange: tells by what `body` returns whether it changed the value. Where it did not, nothing is kept
  ///     that was not in memory before.
  ///   - body: changes the value.
  /// - Returns: what `body` returned.
  /// - Throws: ``/MerganserModel/StorageError``, if a stored value cannot be read.
  mutating func update<Result>(
    _ key: UnsafeRawBufferPointer, isChange: (Result) -> Bool = { _ in true },
    body: (inout Value?) -> Result
  ) throws(StorageError) -> Result {
    let frozen = frozen
    let base = base
    var difference = 0
    let result = try active.update(key) { slot throws(StorageError) in
      var value: Value?
      let wasActive = slot != nil
      if slot != nil {
        value = slot?.value
        // Let go of the other copy, so that the value is changed where it stands.
        slot = nil
      } else if let slot = frozen?.value(of: key) {
        value = slot.value
      } else if let base {
        value = try base.value(of: key, isPassing: true)
      }
      if value != nil { difference -= 1 }
      let result = body(&value)
      if value != nil { difference += 1 }
      let showsBelow = frozen != nil || base != nil
      let isKept = wasActive || isChange(result)
      slot = isKept && (value != nil || showsBelow) ? Slot(value: value) : nil
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

  /// Gives a key a value, or takes it out, without a look at what it has been; ``count`` says nothing of a
  /// map that is changed so.
  mutating func overwrite(_ key: [UInt8], with value: Value?) {
    let showsBelow = frozen != nil || base != nil
    active[key] = value != nil || showsBelow ? Slot(value: value) : nil
  }

  /// Takes a key out and puts another in its place with a value of its own, as ``overwrite(_:with:)`` does.
  mutating func move(_ old: [UInt8], to new: [UInt8], value: Value) {
    if frozen == nil, base == nil {
      old.withUnsafeBytes { old in
        new.withUnsafeBytes { active.move(from: old, to: $0, value: Slot(value: value)) }
      }
    } else {
      overwrite(old, with: nil)
      overwrite(new, with: value)
    }
  }

  /// Asks for the memory that changes to several maps are going to touch.
  static func prefetch(_ places: [(map: LayeredMap, key: [UInt8])]) {
    OrderedMap.prefetch(places.map { ($0.map.active, $0.key) })
  }

  /// The last key before `key` that has a value, and the first behind it.
  func neighbors(
    of key: [UInt8]
  ) throws(StorageError) -> (
    before: (key: [UInt8], value: Value)?, after: (key: [UInt8], value: Value)?
  ) {
    var (before, after) = key.withUnsafeBytes { active.neighbors(of: $0) }
    if let (lower, upper) = frozen.map({ map in key.withUnsafeBytes { map.neighbors(of: $0) } }) {
      if let lower, before.map({ $0.key.precedes(lower.key) }) ?? true { before = lower }
      if let upper, after.map({ upper.key.precedes($0.key) }) ?? true { after = upper }
    }
    let stored = try base.map { base throws(StorageError) in
      try base.state.neighbors(of: base.prefix + key, in: base.space)
    }
    return (
      try resolve(
        before, stored: stored?.before, isCloser: { $1.precedes($0) }, orBeyond: last(before:)),
      try resolve(after, stored: stored?.after, isCloser: { $0.precedes($1) }) {
        key throws(StorageError) in
        var behind = try entries(from: key + [0])
        return try behind.next()
      }
    )
  }

  /// The closer one of an entry in memory and one that is stored, or what lies beyond it if memory says
  /// that it is gone.
  private func resolve(
    _ inMemory: (key: [UInt8], value: Slot)?, stored: StateEntry?,
    isCloser: ([UInt8], [UInt8]) -> Bool,
    orBeyond beyond: ([UInt8]) throws(StorageError) -> (key: [UInt8], value: Value)?
  ) throws(StorageError) -> (key: [UInt8], value: Value)? {
    // What stands behind another prefix belongs to another map.
    if let base, let stored, stored.key.starts(with: base.prefix) {
      let key = Array(stored.key.dropFirst(base.prefix.count))
      if inMemory.map({ isCloser(key, $0.key) }) ?? true {
        return (key, try base.decoded(stored.value, key: key))
      }
    }
    guard let (key, slot) = inMemory else { return nil }
    if let value = slot.value { return (key, value) }
    return try beyond(key)
  }

  /// The last key before `key` that has a value.
  func last(before key: [UInt8]) throws(StorageError) -> (key: [UInt8], value: Value)? {
    var key = key
    while true {
      var found = active.last(before: key)
      if let lower = frozen?.last(before: key), found.map({ $0.key.precedes(lower.key) }) ?? true {
        found = lower
      }
      if let base, let entry = try base.state.entry(before: base.prefix + key, in: base.space),
        entry.key.starts(with: base.prefix)
      {
        let stored = Array(entry.key.dropFirst(base.prefix.count))
        if found.map({ $0.key.precedes(stored) }) ?? true {
          return (stored, try base.decoded(entry.value, key: stored))
        }
      }
      guard let (place, slot) = found else { return nil }
      if let value = slot.value { return (place, value) }
      key = place
    }
  }
}

// Checkpoints.
extension LayeredMap {
  /// Puts what is in memory aside to be stored; what changes from now on lies over it.
  mutating func freeze() {
    frozen = active
    active = OrderedMap()
  }

  /// Lets go of what was put aside, which is stored.
  mutating func letGoOfFrozen() { frozen = nil }

  /// Takes `count` keys to be in the stored layer, which is the only one.
  mutating func takeStored(count: Int) { self.count = count }
}
