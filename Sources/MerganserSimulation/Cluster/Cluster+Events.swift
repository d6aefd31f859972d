import Merganser
import MerganserDatabase
import MerganserModel
import MerganserTypes

// What becomes of an event.
extension Cluster {
  /// Carries an event out; one that makes no sense does nothing.
  ///
  /// - Throws: ``Violation``, if something does not hold behind it.
  func carryOut(_ event: SimulatedEvent) throws {
    report.events += 1
    recorder?.goOn()
    report.count("events: \(event.kind.rawValue)")
    tell(event.text(of: setting.transactions))
    record(event)
    do { try bringAbout(event) } catch let error as StorageError {
      guard let site = site(event.site), let damage = site.disk.damage else { throw error }
      damage.note(error)
      guard damage.isTold else { throw error }
    }
    try replaceDamagedStores()
    try checkNotes()
  }

  private func bringAbout(_ event: SimulatedEvent) throws {
    switch event.kind {
    case .write, .step, .settle, .forget: try carryOutAtWriter(event)
    case .takeOver, .handOver, .changeVoters, .cancel: carryOutInOrder(event)
    case .connect: try connect(event.site, with: event.other, isLink: event.amount > 0)
    case .drain: drain(event.site, with: event.other)
    case .sync:
      if try connect(event.site, with: event.other) {
        try exchange(event.site, with: event.other, untilAdoption: event.amount > 0)
      }
    case .deliver, .lose, .repeat, .reorder, .damage, .disconnect: carryOutOnTheWay(event)
    case .pass: pass(event.amount)
    case .block: blocked.insert([event.site, event.other])
    case .unblock: blocked.remove([event.site, event.other])
    case .split: split = event.amount
    case .mend:
      blocked = []
      split = nil
    case .crash: if let site = site(event.site) { end(site) }
    case .start: if let site = site(event.site) { try start(site, program: event.other) }
    case .fill: site(event.site)?.disk.isFull = true
    case .free: site(event.site)?.disk.isFull = false
    case .crashBefore: plan(event, outcome: .crash, isKept: false)
    case .crashBehind: plan(event, outcome: .crash, isKept: true)
    case .fail: plan(event, outcome: .failure, isKept: false)
    case .doubtWithout: plan(event, outcome: .doubt, isKept: false)
    case .doubtWith: plan(event, outcome: .doubt, isKept: true)
    case .ahead: site(event.site)?.clock.skew = Int64(clamping: event.amount)
    case .behind: site(event.site)?.clock.skew = -Int64(clamping: event.amount)
    case .backUp: if let site = site(event.site) { try backUp(site) }
    case .decay:
      if let site = site(event.site) {
        var draw = Draw(seed: event.amount)
        try site.disk.damageBlock(by: &draw)
      }
    case .restore, .restoreUnnoticed:
      if let site = site(event.site) { try restore(site, isNoticed: event.kind == .restore) }
    case .copy, .copyUnnoticed:
      if sites.count < setting.maximumReplicas, let site = site(event.site) {
        try addSite(copying: site, isNoticed: event.kind == .copy)
      }
    case .heal: try carryOutHealing(event)
    case .join:
      if sites.count < setting.maximumReplicas {
        try addSite(
          identity: newIdentity(), program: min(event.other, setting.programs.count - 1))
      }
    }
  }

  /// Writes down what an event brings about that is seen nowhere else.
  private func record(_ event: SimulatedEvent) {
    guard let recorder else { return }
    switch event.kind {
    case .split:
      recorder.endPartitions()
      recorder.begin(
        .split(
          sites.indices.filter { side(of: $0, in: event.amount) == side(of: 0, in: event.amount) }))
    case .mend: recorder.endPartitions()
    case .block: recorder.begin(.blocked(from: event.site, to: event.other))
    case .unblock: recorder.end(.blocked(from: event.site, to: event.other))
    case .fill: if site(event.site) != nil { recorder.begin(.full(site: event.site)) }
    case .free: recorder.end(.full(site: event.site))
    case .ahead, .behind, .decay, .backUp, .restore, .copy, .restoreUnnoticed, .copyUnnoticed,
      .forget:
      guard site(event.site) != nil else { return }
      let kind: SimulationRecord.Kind =
        switch event.kind {
        case .ahead, .behind: .clock
        case .decay: .disk
        default: .operation
        }
      recorder.note(kind, at: event.site, saying: event.text(of: setting.transactions))
    default: break
    }
  }

  private func carryOutAtWriter(_ event: SimulatedEvent) throws {
    guard let site = site(event.site), let replica = site.replica else { return }
    switch event.kind {
    case .write: try write(event, at: site, replica: replica)
    case .step: try step(site)
    case .settle: try settle(site)
    case .forget:
      guard let other = self.site(event.other) else { return }
      replica.forget(other.disk.identity.replica)
      site.isBusy = true
    default: break
    }
  }

