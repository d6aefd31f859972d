public import MerganserCoordination
public import MerganserDatabase
public import MerganserLog
public import MerganserTypes
import Synchronization

/// A store that no replica has open, as something to meet: its log alone, whatever its schema.
///
/// It checks what a log can check: order, links and dependencies. What versions mean is checked by the
/// replica that opens the store next.
public final class StorePeer: Peer {
  private let store: LogStore
  private let vector: Mutex<VersionVector>

  /// The store as a peer; nobody else appends to it meanwhile.
  ///
  /// - Throws: ``MerganserDatabase/StorageError``.
  public init(_ store: LogStore) throws(StorageError) {
    self.store = store
    vector = Mutex(try store.snapshot().vector)
  }

  /// What the store says of itself.
  public func greeting() async throws -> Greeting {
    let store = store
    return try await offThePool {
      Greeting(
        replica: store.identity.replica, founder: store.identity.founder,
        fingerprint: store.identity.schema.fingerprint, snapshot: try store.snapshot())
    }
  }

  /// Reads what the log holds beyond `vector`.
  public func versions(
    beyond vector: VersionVector
  ) -> AsyncThrowingStream<[StoredVersion], any Error> {
    VersionBatches.stream(of: store, beyond: vector)
  }

  /// Hands over what the store's rows and versions come to.
  ///
  /// - Throws: ``MerganserDatabase/ReplicationError/needsReplica(_:)``, if it has tables of types that
  ///   only a program knows.
  public func state() async throws -> StateStream {
    let store = store
    return try await offThePool {
      let identity = store.identity
      let catalog = try Catalog(describing: identity.schema)
      guard catalog.tables.count == identity.schema.tables.count else {
        throw ReplicationError.needsReplica(identity.replica)
      }
      var database = Database(
        catalog: catalog, replica: identity.replica, founder: identity.founder)
      try database.recover(from: try store.snapshot())
      return StateStream(of: database.snapshot)
    }
  }

  /// Refuses: what follows from rows is known to the program that has the schema alone.
  ///
  /// - Throws: ``MerganserDatabase/ReplicationError/needsReplica(_:)``.
  public func takeIn(_ state: StateStream) async throws {
    throw ReplicationError.needsReplica(store.identity.replica)
  }

  /// Appends versions that continue the log; what it has is passed over, what comes too early refused.
  public func takeIn(_ versions: [StoredVersion]) async throws -> Database.Reception {
    try await offThePool { [self] in
      var reception = Database.Reception()
      var reached = vector.withLock { $0 }
      for version in versions where version.sequences.upperBound > reached[version.origin] {
        func malformed(_ reason: String) -> ReplicationError {
          .malformed(
            origin: version.origin, sequence: version.sequences.lowerBound, reason: reason)
        }
        let decoded: Version
        do { decoded = try version.decoded() } catch {
          reception.refused.append(malformed("\(error)"))
          continue
        }
        guard decoded.isReady(after: reached) else {
          reception.refused.append(
            malformed("it comes before \(decoded.needed), which it depends on"))
          continue
        }
        reached[version.origin] = version.sequences.upperBound
        reception.applied.append(version)
      }
      try store.append(reception.applied)
      vector.withLock { $0 = reached }
      return reception
    }
  }
}
