import MerganserTypes

/// The obvious add-wins set, as one would first write it: a dictionary from elements to dot sets, and
/// what has been seen, as a version vector and the dots beyond its gaps.
struct Baseline<Element: Hashable> {
  var entries: [Element: Set<Dot>] = [:]
  var vector: [ReplicaID: UInt64] = [:]
  var beyond: Set<Dot> = []

  func hasSeen(_ dot: Dot) -> Bool {
    dot.sequence <= vector[dot.replica, default: 0] || beyond.contains(dot)
  }

  mutating func insert(_ element: Element, as replica: ReplicaID) {
    vector[replica, default: 0] += 1
    entries[element] = [Dot(replica, vector[replica, default: 0])]
  }

  mutating func remove(_ element: Element) { entries[element] = nil }

  func contains(_ element: Element) -> Bool { entries[element] != nil }

  mutating func merge(_ other: Baseline) {
    for (element, mine) in entries {
      let theirs = other.entries[element] ?? []
      let alive = mine.filter { theirs.contains($0) || !other.hasSeen($0) }
      if alive.count != mine.count { entries[element] = alive.isEmpty ? nil : alive }
    }
    for (element, theirs) in other.entries {
      let new = theirs.filter { !hasSeen($0) }
      if !new.isEmpty { entries[element, default: []].formUnion(new) }
    }
    vector.merge(other.vector) { max($0, $1) }
    for dot in other.beyond { see(dot) }
  }

  mutating func see(_ dot: Dot) {
    if hasSeen(dot) { return }
    beyond.insert(dot)
    while beyond.remove(Dot(dot.replica, vector[dot.replica, default: 0] + 1)) != nil {
      vector[dot.replica, default: 0] += 1
    }
  }

  /// The insertions that `known` has not seen; the dead dots, which it does not keep, go unnamed.
  func delta(since known: Baseline) -> Baseline {
    var delta = Baseline()
    for (element, dots) in entries {
      let new = dots.filter { !known.hasSeen($0) }
      if new.isEmpty { continue }
      delta.entries[element] = new
      delta.beyond.formUnion(new)
    }
    return delta
  }
}
