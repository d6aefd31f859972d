public import MerganserDatabase
public import MerganserModel
public import MerganserTypes

// Which peers there are is written behind, with what else is written: a sync waits for no disk.
extension LogStore {
  /// What other replicas are known to hold: those that were met, and not forgotten since.
  ///
  /// They are known again when the store is opened the next time, in a copy or a backup, too. Who does
  /// not come again is forgotten by ``/MerganserModel/Retention/absence``.
  public var peers: KnownPeers { knownPeers.withLock { $0 } }

  /// Takes notice of what a peer holds that was met at the given time.
  ///
  /// It is stored with the next complete checkpoint, the next truncation of the log, or when the store is closed.
  /// After a crash before that the log keeps less for the peer, which is then handed rows.
  public func note(_ peer: ReplicaID, holds vector: VersionVector, at time: HybridTime) {
    knownPeers.withLock { $0.note(peer, holds: vector, at: time) }
  }

  /// Keeps nothing for a peer any more, and tells whether it was known; durable when it returns.
  ///
  /// Should it come again, it is handed rows, and is known again. Nothing that it wrote is lost.
  ///
  /// - Throws: ``/MerganserModel/StorageError`` about the disk; the peer is known as before then.
  @discardableResult
  public func forget(_ peer: ReplicaID) throws(StorageError) -> Bool {
    try writer.withLock { writer throws(StorageError) in
      guard !writer.isClosed else { throw .closed(path: path) }
      var rest = peers
      rest.forget(peer)
      if rest != writer.storedPeers {
        let record = PeersRecord(rest)
        var contents = writer.contents
        contents.snapshotNumber = try writer.environment.write(reserving: record.pages) {
          transaction throws(StorageError) in
          try transaction.put(record)
          return transaction.number
        }
        commit(contents, writer: &writer)
        writer.note(record)
      }
      return knownPeers.withLock { $0.forget(peer) }
    }
  }

  /// Forgets the peers that have been away for too long at the time of a checkpoint.
  func forgetAbsentPeers(at time: HybridTime) {
    guard let absence = options.retention.absence else { return }
    let oldest = options.present(at: time).earlier(by: absence)
    knownPeers.withLock { $0.forget(lastMetBefore: oldest) }
  }

  /// What the data file does not say of peers yet; `nil` if it says all.
  func unwrittenPeers(_ writer: Writer) -> PeersRecord? {
    let peers = peers
    return peers == writer.storedPeers ? nil : PeersRecord(peers)
  }
}

extension LogStore.Writer {
  /// Takes notice of what was written of peers.
  mutating func note(_ record: PeersRecord?) {
    if let record { storedPeers = record.peers }
  }
}

extension LogReading {
  /// What the store says of other replicas: those that its writer had met by its last checkpoint, or when
  /// it closed the store.
  public func peers() throws(StorageError) -> KnownPeers {
    try PeersRecord.read(try environment.read())
  }
}
