public import MerganserDatabase
public import MerganserModel
import MerganserTypes

extension LogStore {
  /// Begins a shadow: a copy of the store as it is now, in the same folder, that can be written to and
  /// take the store's place.
  ///
  /// The store goes on meanwhile; what it takes in is not in the shadow. There is one shadow at a
  /// time.
  ///
  /// - Complexity: O(*n*) in the bytes that are in use, and as much disk.
  public func beginShadow() throws(StorageError) -> LogShadow {
    let (environment, current) = try writer.withLock { writer throws(StorageError) in
      guard !writer.isClosed else { throw .closed(path: path) }
      guard writer.shadow == nil else {
        throw .unusable(
          path: path, reason: "it has a shadow already; replace or discard that first")
      }
      // From here on what is stored is noted: the copy may have it or not.
      writer.shadow = ShadowNotes()
      return (writer.environment, writer.current)
    }
    do throws(StorageError) {
      let next = CurrentFile(format: current.format, generation: current.generation + 1)
      let file = path + "/" + next.dataFileName
      FileSystem.remove(file)
      try environment.copy(to: file)
      let shadow = LogShadow(try openShadow(next), of: self)
      // What peers hold that were met lately is not in the file yet.
      shadow.store.knownPeers.withLock { $0 = peers }
      let isOpen = writer.withLock { writer in
        writer.shadow?.store = shadow.store
        return !writer.isClosed
      }
      guard isOpen else { throw .closed(path: path) }
      return shadow
    } catch {
      writer.withLock { $0.shadow = nil }
      throw error
    }
  }

  /// As ``beginShadow()``; `nil` if no rows are to be stored, as another replica's would be nowhere.
  public func shadow() throws(StorageError) -> (any ShadowStorage)? {
    checkpointInterval == nil ? nil : try beginShadow()
  }

  /// As ``replace(with:)-(LogShadow)``, for a shadow of this store.
  ///
  /// - Throws: ``/MerganserModel/StorageError/unusable(path:reason:)`` for any other.
  public func replace(with shadow: any ShadowStorage) throws(StorageError) {
    guard let shadow = shadow as? LogShadow else {
      throw .unusable(path: path, reason: "what is to replace it is no shadow of it")
    }
    try replace(with: shadow)
  }

  private func openShadow(_ current: CurrentFile) throws(StorageError) -> LogStore {
    let file = path + "/" + current.dataFileName
    let environment: Environment
    do throws(StorageError) {
      environment = try EnvironmentRegistry.acquire(
        path: file, options: options.environment(createsDatabases: false))
    } catch {
      FileSystem.remove(file)
      throw error
    }
    do {
      // Nothing is waited for until the shadow takes the store's place.
      var options = options
      options.durability = .survivesProcessCrash
      return try LogStore(
        path: path, options: options, owner: nil, environment: environment, current: current,
        lastSession: nil)
    } catch {
      EnvironmentRegistry.release(environment)
      environment.removeFile()
      throw error
    }
  }

  /// Puts a shadow in the store's place.
  ///
  /// The shadow is given the versions that it lacks. Writers wait while the last of them are added, the
  /// shadow is written out, and it is named as the store. Snapshots that were made before show what
  /// they showed; the old file is removed soon after the last of them. Readers in other processes go
  /// on with the old file until they open the store anew.
  ///
  /// - Throws: ``/MerganserModel/StorageError``; the store is then what it was, and the shadow still there. Rows that
  ///   were stored since the shadow was begun are not in it, so that is an error: hold checkpoints back
  ///   meanwhile. Should the disk fail in the last moment, that is ``/MerganserModel/StorageError/inDoubt(path:reason:)``: the
  ///   store is closed, and is one of the two when it is opened, which then hold the same versions.
  public func replace(with shadow: LogShadow) throws(StorageError) {
    try replace(with: shadow, addingRows: false)
  }

  /// Makes the store's file as small as what it holds, while it is in use.
  ///
  /// - Complexity: O(*n*) in the bytes that are in use; twice as much disk is taken for as long.
  /// - Throws: ``/MerganserModel/StorageError``; the store is then what it was.
  public func compact() throws(StorageError) {
    let shadow = try beginShadow()
    defer { shadow.discard() }
    try replace(with: shadow, addingRows: true)
  }

  func forget(_ shadow: LogShadow) {
    writer.withLock { writer in
      if writer.shadow?.store === shadow.store { writer.shadow = nil }
    }
  }

