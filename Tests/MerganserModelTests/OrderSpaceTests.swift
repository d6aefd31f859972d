import MerganserModel
import OrderSupport
import Testing

/// All that small clusters can do, up to a number of states; `make order-runs` goes on.
@Suite struct OrderSpaceTests {
  @Test(arguments: OrderSpace.all.indices)
  func nothingIsBroken(place: Int) {
    let (name, space) = OrderSpace.all[place]
    let result = space.search(upTo: 3000)
    #expect(result.violation == nil, "\(name): \(result)")
    #expect(result.states >= 3000 || result.isComplete)
  }

  /// All there is of two voters, an entry and an epoch of each.
  @Test func twoVotersInAll() {
    var space = OrderSpace()
    (space.others, space.epochs, space.numbers) = (0, 1, 1)
    space.voters = OrderVoters(numbered: 0..<2)
    let result = space.search(upTo: 100_000)
    #expect(result.violation == nil && result.isComplete && result.chosen == 1, "\(result)")
  }

  /// Those that few states are enough for; the rest is missed by walks and schedules.
  @Test(arguments: MissingOrderRule.all.filter { $0.states.map { $0 < 10_000 } ?? false })
  func whatIsLeftOutIsMissed(missing: MissingOrderRule) throws {
    let result = missing.space.search(upTo: try #require(missing.states) + 1)
    #expect(result.violation?.isHarm == true, "\(missing): \(result)")
  }
}
