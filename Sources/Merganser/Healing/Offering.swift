import MerganserDatabase
import MerganserModel
import MerganserTypes

/// The versions of a store, as they are offered to another one.
struct Offering {
  private let left: StoreIdentity
  private let log: any VersionSnapshot
  private let store: any RecoverableStorage
  private let offered: Set<ReplicaID>
  private let wall: @Sendable () -> HybridTime
  private var database: Database
  private var repeater: HistoryRepeater
  private var report: HealingReport
  private var open: [StoredVersion] = []
  private var size = 0
  /// By origin: the first version that is left to others, or rests on such a one.
  private var waiting: [ReplicaID: UInt64] = [:]
  /// Whether a version that is offered rests on one that is left to others and is not offered yet.
  private(set) var restsOnOthers = false
  /// By replica: up to which of its writes nobody knows whether the two sides have the same.
  let unverified: [ReplicaID: UInt64]
  /// Whether the store has what the healthy replica cannot take as it is.
  private(set) var isApart = false

  /// What a store holds, to be offered to a new one.
  ///
  /// - Parameters:
  ///   - log: what it holds.
  ///   - left: whose it is.
  ///   - store: where it is made again.
  ///   - catalog: what the new store is opened by.
  ///   - offered: the origins whose versions are offered.
  ///   - shared: how far histories are known to be the same.
  ///   - wall: what the wall clock shows.
  /// - Throws: ``/MerganserModel/StorageError``.
  init(
    of log: any VersionSnapshot, leaving left: StoreIdentity, to store: any RecoverableStorage,
    as catalog: Catalog, by offered: Set<ReplicaID>, sharing shared: [ReplicaID: UInt64],
    wall: @escaping @Sendable () -> HybridTime
  ) throws {
    self.log = log
    self.left = left
    self.store = store
    self.offered = offered
    self.wall = wall
    let identity = store.identity
    database = Database(
      catalog: catalog, replica: identity.replica, founder: identity.founder)
    report = HealingReport(left: left.replica, replica: identity.replica)
    try store.recover(&database)
    let kept = try store.snapshot()
    var unverified: [ReplicaID: UInt64] = [:]
    var common = try log.common(with: kept, unknown: &unverified)
    // What the healthy replica has truncated its spine tells, which no state brings.
    for (origin, last) in shared where unverified[origin] != nil {
      (common[origin], unverified[origin]) = (last, nil)
    }
    self.unverified = unverified
    report.unverified = unverified.filter { offered.contains($0.key) }
    for (origin, end) in log.truncatedTo
    where offered.contains(origin) && end.sequence > common[origin] {
      report.unknown[origin] = end.sequence
    }
    repeater = HistoryRepeater(common: common)
    isApart = log.heads.contains { origin, head in head.sequence > common[origin] }
  }

  /// Ends the identity of the store that is left behind what is known of it, with the new one for its heir;
  /// one that lives on elsewhere goes on there.
  mutating func end(_ identity: ReplicaID, unlessLiving other: ReplicaID) throws {
    if identity == other || database.snapshot.cuts[identity] != nil { return }
    try take(database.succeed(identity, wall: wall(), evenIfUnknown: true))
  }

  /// Offers all that is behind the common beginning.
  mutating func run(_ clearance: (Scope) -> Clearance) throws -> HealingReport {
    var walk = try LogWalk(log, catalog: database.catalog, identity: left)
    while let step = try walk.next() {
      let version = step.stored
      guard step.isApplied else { continue }
      guard repeater.isBehindCommon(version) else { continue }
      // Who has ended is decided once, where it was decided: there is nothing to offer or to wait for.
      let isRepeated = try !step.onlyEndsIdentities()
      let isOffered = isRepeated && offered.contains(version.origin)
      if isRepeated, !isOffered, try repeater.outcome(of: version, in: database.snapshot) == nil {
        report.leftToOthers[version.origin, default: 0] += 1
        waiting[version.origin] = waiting[version.origin] ?? version.sequences.lowerBound
      }
      let rests = try restsOnWaiting(version)
      if rests { waiting[version.origin] = waiting[version.origin] ?? version.sequences.lowerBound }
      if !isOffered { continue }
      if rests { restsOnOthers = true }
      let (outcome, written) = try repeater.offer(
        step, to: &database, clearance: clearance, wall: wall())
      try take(written)
      switch outcome {
      case .committed: report.offered += 1
      case .offeredBefore(let outcome):
        if outcome.isCommitted {
          report.offeredBefore += 1
        } else {
          try refuse(step, reason: outcome.reason)
        }
      case .refused(let reason): try refuse(step, reason: reason)
      case .unknown:
        report.unknown[version.origin] = version.sequences.upperBound
        try refuse(
          step,
          reason: "the log was truncated, and what it changed is not known; make it again by hand")
      }
    }
    try flush()
    return report
  }

