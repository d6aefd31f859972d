import Merganser
import MerganserDatabase
import MerganserModel
import MerganserSync
import MerganserTypes

/// A cluster in one process, on one thread: replicas, their disks and clocks, and the network between them.
final class Cluster {
  /// How many steps a sync or a writer takes at most to come to an end.
  private static let patience = 100_000
  /// When simulated time begins, in milliseconds since 1970.
  static let beginning: UInt64 = 1_767_225_600_000

  let setting: SimulationSetting
  let witness = Witness()
  let ledger = Ledger()
  private(set) var sites: [Site] = []
  /// The connections, in the order in which they were made.
  var links: [Link] = []
  /// From which sites nothing comes to which.
  var blocked: Set<[Int]> = []
  /// What the two sides follow from that nothing comes between; `nil` where the network is whole.
  var split: UInt64?
  /// The pairs of sites of which the last sync found that they are on two branches of a history.
  var parted: [[Int]] = []
  var states = SeenStates()
  /// The requests that were sent under an id with a birth, and what their transactions draw from.
  var requests: [(id: RequestID, contents: UInt64)] = []
  /// The clients that go from site to site.
  var sessions = Array(repeating: SimulatedSession(), count: SimulatedSession.count)
  /// What became of the requests that were submitted to the order.
  var decisions: Decisions
  /// What happened how often.
  var report = SimulationReport()
  /// Who writes down what happens; `nil` if nobody wants to know.
  let recorder: Recorder?
  /// The number of the site whose branch is kept where histories part.
  let keptSite: Int
  /// Why the last store did not leave a branch that did not.
  var lastRefusal: String?
  /// Why the last sync failed that did.
  var lastFailure: String?
  private(set) var now: UInt64 = beginning
  /// All identities that there are or were.
  private(set) var members: [ReplicaID]
  private var identities: Draw
  let founder: ReplicaID

  init(_ setting: SimulationSetting, seed: UInt64, recorder: Recorder?) throws {
    self.setting = setting
    self.recorder = recorder
    decisions = Decisions(of: setting.registers)
    identities = Draw(seed: seed ^ 0x5EED_1DE4_7171_E500)
    founder = .random(using: &identities)
    witness.founder = setting.isOrdered ? founder : nil
    var choice = Draw(seed: seed ^ 0x6EA1_6EA1_6EA1_6EA1)
    keptSite = choice.number(below: setting.replicas)
    members = [founder]
    for number in 0..<setting.replicas {
      try addSite(identity: number == 0 ? founder : newIdentity(), program: 0)
    }
  }

  /// How much time has passed.
  var elapsed: Duration { .milliseconds(Int64(now - Self.beginning)) }

  func newIdentity() -> ReplicaID {
    members.append(.random(using: &identities))
    return members[members.count - 1]
  }

  func tell(_ text: @autoclosure () -> String) {
    if let recorder { recorder.tell(text()) }
  }

  func pass(_ milliseconds: UInt64) {
    // No schedule is so long that this is too much for a clock.
    now += min(milliseconds, Self.longestPass)
    for site in sites { site.clock.now = now }
    for link in links { link.pass(at: elapsed) }
    removeLinks()
  }

  /// How many milliseconds pass in one event at most: about ten years.
  private static let longestPass: UInt64 = 300_000_000_000

  /// The site of a number, if there is one.
  func site(_ number: Int) -> Site? { sites.indices.contains(number) ? sites[number] : nil }

  /// The connection of two sites, if there is one.
  func link(_ one: Int, with other: Int) -> Link? {
    links.first { $0.sites == [min(one, other), max(one, other)] }
  }
}

// Sites.
extension Cluster {
  /// Adds a site with an empty disk, and starts it.
  @discardableResult
  func addSite(identity: ReplicaID, program: Int) throws -> Site {
    try addSite(emptyDisk(of: identity, program: program), program: program)
  }

  /// A disk that holds nothing.
  func emptyDisk(of identity: ReplicaID, program: Int, session: Int = 0) -> SimulatedDisk {
    let storage = MemoryStorage(
      checkpointInterval: setting.checkpointInterval, retainedVersions: setting.retainedVersions,
      retainedForPeers: setting.retainedForPeers, retainedAge: setting.retainedAge,
      retainedSpine: setting.retainedSpine, takesUnverifiedVersions: false,
      checksLinks: setting.guarantees.contains(.linkedVersions))
    return SimulatedDisk(
      storage,
      identity: StoreIdentity(
        replica: identity, founder: founder,
        schema: setting.programs[program].catalog.description),
      witness: witness, guarantees: setting.guarantees, session: session)
  }

