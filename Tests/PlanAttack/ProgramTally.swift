import MerganserAttack
import MerganserConfluence
import MerganserModel
import RandomPrograms

/// What was said of programs, and what became of it.
struct ProgramTally: Sendable {
  private(set) var programs = 0
  private(set) var unknown = 0
  private(set) var faults = 0
  private var confluent = 0
  private var refuted = 0
  private var walked = 0
  private var attacked = 0
  private var searchedPlans = 0
  private var idle = 0
  private var summary = AttackSummary()
  private var slowest = Duration.zero
  private var attacking = Duration.zero

  /// Steps of the attack on each plan.
  private static let steps = 1000

  mutating func add(_ other: ProgramTally) {
    programs += other.programs
    unknown += other.unknown
    faults += other.faults
    confluent += other.confluent
    refuted += other.refuted
    walked += other.walked
    attacked += other.attacked
    searchedPlans += other.searchedPlans
    idle += other.idle
    summary.add(other.summary)
    slowest = max(slowest, other.slowest)
    attacking += other.attacking
  }

  /// Analyses a program, walks through its histories, and attacks its plan.
  mutating func take(_ program: RandomProgram) async throws {
    programs += 1
    let clock = ContinuousClock()
    let begin = clock.now
    var plan: Plan?
    var holding: Set<String> = []
    do {
      let analysis = try Analysis(program.workload)
      for one in analysis.contradictions { fail(program, why: "a contradiction: \(one)") }
      for name in Set(analysis.explorations.flatMap(\.unrepeated)) {
        fail(program, why: "\(name) was broken as on no database")
      }
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
      holding = Set(analysis.verdicts.filter { $0.verdict.isConfluent }.map(\.invariant))
      plan = try Planning(analysis).plan
    } catch {
      fail(program, why: "thrown: \(error)")
    }
    let took = clock.now - begin
    if took > .seconds(2) { print("seed \(program.seed): took \(took)") }
    slowest = max(slowest, took)
    try walk(program, holding: holding)
    guard let plan else { return }
    let attackBegin = clock.now
    await attack(plan, of: program)
    attacking += clock.now - attackBegin
  }

  private mutating func fail(_ program: RandomProgram, why: String) {
    faults += 1
    print("seed \(program.seed): \(why)\n\(program.text)")
  }

  /// Attacks a plan, unless it lets nothing run.
  private mutating func attack(_ plan: Plan, of program: RandomProgram) async {
    if plan.entries.values.allSatisfy({ $0.way == .refused }) { return }
    attacked += 1
    if plan.searched != nil { searchedPlans += 1 }
    do {
      let found = try await MerganserAttack.attack(
        plan, on: program.schema, steps: Self.steps, seed: program.seed
      ) { program.others }
      if found.commits.values.allSatisfy({ $0 == 0 }) { idle += 1 }
      summary.add(found)
    } catch {
      fail(program, why: "\(error)\n\(plan)")
    }
  }

  /// Walks through histories of a program, and expects that what is said to hold does, and each state among those that
  /// are said to be shown.
  private mutating func walk(_ program: RandomProgram, holding: Set<String>) throws {
    for number in 4..<8 {
      var walk = try RandomWalk(
        program.workload, replicas: 3, seed: program.seed &* 16 &+ UInt64(number))
      for _ in 0..<250 {
        guard let (_, broken) = try walk.step() else { continue }
        if let name = broken.first(where: holding.contains) {
          return fail(program, why: "\(name) is broken, and was said to hold")
        }
      }
    }
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

  /// What came of it, in a few lines.
  var text: String {
    let refusals = summary.refusals.sorted { $0.value > $1.value }.map { "\($0.value) \($0.key)" }
    let commits = summary.commits.values.reduce(0, +)
    return """
      \(programs) programs: \(confluent) invariants hold, \(refuted) are broken; unknown in \(unknown) programs
      \(walked) searches of what is shown walked through; \(faults) faults; the slowest took \(slowest)
      \(attacked) plans attacked, \(searchedPlans) of which rest on a search: \(summary.steps) steps in \
      \(summary.databases) databases, \(summary.syncs) syncs, \(commits) commits by a plan and \
      \(summary.commitsBeside) beside, \(idle) plans without a commit; in \(attacking)
      refused: \(refusals.joined(separator: ", "))
      """
  }
}
