import MerganserTypes

/// A map of what lives by dots: each key's value merges by itself, and removing a key takes away what was seen of it.
extension ORMap: ShownType where Value: ShownType {
  static var keepsRepeats: Bool { Value.keepsRepeats }

  private static func ordered(_ keys: some Sequence<Key>) -> [Key] { Set(keys).inOrderOfBytes }

  /// The mark of what is lost of a key's value, and of a key that is removed.
  private static func mark(_ key: Key, losing part: [UInt8]?) -> [UInt8] {
    var encoder = BinaryEncoder()
    encoder.encode(lengthPrefixed: key.binaryEncoded())
    return encoder.bytes + (part.map { [1] + $0 } ?? [0])
  }

  static func plain(_ store: Store, as author: inout Author) throws -> Store {
    var plain = Store()
    for key in ordered(store.keys) {
      plain[key] = try store[key].map { try Value.plain($0, as: &author) }
    }
    return plain
  }

  static func joins(_ one: Store, with other: Store, among: ShownHabits<Store>) throws -> [Store] {
    try choices(of: ordered(Array(one.keys) + Array(other.keys))) { key in
      let begin = mark(key, losing: [])
      let lost = among.lost.filter { $0.starts(with: begin) }.map {
        Array($0.dropFirst(begin.count))
      }
      let joined = try Value.joins(
        one[key] ?? Value.Store(), with: other[key] ?? Value.Store(),
        among: ShownHabits(
          lost: Set(lost), mayHaveSeveralCreations: among.mayHaveSeveralCreations,
          seen: { among.seen().compactMap { $0[key] } }))
      // Who has removed the key may have seen any part of what the other shows.
      guard among.lost.contains(mark(key, losing: nil)) else { return joined }
      return try joined.flatMap { try Value.parts(of: $0, seen: []) } + [Value.Store()]
    }
  }

  static func lost(from before: Store, to after: Store) -> Set<[UInt8]> {
    before.keys.reduce(into: []) { lost, key in
      guard let old = before[key] else { return }
      guard let new = after[key] else {
        lost.insert(mark(key, losing: nil))
        return
      }
      lost.formUnion(Value.lost(from: old, to: new).map { mark(key, losing: $0) })
    }
  }

  static func parts(of store: Store, seen: [Store]) throws -> [Store] {
    try choices(of: ordered(store.keys)) { key in
      try store[key].map { try Value.parts(of: $0, seen: seen.compactMap { $0[key] }) } ?? []
    }
  }

  /// All maps that have one of some values under each key.
  private static func choices(
    of keys: [Key], values: (Key) throws -> [Value.Store]
  ) throws -> [Store] {
    try keys.reduce([Store()]) { choices, key in
      let values = try values(key)
      return try choices.flatMap { choice in
        values.map { value in
          var choice = choice
          choice[key] = value
          return choice
        }
      }.checked()
    }
  }
}