  /// Adds a site whose disk holds what another's does, and starts it.
  ///
  /// - Parameters:
  ///   - site: the other site.
  ///   - isNoticed: whether it is another replica.
  /// - Throws: ``Violation``, and what storages throw.
  func addSite(copying site: Site, isNoticed: Bool) throws {
    let image = try site.disk.image()
    let disk = SimulatedDisk(
      image.kept, identity: image.identity, witness: witness, guarantees: setting.guarantees)
    if !isNoticed { witness.noteFork(of: image.identity.replica) }
    try disk.restore(image, as: isNoticed ? newIdentity() : nil)
    try addSite(disk, program: site.program)
  }

  @discardableResult
  private func addSite(_ disk: SimulatedDisk, program: Int) throws -> Site {
    let clock = SimulatedClock()
    clock.now = now
    let site = Site(sites.count, disk: disk, clock: clock, program: program)
    sites.append(site)
    recorder?.addSite()
    try start(site, program: program)
    return site
  }

  /// Starts a site's process, which opens its store; it promises what all do, but for what is left out.
  func start(_ site: Site, program: Int, leavingOut missing: Guarantees = []) throws {
    guard site.replica == nil else { return }
    let program = min(max(0, program), setting.programs.count - 1)
    site.program = program
    do {
      let storage = try site.disk.open(keepingRequests: setting.requestLifetime)
      if setting.isLater(storage.identity.schema, than: program) {
        report.count("starts of a program that is older than its store")
      }
      site.replica = try setting.programs[program].open(
        storage, clock: site.clock, by: setting,
        promising: setting.guarantees.subtracting(missing))
    } catch let error as OpenError where program + 1 < setting.programs.count {
      // Whoever wrote the store knew more than this program.
      site.disk.end()
      report.count("programs that a store was too new for")
      tell("  site \(site.number): program \(program) does not open the store: \(error)")
      return try start(site, program: program + 1, leavingOut: missing)
    } catch let error as StorageError {
      // The disk may have no room for what is written at an opening.
      for fault in site.disk.takeFaults() { note(fault, atWriteOf: site, in: [.down]) }
      site.disk.end()
      if let damage = site.disk.damage {
        damage.note(error)
        if damage.isTold { return try replaceDamagedStore(of: site) }
      }
      guard site.disk.isFull || error == .diskFull(path: SimulatedDisk.path) else {
        throw Violation(
          guarantee: .recovery, evidence: "site \(site.number) does not open: \(error)")
      }
      return
    }
    site.isBusy = true
    report.count("starts")
    recorder?.end(.down(site: site.number))
    if recorder?.record.sites[site.number] != recorder?.moment {
      recorder?.note(.start, at: site.number, saying: "the process starts, program \(program)")
    }
    site.watch.lookAgain()
    try check(site)
  }

  /// Ends a site's process where it stands.
  func end(_ site: Site) {
    guard let replica = site.replica else { return }
    recorder?.note(
      .crash, at: site.number,
      saying: site.disk.hasCrashed ? "the process ends in a write" : "the process ends")
    recorder?.begin(.down(site: site.number))
    replica.abandon()
    site.replica = nil
    site.disk.end()
    site.unanswered = 0
    site.isBusy = false
    for link in links where link.sites.contains(site.number) {
      link.endProcess(of: site.number, at: elapsed)
    }
    removeLinks()
  }
}

// Steps, and what is looked at behind each.
extension Cluster {
  /// Makes the next step of a site's writer.
  func step(_ site: Site) throws {
    guard let replica = site.replica else { return }
    let phases = phases(of: site)
    let work = replica.work
    report.steps += 1
    site.isBusy = replica.step()
    if let failure = replica.failure { site.disk.damage?.note(failure) }
    for fault in site.disk.takeFaults() { note(fault, atWriteOf: site, in: phases) }
    if let recorder, replica.work != work {
      switch work {
      case .checkpoint:
        recorder.note(.checkpoint, at: site.number, saying: "a checkpoint is stored")
      case .truncation: recorder.note(.truncation, at: site.number, saying: "the log is truncated")
      case .adoption, nil: break
      }
    }
    if site.disk.hasCrashed {
      tell("  site \(site.number) crashes")
      return end(site)
    }
    try takeAnswers()
    if work == .truncation, replica.work == nil, !replica.hasFailed { try checkLog(of: site) }
    for link in links where link.sites.contains(site.number) { link.goOn(at: elapsed) }
    removeLinks()
    try check(site)
  }

