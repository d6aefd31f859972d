import MerganserDatabase
import MerganserModel
import MerganserTypes

/// Walks over everything that checkpoints have stored, and goes on behind what is damaged.
struct StateVerifier {
  let transaction: ReadTransaction
  let checksum: Checksum
  /// What the vector says of each origin.
  let origins: [ReplicaID: OriginRecord]
  /// What is found, added to what the log's verification found.
  var result: Verification
  /// Is told of every entry that was read.
  let progress: () -> Void

  /// Reads the entries of one kind, those in parts to their last part.
  mutating func readEntries(of space: Keyspace) throws(StorageError) {
    let state = LogState(transaction, checkpoint: nil, checksum: checksum)
    let cursor = try Cursor(transaction, database: space.database)
    var count = 0
    while result.findings.count < Verification.maximumFindings {
      // Copied, so that the lock on the transaction is not held while the entry is checked.
      let found = try cursor.move(.next) { (Array($0), Array($1)) }
      guard let (key, stored) = found else {
        return try checkCount(count, of: space.database)
      }
      progress()
      count += 1
      guard key.count <= StateValue.maximumKeyLength else {
        note(space.place(key), reason: "its key is longer than keys are")
        continue
      }
      guard let value = read(stored, under: key, space: space) else {
        note(space.place(key), reason: "its checksum does not fit its contents")
        continue
      }
      do throws(StorageError) {
        let value = try state.whole(value, key: key, space: space)
        if space == .rows { result.rows += 1 }
        if space == .spine { try readSpine(StateEntry(key: key, value: value)) }
        result.stateBytes += key.count + value.count
      } catch .damaged(let place, let reason) {
        note(place, reason: reason)
      }
    }
  }

  /// Checks an entry of the spine against the log, which begins behind the versions that the spine is about.
  private mutating func readSpine(_ entry: StateEntry) throws(StorageError) {
    guard case .block(let block) = try SpineEntry(entry) else { return }
    let place = Keyspace.spine.place(entry.key)
    guard let record = origins[block.origin], block.last <= record.head.sequence else {
      return note(place, reason: "the log does not go as far as \(block.last)")
    }
    switch block.entry(endingAt: record.truncatedTo.sequence) {
    case .hash(record.truncatedTo.hash), nil: result.truncated += block.ends.count
    default:
      note(place, reason: "the log begins behind another version than the one that it has there")
    }
  }

  /// Reads the parts, and checks that each belongs to an entry.
  mutating func readParts() throws(StorageError) {
    let cursor = try Cursor(transaction, database: .parts)
    // The entry whose parts are being read, and how many it has.
    var current: (space: Keyspace, key: [UInt8], parts: Int)?
    var count = 0
    while result.findings.count < Verification.maximumFindings {
      let found = try cursor.move(.next) { key, _ in StateValue.owner(ofPart: key) }
      guard let owner = found else { return try checkCount(count, of: .parts) }
      progress()
      count += 1
      guard let (space, key, part) = owner else {
        note("a key of parts", reason: "it is none of a part")
        continue
      }
      if current?.space != space || current?.key != key {
        let stored = try transaction.get(space.database, key: key) { _, stored in Array(stored) }
        // Of an entry that is damaged, and was reported, it cannot be told.
        let parts = stored.map { read($0, under: key, space: space)?.parts ?? .max }
        current = (space, key, parts ?? 0)
      }
      if part >= current?.parts ?? 0 {
        note(space.place(key), reason: "there is a part \(part) that does not belong to it")
      }
    }
  }

  /// Checks that a walk has come by as many entries as LMDB has counted.
  private mutating func checkCount(
    _ count: Int, of database: Environment.Database
  ) throws(StorageError) {
    let all = try transaction.count(of: database)
    if count != all {
      note(
        "the database \"\(database.rawValue)\"", reason: "\(count) of its \(all) entries are there")
    }
  }

  private func read(
    _ stored: [UInt8], under key: [UInt8], space: Keyspace
  ) -> StateValue.Found? {
    key.withUnsafeBytes { key in
      stored.withUnsafeBytes {
        StateValue.read($0, checksum: checksum, in: space.database, under: key)
      }
    }
  }

  private mutating func note(_ place: String, reason: String) {
    result.findings.append(.init(place: place, reason: reason))
  }
}
