import MerganserDatabase
public import MerganserModel
public import MerganserSync
import MerganserTypes

extension Replica {
  /// Exchanges with `other` what either lacks, until both hold what either held when they began.
  ///
  /// Where the schema of one grew from the other's, the other takes it over first. Any number of syncs may run at a
  /// time, and beside everything else.
  ///
  /// ```swift
  /// try await lisbon.sync(with: porto)
  /// ```
  ///
  /// - Parameters:
  ///   - other: another replica of the database, in this process.
  ///   - removals: how many rows a state may remove that one of the two is handed.
  /// - Returns: what came of it.
  /// - Throws: ``/MerganserModel/ReplicationError``, if the two cannot sync;
  ///   ``/MerganserModel/SchemaError``, if one cannot keep what the other has;
  ///   ``/MerganserModel/StorageError``. What was exchanged until then stays.
  @discardableResult
  public func sync<Other: Schema>(
    with other: Replica<Other>, acceptingRemovals removals: Int = 0
  ) async throws -> SyncReport {
    try await telling { try await Merganser.sync(self, with: other, acceptingRemovals: removals) }
  }

  /// Exchanges with a store that no replica has open what either lacks.
  ///
  /// As for a replica of this process.
  @discardableResult
  public func sync(
    with store: StorePeer, acceptingRemovals removals: Int = 0
  ) async throws -> SyncReport {
    try await telling { try await Merganser.sync(self, with: store, acceptingRemovals: removals) }
  }

  /// Exchanges with whoever syncs at the other end of a transport what either lacks.
  ///
  /// ```swift
  /// let report = try await replica.sync(over: socket)
  /// ```
  ///
  /// A transport does not prove who is at its other end: a member of the database is trusted with what it hands
  /// over, so let nobody connect who is none.
  ///
  /// - Parameters:
  ///   - transport: the transport, which is closed at the end.
  ///   - limits: how much is taken at a time, and how long the other side may stall.
  ///   - removals: how many rows a state may remove that is handed over here.
  /// - Returns: what came of it. What was refused at the other side is told in its words
  ///   (``/MerganserModel/ReplicationError/refusedByPeer(reason:isForGood:)``).
  /// - Throws: ``/MerganserSync/SyncError``; ``/MerganserModel/ReplicationError``, if the two cannot sync;
  ///   ``/MerganserModel/SchemaError``; ``/MerganserModel/StorageError``; what the transport throws. What was
  ///   exchanged until then stays.
  @discardableResult
  public func sync(
    over transport: some Transport, limits: SyncLimits = SyncLimits(),
    acceptingRemovals removals: Int = 0
  ) async throws -> SyncReport {
    try await telling {
      let (_, result) = try await Exchange(
        peer: self, transport: transport, limits: limits, acceptedRemovals: removals
      ).run()
      let report = SyncReport(
        (id, result.intake), second: (result.peer, result.outcome))
      try report.refused.throwIfPeersPart()
      return report
    }
  }

  /// Exchanges with another peer of this process what either lacks.
  @discardableResult
  package func sync(
    with other: some Peer, acceptingRemovals removals: Int = 0, faults: LocalPipe.Faults? = nil,
    silence: Duration = .seconds(86_400)
  ) async throws -> SyncReport {
    try await telling {
      try await Merganser.sync(
        self, with: other, acceptingRemovals: removals, faults: faults, silence: silence)
    }
  }

  /// Tells observers what came of a sync.
  private func telling(_ sync: () async throws -> SyncReport) async throws -> SyncReport {
    do {
      let report = try await sync()
      writer.observers.tell(.synced(report))
      if !writer.observers.isEmpty { writer.between { $0.tellStatus(isDue: true) } }
      return report
    } catch {
      writer.observers.tell(.syncFailed(error))
      throw error
    }
  }
}
