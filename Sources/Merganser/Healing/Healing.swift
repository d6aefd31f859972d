import MerganserSync
package import MerganserDatabase
package import MerganserLog
package import MerganserModel
package import MerganserTypes

/// Leaving a branch of a fork: what the store alone has is made again in a new one, which begins with the state
/// of a healthy replica.
///
/// It never merges the branches, as merging cannot be undone. The old store is read only. Until the new one has
/// its name, nobody but the healthy replica has heard of it, so that a failure or a crash leaves things as they
/// were, and it can be begun again.
package struct Healing: Sendable {
  /// The store that is left.
  let left: LogReading
  /// Where the new store is to be.
  let path: String
  /// Whose branch is kept.
  let healthy: any Peer
  /// The replicas other than the store's own whose versions are offered, too.
  let others: Set<ReplicaID>
  /// Whether what nobody can offer, or has not offered yet, is left behind.
  let anyway: Bool
  /// How the new store is opened.
  let options: ReplicaOptions
  let wall: @Sendable () -> HybridTime

  /// Leaves the branch of a store for that of a healthy replica.
  ///
  /// - Parameters:
  ///   - store: the store that is left.
  ///   - path: where the new store is to be; nothing is there.
  ///   - healthy: a replica on the branch that is kept.
  ///   - others: the other replicas whose versions are offered.
  ///   - anyway: whether to go on where versions stay behind that nobody has offered.
  ///   - options: how the new store is opened.
  ///   - wall: what the wall clock shows.
  package init(
    leaving store: LogReading, for path: String, from healthy: any Peer,
    offering others: Set<ReplicaID>, anyway: Bool, options: ReplicaOptions,
    wall: @escaping @Sendable () -> HybridTime
  ) {
    left = store
    self.path = LogStore.trimmed(path)
    self.healthy = healthy
    self.others = others
    self.anyway = anyway
    self.options = options
    self.wall = wall
  }

  /// Does it.
  ///
  /// - Parameters:
  ///   - clearance: what transactions of a scope may write, given the new store's founder.
  ///   - sync: opens the store at a path, as a new replica of the healthy one's database if there is none, syncs
  ///     it with that, and closes it.
  ///   - catalog: what the store is to be opened by, given its schema.
  /// - Returns: what became of it.
  /// - Throws: ``HealingError``; what the healthy replica, the stores and `begin` throw.
  package func run(
    clearance: @escaping @Sendable (Scope) -> Clearance,
    syncing sync: (_ path: String) async throws -> Void,
    as catalog: @escaping @Sendable (SchemaDescription) throws -> Catalog
  ) async throws -> HealingReport {
    let place = path
    let temporary = PartialName.make(beside: path)
    try await onBlockingThread {
      if LogStore.isOccupied(place) { throw HealingError.occupied(path: place) }
      guard LogStore.hasFolder(for: place) else { throw HealingError.noFolder(path: place) }
    }
    var report: HealingReport
    do {
      let greeting = try await healthy.greeting()
      let handedOver = try await handOver(to: greeting)
      try await sync(temporary)
      let shared = try await beginnings(sharedWith: greeting)
      report = try await onBlockingThread { [self] in
        var report = try offer(
          in: temporary, besides: greeting, sharing: shared, catalog: catalog, clearance: clearance)
        report.handedOver = handedOver
        try LogStore.move(from: temporary, to: place)
        return report
      }
    } catch {
      try? await onBlockingThread { try LogStore.remove(at: temporary) }
      throw error
    }
    // What was made again is known there before another store offers it. The store is there, whether or not
    // that succeeds.
    report.isSynced = (try? await sync(place)) != nil
    return report
  }

  /// Hands out what rests on nothing of the branch that is left; the healthy replica sets aside what does.
  private func handOver(to greeting: Greeting) async throws -> Int {
    guard greeting.founder == left.identity.founder else {
      throw ReplicationError.otherDatabase(
        ours: left.identity.founder, theirs: greeting.founder)
    }
    let own = left.identity.schema
    if let later = try? greeting.schema.later(own), later != greeting.schema {
      try await healthy.grow(to: own)
    }
    let left = left
    let beginning = try await onBlockingThread {
      var beginning = greeting.vector
      beginning.merge(VersionVector(try left.snapshot().truncatedTo))
      return beginning
    }
    var count = 0
    let cursor = VersionBatches.Cursor(beginning) { () throws(StorageError) in
      try left.snapshot()
    }
    while let batch = try await onBlockingThread({ try cursor.next() }) {
      count += try await healthy.apply(batch).applied.count
    }
    return count
  }

  /// Whether the store's identity has gone on elsewhere, or has ended, so that the store cannot go on under it.
  private func isOutrun(by healthy: Greeting) throws -> Bool {
    let own = left.identity.replica
    if own == healthy.replica || healthy.cuts[own] != nil { return true }
    let last = try left.snapshot().heads[own]?.sequence ?? 0
    return healthy.heads[own].map { $0.sequence > last } ?? false
  }

  /// How far the histories of the replicas whose versions are offered are those of the healthy replica, which
  /// knows more of what it has truncated than the new store; those of which it does not know are left out.
  ///
  /// - Complexity: O(*n*) in the number of their versions, and O(log *n*) questions to the healthy replica.
  private func beginnings(sharedWith greeting: Greeting) async throws -> [ReplicaID: UInt64] {
    let left = left
    var shared: [ReplicaID: UInt64] = [:]
    for origin in others.union([left.identity.replica]) {
      guard let kept = greeting.heads[origin] else { continue }
      let (ends, isWhole) = try await onBlockingThread {
        let log = try left.snapshot()
        var ends = log.truncation(of: origin).map { [$0] } ?? []
        let reader = try log.versions(of: origin, after: ends.last?.sequence ?? 0)
        while let version = try reader.next(), version.head.sequence <= kept.sequence {
          ends.append(version.head)
        }
        return (ends, log.truncation(of: origin) == nil)
      }
      // Behind the first end that parts, all do.
      var low = 0
      var high = ends.count
      while low < high {
        let middle = (low + high) / 2
        let comparison = try await healthy.comparison(with: [origin: ends[middle]])
        if comparison.fork == nil { low = middle + 1 } else { high = middle }
      }
      guard low > 0 else {
        // They part with the first, if the log has that.
        if isWhole, !ends.isEmpty { shared[origin] = 0 }
        continue
      }
      let last = ends[low - 1]
      if try await healthy.comparison(with: [origin: last]).unknown.isEmpty {
        shared[origin] = last.sequence
      }
    }
    return shared
  }

  /// Ends the old identity, and makes again what the new store lacks.
  private func offer(
    in path: String, besides healthy: Greeting, sharing shared: [ReplicaID: UInt64],
    catalog: (SchemaDescription) throws -> Catalog,
    clearance: (Scope) -> Clearance
  ) throws -> HealingReport {
    let store = try LogStore.open(at: path, options: options)
    do {
      let identity = store.identity
      var offering = try Offering(
        of: left.snapshot(), leaving: left.identity, to: store, as: catalog(identity.schema),
        by: others.union([left.identity.replica]), sharing: shared, wall: wall)
      try offering.end(left.identity.replica, unlessLiving: healthy.replica)
      let report = try offering.run(clearance)
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
      try store.close()
      return report
    } catch {
      try? store.close()
      throw error
    }
  }
}
