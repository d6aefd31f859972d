package import MerganserSync
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
  ///     it with that, and closes it; tells what came of that.
  ///   - catalog: what the store is to be opened by, given its schema.
  /// - Returns: what became of it.
  /// - Throws: ``HealingError``; what the healthy replica, the stores and `begin` throw.
  package func run(
    clearance: @escaping @Sendable (Scope) -> Clearance,
    syncing sync: (_ path: String) async throws -> SyncReport,
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
      let machine = try await prepare(at: temporary, syncing: sync)
      report = try await onBlockingThread { [self] in
        let store = try LogStore.open(at: temporary, options: options)
        do {
          let report = try machine.offer(
            in: store, catalog: catalog(store.identity.schema), clearance: clearance, wall: wall)
          try store.close()
          try LogStore.move(from: temporary, to: place)
          return report
        } catch {
          try? store.close()
          throw error
        }
      }
    } catch {
      try? await onBlockingThread { try LogStore.remove(at: temporary) }
      throw error
    }
    // What was made again is known there before another store offers it. The store is there, whether or not
    // that succeeds.
    report.isSynced = (try? await sync(place))?.isWhole ?? false
    return report
  }

  /// Does what comes before the new store is offered anything.
  private func prepare(
    at temporary: String, syncing sync: (_ path: String) async throws -> SyncReport
  ) async throws -> HealingMachine {
    let store = left
    var machine = HealingMachine(
      leaving: LeftStore(of: store.identity, at: store.path) { () throws(StorageError) in
        try store.snapshot()
      }, offering: others, anyway: anyway)
    var event = HealingMachine.Event.began
    while true {
      let directive: HealingMachine.Directive
      (machine, directive) = try await onBlockingThread { [machine, event] in
        var machine = machine
        let directive = try machine.step(event)
        return (machine, directive)
      }
      switch directive {
      case .greet: event = .greeted(try await healthy.greeting())
      case .grow(let schema):
        try await healthy.grow(to: schema)
        event = .grew
      case .apply(let versions): event = .applied(try await healthy.apply(versions).applied.count)
      case .begin:
        var rounds = 0
        var refused: [ReplicationError]
        repeat {
          refused = try await sync(temporary).refused
          rounds += 1
        } while HealingMachine.syncsAgain(after: rounds, refusing: refused)
        event = .begun
      case .compare(let heads): event = .compared(try await healthy.comparison(with: heads))
      case .offer: return machine
      }
    }
  }
}

extension SyncReport {
  /// Whether each side has applied all that the other had.
  fileprivate var isWhole: Bool { refused.isEmpty && furtherRefusals == 0 && setAside == 0 }
}
