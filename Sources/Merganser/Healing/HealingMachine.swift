package import MerganserDatabase
package import MerganserModel
package import MerganserSync
package import MerganserTypes

/// Leaving a branch of a fork, as a machine: what the store alone has is made again in a new one, which begins with the
/// state of a healthy replica.
///
/// It reads the store that is left, and says what is to be done with the healthy replica and the new store. Who drives it
/// does that, and tells what came of it: ``Healing``, or a simulation.
///
/// It never merges the branches, as merging cannot be undone.
package struct HealingMachine: Sendable {
  /// What is to be done.
  package enum Directive: Sendable {
    /// The healthy replica is asked for its greeting.
    case greet
    /// The healthy replica takes a schema over.
    case grow(SchemaDescription)
    /// The healthy replica takes versions in: they rest on nothing of the branch that is left, as far as both know.
    case apply([StoredVersion])
    /// A new store is made that holds nothing, and synced with the healthy replica.
    case begin
    /// The healthy replica compares its histories with those that go through the given versions.
    case compare([ReplicaID: Head])
    /// What the new store lacks is made again there (``HealingMachine/offer(in:catalog:clearance:wall:)``).
    case offer
  }

  /// What happened.
  package enum Event: Sendable {
    /// Somebody wants to leave a branch.
    case began
    /// The healthy replica said what it holds.
    case greeted(Greeting)
    /// The schema was taken over.
    case grew
    /// So many versions were taken in.
    case applied(Int)
    /// The new store holds what the healthy replica does.
    case begun
    /// The histories were compared.
    case compared(HistoryComparison)
  }

  private let left: LeftStore
  private let others: Set<ReplicaID>
  private let anyway: Bool
  private var greeting: Greeting?
  private var cursor: VersionBatches.Cursor?
  private var beginnings: SharedBeginnings?
  /// By origin: the first version that is not handed over.
  private var withheld: [ReplicaID: UInt64] = [:]
  private var handedOver = 0

  /// A machine that has not begun.
  ///
  /// - Parameters:
  ///   - left: the store that is left.
  ///   - others: the other replicas whose versions are offered.
  ///   - anyway: whether to go on where versions stay behind that nobody has offered.
  package init(leaving left: LeftStore, offering others: Set<ReplicaID>, anyway: Bool) {
    self.left = left
    self.others = others
    self.anyway = anyway
  }

  /// The origins whose versions are offered.
  private var offered: Set<ReplicaID> { others.union([left.identity.replica]) }

  /// What is to be done next.
  ///
  /// - Throws: ``/MerganserModel/ReplicationError/otherDatabase(ours:theirs:)``; ``/MerganserModel/StorageError``.
  package mutating func step(_ event: Event) throws -> Directive {
    switch event {
    case .began: return .greet
    case .greeted(let greeting):
      self.greeting = greeting
      guard greeting.founder == left.identity.founder else {
        throw ReplicationError.otherDatabase(
          ours: left.identity.founder, theirs: greeting.founder)
      }
      let own = left.identity.schema
      if let later = try? greeting.schema.later(own), later != greeting.schema { return .grow(own) }
      return try compare()
    case .grew: return try compare()
    case .applied(let count):
      handedOver += count
      return try handOver()
    case .begun: return .offer
    case .compared(let comparison):
      beginnings?.note(comparison)
      return try compare()
    }
  }

  /// Whether the new store syncs again with the healthy replica before it is offered anything.
  ///
  /// A store that truncates its log while much comes may have nothing left by which the last of it could be compared. When
  /// the two meet again, they compare what both have by then.
  ///
  /// - Parameters:
  ///   - rounds: how often they have met.
  ///   - refused: what the new store has refused the last time.
  /// - Returns: whether they do.
  package static func syncsAgain(after rounds: Int, refusing refused: [ReplicationError]) -> Bool {
    rounds < mostRounds
      && refused.contains { if case .notCompared = $0 { true } else { false } }
  }

  /// How often a new store meets the healthy replica at most.
  private static let mostRounds = 8

  private mutating func compare() throws -> Directive {
    var beginnings = try self.beginnings ?? SharedBeginnings(of: left, with: greeting?.heads ?? [:])
    let question = try beginnings.nextQuestion()
    self.beginnings = beginnings
    return try question.map { .compare($0) } ?? handOver()
  }

  /// Hands out what rests on nothing of the branch that is left, and on nothing of which that is not known.
  private mutating func handOver() throws -> Directive {
    let left = left
    if cursor == nil {
      var beginning = greeting?.vector ?? VersionVector()
      beginning.merge(VersionVector(try left.snapshot().truncatedTo))
      cursor = VersionBatches.Cursor(beginning) { () throws(StorageError) in
        try left.snapshot()
      }
    }
    while let batch = try cursor?.next() {
      let versions = try batch.filter { try isHandedOver($0) }
      if !versions.isEmpty { return .apply(versions) }
    }
    return .begin
  }

  /// Whether a version is handed over; those that it rests on were asked before.
  private mutating func isHandedOver(_ version: StoredVersion) throws -> Bool {
    if withheld[version.origin] != nil { return false }
    let parted = beginnings?.parted ?? []
    let rests =
      try parted.contains(version.origin)
      || version.decoded().links.contains { link in
        if let first = withheld[link.origin], link.sequence >= first { return true }
        return parted.contains(link.origin)
          && link.sequence > beginnings?.shared[link.origin] ?? 0
      }
    if rests { withheld[version.origin] = version.sequences.lowerBound }
    return !rests
  }

  /// Ends the old identity, and makes again what the new store lacks.
  ///
  /// - Parameters:
  ///   - store: the new store, which holds what the healthy replica does.
  ///   - catalog: what it is opened by.
  ///   - clearance: what transactions of a scope may write.
  ///   - wall: what the wall clock shows.
  /// - Returns: what became of it.
  /// - Throws: ``HealingError``; ``/MerganserModel/StorageError``; ``/MerganserModel/TransactionError``.
  package func offer(
    in store: any RecoverableStorage, catalog: Catalog, clearance: (Scope) -> Clearance,
    wall: @escaping @Sendable () -> HybridTime
  ) throws -> HealingReport {
    guard let healthy = greeting else { throw HealingError.notApart(path: left.path) }
    let kept = try store.snapshot()
    let missing = healthy.heads.filter { $1.sequence > kept.head(of: $0)?.sequence ?? 0 }
    // The old identity would end behind less than is known of it.
    guard missing.isEmpty else {
      throw HealingError.incomplete(path: left.path, writes: missing.mapValues(\.sequence))
    }
    var offering = try Offering(
      of: left.snapshot(), leaving: left.identity, to: store, as: catalog, by: offered,
      sharing: beginnings?.shared ?? [:], wall: wall)
    try offering.end(left.identity.replica, unlessLiving: healthy.replica)
    var report = try offering.run(clearance)
    if !anyway {
      if offering.restsOnOthers { throw HealingError.othersFirst(report.leftToOthers) }
      if !report.unknown.isEmpty {
        throw HealingError.truncated(path: left.path, writes: report.unknown)
      }
      if !report.unverified.isEmpty { throw HealingError.unverified(report.unverified) }
    }
    if !offering.isApart {
      if !anyway, !offering.unverified.isEmpty {
        throw HealingError.unverified(offering.unverified)
      }
      throw try isOutrun(by: healthy)
        ? HealingError.outrun(path: left.path, identity: left.identity.replica)
        : HealingError.notApart(path: left.path)
    }
    report.handedOver = handedOver
    return report
  }

  /// Whether the store's identity has gone on elsewhere, or has ended, so that the store cannot go on under it.
  private func isOutrun(by healthy: Greeting) throws -> Bool {
    let own = left.identity.replica
    if own == healthy.replica || healthy.cuts[own] != nil { return true }
    let last = try left.snapshot().heads[own]?.sequence ?? 0
    return healthy.heads[own].map { $0.sequence > last } ?? false
  }
}
