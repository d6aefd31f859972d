import Merganser
import MerganserDatabase
import MerganserModel
import MerganserTypes

// Forks: what operators do about them.
extension Cluster {
  /// What came of an attempt to heal.
  enum Healed {
    /// The site's store has left its branch, or has gone on as another replica as it had nothing alone.
    case healed, renewed
    /// It cannot leave it yet, or has not left any.
    case refused(HealingError)
    /// Something went wrong meanwhile, as disks and networks do.
    case failed
  }

  func carryOutHealing(_ event: SimulatedEvent) throws {
    let pair = [min(event.site, event.other), max(event.site, event.other)]
    guard parted.contains(pair), let site = site(event.site), let kept = self.site(event.other),
      kept.replica != nil, !links.contains(where: { $0.sites.contains(kept.number) })
    else { return }
    note(try leave(site, for: [kept], offeringAll: event.amount == 0), at: site)
  }

  private func note(_ outcome: Healed, at site: Site) {
    switch outcome {
    case .healed:
      report.count("stores that left a branch")
      tell("  site \(site.number) has left its branch")
    case .renewed:
      report.count("stores that went on as another replica")
      tell("  site \(site.number) goes on as another replica")
    case .refused(let error):
      report.count("stores that could not leave a branch yet")
      tell("  site \(site.number) does not leave its branch: \(error)")
    case .failed: report.count("stores that did not leave a branch, as something went wrong")
    }
  }

  /// Whether two sites are on two branches of a history, and neither knows enough of it to tell: what both have truncated,
  /// or were handed as a state, is compared by nobody.
  ///
  /// - Throws: ``Violation``, if one of them knows.
  func isBlind(_ one: Site, for other: Site) throws -> Bool {
    guard witness.hasForks else { return false }
    let logs = try [one, other].map { try $0.disk.kept.snapshot() }
    let parting = witness.forked.filter { origin in
      witness.isParting(logs[0].head(of: origin), from: logs[1].head(of: origin), of: origin)
    }
    if parting.isEmpty { return false }
    var unknown: Set<ReplicaID> = []
    for (own, other) in [(logs[0], logs[1]), (logs[1], logs[0])] {
      let comparison = try own.comparison(with: other.heads)
      if comparison.fork != nil { return false }
      unknown.formUnion(comparison.unknown)
    }
    guard parting.allSatisfy(unknown.contains) else {
      throw Violation(
        guarantee: .identity,
        evidence: "sites \(one.number) and \(other.number) are on two branches, and do not see it")
    }
    return true
  }

  /// Heals all forks: every store that does not sync with that of one site leaves its branch for the branch of that one.
  ///
  /// - Throws: ``Violation``, if one cannot.
  func healAll() throws {
    let kept = sites[keptSite]
    var isStuck = false
    var hasAll = false
    var healthy: [Site] = []
    for _ in 0...2 * sites.count + 1 {
      var hasChanged = false
      var apart: [Site] = []
      for site in sites where site !== kept {
        if try !syncs(site, with: kept) { apart.append(site) }
      }
      if apart.isEmpty {
        // A later site may have told the kept one what an earlier one parts from.
        if try !renewCopies(), hasAll { return }
        hasAll = true
        continue
      }
      hasAll = false
      healthy = sites.filter { site in !apart.contains { $0 === site } }
      // Who knows the identity best is asked first.
      healthy.sort { $0 === kept && $1 !== kept }
      for site in apart {
        let identity = site.disk.identity.replica
        let candidates =
          healthy.filter { $0.disk.identity.replica == identity }
          + healthy.filter { $0.disk.identity.replica != identity }
        let outcome = try leave(site, for: candidates, offeringAll: isStuck)
        note(outcome, at: site)
        switch outcome {
        case .healed, .renewed: hasChanged = true
        case .refused(.unverified), .refused(.outrun), .refused(.notApart):
          try startAnew(site, besides: kept)
          hasChanged = true
        case .refused, .failed: break
        }
      }
      if isStuck, !hasChanged { break }
      isStuck = !hasChanged
    }
    throw Violation(
      guarantee: .convergence,
      evidence:
        "some sites do not leave their branch for that of site \(kept.number): \(lastRefusal ?? "no end")"
    )
  }

  /// Whether two sites sync, with nothing that is set aside.
  private func syncs(_ site: Site, with kept: Site) throws -> Bool {
    recorder?.goOn()
    if try isBlind(site, for: kept) { return false }
    cutLink(site.number, with: kept.number)
    guard try connect(site.number, with: kept.number),
      let link = link(site.number, with: kept.number)
    else {
      throw Violation(
        guarantee: .answers,
        evidence: "sites \(site.number) and \(kept.number) cannot begin to sync")
    }
    try exchange(site.number, with: kept.number)
    if parted.contains(link.sites) { return false }
    guard link.results.allSatisfy(\.isSuccess) else {
      throw Violation(
        guarantee: .convergence,
        evidence:
          "sites \(site.number) and \(kept.number) do not sync, with no faults: \(lastFailure ?? "no end")"
      )
    }
    return true
  }

