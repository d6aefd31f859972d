import ArgumentParser
import Merganser

/// `merganser replay`.
struct Replay: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Run a ledger of bank transactions through branches on disk.",
    discussion: """
      Each row is one transaction at one branch, chosen by a hash of its trans_id, and counts \
      exactly once: killed at any time and run again with the same arguments, the replay goes \
      on. A transaction that the stores have with another account or amount is not made again: it \
      is named, and the exit code says so. A branch that lacks the rights for a withdrawal obtains \
      them from the others; with --apart it refuses the withdrawal, and the branches sync only at \
      the end.

      The ledger is a file of separated values as RFC 4180 describes them, between semicolons or \
      commas, under a header that names at least trans_id, account_id, type (PRIJEM for credit, \
      VYDAJ or VYBER for debit) and amount (with two decimals).

      Example:
        merganser replay ledger.csv --replicas 3 --store bank
      """)

  @Argument(help: "The ledger's file; - for standard input.", completion: .file())
  var ledger: String

  @Option(parsing: .unconditional, help: "How many branches.")
  var replicas = 3

  @Option(help: "The folder of the branches' stores; made if it is not there, in one that is.")
  var store: String

  @Option(parsing: .unconditional, help: "The least balance allowed, in cents; 0 or less.")
  var floor: Int64 = 0

  @Flag(help: "Let the branches meet only at the end.")
  var apart = false

  @Option(
    parsing: .unconditional,
    help: "What the choice of a transaction's branch depends on, besides its trans_id.")
  var seed: UInt64 = 0

  @Flag(help: "Print the outcome as JSON.")
  var json = false

  func validate() throws {
    guard (1...64).contains(replicas) else {
      throw ValidationError("--replicas must be from 1 to 64; found \(replicas).")
    }
    guard floor <= 0 else {
      throw ValidationError("--floor must be 0 or less, as accounts start at 0; found \(floor).")
    }
  }

  func run() async throws {
    let start = ContinuousClock.now
    let ledger = try Ledger(contentsOf: ledger)
    let branches = try await Branches.open(
      Bank(floor: floor), count: replicas, in: store,
      arguments: ["replicas": "\(replicas)", "seed": "\(seed)", "apart": "\(apart)"])
    let bar =
      json ? nil : ProgressBar(total: ledger.entries.count, of: "transactions", one: "transaction")
    let run = ReplayRun(branches: branches, seed: seed, isApart: apart) { bar?.advance() }
    let exceptions = try await run.run(ledger)
    bar?.finish()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let summary = try ReplaySummary(
      branches, ledger: ledger, exceptions: exceptions, seconds: seconds)
    try await branches.close()
    if json {
      try JSONOutput.print(summary)
    } else {
      for line in summary.lines { Terminal.say(line) }
    }
    if !summary.agree || !summary.changed.isEmpty { throw ExitCode.failure }
  }
}