  func write(
    _ event: SimulatedEvent, at site: Site, replica: SteppedReplica
  ) throws {
    guard setting.transactions.indices.contains(event.other) else { return }
    let transaction = setting.transactions[event.other]
    guard transaction.program <= site.program else { return }
    let number = site.number
    let session = site.disk.session
    let ledger = ledger
    // Each of many draws is one client's.
    let client = Int(event.amount >> 3 % UInt64(SimulatedSession.count))
    let call = try beginCall(of: client, at: site, replica: replica)
    let completion: @Sendable (SteppedReplica.Answered) -> Void = { result in
      ledger.note(
        Ledger.Answer(
          site: number, session: session, name: transaction.name, result: result,
          sessionCall: call))
    }
    report.calls[transaction.name, default: 0] += 1
    let seed = event.amount
    if case .ordered(let declared) = transaction.work {
      return try submit(declared, drawnFrom: seed, at: site, replica: replica)
    }
    site.unanswered += 1
    site.isBusy = true
    switch transaction.work {
    case .closure(let body) where transaction.isRequest:
      let members = sites.map(\.disk.identity.replica)
      let sent = request(drawnFrom: seed, at: site)
      replica.write(
        sent.request,
        body: { tx in
          var draw = Draw(seed: sent.contents, members: members)
          try body(tx, &draw)
        }, completion: completion)
    case .closure(let body):
      let members = sites.map(\.disk.identity.replica)
      replica.write(
        { tx in
          var draw = Draw(seed: seed, members: members)
          try body(tx, &draw)
        }, completion: completion)
    case .declared(let declared):
      guard !declared.calls.isEmpty else { return }
      var draw = Draw(seed: seed)
      replica.perform(
        declared.calls[draw.number(below: declared.calls.count)], of: declared,
        completion: completion)
    case .ordered: break
    }
  }

  /// A request that is sent to a site, and what its transaction draws from: a new one, one that was sent before, or one
  /// of a few that all replicas are sent.
  private func request(
    drawnFrom seed: UInt64, at site: Site
  ) -> (request: SentRequest<Void>, contents: UInt64) {
    var draw = Draw(seed: seed)
    let id: RequestID
    var contents: UInt64
    switch draw.number(below: 4) {
    case 0:
      id = RequestID.new(
        at: draw.happens(0.7) ? site.disk.identity.replica : nil, born: site.clock.time,
        using: &draw)
      contents = seed
      requests.append((id, contents))
    case 1 where !requests.isEmpty:
      (id, contents) = requests[draw.number(below: requests.count)]
    default:
      let number = UInt64(draw.number(below: 8))
      id = RequestID(number)
      contents = number
    }
    // Now and then other contents come under the same id.
    if draw.number(below: 16) == 0 { contents &+= 1 }
    let request = SentRequest<Void>(
      id: id, contents: RequestContents(contents), recordsRefusal: draw.happens(0.3))
    return (request, contents)
  }

  private func carryOutOnTheWay(_ event: SimulatedEvent) {
    guard let link = link(event.site, with: event.other) else { return }
    let place = link.place(of: event.site)
    switch event.kind {
    case .deliver:
      deliver(from: event.site, to: event.other, limit: Int(clamping: event.amount))
    case .lose: link.lose(from: place)
    case .repeat: link.disturb(from: place) { $0.repeatFirst() }
    case .reorder: link.disturb(from: place) { $0.reorder() }
    case .damage:
      link.disturb(from: place) {
        var draw = Draw(seed: event.amount)
        $0.damage(by: &draw)
      }
    case .disconnect:
      link.cut(at: elapsed)
      removeLinks()
    default: break
    }
  }

  private func plan(
    _ event: SimulatedEvent, outcome: SimulatedDisk.Outcome, isKept: Bool
  ) {
    guard let site = site(event.site), site.replica != nil else { return }
    site.disk.plan = SimulatedDisk.Plan(
      writes: Int(clamping: event.amount), outcome: outcome, isKept: isKept)
  }

  /// Puts a site's last backup in the place of its store.
  ///
  /// What no other disk has of what was written since is given up.
  private func restore(_ site: Site, isNoticed: Bool) throws {
    guard let backup = site.backup else { return }
    end(site)
    if !isNoticed { witness.noteFork(of: backup.identity.replica) }
    let lost = try site.disk.kept.snapshot().heads
    try site.disk.restore(backup, as: isNoticed ? newIdentity() : nil)
    try giveUp(lost, at: site)
    try start(site, program: site.program)
  }
}
