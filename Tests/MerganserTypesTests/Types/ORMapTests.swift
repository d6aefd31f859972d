import MerganserLaws
import MerganserTypes
import Testing

private let a = ReplicaID(high: 1, low: 0)
private let b = ReplicaID(high: 2, low: 0)

private typealias Tags = ORMap<String, MVRegister<Int>>
private typealias Nested = ORMap<String, ORMap<String, EnableWinsFlag>>
private typealias Counters = ORMap<String, Incarnated<PNCounter>>

@Suite struct ORMapTests {
  @Test func laws() throws {
    try checkLaws(of: Tags.self, observing: { $0.description }) { map, author, random in
      let (key, value) = (random.flip() ? "x" : "y", random.pick(0...9))
      return map.update(as: &author) { store, author in
        value < 3
          ? store.remove(key, as: &author)
          : store.update(key, as: &author) { $0.set(value, as: &$1) }
      }
    }
    try checkLaws(of: Nested.self, observing: { $0.description }) { map, author, random in
      let (key, inner) = (random.flip() ? "x" : "y", random.flip() ? "p" : "q")
      let action = random.pick(0...5)
      return map.update(as: &author) { store, author in
        if action == 0 { return store.remove(key, as: &author) }
        return store.update(key, as: &author) { store, author in
          if action == 1 { return store.remove(inner, as: &author) }
          return store.update(inner, as: &author) { action == 2 ? $0.clear() : $0.mark(as: &$1) }
        }
      }
    }
    try checkLaws(of: Counters.self, observing: { $0.description }) { map, author, random in
      let (key, amount) = (random.flip() ? "x" : "y", random.pick(Int64(-2)...9))
      return try map.update(as: &author) { store, author in
        if amount == 0 { return store.remove(key, as: &author) }
        return try store.update(key, as: &author) { store, author in
          try store.write(as: &author) { try $0.increment(by: amount, as: $1.replica) }
        }
      }
    }
  }

  private enum Change { case enable(String, String), disable(String, String), remove(String) }

  @Test func removingAKeyResetsWhatWasSeenOfItsValue() throws {
    try checkSpecification(of: Nested.self, showing: shown) { map, author, random in
      let (key, inner) = (random.flip() ? "x" : "y", random.flip() ? "p" : "q")
      switch random.pick(0...4) {
      case 0:
        random.describe("remove \(key)")
        map.remove(key, as: author.replica)
        return Change.remove(key)
      case 1:
        random.describe("disable \(key).\(inner)")
        map.update(key, as: author.replica) {
          $0.update(inner, as: &$1) { store, _ in store.clear() }
        }
        return .disable(key, inner)
      default:
        random.describe("enable \(key).\(inner)")
        map.update(key, as: author.replica) { $0.update(inner, as: &$1) { $0.mark(as: &$1) } }
        return .enable(key, inner)
      }
    } specification: { past in
      var names: Set<String> = []
      for enabling in past {
        guard case .enable(let key, let inner) = enabling.operation else { continue }
        let ended = past.contains { later in
          switch later.operation {
          case .remove(key), .disable(key, inner): enabling.precedes(later)
          default: false
          }
        }
        if !ended { names.insert(key + inner) }
      }
      return names
    }
  }

  private func shown(_ map: Nested) -> Set<String> {
    var names: Set<String> = []
    for key in map.keys {
      for inner in map[key]?.keys.map({ $0 }) ?? [] { names.insert(key + inner) }
    }
    return names
  }

  @Test func aCounterUnderAKeyDiesWithItsIncarnation() throws {
    try checkSpecification(of: Incarnated<PNCounter>.self, showing: { try? $0.value?.value }) {
      counter, author, random in
      if random.pick(0...4) == 0 {
        random.describe("remove")
        counter.remove(as: author.replica)
        return Int64?.none
      }
      let amount = random.pick(Int64(1)...9)
      random.describe("add \(amount)")
      try counter.write(as: author.replica) { try $0.increment(by: amount, as: $1.replica) }
      return amount
    } specification: { past in
      // Which incarnation each update wrote to: the least that lived where it was made.
      var creators: [Int] = []
      func living(among seen: [Int], creators: [Int]) -> [Int] {
        Set(seen.filter { past[$0].operation != nil }.map { creators[$0] })
          .filter { creator in
            !seen.contains { past[$0].operation == nil && past[creator].precedes(past[$0]) }
          }
          .sorted { (past[$0].author, $0) < (past[$1].author, $1) }
      }
      for index in past.indices {
        let seen = past.indices.filter { past[$0].precedes(past[index]) }
        creators.append(living(among: seen, creators: creators).first ?? index)
      }
      let alive = living(among: Array(past.indices), creators: creators)
      if alive.isEmpty { return nil }
      return past.indices.filter { past[$0].operation != nil && alive.contains(creators[$0]) }
        .reduce(Int64(0)) { $0 + (past[$1].operation ?? 0) }
    }
  }

  @Test func aKeyCreatedOnBothSidesHasTheMergeOfBoth() throws {
    var left = Counters()
    var right = Counters()
    try left.update("x", as: a) {
      try $0.write(as: &$1) { try $0.increment(by: 2, as: $1.replica) }
    }
    try right.update("x", as: b) {
      try $0.write(as: &$1) { try $0.increment(by: 3, as: $1.replica) }
    }
    left.merge(right)
    #expect(try left["x"]?.value?.value == 5)

    var tags = Nested()
    var others = Nested()
    tags.update("x", as: a) { $0.update("p", as: &$1) { $0.mark(as: &$1) } }
    others.update("x", as: b) { $0.update("q", as: &$1) { $0.mark(as: &$1) } }
    tags.merge(others)
    #expect(tags["x"]?.keys.sorted() == ["p", "q"])
  }

  @Test func mergingANestedMapAgainChangesNothing() {
    var map = Nested()
    map.update("x", as: a) { $0.update("p", as: &$1) { $0.mark(as: &$1) } }
    var copy = map
    copy.update("x", as: b) { $0.update("q", as: &$1) { $0.mark(as: &$1) } }
    let grewFirst = map.merge(copy)
    let grewAgain = map.merge(copy)
    #expect(grewFirst)
    #expect(!grewAgain)
    #expect(map == copy)
  }

  @Test func aRefusedUpdateCreatesNoKey() {
    var map = Counters()
    #expect(throws: LatticeError.negativeAmount(-1)) {
      try map.update("x", as: a) {
        try $0.write(as: &$1) { try $0.increment(by: -1, as: $1.replica) }
      }
    }
    #expect(map.isBottom)
  }

  @Test func keysThatNameReplicasAreCoded() throws {
    var map = ORMap<ReplicaID, EnableWinsFlag>()
    for number in 1...9 {
      map.update(ReplicaID(high: UInt64(number * 7 % 10), low: 5), as: a) { $0.mark(as: &$1) }
    }
    #expect(try ORMap(binaryEncoded: map.binaryEncoded()) == map)
  }
}
