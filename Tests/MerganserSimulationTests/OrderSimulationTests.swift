import MerganserSimulation
import Testing

/// What is submitted to an order is decided once, the same everywhere, whoever is primary and whoever votes.
@Suite struct OrderSimulationTests {
  @Test func whatIsDecidedStaysSo() throws {
    let first = UInt64.random(in: 1...(1 << 40))
    print("orders from seed \(first)")
    var simulation = try Simulation.registry()
    simulation.events = 200
    simulation.maximumReplicas = 8
    var report = SimulationReport()
    for seed in first..<first + 24 {
      simulation.replicas = 3 + Int(seed % 5)
      do { report.add(try simulation.run(seed: seed)) } catch {
        Issue.record("seed \(seed): \(error)")
        return
      }
    }
    #expect(report.counts["orders that went on"] ?? 0 > 0, "\(report)")
    #expect(report.counts["requests that were decided"] ?? 0 > 200, "\(report)")
    #expect(report.counts["events: takeOver"] ?? 0 > 10, "\(report)")
    // Histories in which one call follows the other are linearizable whatever is wrong.
    let calls = report.counts["calls of registers"] ?? 0
    let answered = calls - (report.counts["calls that nobody was told of"] ?? 0)
    let overlapping = report.counts["calls that were answered and overlapped others"] ?? 0
    #expect(answered > 200 && overlapping * 10 >= answered * 3, "\(report)")
    let views = report.counts["views of the order"] ?? 0
    #expect(report.counts["views that were run again"] ?? 0 > views / 8, "\(report)")
  }

  /// A request that is open when voters are named for the first time runs behind that, and is not rejected.
  @Test func whatIsOpenWhenVotersAreNamedRunsBehindThat() throws {
    let report = try Simulation.registry().replay(
      seed: 1, schedule: ["write 0 0 1", "changeVoters 0 0 7", "settle 0 0 0"])
    #expect(report.counts["calls of registers"] == 1)
    #expect(report.counts["calls that nobody was told of"] == 0)
    #expect(report.counts["orders that went on"] == 1)
  }

  @Test func aSeedIsOneRun() throws {
    let simulation = try Simulation.registry()
    let first = try simulation.run(seed: 7)
    let second = try simulation.run(seed: 7)
    #expect(first.digest == second.digest && first.counts == second.counts)
  }
}
