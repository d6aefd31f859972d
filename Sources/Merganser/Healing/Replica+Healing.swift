import MerganserDatabase
import MerganserLog
public import MerganserModel
public import MerganserTypes

extension Replica {
  /// Lets a store leave its branch of a fork: makes a new store that begins with what a healthy replica holds,
  /// and makes again there what the old one alone had.
  ///
  /// Two stores have written as one replica, say since an old copy was restored over a store that had gone on.
  /// Each branch keeps the invariants, and both together may not, so they do not sync. Choose a replica of the
  /// branch that is to be kept, and let the others leave theirs for it, one after the other:
  ///
  /// ```swift
  /// let report = try await Replica.heal(bank, at: "porto", into: "porto-2", from: lisbon)
  /// for refusal in report.refused { print(refusal.reason, refusal.writes) }
  /// let porto = try await Replica.open(bank, at: "porto-2")
  /// ```
  ///
  /// What rests on nothing of the branch is handed to the healthy replica. The old identity ends behind that,
  /// with the new one for its heir, which so has its rights. The store's own versions beyond are offered again:
  /// each as one transaction under the invariants, in their order, once, whoever offers it. What
  /// an invariant refuses is told, and stays in the old store, which is not changed: nobody writes to it any
  /// more. In the end the healthy replica is given what the new store has.
  ///
  /// Versions of other replicas are offered by their own stores, where they are healed. Those of a replica whose
  /// store is lost, and those of the forked identity where its store is on the branch that is kept, are offered
  /// by one replica, which names it as one of `others`.
  ///
  /// - Parameters:
  ///   - schema: the schema of the database.
  ///   - location: the store's folder, which no program has open.
  ///   - newLocation: the folder of the new store, which does not exist.
  ///   - healthy: a replica, or a store that no replica has open, on the branch that is kept.
  ///   - others: the other replicas whose versions this store offers.
  ///   - anyway: whether to go on where versions stay behind that are not offered yet, or not known any more.
  ///   - running: how the schema's declared transactions run.
  ///   - options: durability, limits, what is taken of other replicas, and the clock.
  /// - Returns: what became of it.
  /// - Complexity: that of a state transfer, and of following the old log once.
  /// - Throws: ``/MerganserModel/StorageError/inUse(path:)``, while a program has one of the stores open; ``HealingError``;
  ///   ``/MerganserModel/ReplicationError``; other ``/MerganserModel/StorageError``s;
  ///   ``OpenError``. There is no new store then, and it can be tried again.
  public static func heal<Other: Schema>(
    _ schema: S, at location: some FileLocation, into newLocation: some FileLocation,
    from healthy: Replica<Other>,
    offering others: Set<ReplicaID> = [], anyway: Bool = false, running: Running = Running(),
    options: ReplicaOptions = ReplicaOptions()
  ) async throws -> HealingReport {
    let path = try location.checkedPath()
    let newPath = try newLocation.checkedPath()
    return try await heal(
      schema, at: path, into: newPath, fromPeer: healthy, offering: others, anyway: anyway,
      running: running, options: options)
  }

  /// Lets a store leave its branch of a forked history, from a store that no replica has open.
  ///
  /// As from a replica.
  public static func heal(
    _ schema: S, at location: some FileLocation, into newLocation: some FileLocation,
    from healthy: StorePeer,
    offering others: Set<ReplicaID> = [], anyway: Bool = false, running: Running = Running(),
    options: ReplicaOptions = ReplicaOptions()
  ) async throws -> HealingReport {
    let path = try location.checkedPath()
    let newPath = try newLocation.checkedPath()
    return try await heal(
      schema, at: path, into: newPath, fromPeer: healthy, offering: others, anyway: anyway,
      running: running, options: options)
  }

  /// As the public forms, from either.
  package static func heal(
    _ schema: S, at path: String, into newPath: String, fromPeer healthy: some Peer,
    offering others: Set<ReplicaID> = [], anyway: Bool = false, running: Running = Running(),
    options: ReplicaOptions = ReplicaOptions()
  ) async throws -> HealingReport {
    let catalog = try Catalog(schema)
    let left = try await onBlockingThread {
      try LogStore.openAlone(at: path, options: options)
    }
    defer { left.close() }
    let founder = left.identity.founder
    let admission = try running.admission(of: schema, catalog: catalog, founder: founder)
    let healing = Healing(
      leaving: left, for: newPath, from: healthy, offering: others, anyway: anyway,
      options: options, wall: options.wall ?? systemClock)
    return try await healing.run(clearance: { admission.clearance($0) }) { place in
      let replica = try await open(
        schema, at: place, joining: founder, running: running, options: options)
      do {
        let report = try await replica.sync(with: healthy)
        try await replica.close()
        return report
      } catch {
        try? await replica.close()
        throw error
      }
    } as: {
      try catalog.opening($0, at: newPath)
    }
  }
}