  /// Has a site's writer do all that there is to do.
  func settle(_ site: Site) throws {
    var left = Self.patience
    while site.isBusy, left > 0 {
      try step(site)
      left -= 1
    }
  }

  /// Has the sync of two sites go on until both have come to an end, or nothing comes from one to the other; or until one of
  /// them adopts a state.
  func exchange(_ one: Int, with other: Int, untilAdoption: Bool = false) throws {
    var left = Self.patience
    while link(one, with: other) != nil, left > 0 {
      left -= 1
      if untilAdoption, [one, other].contains(where: { phases(of: sites[$0]).contains(.adoption) })
      {
        return
      }
      var hasMoved = false
      for way in [[one, other], [other, one]] {
        if canDeliver(from: way[0], to: way[1]) {
          deliver(from: way[0], to: way[1], limit: 0)
          hasMoved = true
        }
        if sites[way[0]].isBusy {
          try step(sites[way[0]])
          hasMoved = true
        }
      }
      if !hasMoved { return }
    }
  }

  /// Takes notice of what transactions were answered.
  private func takeAnswers() throws {
    for answer in ledger.take() {
      guard let site = site(answer.site), site.replica != nil, site.disk.session == answer.session
      else { continue }
      site.unanswered -= 1
      switch answer.result {
      case .success(let written):
        try take(written, of: answer.name, at: site)
        if let call = answer.sessionCall, let version = written.version {
          try endCall(call, writing: version)
        }
        if let call = answer.call { try believe(call, at: site) }
      case .failure(let error):
        site.disk.damage?.note(error)
        // What a storage refuses may be there.
        if let call = answer.call, !(error is StorageError) { decisions.history?.fail(call) }
        report.count(error is StorageError ? "writes that failed" : "writes that were refused")
        tell("  site \(site.number): \(answer.name) is not committed: \(error)")
        recorder?.note(
          .refusal, at: site.number, saying: "\(answer.name) is not committed: \(error)")
      }
    }
  }

  private func take(
    _ written: SteppedReplica.Answer, of name: String, at site: Site
  ) throws(Violation) {
    if let result = written.result {
      report.count("requests that were \(result.name)")
      tell("  site \(site.number): \(name): the request is \(result.name)")
    }
    guard let version = written.version else {
      return report.count("transactions that wrote nothing")
    }
    report.count("commits")
    report.commits[name, default: 0] += 1
    tell(
      "  site \(site.number): \(name) is committed as \(version.origin.shortDescription)"
        + ":\(version.sequences.upperBound)")
    recorder?.note(
      .commit, at: site.number,
      saying:
        "\(name) is committed as \(version.origin.shortDescription):\(version.sequences.upperBound)"
    )
    try witness.acknowledge(version)
  }

  /// Checks what a site shows.
  func check(_ site: Site) throws {
    try overlooking(site) { try checkAll(of: site) }
  }

  /// Looks at a site as if no block of its disk were damaged: what finds that is what ships.
  func overlooking<Value>(_ site: Site, body: () throws -> Value) rethrows -> Value {
    site.disk.damage?.isOverlooked = true
    defer { site.disk.damage?.isOverlooked = false }
    return try body()
  }

  private func checkAll(of site: Site) throws {
    guard let replica = site.replica else { return }
    try witness.check()
    do {
      try site.watch.check(
        replica.snapshot, by: witness, states: &states, members: members,
        checks: setting.checks)
    } catch let violation as Violation {
      throw Violation(
        guarantee: violation.guarantee, evidence: "site \(site.number): \(violation.evidence)")
    }
    try decisions.check(replica.snapshot, at: site.number)
    try checkBounds(of: site, in: replica.database)
  }
}

extension RequestResult {
  /// What came of the request, in a word.
  fileprivate var name: String {
    switch self {
    case .committed: "committed"
    case .refused: "refused"
    case .repeated: "answered as before"
    case .otherContents: "answered for other contents"
    case .expired: "expired"
    }
  }
}
