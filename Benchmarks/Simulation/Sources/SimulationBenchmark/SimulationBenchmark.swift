import Foundation
import Merganser
import MerganserSimulation

// How many runs, events and steps of a simulated cluster there are in a second of one core, with all faults and all checks,
// and how that grows with the replicas and with the events of a run.

/// What a number of runs took.
struct Measured {
  let runs: Int
  let report: SimulationReport
  let seconds: Double

  /// What happened so often, a second.
  func rate(_ count: Int) -> String { padded(Double(count) / seconds, places: 0) }

  /// The milliseconds of one run.
  var perRun: Double { 1000 * seconds / Double(runs) }
}

/// A number as a cell of a table.
func padded(_ number: Double, places: Int) -> String {
  let text = String(format: "%.\(places)f", number)
  return String(repeating: " ", count: max(0, 12 - text.count)) + text
}

/// The seconds of computing that `body` takes on this thread, so that what else the machine does falls out.
func seconds(_ body: () throws -> Void) rethrows -> Double {
  func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
  let start = now()
  try body()
  return now() - start
}

/// Runs so many seeds of clusters of one size.
func measure(runs: Int, replicas: Int, events: Int) throws -> Measured {
  var simulation = try Simulation.shop()
  simulation.replicas = replicas
  simulation.maximumReplicas = replicas + 2
  simulation.events = events
  var report = SimulationReport()
  let taken = try seconds { report = try simulation.run(seeds: 1...UInt64(runs)) }
  return Measured(runs: runs, report: report, seconds: taken)
}

@main
struct SimulationBenchmark {
  static func main() throws {
    let runs = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 100
    print("replicas  events      seeds/s    events/s     steps/s     ms a run   × the row before")
    var last: Double?
    func row(replicas: Int, events: Int, runs: Int) throws {
      let measured = try measure(runs: runs, replicas: replicas, events: events)
      let ratio = last.map { padded(measured.perRun / $0, places: 2) } ?? ""
      let sizes = [replicas, events].map { String(padded(Double($0), places: 0).suffix(8)) }
      let rates = [measured.runs, measured.report.events, measured.report.steps].map(measured.rate)
      print((sizes + [rates.joined(), padded(measured.perRun, places: 2), ratio]).joined())
      last = measured.perRun
    }
    for replicas in [2, 4, 8, 16] { try row(replicas: replicas, events: 200, runs: runs) }
    last = nil
    for events in [100, 200, 400, 800] { try row(replicas: 5, events: events, runs: runs) }
  }
}
