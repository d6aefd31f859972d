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

      For schemas of your own, make a program of a few lines with CheckRun, of MerganserConfluence.
      """)

  @Argument(help: "The schemas to check; all of them if none is named.")
  var schemas: [String] = []

  @Flag(help: "Check the cases of the literature, one schema each, instead.")
  var cases = false

  @Option(help: "Write a page with the verdicts and the histories to this file.")
  var report: String?

  @Option(help: "Write the plan of each schema to this folder.", completion: .directory)
  var plans: String?

  @Option(help: "How many replicas to try at most, 2 to 4.")
  var replicas = 3

  @Option(help: "How many configurations to visit at most in each search.")
  var configurations = 20_000

  func run() throws {
    let solver = Solver.z3()
    if solver == nil {
      FileHandle.standardError.write(
        Data("merganser: no z3 on the path; checking without proofs\n".utf8))
    }
    var check = CheckRun(
      title: cases ? "The cases of the literature" : "The example schemas",
      within: Budget(replicas: replicas, configurations: configurations), solver: solver)
    for workload in try workloads() { print(try check.decide(workload).text) }
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
    if !check.isSound { throw ExitCode.failure }
  }

  private func workloads() throws -> [Workload] {
    let all = cases ? try ConfluenceCase.all().map(\.workload) : try Examples.all()
    if schemas.isEmpty { return all }
    return try schemas.map { name in
      guard let found = all.first(where: { $0.name == name }) else {
        throw Failure(
          "there is no schema \(name); there are \(all.map(\.name).joined(separator: ", "))")
      }
      return found
    }
  }
}
