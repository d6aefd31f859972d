import CLMDB
import MerganserDatabase
import MerganserModel
import MerganserTypes

extension StoreRecords {
  /// Checks that this version of the program reads the store, and that it has its databases.
  ///
  /// - Returns: The store's format.
  @discardableResult
  static func checkFormat(
    _ transaction: ReadTransaction, path: String
  ) throws(StorageError) -> UInt64 {
    let format = try checkFormat(try record(formatKey, in: transaction), path: path)
    for database in Environment.Database.allCases
    where database.firstFormat <= format && transaction.databases[database] == nil {
      throw .damaged(place: path, reason: "it has no database \"\(database.rawValue)\"")
    }
    return format
  }

  /// What the store remembers of its last writer.
  static func session(_ transaction: ReadTransaction) throws(StorageError) -> SessionRecord {
    let record = try record(sessionKey, in: transaction)
    do { return try SessionRecord(record) } catch {
      throw .damaged(place: "the session record", reason: "\(error)")
    }
  }

  /// Whose store it is.
  static func identity(
    _ transaction: ReadTransaction, path: String
  ) throws(StorageError) -> (Identity, StoreIdentity) {
    let bytes = try record(identityKey, in: transaction)
    let identity: Identity
    do { identity = try Identity(bytes) } catch {
      throw .damaged(place: "the identity record of \(path)", reason: "\(error)")
    }
    let description = try joined(schemaName, parts: identity.schemaParts, in: transaction)
    do {
      return (
        identity,
        StoreIdentity(
          replica: identity.replica, founder: identity.founder,
          schema: try SchemaDescription(binaryEncoded: description))
      )
    } catch {
      throw .damaged(place: "the schema's description in \(path)", reason: "\(error)")
    }
  }
}

extension WriteTransaction {
  /// Writes a record of the database `meta`.
  func putRecord(_ key: [UInt8], body: [UInt8]) throws(StorageError) {
    let result: Result<Void, StorageError> = key.withUnsafeBytes { key in
      Result { () throws(StorageError) in
        try put(.meta, key: key, bytes: Checksum.unsalted.sealed(body, in: .meta, under: key))
      }
    }
    try result.get()
  }

  /// Writes the identity, and the schema's description in its parts.
  func putIdentity(_ identity: StoreIdentity, storeID: UInt64) throws(StorageError) {
    let parts = StoreRecords.parts(identity.schema.binaryEncoded())
    let record = StoreRecords.Identity(
      storeID: storeID, replica: identity.replica, founder: identity.founder,
      schemaParts: parts.count)
    try putRecord(StoreRecords.identityKey, body: record.encoded())
    try putParts(StoreRecords.schemaName, parts: parts)
  }

  /// Writes what is in several records.
  func putParts(_ name: String, parts: [[UInt8]]) throws(StorageError) {
    for (number, part) in parts.enumerated() {
      try putRecord(StoreRecords.key(name, part: number), body: part)
    }
    // Parts of something longer that was there before.
    var number = parts.count
    while try deleteRecord(StoreRecords.key(name, part: number)) { number += 1 }
  }

  private func deleteRecord(_ key: [UInt8]) throws(StorageError) -> Bool {
    let result: Result<Bool, StorageError> = key.withUnsafeBytes { key in
      Result { () throws(StorageError) in try delete(.meta, key: key) }
    }
    return try result.get()
  }
}

extension Environment {
  /// Writes the records that make an empty data file a store.
  func writeNewStore(
    _ identity: StoreIdentity, durability: Durability
  ) throws(StorageError) {
    let session = SessionRecord(isOpen: false, durability: durability, file: nil)
    try write(reserving: 64) { transaction throws(StorageError) in
      try transaction.putRecord(StoreRecords.sessionKey, body: session.encoded())
      try transaction.putRecord(StoreRecords.formatKey, body: StoreRecords.format())
      try transaction.putIdentity(identity, storeID: .random(in: .min ... .max))
    }
  }

  /// Makes a store of an earlier format one of the present one.
  ///
  /// What is new are databases, empty as yet: in format 2 for stored rows and logs that were truncated, in
  /// format 3 for versions that are set aside and for the hashes of truncated ones.
  func migrate() throws(StorageError) {
    try openMissingDatabases(creates: true)
    try write(reserving: 64) { transaction throws(StorageError) in
      try transaction.putRecord(StoreRecords.formatKey, body: StoreRecords.format())
    }
  }

  /// Replaces the identity, and returns the number of the transaction that did.
  func writeIdentity(
    _ identity: StoreIdentity, replacing path: String
  ) throws(StorageError) -> Int {
    let (record, _) = try StoreRecords.identity(try read(isWriters: true), path: path)
    return try write(reserving: 64) { transaction throws(StorageError) in
      try transaction.putIdentity(identity, storeID: record.storeID)
      return transaction.number
    }
  }

  /// Records how a shadow is written to, and what is to be written of an opening and of peers, and returns
  /// the number of the transaction that did.
  @discardableResult
  func writeSession(
    _ session: SessionRecord, opening: OpeningRecord? = nil, peers: PeersRecord? = nil
  ) throws(StorageError) -> Int {
    try write(reserving: 8 + (peers?.pages ?? 0)) { transaction throws(StorageError) in
      try transaction.putRecord(StoreRecords.sessionKey, body: session.encoded())
      if let opening { try transaction.put(opening) }
      try transaction.put(peers)
      return transaction.number
    }
  }

  /// Whether each commit waits for the disk.
  func synchronizesCommits(_ synchronizes: Bool) {
    guard let handle = try? open() else { return }
    mdb_env_set_flags(handle.pointer, UInt32(MDB_NOSYNC), synchronizes ? 0 : 1)
  }

  /// Waits until everything that was committed is on disk.
  func synchronize() throws(StorageError) {
    try check(mdb_env_sync(try open().pointer, 1), operation: "write out", path: path)
  }
}
