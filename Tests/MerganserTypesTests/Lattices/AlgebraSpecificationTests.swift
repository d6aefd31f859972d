import MerganserLaws
import MerganserTypes
import Testing

/// What compositions show, as a function of the updates that were seen and of which had seen which.
@Suite struct AlgebraSpecificationTests {
  private enum Change { case first(Int), second(Int) }

  @Test func theSidesOfAPairDoNotMeet() throws {
    try checkSpecification(of: Pair<GSet<Int>, Max<Int>>.self, showing: { $0 }) { pair, _, random in
      let number = random.pick(0...9)
      if random.flip() {
        random.describe("insert \(number)")
        pair.first.insert(number)
        return Change.first(number)
      }
      random.describe("observe \(number)")
      pair.second.observe(number)
      return .second(number)
    } specification: { past in
      Pair(GSet(firsts(past)), and: Max(seconds(past).max()))
    }
  }

  @Test func whatBelongsToTheGreatestStands() throws {
    try checkSpecification(of: Lexicographic<Max<Int>, GSet<Int>>.self, showing: { $0 }) {
      pair, _, random in
      let number = random.pick(0...5)
      if random.pick(0...2) == 0 {
        random.describe("raise to \(number)")
        pair.raise(Max(number))
        return Change.first(number)
      }
      random.describe("insert \(number)")
      pair.second.insert(number)
      return .second(number)
    } specification: { past in
      let greatest = firsts(past).max()
      let standing = past.filter { update in
        firsts(past.filter { $0.precedes(update) }).max() == greatest
      }
      return Lexicographic(Max(greatest), then: GSet(seconds(standing)))
    }
  }

  @Test func whatBelongsToNoneOfSeveralIsGone() throws {
    // What was observed stands only where everything that was raised had been seen.
    try checkSpecification(of: Lexicographic<GSet<Int>, Max<Int>>.self, showing: { $0 }) {
      pair, _, random in
      let number = random.pick(0...5)
      if random.pick(0...2) == 0 {
        random.describe("raise by \(number)")
        pair.raise([number])
        return Change.first(number)
      }
      random.describe("observe \(number)")
      pair.second.observe(number)
      return .second(number)
    } specification: { past in
      let raised = Set(firsts(past))
      let standing = past.filter { update in
        Set(firsts(past.filter { $0.precedes(update) })) == raised
      }
      return Lexicographic(GSet(raised), then: Max(seconds(standing).max()))
    }
  }

  @Test func anOptionalIsThereOnceAnythingWasMergedIntoIt() throws {
    // Merging bottom is an update too: it makes the value be there.
    try checkSpecification(of: GSet<Int>?.self, showing: { $0?.elements }) { set, _, random in
      let number = random.pick(0...9)
      let elements = number < 5 ? [] : [number]
      random.describe("merge \(elements)")
      set.merge(GSet(elements))
      return elements
    } specification: { past in
      past.isEmpty ? nil : Set(past.flatMap(\.operation))
    }
  }

  @Test func aMapHoldsUnderEachKeyWhatWasWrittenThere() throws {
    try checkSpecification(
      of: GMap<Int, PNCounter>.self, showing: { $0.entries.mapValues { try? $0.value } }
    ) { map, author, random in
      let (key, amount) = (random.pick(0...2), random.pick(Int64(-5)...5))
      random.describe("add \(amount) at \(key)")
      _ = try map.update(key) { try $0.increment(by: amount, as: author.replica) }
      return (key: key, amount: amount)
    } specification: { past in
      // Adding nothing makes no key; adding and taking away does.
      Dictionary(grouping: past.map(\.operation).filter { $0.amount != 0 }, by: \.key)
        .mapValues { $0.reduce(0) { $0 + $1.amount } }
    }
  }

  private func firsts(_ past: [PastUpdate<Change>]) -> [Int] {
    past.compactMap { if case .first(let number) = $0.operation { number } else { nil } }
  }

  private func seconds(_ past: [PastUpdate<Change>]) -> [Int] {
    past.compactMap { if case .second(let number) = $0.operation { number } else { nil } }
  }
}
