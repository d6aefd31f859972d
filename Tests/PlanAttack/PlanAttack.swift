import Foundation
import MerganserConfluence
import MerganserModel
import RandomPrograms

/// Random programs: each is analysed, and what is said of it held against random histories.
///
/// Ends non-zero where a history shows what was said not to be, an analysis throws, or more than 5 % is unknown.
@main
struct PlanAttack {
  private var programs = 0
  private var confluent = 0
  private var refuted = 0
  private var unknown = 0
  private var walked = 0
  private var faults = 0
  private var slowest = Duration.zero

  static func main() throws {
    let arguments = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
    let first = arguments.first ?? 1
    let count = arguments.dropFirst().first ?? 50
    var attack = PlanAttack()
    var seed = first
    while attack.programs < count {
      try attack.take(RandomProgram(seed: seed))
      seed += 1
    }
    attack.conclude()
  }

  /// Analyses a program and walks through its histories; one whose start breaks its own conditions is none.
  private mutating func take(_ program: RandomProgram) throws {
    if (try? RandomWalk(program.workload, replicas: 2, seed: 1)) == nil { return }
    programs += 1
    let clock = ContinuousClock()
    let begin = clock.now
    do {
      let analysis = try Analysis(program.workload)
      for one in analysis.contradictions { fail(program, why: "a contradiction: \(one)") }
      let open = analysis.verdicts.filter {
        if case .unknown = $0.verdict { true } else { false }
      }
      confluent += analysis.verdicts.count(where: { $0.verdict.isConfluent })
      refuted += analysis.verdicts.count(where: { $0.verdict.counterexample != nil })
      if !open.isEmpty {
        unknown += 1
        print("seed \(program.seed): unknown: \(open.map { "\($0.invariant): \($0.verdict)" })")
        print(program.text)
      }
    } catch {
      fail(program, why: "thrown: \(error)")
    }
    let took = clock.now - begin
    if took > .seconds(2) { print("seed \(program.seed): took \(took)") }
    slowest = max(slowest, took)
    try walk(program)
  }

  private mutating func fail(_ program: RandomProgram, why: String) {
    faults += 1
    print("seed \(program.seed): \(why)\n\(program.text)")
  }

  /// Walks through histories of a program, and expects each state among those that are said to be shown.
  private mutating func walk(_ program: RandomProgram) throws {
    guard var shown = try ShownStates(of: program.workload, replicas: 3) else { return }
    walked += 1
    for number in 0..<4 {
      var walk = try RandomWalk(
        program.workload, replicas: shown.replicas ?? 4, seed: program.seed &* 16 &+ UInt64(number))
      for _ in 0..<250 {
        guard let (state, broken) = try walk.step() else { continue }
        if let name = broken.first(where: shown.kept.contains) {
          return fail(program, why: "\(name) is broken, and was said to hold")
        }
        if try broken.isEmpty && !shown.contains(state) {
          return fail(program, why: "a state is shown that was not seen")
        }
      }
    }
  }

  private func conclude() {
    print(
      """
      \(programs) programs: \(confluent) invariants hold, \(refuted) are broken; unknown in \(unknown) programs
      \(walked) searches of what is shown walked through; \(faults) faults; the slowest took \(slowest)
      """)
    if faults > 0 || unknown * 20 > programs { exit(1) }
  }
}