  /// Of stores that have one identity still, and one history, all but the one that knows most of it go on as other
  /// replicas.
  ///
  /// - Returns: whether there were any.
  private func renewCopies() throws -> Bool {
    var hasChanged = false
    for site in sites {
      let identity = site.disk.identity.replica
      let longest = sites.filter { $0.disk.identity.replica == identity }.max {
        $0.watch.heads[identity]?.sequence ?? 0 < $1.watch.heads[identity]?.sequence ?? 0
      }
      guard let longest, longest !== site else { continue }
      note(try heal(site, from: longest, offering: [], anyway: false), at: site)
      hasChanged = true
    }
    return hasChanged
  }

  /// Has a store leave its branch as an operator does.
  ///
  /// - Parameters:
  ///   - site: the site.
  ///   - candidates: sites on the branch that is kept: the next is asked where one does not know enough any more.
  ///   - isLast: whether it offers what others were to offer first, as they wait for each other.
  /// - Returns: what came of it.
  /// - Throws: ``Violation``.
  private func leave(
    _ site: Site, for candidates: [Site], offeringAll isLast: Bool
  ) throws -> Healed {
    var last = Healed.failed
    for kept in candidates where kept !== site {
      last = try leave(site, for: kept, offeringAll: isLast)
      guard case .refused(.unverified) = last else { return last }
    }
    return last
  }

  private func leave(_ site: Site, for kept: Site, offeringAll isLast: Bool) throws -> Healed {
    var others = try orphans(of: site, besides: kept)
    var anyway = false
    while true {
      let outcome = try heal(site, from: kept, offering: others, anyway: anyway)
      guard case .refused(let error) = outcome else { return outcome }
      lastRefusal = "\(error)"
      switch error {
      case .othersFirst(let versions) where isLast && !others.isSuperset(of: versions.keys):
        others.formUnion(versions.keys)
      case .truncated where !anyway: anyway = true
      default: return outcome
      }
    }
  }

  /// Gives a site a store that holds nothing, as nobody can tell any more what of the old one counts.
  private func startAnew(_ site: Site, besides kept: Site) throws {
    end(site)
    witness.setAside(
      upTo: try site.disk.kept.snapshot().heads,
      besides: try kept.disk.kept.snapshot().heads)
    site.disk = emptyDisk(
      of: newIdentity(), program: site.program, session: site.disk.session + 1)
    site.watch = Watch()
    decisions.forget(site.number)
    parted.removeAll { $0.contains(site.number) }
    report.count("stores that were given up")
    try start(site, program: site.program)
  }

  /// The identities, besides a site's own, of which it holds versions that another lacks and no store is left that will
  /// offer them: of these an operator has it offer them, too.
  func orphans(of site: Site, besides kept: Site) throws -> Set<ReplicaID> {
    let heads = try site.disk.kept.snapshot().heads
    let keptHeads = try kept.disk.kept.snapshot().heads
    var orphans: Set<ReplicaID> = []
    for (origin, head) in heads where origin != site.disk.identity.replica {
      let name = WitnessedVersion.Name(origin: origin, end: head)
      if witness.contains(name, upTo: keptHeads[origin]) { continue }
      let isOffered = try sites.contains { other in
        try other !== site && other.disk.identity.replica == origin
          && witness.contains(name, upTo: other.disk.kept.snapshot().heads[origin])
      }
      if !isOffered { orphans.insert(origin) }
    }
    return orphans
  }

  /// Lets a site's store leave its branch for that of another site, by what ships.
  ///
  /// - Parameters:
  ///   - site: the site; its process is ended, and another one started with the new store.
  ///   - kept: the other site.
  ///   - others: the other replicas whose versions it offers.
  ///   - anyway: whether it goes on where versions stay behind that nobody knows any more how to offer.
  /// - Returns: what came of it.
  /// - Throws: ``Violation``.
  func heal(
    _ site: Site, from kept: Site, offering others: Set<ReplicaID>, anyway: Bool
  ) throws -> Healed {
    end(site)
    let left = site.disk
    let blocks = blocked
    let side = split
    blocked = []
    split = nil
    defer {
      blocked = blocks
      split = side
    }
    do {
      let before = try left.kept.snapshot().heads
      let report = try leave(left, at: site, for: kept, offering: others, anyway: anyway)
      witness.noteHealing(
        report, of: before, keeping: try site.disk.kept.snapshot().heads)
      tell(
        "  site \(site.number) made \(report.offered) versions again, \(report.offeredBefore) were made before; "
          + "\(report.refused.count) are refused")
      parted.removeAll { $0.contains(site.number) }
      try start(site, program: site.program)
      if try connect(site.number, with: kept.number) {
        try exchange(site.number, with: kept.number)
      }
      return .healed
    } catch let violation as Violation {
      throw violation
    } catch {
      end(site)
      site.disk = left
      left.damage?.note(error)
      site.watch = Watch()
      decisions.forget(site.number)
      defer { site.isBusy = true }
      if case HealingError.outrun = error, !anyway {
        left.renew(as: newIdentity())
        parted.removeAll { $0.contains(site.number) }
        try start(site, program: site.program)
        return .renewed
      }
      try start(site, program: site.program)
      if let error = error as? HealingError { return .refused(error) }
      tell("  site \(site.number) does not leave its branch: \(error)")
      return .failed
    }
  }

