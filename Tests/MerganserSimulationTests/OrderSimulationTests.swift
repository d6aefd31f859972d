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
  }

  @Test func aSeedIsOneRun() throws {
    let simulation = try Simulation.registry()
    let first = try simulation.run(seed: 7)
    let second = try simulation.run(seed: 7)
    #expect(first.digest == second.digest && first.counts == second.counts)
  }
}
