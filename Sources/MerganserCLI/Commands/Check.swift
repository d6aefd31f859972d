import ArgumentParser
import Foundation
import MerganserConfluence
import MerganserExamples
import MerganserSolver

/// `merganser check`.
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say which transactions of the example schemas may run without coordination.",
    discussion: """
      Searches what two and three replicas can do and come to, with the transactions' own code; for \
      each invariant that a merge can break it prints how, and what would help. The exit status is 0 \
      if every transaction has a way to run in which nothing breaks, and 1 otherwise.

      For schemas of your own, make a program of a few lines with CheckRun, of MerganserConfluence; the \
      README shows one.
      """)

  @Argument(help: "The schemas to check; all of them if none is named.")
  var schemas: [String] = []

  @Flag(help: "Check the cases of the literature, one schema each, instead.")
  var cases = false

  @Option(help: "Write a page with the verdicts and the histories to this file.")
  var report: String?

  @Option(help: "Write the plan of each schema to this folder.", completion: .directory)
  var plans: String?

  @Option(
    help:
      "How many replicas to try at most, 2 to 4; 3, or as many as a case of the literature needs.")
  var replicas: Int?

  @Option(help: "How many configurations to visit at most in each search.")
  var configurations = Budget.standard.configurations

  func run() throws {
    let solver = Solver.z3()
    if solver == nil {
      FileHandle.standardError.write(
        Data("merganser: no z3 on the path; checking without proofs\n".utf8))
    }
    var check = CheckRun(
      title: cases ? "The cases of the literature" : "The example schemas",
      within: Budget(replicas: replicas ?? 3, configurations: configurations), solver: solver)
    let interruption = Interruption()
    var times: [(name: String, seconds: Double)] = []
    do {
      for (workload, needed) in try workloads() {
        check.budget.replicas = replicas ?? needed
        let display = SearchDisplay(of: configurations, stoppedBy: interruption)
        defer { times.append((workload.name, display.finish())) }
        let decision = try check.decide(workload) { display.show($0) }
        show(decision.text)
      }
    } catch is CancellationError {
      show("stopped; what was decided before is reported")
    }
    show(times, check.decisions)
    if let report {
      try check.report.html.write(toFile: report, atomically: true, encoding: .utf8)
    }
    if let plans {
      let folder = URL(fileURLWithPath: plans, isDirectory: true)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for decision in check.decisions {
        let name = decision.analysis.workload.name.replacing(" ", with: "-")
        try decision.planning.plan.description.write(
          to: folder.appendingPathComponent("\(name).plan"), atomically: true, encoding: .utf8)
      }
    }
    if interruption.isAsked { throw ExitCode(130) }
    if !check.isSound { throw ExitCode.failure }
  }

  /// Prints text; lines that are too long for a terminal go on below, further in.
  private func show(_ text: String) {
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let indent = String(line.prefix { $0 == " " })
      let width = (Terminal.width ?? .max) - indent.count
      for (place, part) in line.dropFirst(indent.count).description.wrapped(to: max(width - 2, 20))
        .enumerated()
      {
        print(indent + (place > 0 ? "  " : "") + part)
      }
    }
  }

  /// Prints the verdict on each schema and how long it took.
  private func show(_ times: [(name: String, seconds: Double)], _ decisions: [CheckRun.Decision]) {
    print()
    for (time, decision) in zip(times, decisions) {
      let name = time.name.shortened(to: 44).padded(to: 46)
      let verdict = decision.verdict.padded(to: 15)
      print("\(name)\(verdict)\(Self.text(time.seconds).aligned(to: 8)) s")
    }
    let total = times.reduce(0) { $0 + $1.seconds }
    print("in all".padded(to: 61) + Self.text(total).aligned(to: 8) + " s")
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
