/// A map from keys to lattices that only grows: merge joins key by key.
///
/// | concurrent, of one key | update |
/// | --- | --- |
/// | **update** | both, as the values' type says |
///
/// A key whose value is bottom is no key. For a map whose keys can be removed, see ``ORMap``.
///
/// Updating costs O(1) on average and what the value costs, a merge O(*m*) for *m* keys on the other
/// side.
public struct GMap<Key: Hashable & BinaryCodable, Value: Decomposable & BinaryCodable>:
  Equatable, Sendable
{
  /// The values that are not bottom, by key.
  public private(set) var entries: [Key: Value]

  /// The map with no key.
  public init() { entries = [:] }

  /// The value of `key`; bottom where there is none.
  public internal(set) subscript(key: Key) -> Value {
    get { entries[key] ?? Value() }
    set { entries[key] = newValue.isBottom ? nil : newValue }
  }

  /// Lets a delta-mutator work on the value of `key`; the delta holds its delta alone.
  @discardableResult
  public mutating func update<Failure: Error>(
    _ key: Key, mutate: (inout Value) throws(Failure) -> Value
  ) throws(Failure) -> Self {
    var value = entries[key] ?? Value()
    let change = try mutate(&value)
    entries[key] = value.isBottom ? nil : value
    var delta = Self()
    if !change.isBottom { delta.entries[key] = change }
    return delta
  }

  /// Joins `value` into that of `key`, and tells whether it grew.
  @discardableResult
  public mutating func merge(_ value: Value, at key: Key) -> Bool {
    if value.isBottom { return false }
    return entries[key, default: Value()].merge(value)
  }
}

extension GMap: Decomposable {
  /// Whether there is no key.
  public var isBottom: Bool { entries.isEmpty }

  /// Joins key by key.
  @discardableResult
  public mutating func merge(_ other: Self) -> Bool {
    var grew = false
    for (key, value) in other.entries where merge(value, at: key) { grew = true }
    return grew
  }

  /// Each part of each value, under its key.
  public func decomposed() -> [Self] {
    entries.flatMap { key, value in
      value.decomposed().map {
        var part = Self()
        part.entries[key] = $0
        return part
      }
    }
  }

  /// What is lacking of each value.
  public func delta(since known: Self) -> Self {
    var delta = Self()
    for (key, value) in entries {
      let lacking = known.entries[key].map { value.delta(since: $0) } ?? value
      if !lacking.isBottom { delta.entries[key] = lacking }
    }
    return delta
  }
}

extension GMap {
  /// Whether it holds of each value.
  @inlinable
  public func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool {
    entries.values.allSatisfy { $0.canBeWritten(by: replica, at: time) }
  }

  /// Makes the change of each key's value once more.
  @discardableResult
  public mutating func repeatChange(
    from before: Self, to after: Self, by author: inout Author
  ) throws(LatticeError) -> Self {
    // Nothing is to have changed if a value refuses.
    var result = self
    var writer = author
    var delta = Self()
    let changed = after.entries.filter { key, value in before.entries[key] != value }
    for key in changed.keys.inCanonicalOrder() {
      let change = try result.update(key) { value throws(LatticeError) in
        try value.repeatChange(from: before[key], to: after[key], by: &writer)
      }
      delta.merge(change)
    }
    self = result
    author = writer
    return delta
  }
}

extension GMap: BinaryCodable {
  /// Appends the keys with their values, in the order of the keys' bytes.
  public func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(count: entries.count)
    for key in entries.keys.inCanonicalOrder() {
      key.encode(to: &encoder)
      self[key].encode(to: &encoder)
    }
  }

  /// Reads what `encode(to:)` wrote.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    var entries: [Key: Value] = [:]
    try decoder.decodeInCanonicalOrder {
      (key: Key, decoder: inout BinaryDecoder) throws(BinaryDecodingError) in
      let start = decoder.offset
      let value = try Value(from: &decoder)
      guard !value.isBottom else {
        throw .invalidValue(offset: start, expected: "a value above bottom")
      }
      entries[key] = value
    }
    self.entries = entries
  }
}

extension GMap: Codable where Key: Codable, Value: Codable {
  private struct Entry: Codable {
    var key: Key
    var value: Value
  }

  /// Reads a list of keys with their values.
  public init(from decoder: any Decoder) throws {
    self.init()
    for entry in try [Entry](from: decoder) { merge(entry.value, at: entry.key) }
  }

  /// Writes the keys with their values, in the order of the keys' bytes.
  public func encode(to encoder: any Encoder) throws {
    try entries.keys.inCanonicalOrder().map { Entry(key: $0, value: self[$0]) }.encode(to: encoder)
  }
}

extension GMap: CustomStringConvertible {
  /// The keys with their values, in the order of the keys' bytes.
  public var description: String {
    "["
      + entries.keys.inCanonicalOrder().map { "\($0): \(self[$0])" }.joined(separator: ", ") + "]"
  }
}

extension GMap: BuiltInType {
  /// The keys' type and the values'.
  public static var componentTypes: [any StoredType.Type] { [Key.self, Value.self] }
}
