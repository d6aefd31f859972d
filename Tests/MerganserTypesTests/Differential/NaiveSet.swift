import MerganserTypes

/// An add-wins set by the definition and nothing else: each element's live dots, and all the dots ever
/// seen, each dot for itself.
struct NaiveSet: Equatable {
  var live: [Int: Set<Dot>] = [:]
  var seen: Set<Dot> = []

  /// The live dots with their elements, in order.
  var sortedEntries: [(dot: Dot, element: Int)] {
    live.flatMap { element, dots in dots.map { (dot: $0, element: element) } }
      .sorted { $0.dot < $1.dot }
  }

  /// The state that inserts `element` under `dot` in place of its dots here.
  func insertion(of element: Int, under dot: Dot) -> NaiveSet {
    NaiveSet(live: [element: [dot]], seen: (live[element] ?? []).union([dot]))
  }

  /// The state that removes `element`.
  func removal(of element: Int) -> NaiveSet {
    NaiveSet(live: [:], seen: live[element] ?? [])
  }

  /// Merges, and tells whether anything changed: a dot lives on if both have it, or if one has it and
  /// the other has not seen it.
  mutating func merge(_ other: NaiveSet) -> Bool {
    var changed = false
    for (element, mine) in live {
      let theirs = other.live[element] ?? []
      let dead = mine.filter { !theirs.contains($0) && other.seen.contains($0) }
      if dead.isEmpty { continue }
      changed = true
      let left = mine.subtracting(dead)
      live[element] = left.isEmpty ? nil : left
    }
    for (element, theirs) in other.live {
      let new = theirs.filter { !seen.contains($0) }
      if new.isEmpty { continue }
      changed = true
      live[element, default: []].formUnion(new)
    }
    for dot in other.seen where seen.insert(dot).inserted { changed = true }
    return changed
  }

  /// What a set that has seen `known` lacks: the dots unknown to it, and the news of those that died.
  func delta(since known: Set<Dot>) -> NaiveSet {
    let alive = Set(live.values.joined())
    return NaiveSet(
      live: live.mapValues { $0.subtracting(known) }.filter { !$0.value.isEmpty },
      seen: seen.filter { !known.contains($0) || !alive.contains($0) })
  }
}