  private func replace(with shadow: LogShadow, addingRows: Bool) throws(StorageError) {
    let copy = shadow.store
    // What there is much of is added and written out while others may write.
    for _ in 0..<8 {
      let added = try copy.addVersions(of: try logSnapshot(), addingRows: addingRows)
      if addingRows { try copy.add(writer.withLock { $0.shadow?.takeSteps() ?? [] }) }
      try copy.synchronize()
      if added < 1000 { break }
    }
    try writer.withLock { writer throws(StorageError) in
      guard !writer.isClosed, var notes = writer.shadow, notes.store === copy else {
        throw .closed(path: path)
      }
      guard !notes.isOverfull, addingRows || !notes.hasRows else {
        throw .unusable(
          path: path,
          reason: """
            more rows were stored than its shadow can be given; hold checkpoints back, and begin it \
            anew
            """)
      }
      _ = try copy.addVersions(of: try logSnapshot(), addingRows: addingRows)
      try copy.add(notes.takeSteps())
      if addingRows {
        if let checkpoint = writer.contents.checkpoint {
          // Rows that were adopted may be ahead of it.
          try copy.store(
            CheckpointStep([.init(.counts, key: exactRowsKey, value: nil)], completes: checkpoint))
        }
      }
      try take(copy, in: &writer)
    }
  }

  /// Names a shadow as the store, and goes on with its environment.
  private func take(_ shadow: LogStore, in writer: inout Writer) throws(StorageError) {
    // Peers that were met, or forgotten, since the copy was made are not in it.
    let new = try shadow.complete(
      writer.identity, peers: peers, acceptedTime: writer.acceptedTime, opening: writer.opening,
      durability: options.durability)
    do {
      try new.current.write(in: path)
    } catch {
      // If it is not named, all is as before. If it is, but perhaps not for good, nothing may be
      // written to either of the two any more.
      let named = try? CurrentFile.read(in: path, supported: StoreRecords.supportedFormats)
      guard named == writer.current else {
        writer.isClosed = true
        shadow.writer.withLock { $0.isClosed = true }
        EnvironmentRegistry.release(new.environment)
        EnvironmentRegistry.release(writer.environment)
        owner?.release()
        throw .inDoubt(path: path, reason: "which file is the store: \(error)")
      }
      throw error
    }
    let old = writer.environment
    writer.environment = new.environment
    writer.current = new.current
    writer.tails = new.tails
    writer.opening = new.opening
    writer.storedPeers = new.storedPeers
    writer.shadow = nil
    shadow.writer.withLock { $0.isClosed = true }
    commit(new.contents, writer: &writer)
    writer.replaced.append(old)
    // It takes a while to give a large file back: not here, and not where a snapshot is released.
    old.whenUnread {
      EnvironmentRegistry.release(old)
      old.removeFile()
    }
  }
}

extension LogStore {
  /// Makes a shadow ready to be the store: its identity, peers, accepted time, opening and session are the
  /// store's, and everything is on disk.
  fileprivate func complete(
    _ identity: StoreIdentity, peers: KnownPeers, acceptedTime: HybridTime,
    opening: OpeningRecord?, durability: Durability
  ) throws(StorageError) -> Writer {
    try writer.withLock { writer throws(StorageError) in
      guard !writer.isClosed else { throw .closed(path: path) }
      let environment = writer.environment
      if writer.identity != identity {
        _ = try environment.writeIdentity(identity, replacing: path)
        writer.identity = identity
      }
      if writer.acceptedTime < acceptedTime {
        _ = try environment.writeAcceptedTime(acceptedTime)
        writer.acceptedTime = acceptedTime
      }
      let file = try environment.fileBirth()
      let session = SessionRecord(isOpen: true, durability: durability, file: file)
      writer.opening = opening
      writer.opening?.file = file
      var contents = writer.contents
      knownPeers.withLock { $0 = peers }
      let record = unwrittenPeers(writer)
      contents.snapshotNumber = try environment.writeSession(
        session, opening: writer.opening, peers: record)
      writer.note(record)
      commit(contents, writer: &writer)
      try environment.synchronize()
      environment.synchronizesCommits(durability == .onDisk)
      return writer
    }
  }

  /// Waits until everything is on disk.
  fileprivate func synchronize() throws(StorageError) {
    try writer.withLock { $0.environment }.synchronize()
  }

  /// Appends what another log has and this one lacks, and tells how many versions that were.
  ///
  /// Where the other log no longer has what is lacking, and rows are added as well, these have it.
  fileprivate func addVersions(
    of snapshot: LogSnapshot, addingRows: Bool
  ) throws(StorageError) -> Int {
    let mine = try logSnapshot().heads
    let truncatedTo = snapshot.truncatedTo
    var count = 0
    for (origin, head) in snapshot.heads {
      var last = mine[origin]?.sequence ?? 0
      guard last < head.sequence else { continue }
      if addingRows, let truncatedTo = truncatedTo[origin], last < truncatedTo.sequence {
        try advance(to: [origin: truncatedTo], keepsEnds: false)
        last = truncatedTo.sequence
      }
      let reader = try snapshot.versions(of: origin, after: last)
      var batch: [StoredVersion] = []
      var size = 0
      while let version = try reader.next() {
        batch.append(version)
        size += version.payload.count
        count += 1
        if size > 4 << 20 {
          try append(batch)
          batch = []
          size = 0
        }
      }
      try append(batch)
    }
    return count
  }

  /// Stores the rows of steps, whatever checkpoint these are of.
  fileprivate func add(_ steps: [CheckpointStep]) throws(StorageError) {
    for step in steps { try store(CheckpointStep(step.changes)) }
  }
}
