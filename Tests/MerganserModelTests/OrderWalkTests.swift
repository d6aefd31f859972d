import MerganserModel
import OrderSupport
import Testing

/// Random runs of one order, with all that can go wrong; `make order-runs` has more of them.
@Suite struct OrderWalkTests {
  @Test func nothingIsLost() {
    // Other seeds each time: what fails says which seed it was.
    let first = UInt64.random(in: 1...1 << 48)
    print("walks from seed \(first)")
    do throws(OrderFailure) {
      let tally = try OrderWalk.run(seeds: first...first + 199)
      #expect(tally.entries > tally.walks && tally.changes > 0, "\(tally), from seed \(first)")
      #expect(tally.epochs > tally.walks, "\(tally), from seed \(first)")
    } catch {
      Issue.record("\(error)")
    }
  }

  /// A seed is one run in every process, whatever its hashing: what these did once they do again, unless the machine or the walk changes.
  @Test func aSeedIsOneRun() throws {
    let tally = try OrderWalk.run(seeds: 1...20)
    #expect(
      tally.description
        == "20 seeds, 79 entries, 5 changes of voters, 51 epochs; exchanges until all was well: 1 in 2, 2 in 7, 3 in 7, 4 in 3, 5 in 1"
    )
  }

  @Test(arguments: MissingOrderRule.all.filter { $0.seed != nil })
  func whatIsLeftOutIsMissed(missing: MissingOrderRule) throws {
    let seed = try #require(missing.seed)
    let found = OrderWalk.firstHarm(among: seed...seed, plan: missing.plan).failure
    #expect(found?.seed == seed, "\(missing)")
    // With the rule nothing happens.
    var plan = missing.plan
    (plan.guarantees, plan.host) = (.all, .all)
    _ = try OrderWalk.run(seeds: seed...seed, plan: plan)
  }
}