  private func leave(
    _ left: SimulatedDisk, at site: Site, for kept: Site, offering others: Set<ReplicaID>,
    anyway: Bool
  ) throws -> HealingReport {
    var machine = HealingMachine(
      leaving: LeftStore(of: left.identity, at: SimulatedDisk.path) { () throws(StorageError) in
        try left.snapshot()
      }, offering: others, anyway: anyway)
    var event = HealingMachine.Event.began
    while true {
      guard let healthy = kept.replica else { throw Interrupted() }
      switch try machine.step(event) {
      case .greet: event = .greeted(try healthy.greeting())
      case .grow(let schema):
        try wait(at: kept) { healthy.grow(to: schema, completion: $0) }
        event = .grew
      case .apply(let versions):
        let reception = try wait(at: kept) { healthy.apply(versions, completion: $0) }
        event = .applied(reception.applied.count)
      case .begin:
        try begin(at: site, behind: left, with: kept)
        event = .begun
      case .compare(let heads): event = .compared(try healthy.comparison(with: heads))
      case .offer:
        let storage = try site.disk.open(keepingRequests: setting.requestLifetime)
        defer { site.disk.end() }
        return try setting.programs[site.program].offer(
          by: machine, in: storage, clock: site.clock, running: setting.running)
      }
    }
  }

  /// Puts a store that holds nothing in the place of one that leaves its branch, and has it sync.
  private func begin(at site: Site, behind left: SimulatedDisk, with kept: Site) throws {
    guard setting.guarantees.contains(.emptyStores) else {
      return try merge(at: site, behind: left, with: kept)
    }
    site.disk = emptyDisk(
      of: newIdentity(), program: site.program, session: left.session + 1)
    site.watch = Watch()
    decisions.forget(site.number)
    try start(site, program: site.program)
    var rounds = 0
    var refused: [ReplicationError]
    repeat {
      refused = try meet(kept, from: site)
      rounds += 1
    } while HealingMachine.syncsAgain(after: rounds, refusing: refused)
    end(site)
  }

  /// Has a site sync with another, until both have come to an end; tells what the site has refused.
  private func meet(_ kept: Site, from site: Site) throws -> [ReplicationError] {
    cutLink(site.number, with: kept.number)
    guard try connect(site.number, with: kept.number),
      let link = link(site.number, with: kept.number)
    else { throw Interrupted() }
    try exchange(site.number, with: kept.number)
    guard link.results.allSatisfy(\.isSuccess) else {
      link.cut(at: elapsed)
      removeLinks()
      throw Interrupted()
    }
    guard case .success(let result)? = link.results[link.place(of: site.number)] else { return [] }
    return result.intake.refused
  }

  /// What a healing never does: merges another's state into a copy of the store that leaves its branch.
  private func merge(at site: Site, behind left: SimulatedDisk, with kept: Site) throws {
    let image = try left.image()
    site.disk = SimulatedDisk(
      image.kept, identity: image.identity, witness: witness, guarantees: setting.guarantees,
      session: left.session + 1)
    site.disk.renew(as: newIdentity())
    site.watch = Watch()
    decisions.forget(site.number)
    try start(site, program: site.program, leavingOut: .comparedHistories)
    guard let replica = site.replica, let healthy = kept.replica else { throw Interrupted() }
    try wait(at: site) { try replica.adopt(stateOf: healthy, completion: $0) }
    end(site)
  }

  /// Has a site's writer make steps until something that it was asked for is done.
  private func wait<Value: Sendable>(
    at site: Site,
    for work: (@escaping @Sendable (Result<Value, any Error>) -> Void) throws -> Void
  ) throws -> Value {
    let answer = Answer<Value>()
    try work { answer.result = $0 }
    site.isBusy = true
    while answer.result == nil, site.isBusy { try step(site) }
    guard let result = answer.result else { throw Interrupted() }
    return try result.get()
  }
}

/// What a writer was asked for, once it is done.
///
/// It is used by one thread.
private final class Answer<Value: Sendable>: @unchecked Sendable {
  var result: Result<Value, any Error>?
}

/// A process ended, or a sync, before something was done.
private struct Interrupted: Error {}
