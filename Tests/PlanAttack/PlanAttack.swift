import Foundation
import MerganserConfluence
import MerganserModel
import TestSupport

/// Random programs, each analysed and its plan attacked; prints what is unknown.
@main
struct PlanAttack {
  nonisolated(unsafe) static var walked = 0
  nonisolated(unsafe) static var faults = 0

  static func walk(_ program: RandomProgram) throws {
    let replicas = 3
    guard var shown = try? ShownStates(of: program.workload, replicas: replicas) else { return }
    walked += 1
    for number in 0..<4 {
      var walk = try RandomWalk(
        program.workload, replicas: shown.replicas ?? 4, seed: program.seed &* 16 &+ UInt64(number))
      for _ in 0..<250 {
        guard let (state, broken) = try walk.step() else { continue }
        if let name = broken.first(where: shown.kept.contains) {
          print("seed \(program.seed): BROKEN \(name)\n\(program.text)")
          faults += 1
          return
        }
        if try broken.isEmpty && !shown.contains(state) {
          print("seed \(program.seed): NOT SEEN\n\(program.text)")
          faults += 1
          return
        }
      }
    }
  }

  static func main() throws {
    let arguments = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
    let first = arguments.first ?? 1
    let count = arguments.dropFirst().first ?? 100
    var (unknown, invalid, thrown, confluent, refuted) = (0, 0, 0, 0, 0)
    let clock = ContinuousClock()
    var slowest = Duration.zero
    for seed in first..<first + count {
      let program = try RandomProgram(seed: seed)
      let begin = clock.now
      do {
        let analysis = try Analysis(program.workload)
        var isUnknown = false
        for one in analysis.contradictions { print("seed \(seed): contradiction \(one)") }
        for (name, verdict) in analysis.verdicts {
          switch verdict {
          case .unknown(let bound):
            isUnknown = true
            print("seed \(seed): unknown \(name): \(bound)")
          case .confluent: confluent += 1
          case .notConfluent: refuted += 1
          }
        }
        if clock.now - begin > .seconds(1) {
          for (name, verdict) in analysis.verdicts {
            if verdict.isConfluent { print("seed \(seed): slow \(name): \(verdict)") }
          }
          print(analysis.explorations.map(\.endingText))
          print(program.text)
        }
        if isUnknown {
          unknown += 1
          print(program.text)
        }
      } catch {
        thrown += 1
        print("seed \(seed): threw \(error)\n\(program.text)")
      }
      let took = clock.now - begin
      try walk(program)
      if took > .seconds(2) { print("seed \(seed): took \(took)") }
      slowest = max(slowest, took)
    }
    invalid += 0
    print("\(walked) closed searches walked through, \(faults) faults")
    print(
      "\(count) programs: \(unknown) unknown, \(thrown) thrown; verdicts \(confluent) confluent, \(refuted) not; slowest \(slowest)"
    )
  }
}
