package import MerganserDatabase
package import MerganserModel
package import MerganserSync
package import MerganserTypes

extension Replica: Peer {
  /// What the replica says of itself.
  ///
  /// - Throws: ``/MerganserModel/StorageError``.
  package func greeting() async throws -> Greeting {
    try await onBlockingThread { [self] in
      try writer.greeting(of: id, plan: admission.digest)
    }
  }

  /// Compares the histories here with those that go through the given versions.
  ///
  /// - Throws: ``/MerganserModel/StorageError``.
  package func comparison(with heads: [ReplicaID: Head]) async throws -> HistoryComparison {
    let storage = writer.storage
    return try await onBlockingThread { try storage.snapshot().comparison(with: heads) }
  }

  /// Reads what the log holds beyond `vector`.
  package func versions(
    beyond vector: VersionVector
  ) -> AsyncThrowingStream<[StoredVersion], any Error> {
    VersionBatches.stream(of: writer.storage, beyond: vector)
  }

  /// Takes versions of other replicas in.
  package func apply(_ versions: [StoredVersion]) async throws -> Database.Reception {
    try await apply(versions, of: Meeting(with: nil))
  }

  /// Takes versions in that a peer offers.
  package func apply(
    _ offered: [StoredVersion], of meeting: Meeting
  ) async throws -> Database.Reception {
    let reception = try await writer.reception(of: offered, from: meeting).done(by: writer)
    for double in reception.executedTwice { writer.observers.tell(.executedTwice(double)) }
    if !reception.setAside.isEmpty { writer.met.ring() }
    return reception
  }

  /// Hands over the current snapshot.
  package func state() async -> StateStream { StateStream(of: snapshot) }

  /// Joins another replica's state in.
  ///
  /// It is received as a whole first. A sender that stalls holds nothing up.
  ///
  /// - Throws: ``/MerganserModel/ReplicationError``, if it is malformed, of a sender whose states are not
  ///   adopted, or removes more rows than were accepted; ``/MerganserModel/StorageError``; what reading it
  ///   throws. Nothing has happened then.
  package func adopt(_ state: StateStream) async throws {
    try await writer.adopt(state, under: policy)
    await tellExecutedTwice()
    await tellVoids()
  }

  /// Takes over a schema that grew from the replica's, while reads and writes go on.
  ///
  /// Tables that the program does not have are kept and handed on from then on. Invariants that it does not
  /// have refuse its writes (``/MerganserModel/TransactionError/lacksInvariant(_:table:)``).
  ///
  /// - Throws: ``/MerganserModel/ReplicationError``, if it did not grow from the replica's;
  ///   ``/MerganserModel/SchemaError``, if this program has no type for what a table holds;
  ///   ``/MerganserModel/StorageError``. Nothing has happened then.
  package func grow(to schema: SchemaDescription) async throws {
    try await writer.grow(to: schema)
  }

  /// What readers are shown is stored.
  package func heads() async -> [ReplicaID: Head] { snapshot.state.heads }

  /// Takes notice of what a peer holds: the log need not keep that for it, and keeps what it lacks.
  package func note(_ peer: ReplicaID, holds heads: [ReplicaID: Head]) {
    writer.storage.note(peer, holds: heads, at: wall())
    writer.met.ring()
  }

  /// What tells the schema apart.
  package var fingerprint: UInt64 { writer.current.catalog.fingerprint }

  /// Calls `body` whenever versions are durable, or the schema has grown.
  package func forEachNews(_ body: @Sendable () -> Void) async {
    for await _ in writer.snapshots() { body() }
  }
}
