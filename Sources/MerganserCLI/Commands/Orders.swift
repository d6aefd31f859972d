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
      Transactions that a plan orders are submitted at any replica and run at the primary, one after the other, each \
      under a number. At first the primary is the founder, or its heir, and the one voter of the order: what it has \
      committed is as durable as its disk. Once there are more voters, a majority of them chooses.

      Shown are the primary, the voters, what the order waits for, the requests that are open as far as this store knows, in the order in which \
      they are to run, and the last that were decided. A request waits until it has come to the primary, and until \
      the program there has the transaction it asks for, in that edition. What a request took locally is owed until it was \
      used or given back. The store may be in use.

      With --end-epoch this store's replica becomes the only voter and the primary: for where a majority of the voters is \
      lost for good. What was chosen and is not in this store is lost, and replicas that have such versions cannot sync with \
      it: so sync with all that are left first, and end it at one store alone. Whoever ends it elsewhere, apart from this, has an       order of its own, in which one request can commit twice; and whether a primary is still at work is not known here. It cannot be       taken back. No program has the store open meanwhile.

      Example:
        merganser orders bank/branch-1 --decided 20
      """)

  @Argument(help: "The store's folder.", completion: .directory)
  var store: String

  @Option(help: "How many of those that were decided are shown, the last ones.")
  var decided = 10

  @Flag(help: "Print JSON, with all of them.")
  var json = false

  @Flag(
    help:
      "End the order of which a majority of voters is lost: this store is the only voter from then on."
  )
  var endEpoch = false

  private struct Record: Encodable {
    struct Request: Encodable {
      var request: String
      var transaction: String?
      var edition: UInt64?
      /// ISO 8601, in UTC.
      var submitted: String?
      var by: String?
      var epoch, number: UInt64?
      var isCancelled: Bool
      var outcome: String?

      init(_ entry: SubmittedRequests.Entry) {
        request = "\(entry.request)"
        transaction = entry.call?.transaction
        edition = entry.call?.edition
        submitted = entry.submission?.time.text
        isCancelled = entry.isCancelled
        by = entry.submission?.author.description
        epoch = entry.place?.epoch
        number = entry.place?.number
        outcome = entry.execution.map { "\($0.outcome)" }
      }
    }

    var primary: String
    var isPrimary: Bool
    var epoch: UInt64
    var voters: [String]
    var waits: String?
    var open, decided: [Request]
    var owed: [Owed]
  }

  /// What was taken for a request, and is neither used nor given back.
  private struct Owed: Encodable {
    var request, transaction, by: String
    var outcome: String?

    init(_ hold: Hold) {
      request = "\(hold.request)"
      transaction = hold.transaction
      by = hold.holder.description
      outcome = hold.outcome.map { "\($0)" }
    }
  }

  func validate() throws {
    guard decided >= 0 else { throw ValidationError("--decided is 0 or more") }
    guard !endEpoch || !json else { throw ValidationError("--end-epoch prints no JSON") }
  }

  func run() throws {
    if endEpoch { return try end() }
    let database = try StoredDatabase(at: store)
    let snapshot = try withExtendedLifetime(database) { try database.snapshot() }
    let order = try OrderSummary(snapshot, at: database.identity.replica)
    let (primary, epoch) = (order.primary, order.epoch)
    let requests = try SubmittedRequests(snapshot)
    let (open, decided) = (requests.open, requests.decided)
    let isPrimary = primary == database.identity.replica
    if json {
      return try JSONOutput.print(
        Record(
          primary: primary.description, isPrimary: isPrimary, epoch: epoch,
          voters: order.voters.map(\.description), waits: order.waits,
          open: open.map(Record.Request.init), decided: decided.map(Record.Request.init),
          owed: snapshot.holds.map(Owed.init)))
    }
    Terminal.say("primary\(order.voters == [primary] ? " and one voter" : ""): \(primary)")
    Terminal.say("\(isPrimary ? "it is this store" : "it is another replica"); epoch \(epoch)")
    if order.voters != [primary] {
      Terminal.say("voters: \(order.voters.count), of whom \(order.voters.count / 2 + 1) choose")
      for voter in order.votes { Terminal.say("  \(voter)") }
    }
    if let waits = order.waits { for line in waits.wrapped(to: 78) { Terminal.say(line) } }
    Terminal.say(open.isEmpty ? "no request is open here" : "open: \(open.count)")
    for entry in open {
      let author = entry.submission?.author.shortDescription ?? ""
      let time = entry.submission?.time.text ?? ""
      let cancelled = entry.isCancelled ? "cancelled, " : ""
      Terminal.say("  \(entry.request)  \(entry.text)")
      Terminal.say("    \(cancelled)submitted \(time) by \(author)")
    }
    if !open.isEmpty {
      Terminal.say(
        isPrimary
          ? "  they run when their program opens this store and has their code"
          : "  they run once they have come to the primary, and are answered by it")
    }
    let holds = try snapshot.holds
    if !holds.isEmpty { Terminal.say("owed: what \(holds.count.counted("request")) took locally") }
    for hold in holds {
      let state =
        switch hold.outcome {
        case nil: "until it is known what becomes of it"
        case .committed: "it has committed, and what it took is to be used"
        case .rejected, .refused: "it was rejected, and what it took is to be given back"
        }
      Terminal.say("  \(hold.request)  \(hold.transaction)")
      Terminal.say("    taken at \(hold.holder.shortDescription); \(state)")
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

  private func end() throws {
    try VerificationProcess.refuseDamage(of: store)
    let opened = try LogStore.open(at: store)
    defer { try? opened.close() }
    if let renewal = opened.renewal { Terminal.say("\(store) is a new replica now: \(renewal)") }
    try opened.endOrder()
    let replica = opened.identity.replica
    try opened.close()
    Terminal.say("\(replica), which is \(store), is the order's only voter and its primary")
  }
}

/// Who orders, as a store tells it.
private struct OrderSummary {
  let primary: ReplicaID
  let epoch: UInt64
  let voters: [ReplicaID]
  /// Each voter with what it has accepted.
  let votes: [String]
  /// What the order waits for; `nil` if for nothing that is known here.
  let waits: String?

  init(_ snapshot: Snapshot, at replica: ReplicaID) throws {
    let view = try snapshot.orderView(at: replica)
    let succession = snapshot.state.succession
    guard try snapshot.state.chosen(in: snapshot.catalog, founder: snapshot.founder) != nil else {
      primary = succession.holder(for: snapshot.founder)
      epoch = succession.rank(of: primary, inLineOf: snapshot.founder) ?? 0
      voters = [primary]
      votes = []
      waits = nil
      return
    }
    primary = view.applied.inOffice
    epoch = view.applied.entry.epoch.number
    voters = view.applied.voters.members.sorted()
    let next = view.rows.proposals.values.filter { $0.previous == view.applied.entry }
      .max { $0.epoch < $1.epoch }
    votes = voters.map { voter in
      guard let vote = view.rows.votes[voter] else { return "\(voter)  has not voted" }
      if let next, vote.accepted?.entry == next.entry {
        return "\(voter)  has accepted what is next"
      }
      return [view.applied.primary, view.applied.inOffice].contains(vote.promised.candidate)
        ? "\(voter)" : "\(voter)  wants \(vote.promised.candidate.shortDescription) as primary"
    }
    switch view.standing {
    case .waitsForVotes(let missing):
      waits = "waits for votes of \(Self.list(missing)), with which it is to sync"
    case .waitsForPromises(let missing):
      waits =
        "asks to be the primary, and waits for \(Self.list(missing)), with which it is to sync"
    case .superseded(let epoch):
      waits = "\(epoch.candidate.shortDescription) asks to be the primary"
    case .handedOver(let successor):
      waits = "has handed its office to \(successor.shortDescription), with which it is to sync"
    case .behind: waits = "others know of entries that have not come to this store"
    case .mayPropose, .mustRepeat, .notPrimary:
      waits = next.map { "\($0.epoch.candidate.shortDescription) has proposed what is next" }
    }
  }

  private static func list(_ replicas: Set<ReplicaID>) -> String {
    replicas.sorted().map(\.shortDescription).joined(separator: ", ")
  }
}

extension SubmittedRequests.Entry {
  /// What it asks for, in words.
  fileprivate var text: String {
    guard let call else { return "a transaction that is not known here" }
    return call.edition == 1 ? call.transaction : "\(call.transaction), edition \(call.edition)"
  }
}
