import MerganserSimulation
import Testing

/// What ships, in a market with all that can go wrong: the small form of `make simulate`.
@Suite struct MarketTests {
  @Test(arguments: [3, 5, 7] as [Int])
  func everyGuaranteeHolds(replicas: Int) throws {
    var simulation = try Simulation.market()
    simulation.replicas = replicas
    simulation.events = 200
    let first = UInt64(replicas * 100)
    let report = try simulation.run(seeds: first...first + 5)
    #expect(report.runs == 6)
    #expect(report.events == 1200)
    for what in ["commits", "syncs that succeeded", "syncs that failed", "starts"] {
      #expect(report.counts[what] ?? 0 > 0, "\(what): none in\n\(report)")
    }
  }

  /// The same seed is the same run, state by state.
  @Test func aSeedIsOneRun() throws {
    var simulation = try Simulation.market()
    simulation.events = 150
    let reports = try (0..<2).map { _ in try simulation.run(seeds: 40...43) }
    #expect(reports[0] == reports[1])
    #expect(reports[0].digest != 0)
    #expect(try simulation.run(seeds: 41...44).digest != reports[0].digest)
  }

  /// Without faults every sync comes to its end.
  @Test func nothingFailsWhereNothingGoesWrong() throws {
    var simulation = try Simulation.market()
    simulation.faults = .none
    simulation.events = 200
    let report = try simulation.run(seeds: 1...5)
    #expect(report.faults == FaultTable())
    #expect(report.counts["writes that failed"] == nil)
    #expect(report.counts["events: lose"] == nil)
    #expect(report.counts["commits"] ?? 0 > 50)
  }
}
