import Foundation
import MerganserModel
import MerganserSimulation
import SimulationSupport

/// Simulated clusters, one for each seed: see `make simulate`.
///
/// The arguments are (`orders`, for what is submitted to an order,) the first seed, how many seeds, how many events each has, and how many replicas (0 for 3 to 7). Or
/// `missing`, up to which seed, a part of a name, and from which seed on: each guarantee is left out, until a seed misses it.
/// Ends non-zero where a guarantee does not hold, or is not missed. Or `spread`, how many replicas there are at most, and a
/// file for the picture.
@main
struct SimulationRuns {
  static func main() throws {
    let numbers = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
    if CommandLine.arguments.dropFirst().first == "missing" {
      return try leaveOut(
        from: numbers.dropFirst().first ?? 1, upTo: numbers.first ?? 1000,
        named: CommandLine.arguments.dropFirst(3).first ?? "")
    }
    if CommandLine.arguments.dropFirst().first == "spread" {
      return try spread(
        upTo: Int(numbers.first ?? 1000), picture: CommandLine.arguments.dropFirst(3).first)
    }
    let first = numbers.first ?? 1
    let count = numbers.dropFirst().first ?? 100
    let isOrdered = CommandLine.arguments.dropFirst().first == "orders"
    var simulation = try isOrdered ? Simulation.registry() : Simulation.market()
    simulation.events = Int(numbers.dropFirst(2).first ?? 200)
    simulation.maximumReplicas = 8
    simulation.shrinkingAttempts = 0
    simulation.writesAtEnd = true
    let replicas = Int(numbers.dropFirst(3).first ?? 0)
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
    let seconds = took / .seconds(1)
    let rate = Int(Double(report.events) / seconds)
    let steps = Int(Double(report.steps) / seconds)
    print(report)
    print("digest \(report.digest)")
    print("\(took); \(rate) events/s; \(steps) steps/s; \(failures) failures")
    if failures > 0 { exit(1) }
  }

  /// Leaves each guarantee out, and prints within how many seeds it is missed.
  private static func leaveOut(from first: UInt64, upTo last: UInt64, named name: String) throws {
    var isBlind = false
    for missing in MissingGuarantee.all where name.isEmpty || missing.name.contains(name) {
      let failure = try missing.firstFailure(among: first...max(first, last))
      guard let failure else {
        isBlind = true
        print("\(missing): not missed within \(last) seeds")
        continue
      }
      let isExpected = missing.found.contains(failure.guarantee)
      isBlind = isBlind || !isExpected
      print(
        "\(missing): seed \(failure.seed), \(isExpected ? "" : "unexpected: ")\(failure.guarantee.rawValue): "
          + failure.evidence)
      do { try missing.replayWithAll(failure) } catch {
        isBlind = true
        print("  the same schedule, with all that is promised: \(error)")
      }
    }
    if isBlind { exit(1) }
  }

  /// Has clusters of several sizes sync at random, prints what it takes, and draws it.
  private static func spread(upTo most: Int, picture: String?) throws {
    var runs: [Spread] = []
    print(
      "replicas  rounds  messages  bytes a sync | one more version: rounds  messages  bytes a sync")
    for replicas in [10, 30, 100, 300, 1000] where replicas <= most {
      let simulation = try Simulation.market()
      let run = try simulation.spread(
        among: replicas, seed: 1, writing: simulation.number(ofTransaction: "visit") ?? 0)
      runs.append(run)
      let cells = [run.gathering, run.spreading].map { rounds in
        let syncs = rounds.reduce(0) { $0 + $1.syncs }
        let messages = rounds.reduce(0) { $0 + $1.messages }
        let bytes = rounds.reduce(0) { $0 + $1.bytes }
        return "\(rounds.count)  \(messages)  \(bytes / max(1, syncs))"
      }
      print("\(replicas)  \(cells[0]) | \(cells[1])")
    }
    guard let picture else { return }
    try SpreadPicture(runs: runs).svg.write(toFile: picture, atomically: true, encoding: .utf8)
  }
}
