public import MerganserModel

extension LogStore {
  /// Makes a store in another folder that holds what this one holds now; this one may be in use.
  ///
  /// The copy has no free pages. Opened to be written, wherever its files lie, it takes a replica of its own
  /// (``/MerganserModel/Renewal/copied``), since one identity has one history. To restore a backup, open it, or copy
  /// its folder while nobody has it open; into the folder of the store that it was made of, too.
  ///
  /// - Complexity: O(*n*) in the bytes that are in use.
  /// - Throws: ``/MerganserModel/StorageError``, if the folder holds a store already among others; there is no
  ///   backup then.
  public func backup(to location: some FileLocation) throws(StorageError) {
    let path = try location.checkedPath()
    let format = try writer.withLock { writer throws(StorageError) in
      guard !writer.isClosed else { throw .closed(path: self.path) }
      return writer.current.format
    }
    // Should the data file be replaced meanwhile, the old one stays until it is copied.
    let (environment, transaction) = try beginReading(isWriters: false)
    try transaction.pinned { () throws(StorageError) in
      try environment.backup(to: path, format: format)
    }
  }
}

extension LogReading {
  /// Makes a store in another folder that holds what this one holds now, while its writer is at work.
  ///
  /// As ``LogStore/backup(to:)``.
  public func backup(to location: some FileLocation) throws(StorageError) {
    let path = try location.checkedPath()
    let format = try StoreRecords.checkFormat(try environment.read(), path: self.path)
    try environment.backup(to: path, format: format)
  }
}

extension Environment {
  fileprivate func backup(to path: String, format: UInt64) throws(StorageError) {
    try FileSystem.createDirectory(path)
    let owner = try OwnerLock(directory: path)
    defer { owner.release() }
    guard try CurrentFile.read(in: path, supported: StoreRecords.supportedFormats) == nil else {
      throw .unusable(path: path, reason: "it holds a store already; name another folder")
    }
    let current = CurrentFile(format: format, generation: 1)
    try LogStore.make(current, in: path) { () throws(StorageError) in
      let file = path + "/" + current.dataFileName
      try copy(to: file)
      try Self.markBackup(file)
    }
  }

  /// Writes into a data file that it is a backup.
  private static func markBackup(_ file: String) throws(StorageError) {
    let copy = try EnvironmentRegistry.acquire(path: file, options: Environment.Options())
    defer {
      EnvironmentRegistry.release(copy)
      FileSystem.remove(LockFile.path(for: file))
    }
    var opening = OpeningRecord(number: .random(in: .min ... .max), file: try copy.fileBirth())
    opening.isBackup = true
    try copy.write(reserving: 8) { transaction throws(StorageError) in
      try transaction.put(opening)
    }
  }
}
