import Foundation
import MerganserSimulation

/// Simulated clusters, one for each seed: see `make simulate`.
///
/// Ends non-zero where a guarantee does not hold.
@main
struct SimulationRuns {
  static func main() throws {
    let arguments = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
    let first = arguments.first ?? 1
    let count = arguments.dropFirst().first ?? 100
    var simulation = try Simulation.market()
    if let events = arguments.dropFirst(2).first { simulation.events = Int(events) }
    var report = SimulationReport()
    var failures = 0
    let clock = ContinuousClock()
    let begin = clock.now
    for seed in first..<first + count {
      simulation.replicas = 3 + Int(seed % 4)
      do { report.add(try simulation.run(seed: seed)) } catch {
        failures += 1
        print(error)
        if failures >= 3 { break }
      }
    }
    print(report)
    print("digest \(report.digest)")
    let took = clock.now - begin
    print(
      "\(took); \(Int(Double(report.events) / (took / .seconds(1)))) events/s; \(failures) failures"
    )
    if failures > 0 { exit(1) }
  }
}
