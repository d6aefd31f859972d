import Foundation
import RandomPrograms

/// Random programs: each is analysed, and what is said of it held against random histories, of databases whose states were
/// not renamed, and of real replicas that run by its plan.
///
/// Ends non-zero where a history shows what was said not to be, an analysis throws, or more than 5 % is unknown.
@main
struct PlanAttack {
  static func main() async throws {
    let arguments = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
    let first = arguments.first ?? 1
    let count = Int(arguments.dropFirst().first ?? 50)
    let programs = ProgramSeries(from: first, count: count)
    // Two at a time: a program is analysed by one thread.
    let tally = try await withThrowingTaskGroup(of: ProgramTally.self) { group in
      for _ in 0..<2 {
        group.addTask {
          var tally = ProgramTally()
          while let program = try programs.next() { try await tally.take(program) }
          return tally
        }
      }
      var sum = ProgramTally()
      for try await tally in group { sum.add(tally) }
      return sum
    }
    print(tally.text)
    if tally.faults > 0 || tally.unknown * 20 > tally.programs { exit(1) }
  }
}
