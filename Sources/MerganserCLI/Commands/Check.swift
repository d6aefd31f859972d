import ArgumentParser
import Foundation
import Merganser
import MerganserConfluence
import MerganserExamples
import MerganserSolver

/// `merganser check`.
struct Check: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Say how the transactions of the example schemas may run.",
    discussion: """
      It searches what two and three replicas can do and come to, with the transactions' own code. For \
      each transaction it says the way in which it runs; for each invariant that a merge can break, how, \
      and what would help. The exit status is 0 if every transaction has a way to run in which nothing \
      breaks, and 1 otherwise.

      For schemas of your own, make a program of a few lines with CheckRun, of MerganserConfluence; the \
      article "How a transaction is decided" shows one, under "A tool of your own" \
      (Sources/Merganser/Merganser.docc/HowATransactionIsDecided.md).

      With --plan it compares the plan of a schema with the one in a file: the whole search is made again, \
      so that code which has changed is found. The exit status is 1 if they differ.

      With --partition it takes a schema, or a case by its number, that it says no to, and shows that \
      this is so: real replicas make the calls of the history that goes wrong, apart, then sync, and \
      the invariant is broken. The exit status is 0 if every history was seen to end so.

      Example:
        merganser check bank --report check.html
        merganser check bank --plans plans
        merganser check bank --plan plans/bank.plan
        merganser check --partition bank
      """)

  @Argument(help: "The schemas to check; all of them if none is named.")
  var schemas: [String] = []

  @Flag(help: "Check cases of the literature, and of their kinds, one schema each, instead.")
  var cases = false

  @Option(
    help: ArgumentHelp(
      "Run what goes wrong in this schema, or in the case of this number, on real replicas instead.",
      valueName: "case"))
  var partition: String?

  @Option(help: "Write a page with the verdicts and the histories to this file.")
  var report: String?

  @Option(help: "Write the plan of each schema to this folder.", completion: .directory)
  var plans: String?

  @Option(
    help: ArgumentHelp(
      "Expect the plan of the one schema that is named to be the one in this file.",
      valueName: "file"), completion: .file())
  var plan: String?

  @Option(
    help:
      "How many replicas to try at most, 2 to 4; 3, or as many as a case of the literature needs.")
  var replicas: Int?

  @Option(parsing: .unconditional, help: "How many configurations to visit at most in each search.")
  var configurations = Budget.standard.configurations

  func validate() throws {
    guard configurations > 0 else {
      throw ValidationError("--configurations must be 1 or more; found \(configurations)")
    }
    if plan != nil, schemas.count != 1 || partition != nil {
      throw ValidationError("--plan goes with one schema")
    }
    if partition != nil, !schemas.isEmpty || cases || report != nil || plans != nil {
      throw ValidationError("--partition goes with --replicas and --configurations alone")
    }
  }

  func run() async throws {
    if let partition { return try await run(partition) }
    let planned = try plan.map {
      try Plan(parsing: String(decoding: UserFile.read($0, limit: 1 << 24), as: UTF8.self))
    }
    // Before minutes are spent on what cannot be written.
    if let report { try UserFile.requireRoom(forFile: report) }
    if let plans { try UserFile.makeFolder(plans) }
    let solver = Solver.z3()
    if solver == nil {
      Terminal.note("no z3 on the path; checking without proofs")
    }
    var check = CheckRun(
      title: cases ? "Cases of the literature, and of the same kinds" : "The example schemas",
      origin: Program.origin(),
      within: budget(of: replicas ?? 3), solver: solver)
    let interruption = Interruption()
    var times: [(name: String, seconds: Double)] = []
    do {
      for (workload, needed) in try workloads() {
        check.budget.replicas = replicas ?? needed
        let display = SearchDisplay(of: configurations, stoppedBy: interruption)
        do {
          let decision = try check.decide(workload) { display.show($0) }
          times.append((workload.name, display.finish()))
          show(decision.text)
        } catch {
          _ = display.finish()
          if error is CancellationError { throw error }
          show("\(workload.name) is not decided: \(error)")
        }
        Terminal.say()
      }
    } catch is CancellationError {
      show("stopped; what was decided before is reported")
    }
    show(times, decisions: check.decisions)
    if let report {
      try UserFile.write(check.report.html, to: report)
    }
    if let plans {
      for decision in check.decisions {
        let name = decision.analysis.workload.name.replacing(" ", with: "-")
        try UserFile.write(decision.planning.plan.description, to: "\(plans)/\(name).plan")
      }
    }
    if interruption.isAsked { throw ExitCode(130) }
    if let planned, let plan, let decision = check.decisions.first {
      let differences = decision.planning.plan.differences(from: planned)
      Terminal.say()
      show(
        differences.isEmpty ? "The plan is that of \(plan)." : "The plan is not that of \(plan):")
      for line in differences { show("  " + line) }
      if !differences.isEmpty { throw ExitCode.failure }
    }
    if !check.isSound { throw ExitCode.failure }
  }

  /// The standard budget, or one that is as much larger as more configurations are asked for.
  private func budget(of replicas: Int) -> Budget {
    var budget = Budget.standard
    budget.replicas = replicas
    let bytes = budget.bytes / budget.configurations
    let work = budget.work / budget.configurations
    budget.configurations = Budget(configurations: configurations).configurations
    budget.bytes = budget.configurations * bytes
    budget.work = max(budget.work, budget.configurations * work)
    return budget
  }

  /// Runs the histories of a schema that go wrong, on real replicas.
  private func run(_ name: String) async throws {
    let (workload, needed) = try partitioned(name)
    let budget = budget(of: replicas ?? needed)
    let counterexamples = try Analysis(workload, within: budget).counterexamples
    if counterexamples.isEmpty {
      throw Failure("nothing goes wrong in \(workload.name) that could be run; check says why")
    }
    var areAllBroken = true
    for (number, counterexample) in counterexamples.enumerated() {
      if number > 0 { Terminal.say() }
      let partition = try await PartitionRun(counterexample)
      for line in partition.lines(width: Terminal.width ?? 80) { Terminal.say(line) }
      areAllBroken = areAllBroken && partition.isBroken
    }
    if !areAllBroken { throw ExitCode.failure }
  }

  /// The schema, or the case, of a name or number.
  private func partitioned(_ name: String) throws -> (Workload, Int) {
    let examples = try Examples.all()
    if let example = examples.first(where: { $0.name == name }) { return (example, 3) }
    let cases = try ConfluenceCase.all()
    if let one = cases.first(where: { $0.title == name || "\($0.number)" == name }) {
      return (one.workload, one.replicas)
    }
    throw Failure(
      """
      there is no schema \(name); there are \(examples.map(\.name).joined(separator: ", ")), and the cases 1 to \
      \(cases.count) of check --cases
      """)
  }

  /// Prints text; lines that are too long for a terminal go on below, further in.
  private func show(_ text: String) {
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let indent = String(line.prefix { $0 == " " })
      let width = (Terminal.width ?? .max) - indent.count
      for (place, part) in line.dropFirst(indent.count).description.wrapped(to: max(width - 2, 20))
        .enumerated()
      {
        Terminal.say(indent + (place > 0 ? "  " : "") + part)
      }
    }
  }

  /// Prints how the transactions of each schema run, and how long it took to know.
  private func show(_ times: [(name: String, seconds: Double)], decisions: [CheckRun.Decision]) {
    let name = min(max(6, times.map(\.name.count).max() ?? 0), 32)
    func row(_ schema: String, runs: String, time: String) {
      Terminal.say(
        schema.shortened(to: name).padded(to: name) + "  "
          + runs.shortened(to: 66 - name).padded(to: 66 - name) + "  " + time.aligned(to: 10))
    }
    row("schema", runs: "transactions run", time: "time")
    for (time, decision) in zip(times, decisions) {
      row(time.name, runs: decision.ways, time: Self.text(time.seconds) + " s")
    }
    row("in all", runs: "", time: Self.text(times.reduce(0) { $0 + $1.seconds }) + " s")
    let ways = decisions.flatMap { $0.planning.plan.entries.values.map(\.way) }
    Terminal.say()
    for way in [.local, .escrow, .cascade, .owned(argument: 0), .ordered, .refused] as [Plan.Way]
    where ways.contains(where: { $0.kind == way.kind }) {
      Terminal.say("\(way.kind): \(way.meaning)")
    }
  }

  private static func text(_ seconds: Double) -> String {
    String(format: "%.2f", seconds)
  }

  /// The schemas that are asked for, each with how many replicas it takes.
  private func workloads() throws -> [(Workload, Int)] {
    let all =
      cases
      ? try ConfluenceCase.all().map { ($0.workload, $0.replicas) }
      : try Examples.all().map { ($0, 3) }
    if schemas.isEmpty { return all }
    return try schemas.map { name in
      guard let found = all.first(where: { $0.0.name == name }) else {
        throw Failure(
          "there is no schema \(name); there are \(all.map(\.0.name).joined(separator: ", "))")
      }
      return found
    }
  }
}
