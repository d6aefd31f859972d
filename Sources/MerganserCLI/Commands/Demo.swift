import ArgumentParser
import Foundation

/// `merganser demo`.
struct Demo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "A bank's three branches on disk: apart, killed, healed. A story of seconds.",
    discussion: """
      It makes three stores, tells what happens to them, and writes a report as a web page that needs \
      no network. Look into the stores afterwards with the other commands.
      """)

  @Option(help: "The folder of the stores; an earlier demo's are made anew.")
  var store = "demo/stores"

  @Option(help: "The report's file.")
  var report = "demo/report.html"

  @Option(help: "What the generated transactions follow from.")
  var seed: UInt64 = 7

  func run() async throws {
    let start = ContinuousClock.now
    try DemoStores.prepare(store)
    var run = DemoRun(directory: store, seed: seed)
    let outcome = try await run.run()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let page = DemoReport(history: run.history, outcome: outcome, seed: seed, seconds: seconds)
    let file = URL(fileURLWithPath: report)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(page.html.utf8).write(to: file)
    print("\nThe report, with pictures: \(report)")
    print("Look for yourself:")
    print("  merganser show \(store)/lisbon")
    print("  merganser log \(store)/faro --limit 20")
    print("  merganser verify \(store)/porto")
  }
}

/// `merganser demo-branch`: the branch that the demo kills.
struct DemoBranchProcess: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo-branch", abstract: "Write to a branch's store until killed.",
    shouldDisplay: false)

  @Argument(help: "The folder of the demo's stores.")
  var directory: String

  @Option(help: "The branch's number.")
  var place: Int

  @Option(help: "The demo's seed.")
  var seed: UInt64

  @Option(help: "The number of the first order.")
  var first: Int

  func run() async throws {
    guard let place = Place(rawValue: place) else { throw ValidationError("no such branch") }
    let branch = try await DemoBranch.open(place, in: directory, joining: nil)
    try await WritingBranch(branch: branch, workload: DemoWorkload(seed: seed), first: first).run()
  }
}