  /// Whether a version follows or depends on one that is left to others.
  private func restsOnWaiting(_ version: StoredVersion) throws -> Bool {
    if waiting.isEmpty { return false }
    if waiting[version.origin] != nil { return true }
    return try version.decoded().links.contains { link in
      waiting[link.origin].map { link.sequence >= $0 } ?? false
    }
  }

  private mutating func refuse(_ step: LogWalk.Step, reason: String) throws {
    let (version, writes) = try step.writes()
    report.refused.append(
      HealingReport.Refusal(
        origin: version.origin, sequences: version.sequences, time: version.time,
        request: version.request, reason: reason,
        writes: writes.filter { !systemTableNames.contains($0.table) }
          .map { "\($0.table) \($0.key): \($0.change)" }))
  }

  private mutating func take(_ version: StoredVersion?) throws {
    guard let version else { return }
    open.append(version)
    size += version.payload.count
    if size >= 1 << 20 { try flush() }
  }

  private mutating func flush() throws {
    try store.append(open)
    database.noteStored()
    open = []
    size = 0
  }
}

extension RequestOutcome {
  /// Why it was not made again when it was offered before, as it is told when it is offered first.
  fileprivate var reason: String {
    if case .refused(let violation) = self { "\(violation)" } else { "\(self)" }
  }
}

extension VersionSnapshot {
  /// How far the histories of this log and another one are the same, for each origin.
  ///
  /// Where the other no longer knows, they are taken to be the same, and that is noted in `unknown`.
  ///
  /// - Complexity: O(*n*) in the number of origins, and for each whose history parts, its versions.
  fileprivate func common(
    with other: any VersionSnapshot, unknown: inout [ReplicaID: UInt64]
  ) throws -> VersionVector {
    var common = VersionVector()
    for (origin, head) in heads {
      guard let kept = other.head(of: origin) else { continue }
      // Where the shorter of the two ends, the longer may go on.
      let (end, isOwn) = kept.sequence < head.sequence ? (kept, false) : (head, true)
      let entry =
        try isOwn
        ? other.entry(of: origin, endingAt: end.sequence)
        : self.entry(of: origin, endingAt: end.sequence)
      switch entry {
      case .hash(end.hash): common[origin] = end.sequence
      case .unknown:
        common[origin] = end.sequence
        unknown[origin] = end.sequence
      case .hash, .noVersionEnds:
        common[origin] = try agreement(
          on: origin, with: other, upTo: end.sequence, unknown: &unknown)
      }
    }
    return common
  }

  /// How far the histories of one origin are the same that are known to part at `parting`, or before; 0 where
  /// they part before what this log still has.
  private func agreement(
    on origin: ReplicaID, with other: any VersionSnapshot, upTo parting: UInt64,
    unknown: inout [ReplicaID: UInt64]
  ) throws -> UInt64 {
    var (start, common): (UInt64, UInt64) = (0, 0)
    if let end = truncation(of: origin) {
      start = end.sequence
      // The spine tells that they part below the truncation.
      if start >= parting { return 0 }
      switch try other.entry(of: origin, endingAt: start) {
      case .hash(end.hash): common = start
      case .unknown: (common, unknown[origin]) = (start, start)
      case .hash, .noVersionEnds: return 0
      }
    }
    let reader = try versions(of: origin, after: start)
    while let version = try reader.next(), version.sequences.upperBound < parting {
      let end = version.sequences.upperBound
      switch try other.entry(of: origin, endingAt: end) {
      case .hash(version.hash): (common, unknown[origin]) = (end, nil)
      case .unknown: (common, unknown[origin]) = (end, end)
      case .hash, .noVersionEnds: return common
      }
    }
    return common
  }
}
