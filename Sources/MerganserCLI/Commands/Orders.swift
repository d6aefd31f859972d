import ArgumentParser
import Merganser
import MerganserDatabase
import MerganserLog
import MerganserModel
import MerganserTypes

/// `merganser orders`.
struct Orders: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "orders",
    abstract: "Show what was submitted to the order, and what came of it.",
    discussion: """
      Transactions that a plan orders are submitted at any replica and run at the primary, which is the founder \
      or its heir: one after the other, each under a number. The primary is the order's one voter: what it \
      has committed is as durable as its disk.

      Shown are the primary, the requests that are open as far as this store knows, in the order in which \
      they are to run, and the last that were decided. A request waits until it has come to the primary, and until \
      the program there has the transaction it asks for, in that edition. The store may be in use.

      Example:
        merganser orders bank/branch-1 --decided 20
      """)

  @Argument(help: "The store's folder.", completion: .directory)
  var store: String

  @Option(help: "How many of those that were decided are shown, the last ones.")
  var decided = 10

  @Flag(help: "Print JSON, with all of them.")
  var json = false

  /// What is known of a request.
  private struct Entry {
    let request: RequestID
    let submission: RequestSubmission?
    let execution: RequestExecution?

    /// What it asks for.
    var call: OrderedCall? {
      submission.flatMap { try? OrderedCall(binaryEncoded: $0.contents) }
    }

    /// Its place among those that were decided.
    var place: (epoch: UInt64, number: UInt64)? {
      if case .group(_, let epoch, let number)? = execution?.executor {
        (epoch, number)
      } else {
        nil
      }
    }

    /// What it asks for, in words.
    var text: String {
      guard let call else { return "a transaction that is not known here" }
      return call.edition == 1 ? call.transaction : "\(call.transaction), edition \(call.edition)"
    }
  }

  private struct Record: Encodable {
    struct Request: Encodable {
      var request: String
      var transaction: String?
      var edition: UInt64?
      /// ISO 8601, in UTC.
      var submitted: String?
      var by: String?
      var epoch, number: UInt64?
      var outcome: String?

      init(_ entry: Entry) {
        request = "\(entry.request)"
        transaction = entry.call?.transaction
        edition = entry.call?.edition
        submitted = entry.submission?.time.text
        by = entry.submission?.author.description
        epoch = entry.place?.epoch
        number = entry.place?.number
        outcome = entry.execution.map { "\($0.outcome)" }
      }
    }

    var primary: String
    var isPrimary: Bool
    var epoch: UInt64
    var open, decided: [Request]
  }

  func validate() throws {
    guard decided >= 0 else { throw ValidationError("--decided is 0 or more") }
  }

  func run() throws {
    let database = try StoredDatabase(at: store)
    let snapshot = try withExtendedLifetime(database) { try database.snapshot() }
    let succession = snapshot.state.succession
    let primary = succession.holder(for: snapshot.founder)
    let epoch = succession.rank(of: primary, inLineOf: snapshot.founder) ?? 0
    var open: [Entry] = []
    var decided: [Entry] = []
    try snapshot.forEachRow(of: requestTable) { request, record in
      if try snapshot.isExpired(request) { return true }
      let execution = record.commits.elements.first ?? record.refusal
      let entry = Entry(
        request: request, submission: record.submissions.elements.first, execution: execution)
      if entry.place != nil {
        decided.append(entry)
      } else if execution == nil, entry.submission != nil {
        open.append(entry)
      }
      return true
    }
    decided.sort { ($0.place ?? (0, 0)) < ($1.place ?? (0, 0)) }
    open.sort { one, other in
      let times = (one.submission?.time ?? .zero, other.submission?.time ?? .zero)
      if times.0 != times.1 { return times.0 < times.1 }
      return one.request.bytes.lexicographicallyPrecedes(other.request.bytes)
    }
    let isPrimary = primary == database.identity.replica
    if json {
      return try JSONOutput.print(
        Record(
          primary: primary.description, isPrimary: isPrimary, epoch: epoch,
          open: open.map(Record.Request.init), decided: decided.map(Record.Request.init)))
    }
    Terminal.say("primary and one voter: \(primary)")
    Terminal.say("\(isPrimary ? "it is this store" : "it is another replica"); epoch \(epoch)")
    Terminal.say(open.isEmpty ? "no request is open here" : "open: \(open.count)")
    for entry in open {
      let author = entry.submission?.author.shortDescription ?? ""
      let time = entry.submission?.time.text ?? ""
      Terminal.say("  \(entry.request)  \(entry.text)\n    submitted \(time) by \(author)")
    }
    if !open.isEmpty {
      Terminal.say(
        isPrimary
          ? "  they run when their program opens this store and has their code"
          : "  they run once they have come to the primary, and are answered by it")
    }
    Terminal.say(
      decided.isEmpty
        ? "nothing was decided"
        : "decided: \(decided.count)\(decided.count > self.decided ? ", the last \(self.decided):" : "")"
    )
    for entry in decided.suffix(self.decided) {
      guard let place = entry.place, let outcome = entry.execution?.outcome else { continue }
      let text = "\(place.epoch):\(place.number)  \(entry.text): \(outcome)"
      for line in text.wrapped(to: 76) { Terminal.say("  \(line)") }
      Terminal.say("    \(entry.request)")
    }
  }
}
