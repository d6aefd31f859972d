import MerganserTypes

/// Two values side by side: each merges by itself.
extension Pair: ShownType
where First: ShownType, Second: ShownType, First.Store == First, Second.Store == Second {
  static var keepsRepeats: Bool { First.keepsRepeats || Second.keepsRepeats }
  static var hangsOnSeen: Bool { First.hangsOnSeen || Second.hangsOnSeen }

  static func plain(_ store: Self, as author: inout Author) throws -> Self {
    let first = try First.plain(store.first, as: &author)
    return Self(first, and: try Second.plain(store.second, as: &author))
  }

  static func joins(_ one: Self, with other: Self, among: ShownHabits<Self>) throws -> [Self] {
    func lost(_ mark: UInt8) -> Set<[UInt8]> {
      Set(among.lost.filter { $0.first == mark }.map { Array($0.dropFirst()) })
    }
    let first = try First.joins(
      one.first, with: other.first,
      among: ShownHabits(
        lost: lost(0), mayHaveSeveralCreations: among.mayHaveSeveralCreations,
        seen: { among.seen().map(\.first) }))
    let second = try Second.joins(
      one.second, with: other.second,
      among: ShownHabits(
        lost: lost(1), mayHaveSeveralCreations: among.mayHaveSeveralCreations,
        seen: { among.seen().map(\.second) }))
    return try pairs(of: first, and: second)
  }

  static func lost(from before: Self, to after: Self) -> Set<[UInt8]> {
    let first = First.lost(from: before.first, to: after.first).map { [0] + $0 }
    return Set(first + Second.lost(from: before.second, to: after.second).map { [1] + $0 })
  }

  static func parts(of store: Self, seen: [Self]) throws -> [Self] {
    try pairs(
      of: First.parts(of: store.first, seen: seen.map(\.first)),
      and: Second.parts(of: store.second, seen: seen.map(\.second)))
  }

  private static func pairs(of first: [First], and second: [Second]) throws -> [Self] {
    try first.flatMap { one in second.map { Self(one, and: $0) } }.checked()
  }
}
