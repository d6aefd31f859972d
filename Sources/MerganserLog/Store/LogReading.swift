public import MerganserDatabase
public import MerganserModel

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif
import Synchronization

/// A store that is opened to be read, beside whoever writes to it: for tools that show and verify.
public final class LogReading: Sendable {
  /// The store's folder, as it was given.
  public let path: String
  /// Whose store it was when it was opened.
  public let identity: StoreIdentity

  let environment: Environment
  let checksum: Checksum
  private let isOpen = Mutex(true)
  /// What keeps writers away; `nil` where they may write meanwhile.
  private let owner: OwnerLock?

  init(
    path: String, dataFile: String, options: Environment.Options, owner: OwnerLock? = nil
  ) throws(StorageError) {
    self.owner = owner
    let environment = try EnvironmentRegistry.acquire(path: dataFile, options: options)
    do {
      let transaction = try environment.read()
      try StoreRecords.checkFormat(transaction, path: path)
      let (record, identity) = try StoreRecords.identity(transaction, path: path)
      self.path = path
      self.identity = identity
      self.environment = environment
      checksum = Checksum(storeID: record.storeID)
    } catch {
      EnvironmentRegistry.release(environment)
      throw error
    }
  }

  /// What the log holds now.
  public func snapshot() throws(StorageError) -> LogSnapshot {
    try isOpen.withLock { isOpen throws(StorageError) in
      guard isOpen else { throw .closed(path: path) }
      // A writer may have brought the store up to a format with more of them.
      if environment.databases.areIncomplete {
        try environment.openMissingDatabases(creates: false)
      }
    }
    let transaction = try environment.read()
    return LogSnapshot(
      transaction, contents: try LogContents(transaction, checksum: checksum), checksum: checksum)
  }

  /// Whether a program has the store open to write, as far as its lock tells; `nil` if this user may not know.
  ///
  /// Of a store that is not in use and whose last writer has not closed it
  /// (``StoreStatistics/isOpen``), that writer's process has ended without closing it.
  public var isInUse: Bool? { owner == nil ? OwnerLock.isHeld(in: path) : false }

  /// How many bytes of disk the store takes.
  public var sizeOnDisk: Int {
    get throws(StorageError) {
      Int(try FileSystem.status(of: environment.path).st_blocks) * 512
    }
  }

  /// Closes the store for this reader.
  ///
  /// Closing again does nothing.
  public func close() {
    let wasOpen = isOpen.withLock { isOpen in
      defer { isOpen = false }
      return isOpen
    }
    guard wasOpen else { return }
    // The process that this one was forked off from goes on with both.
    guard environment.isOfThisProcess else {
      owner?.abandon()
      return
    }
    EnvironmentRegistry.release(environment)
    owner?.release()
  }

  deinit { close() }
}
