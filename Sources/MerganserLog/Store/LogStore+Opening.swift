public import MerganserDatabase
public import MerganserModel

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension LogStore {
  /// Creates a store in a folder, which is made if it is not there, and opens it.
  ///
  /// A crash leaves no store, and creating may then be tried again.
  ///
  /// - Throws: ``/MerganserModel/StorageError/unusable(path:reason:)`` if the folder holds a store already.
  public static func create(
    at location: some FileLocation, identity: StoreIdentity,
    options: ReplicaOptions = ReplicaOptions()
  ) throws(StorageError) -> LogStore {
    let path = try location.checkedPath()
    try options.require()
    try FileSystem.createDirectory(path)
    let owner = try OwnerLock(directory: path)
    guard try CurrentFile.read(in: path, supported: StoreRecords.supportedFormats) == nil else {
      throw .unusable(
        path: path, reason: "it holds a store already; open that, or name another folder")
    }
    let current = CurrentFile(format: StoreRecords.supportedFormats.upperBound, generation: 1)
    let environment = try make(current, in: path) { () throws(StorageError) in
      let file = path + "/" + current.dataFileName
      FileSystem.close(try FileSystem.open(file, flags: O_RDWR | O_CREAT | O_EXCL))
      let environment = try EnvironmentRegistry.acquire(
        path: file, options: options.environment(createsDatabases: true, isNew: true))
      do throws(StorageError) {
        try environment.writeNewStore(identity, durability: options.durability)
      } catch {
        EnvironmentRegistry.release(environment)
        throw error
      }
      return environment
    }
    do {
      return try LogStore(
        path: path, options: options, owner: owner, environment: environment, current: current,
        lastSession: nil)
    } catch {
      EnvironmentRegistry.release(environment)
      removeAll(in: path, current: current)
      throw error
    }
  }

  /// Opens the store in a folder, to read and to write.
  ///
  /// Checks the data file's size and headers before it is mapped, the format, and the checksums of
  /// what describes the store. Versions are checked when they are read.
  ///
  /// - Throws: ``/MerganserModel/StorageError/inUse(path:)`` while anybody else has it open to write.
  public static func open(
    at location: some FileLocation, options: ReplicaOptions = ReplicaOptions()
  ) throws(StorageError) -> LogStore {
    let path = try location.checkedPath()
    try options.require()
    _ = try current(in: path)
    let owner = try OwnerLock(directory: path)
    // Read again under the lock: its last owner may have replaced the data file.
    var current = try current(in: path)
    try removeGenerated(in: path, except: current.dataFileName)
    let environment = try EnvironmentRegistry.acquire(
      path: path + "/" + current.dataFileName,
      options: options.environment(createsDatabases: false))
    do {
      let transaction = try environment.read()
      let format = try StoreRecords.checkFormat(transaction, path: path)
      let last = try LastSession(transaction)
      current = try migrated(current, environment: environment, from: format, in: path)
      return try LogStore(
        path: path, options: options, owner: owner, environment: environment, current: current,
        lastSession: last)
    } catch {
      EnvironmentRegistry.release(environment)
      throw error
    }
  }

  /// Opens the store in a folder to read only; it may be in use by its writer meanwhile, in this
  /// process or another one.
  ///
  /// The store's lock stays with its writer. This reader only takes part in LMDB's own protocol for
  /// readers, for which its lock file must be writable. Where this user may not write there, or nobody may,
  /// as on read-only media, nothing is written, and no writer may open the store until this is closed.
  ///
  /// - Throws: ``/MerganserModel/StorageError/unusable(path:reason:)`` among others, if a writer has the store open that this
  ///   user cannot tell of a reader.
  public static func openForReading(
    at location: some FileLocation, options: ReplicaOptions = ReplicaOptions()
  ) throws(StorageError) -> LogReading {
    let path = try location.checkedPath()
    try options.require()
    var attempts = 3
    while true {
      let file = path + "/" + (try current(in: path).dataFileName)
      do {
        if FileSystem.exists(file), !LockFile.isWritable(for: file) {
          return try openUnwritable(at: path, options: options)
        }
        return try LogReading(
          path: path, dataFile: file, options: options.environment(createsDatabases: false))
      } catch {
        attempts -= 1
        // A writer at work may have replaced the file, or be at it just where it was looked at.
        switch error {
        case .damaged where attempts > 0, .unusable where attempts > 0: continue
        default: throw error
        }
      }
    }
  }

  /// Opens the store in a folder to read only, as the only one besides plain readers until this is closed.
  ///
  /// Where this user may not write, as on read-only media, others may do the same.
  ///
  /// - Throws: ``/MerganserModel/StorageError/inUse(path:)`` while anybody has it open to write, or so.
  package static func openAlone(
    at location: some FileLocation, options: ReplicaOptions = ReplicaOptions()
  ) throws(StorageError) -> LogReading {
    let path = try location.checkedPath()
    try options.require()
    let found = path + "/" + (try current(in: path).dataFileName)
    var environment = options.environment(createsDatabases: false)
    environment.isReadOnly = FileSystem.exists(found) && !LockFile.isWritable(for: found)
    let owner =
      environment.isReadOnly ? try OwnerLock(readersIn: path) : try OwnerLock(directory: path)
    // Read again under the lock: its last owner may have replaced the data file.
    return try LogReading(
      path: path, dataFile: path + "/" + (try current(in: path).dataFileName), options: environment,
      owner: owner)
  }

  private static func openUnwritable(
    at path: String, options: ReplicaOptions
  ) throws(StorageError) -> LogReading {
    let owner: OwnerLock?
    do { owner = try OwnerLock(readersIn: path) } catch .inUse {
      throw .unusable(
        path: path,
        reason: """
          a program has it open, and who reads it meanwhile has to be told to that program by way of a \
          file that this user may not write; read it as a user who may, or read a backup
          """)
    }
    // Nobody writes from here on.
    var environment = options.environment(createsDatabases: false)
    environment.isReadOnly = true
    return try LogReading(
      path: path, dataFile: path + "/" + (try current(in: path).dataFileName),
      options: environment, owner: owner)
  }

  /// Brings a store of an earlier format up to the present one: first the data, and then what names
  /// it, so that a crash between the two leaves a store that earlier programs refuse.
  private static func migrated(
    _ current: CurrentFile, environment: Environment, from format: UInt64, in path: String
  ) throws(StorageError) -> CurrentFile {
    let latest = StoreRecords.supportedFormats.upperBound
    if format < latest { try environment.migrate() }
    guard current.format < latest else { return current }
    let migrated = CurrentFile(format: latest, generation: current.generation)
    try migrated.write(in: path)
    return migrated
  }

  static func current(in path: String) throws(StorageError) -> CurrentFile {
    guard FileSystem.exists(path) else {
      throw .unusable(path: path, reason: "there is nothing of this name")
    }
    guard
      let current = try CurrentFile.read(in: path, supported: StoreRecords.supportedFormats)
    else {
      throw .unusable(path: path, reason: "it holds no store")
    }
    return current
  }

  /// Makes a store in a folder that has none: what `body` makes is one once the file CURRENT names it.
  ///
  /// A file says meanwhile that the store is unfinished. What a crash leaves beside that is removed by the next
  /// attempt. A data file that nothing names and nothing calls unfinished is kept, and the folder refused: what names it
  /// is lost, and not what it holds.
  ///
  /// - Throws: ``/MerganserModel/StorageError/damaged(place:reason:)``; what `body` throws. There is no store then.
  static func make<Made>(
    _ current: CurrentFile, in path: String, body: () throws(StorageError) -> Made
  ) throws(StorageError) -> Made {
    let unfinished = path + "/" + CurrentFile.unfinishedName
    if FileSystem.exists(unfinished) {
      try removeGenerated(in: path, except: nil)
    } else if let data = try FileSystem.names(in: path).first(where: CurrentFile.isData) {
      throw .damaged(
        place: path,
        reason: """
          it has the data file \(data), and no file \(CurrentFile.name), which names it; put that back from a copy of \
          the store, or move the data file away
          """)
    }
    FileSystem.close(try FileSystem.open(unfinished, flags: O_WRONLY | O_CREAT))
    do throws(StorageError) {
      try FileSystem.synchronizeDirectory(path)
      let made = try body()
      try FileSystem.synchronizeDirectory(path)
      try current.write(in: path)
      FileSystem.remove(unfinished)
      return made
    } catch {
      removeAll(in: path, current: current)
      FileSystem.remove(unfinished)
      throw error
    }
  }

  /// Removes data files that nobody refers to any more: what a crash left of a replaced one.
  static func removeGenerated(in path: String, except current: String?) throws(StorageError) {
    for name in try FileSystem.names(in: path) where CurrentFile.isGenerated(name) {
      if let current, name == current || name == LockFile.path(for: current) { continue }
      FileSystem.remove(path + "/" + name)
    }
  }
}

extension LogStore {
  /// Removes a store that nobody has used yet, first what names it.
  static func removeAll(in path: String, current: CurrentFile) {
    for name in [CurrentFile.name, current.dataFileName, LockFile.path(for: current.dataFileName)] {
      FileSystem.remove(path + "/" + name)
    }
  }

  /// Whether the folder holds a store, whole or not.
  ///
  /// - Throws: ``/MerganserModel/StorageError``, if the folder cannot be looked at.
  public static func exists(at location: some FileLocation) throws(StorageError) -> Bool {
    let path = try location.checkedPath()
    guard FileSystem.exists(path) else { return false }
    return try CurrentFile.read(in: path, supported: StoreRecords.supportedFormats) != nil
  }
}
