import Merganser
import MerganserDatabase
import MerganserModel
import MerganserTypes

// What is submitted to an order, and who chooses it.
extension Cluster {
  /// The id of a request that is submitted: mostly a new one.
  func orderedRequest(by draw: inout Draw, at site: Site) -> RequestID {
    let known = decisions.requests
    if !known.isEmpty, draw.number(below: 8) == 0 { return known[draw.number(below: known.count)] }
    let id = RequestID.new(at: nil, born: site.clock.time, using: &draw)
    decisions.note(id)
    return id
  }

  /// Submits a call of a transaction, which follows from what is drawn.
  func submit(
    _ transaction: AnyDeclaredTransaction, drawnFrom seed: UInt64, at site: Site,
    replica: SteppedReplica
  ) throws {
    guard !transaction.calls.isEmpty else { return }
    var draw = Draw(seed: seed)
    let id = orderedRequest(by: &draw, at: site)
    let call = transaction.calls[draw.number(below: transaction.calls.count)]
    var number: Int?
    if let registers = setting.registers,
      let (input, key) = registers.call(transaction.name, call.values)
    {
      let contents = replica.ordered(call, of: transaction).map { RequestContents($0) }
      number = decisions.history?.begin(
        input, of: key, as: id, by: "site \(site.number)", asking: contents)
      if input == .read, let number, !setting.guarantees.contains(.orderedReads) {
        let value = try registers.read(replica.snapshot, key)
        decisions.history?.answer(number, with: .read(value))
        return
      }
    }
    site.unanswered += 1
    site.isBusy = true
    let (place, session, ledger) = (site.number, site.disk.session, ledger)
    replica.submit(call, of: transaction, as: id) { [number] result in
      ledger.note(
        Ledger.Answer(
          site: place, session: session, name: transaction.name, result: result, call: number))
    }
  }

  /// Has a client take what is tentative for an answer, where it does not promise to wait for the decision.
  func believe(_ call: Int, at site: Site) throws {
    guard !setting.guarantees.contains(.decidedAnswers),
      let request = decisions.history?.calls[call].request,
      let outcome = try site.replica?.tentativeOutcome(of: request)
    else { return }
    decisions.history?.answer(call, with: outcome)
  }

  /// Whether a site is the primary of the order, as far as it knows.
  func isPrimary(_ site: Int) -> Bool {
    guard let database = sites[site].replica?.database else { return false }
    return overlooking(sites[site]) {
      if (try? database.isSolePrimary) ?? false { return true }
      return (try? database.orderView().isInOffice) ?? false
    }
  }

  /// Carries out what an operator does with an order.
  func carryOutInOrder(_ event: SimulatedEvent) {
    guard setting.isOrdered else { return }
    guard let site = site(event.site), let replica = site.replica else { return }
    let ledger = ledger
    let (number, session) = (site.number, site.disk.session)
    let completion: @Sendable (SteppedReplica.Answered) -> Void = { result in
      ledger.note(
        Ledger.Answer(site: number, session: session, name: event.kind.rawValue, result: result))
    }
    switch event.kind {
    case .takeOver: replica.takeOver(completion)
    case .handOver:
      guard let other = self.site(event.other)?.disk.identity.replica, other != replica.id else {
        return
      }
      replica.changeOrder(voters: nil, successor: other, completion: completion)
    case .changeVoters:
      let alive = sites.map(\.disk.identity.replica)
      let chosen = alive.indices.filter { event.amount >> UInt64($0) & 1 == 1 }.map { alive[$0] }
      guard let first = chosen.first else { return }
      replica.changeOrder(
        voters: Set(chosen), successor: chosen.contains(replica.id) ? nil : first,
        completion: completion)
    case .cancel:
      guard !decisions.requests.isEmpty else { return }
      let place = Int(event.amount % UInt64(decisions.requests.count))
      replica.cancel(decisions.requests[place], completion: completion)
    default: return
    }
    site.unanswered += 1
    site.isBusy = true
  }

  /// Has what is open decided, once faults have stopped: by a majority of the voters, or, if that is lost, by one replica that goes
  /// on alone.
  ///
  /// - Throws: ``Violation``.
  func finishOrder() throws {
    guard setting.isOrdered, let first = sites.first?.replica else { return }
    let view = try first.database.orderView()
    let alive = sites.filter { view.applied.voters.contains($0.disk.identity.replica) }
    let ledger = ledger
    func ask(
      _ site: Site,
      to body: (SteppedReplica, @escaping @Sendable (SteppedReplica.Answered) -> Void) -> Void
    ) throws {
      guard let replica = site.replica else { return }
      let (number, session) = (site.number, site.disk.session)
      site.unanswered += 1
      body(replica) { result in
        ledger.note(
          Ledger.Answer(site: number, session: session, name: "the end", result: result))
      }
      try finish(site)
    }
    let isVotedOn = try first.database.isVotedOn
    if !view.applied.voters.isMajority(alive.count) {
      if isVotedOn {
        report.count("orders that were ended")
        try ask(sites[0]) { $0.endOrder($1) }
      } else {
        // The founder's identity ended with its store.
        return
      }
    } else if isVotedOn, let candidate = alive.first {
      report.count("orders that went on")
      try ask(candidate) { $0.takeOver($1) }
    }
    for _ in 0..<Self.orderRounds {
      for one in sites.indices.dropLast() { try sync(one, with: one + 1) }
      for one in sites.indices.dropLast().reversed() { try sync(one, with: one + 1) }
      if try areEqual(), try open() == nil, try owed() == nil { break }
    }
    report.count("requests that were submitted", by: decisions.requests.count)
    report.count("requests that were decided", by: decisions.count)
    if let (site, hold) = try owed() {
      throw Violation(
        guarantee: .decided,
        evidence:
          "site \(site) owes what it has taken for request \(hold.request), which has ended: \(hold)"
      )
    }
    guard let (site, request) = try open() else { return }
    throw Violation(
      guarantee: .decided,
      evidence: """
        request \(request) is open at site \(site) after \(Self.orderRounds) rounds: \
        \(try sites[site].replica?.snapshot.record(of: request)?.description ?? "nothing"); \
        \(try sites.map { "\($0.number): \(try $0.replica?.database.orderView().standing ?? .behind)" }.joined(separator: "; "))
        """)
  }

  /// How often all neighbours sync until all that is open is decided: promises and two entries take three meetings each.
  private static let orderRounds = 16

  /// What a site has taken for a request that has ended, and has neither used nor given back.
  private func owed() throws -> (site: Int, hold: Hold)? {
    for site in sites {
      guard let replica = site.replica else { continue }
      let hold = try replica.snapshot.holds.first {
        $0.holder == replica.id && $0.outcome != nil
      }
      if let hold { return (site.number, hold) }
    }
    return nil
  }

  /// A request that is open at a site.
  private func open() throws -> (site: Int, request: RequestID)? {
    for site in sites {
      guard let snapshot = site.replica?.snapshot else { continue }
      if let request = try decisions.open(in: snapshot) { return (site.number, request) }
    }
    return nil
  }
}
