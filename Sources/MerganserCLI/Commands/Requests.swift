import ArgumentParser
import Merganser
import MerganserLog

/// `merganser requests`.
struct Requests: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "requests",
    abstract: "List requests that committed more than once, or acknowledge one.",
    discussion: """
      A request that was sent to several replicas before these synced may have committed at each. Then \
      the earliest commit answers, all of them count, and the request is listed until somebody \
      acknowledges it: correct first what it did too often, by a transaction of the program.

      What is acknowledged is so for all replicas, by a version that this store's replica writes. No \
      program has the store open then; one that has can acknowledge a request itself. To list them, the \
      store may be in use.

      Example:
        merganser requests bank/branch-1 --acknowledge 4711
      """)

  @Argument(help: "The store's folder.", completion: .directory)
  var store: String

  @Option(help: "Acknowledge this request, by its id as it is listed.")
  var acknowledge: String?

  @Flag(help: "Print JSON.")
  var json = false

  private struct Record: Encodable {
    struct Commit: Encodable {
      /// ISO 8601, in UTC.
      var time: String
      var executor: String
    }

    var request: String
    var commits: [Commit]

    init(_ double: DoubleExecution) {
      request = "\(double.request)"
      commits = double.commits.map { Commit(time: $0.time.text, executor: "\($0.executor)") }
    }
  }

  func validate() throws {
    guard acknowledge == nil || !json else {
      throw ValidationError("--json is for the list, and not for --acknowledge")
    }
  }

  func run() throws {
    let database = try StoredDatabase(at: store)
    let doubles = try withExtendedLifetime(database) { try database.snapshot().executedTwice() }
    if let acknowledge { return try self.acknowledge(acknowledge, of: doubles) }
    if json { return try JSONOutput.print(doubles.map(Record.init)) }
    if doubles.isEmpty {
      return Terminal.say("no request committed more than once that is not acknowledged")
    }
    for double in doubles { Terminal.say("\(double)") }
  }

  private func acknowledge(_ id: String, of doubles: [DoubleExecution]) throws {
    let found = doubles.filter { "\($0.request)" == id }
    guard let double = found.first, found.count == 1 else {
      throw Failure(
        found.isEmpty
          ? "\(store) has no request \(id) that committed more than once and is not acknowledged"
          : "\(id) is how several requests are called; their program can acknowledge them")
    }
    try VerificationProcess.refuseDamage(of: store)
    let opened = try LogStore.open(at: store)
    defer { try? opened.close() }
    if let renewal = opened.renewal { Terminal.say("\(store) is a new replica now: \(renewal)") }
    try opened.acknowledge(double.request)
    try opened.close()
    Terminal.say("acknowledged: \(double)")
  }
}
