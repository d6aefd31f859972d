import Foundation
import MerganserModel
import MerganserSimulation

/// Simulated clusters, one for each seed: see `make simulate`.
///
/// The arguments are the first seed, how many seeds, how many events each has, how many replicas (0 for 3 to 7), and a
/// guarantee that is switched off by its bit. Ends non-zero where a guarantee does not hold.
@main
struct SimulationRuns {
  static func main() throws {
    let arguments = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
    let first = arguments.first ?? 1
    let count = arguments.dropFirst().first ?? 100
    var simulation = try Simulation.market()
    if let events = arguments.dropFirst(2).first { simulation.events = Int(events) }
    let replicas = Int(arguments.dropFirst(3).first ?? 0)
    if let bit = arguments.dropFirst(4).first {
      simulation.guarantees.remove(Guarantees(rawValue: 1 << UInt(bit)))
    }
    var report = SimulationReport()
    var failures = 0
    let clock = ContinuousClock()
    let begin = clock.now
    for seed in first..<first + count {
      simulation.replicas = replicas > 0 ? replicas : 3 + Int(seed % 5)
      do { report.add(try simulation.run(seed: seed)) } catch {
        failures += 1
        print(error)
        if failures >= 3 { break }
      }
    }
    let took = clock.now - begin
    let rate = Int(Double(report.events) / (took / .seconds(1)))
    print(report)
    print("digest \(report.digest)")
    print("\(took); \(rate) events/s; \(failures) failures")
    if failures > 0 { exit(1) }
  }
}
