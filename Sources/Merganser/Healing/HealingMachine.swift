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
    /// The healthy replica takes versions in, as far as they rest on nothing of the branch that is left.
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
      return try handOver()
    case .grew: return try handOver()
    case .applied(let count):
      handedOver += count
      return try handOver()
    case .begun: return try compare()
    case .compared(let comparison):
      beginnings?.note(comparison)
      return try compare()
    }
  }

  /// Hands out what rests on nothing of the branch that is left; the healthy replica sets aside what does.
  private mutating func handOver() throws -> Directive {
    let left = left
    if cursor == nil {
      var beginning = greeting?.vector ?? VersionVector()
      beginning.merge(VersionVector(try left.snapshot().truncatedTo))
      cursor = VersionBatches.Cursor(beginning) { () throws(StorageError) in
        try left.snapshot()
      }
    }
    return try cursor?.next().map { .apply($0) } ?? .begin
  }

  private mutating func compare() throws -> Directive {
    var beginnings =
      beginnings ?? SharedBeginnings(of: offered, in: left, with: greeting?.heads ?? [:])
    let question = try beginnings.nextQuestion()
    self.beginnings = beginnings
    return question.map { .compare($0) } ?? .offer
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
