import ArgumentParser
import Foundation

/// `merganser demo`.
struct Demo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Run three branches of a bank: apart, killed, together again.",
    discussion: """
      It makes three stores of a bank and three of its desk, tells what happens to them, and writes a \
      report as a web page that needs no network. It takes some seconds. Look into the stores afterwards with the other commands.

      Example:
        merganser demo --seed 8
      """)

  @Option(help: "The folder of the stores; an earlier demo's are made anew.")
  var store = "demo/stores"

  @Option(help: "The report's file.")
  var report = "demo/report.html"

  @Option(parsing: .unconditional, help: "What the generated transactions follow from.")
  var seed: UInt64 = 7

  func run() async throws {
    let start = ContinuousClock.now
    if UserFile.isFolder(report) { throw FileError.system(path: report, code: EISDIR) }
    try DemoStores.prepare(store)
    var run = DemoRun(directory: store, seed: seed)
    let outcome = try await run.run()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let page = DemoReport(
      history: run.history, outcome: outcome, desk: run.desk, seed: seed, seconds: seconds,
      origin: Program.origin())
    try UserFile.makeFolders(UserFile.folder(of: report))
    try UserFile.write(page.html, to: report)
    Terminal.say()
    Terminal.say("The report, with pictures: \(report)")
    Terminal.say("Look for yourself:")
    Terminal.say("  merganser show \(store)/lisbon")
    Terminal.say("  merganser log \(store)/faro --limit 20")
    Terminal.say("  merganser verify \(store)/porto")
    Terminal.say("  merganser orders \(store)/faro-desk")
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
