import MerganserDatabase
import MerganserModel
import MerganserTypes

/// The rows that checkpoints have stored, as one snapshot sees them.
struct LogState: StoredState {
  let checkpoint: Checkpoint?
  private let transaction: ReadTransaction
  fileprivate let checksum: Checksum

  init(_ transaction: ReadTransaction, checkpoint: Checkpoint?, checksum: Checksum) {
    self.transaction = transaction
    self.checkpoint = checkpoint
    self.checksum = checksum
  }

  /// The value of a key; `nil` if there is none.
  ///
  /// - Complexity: O(log *n*), and the value is copied.
  func value(of key: [UInt8], in space: Keyspace) throws(StorageError) -> [UInt8]? {
    guard !key.isEmpty, key.count <= StateValue.maximumKeyLength else { return nil }
    let found = try transaction.get(space.database, key: key) {
      bytes, stored throws(StorageError) in
      try read(stored, key: bytes, space: space)
    }
    guard let found else { return nil }
    return try whole(found, key: key, space: space)
  }

  /// The last entry before `key`; `nil` if there is none.
  func entry(before key: [UInt8], in space: Keyspace) throws(StorageError) -> StateEntry? {
    guard !key.isEmpty else { return nil }
    let cursor = try Cursor(transaction, database: space.database)
    let isAfter: Void? = try cursor.move(to: key) { _, _ in }
    let found = try cursor.move(isAfter == nil ? .last : .previous) {
      key, stored throws(StorageError) in
      (Array(key), try read(stored, key: key, space: space))
    }
    guard let (key, stored) = found else { return nil }
    return StateEntry(key: key, value: try whole(stored, key: key, space: space))
  }

  /// The last entry before `key` and the first behind it, whether it is there itself or not.
  ///
  /// - Complexity: O(log *n*), in one descent.
  func neighbors(
    of key: [UInt8], in space: Keyspace
  ) throws(StorageError) -> (before: StateEntry?, after: StateEntry?) {
    // LMDB knows no empty key.
    if key.isEmpty { return (nil, try entries(from: key, in: space).next()) }
    let cursor = try Cursor(transaction, database: space.database)
    func read(
      _ key: UnsafeRawBufferPointer, stored: UnsafeRawBufferPointer
    ) throws(StorageError) -> ([UInt8], StateValue.Found) {
      (Array(key), try self.read(stored, key: key, space: space))
    }
    func entry(_ found: ([UInt8], StateValue.Found)?) throws(StorageError) -> StateEntry? {
      guard let (key, stored) = found else { return nil }
      return StateEntry(key: key, value: try whole(stored, key: key, space: space))
    }
    guard let first = try cursor.move(to: key, body: read) else {
      return (try entry(try cursor.move(.last, body: read)), nil)
    }
    if first.0 != key {
      return (try entry(try cursor.move(.previous, body: read)), try entry(first))
    }
    let after = try cursor.move(.next, body: read)
    _ = try cursor.move(to: key, body: read)
    return (try entry(try cursor.move(.previous, body: read)), try entry(after))
  }

  /// Reads the entries from `key` on, in the order of their keys.
  ///
  /// The reader is used by one caller at a time.
  func entries(from key: [UInt8], in space: Keyspace) throws(StorageError) -> any StateReader {
    LogStateReader(
      self, cursor: try Cursor(transaction, database: space.database), space: space, from: key)
  }

  /// What is stored under a key, checked.
  fileprivate func read(
    _ stored: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer, space: Keyspace
  ) throws(StorageError) -> StateValue.Found {
    guard let found = StateValue.read(stored, checksum: checksum, in: space.database, under: key)
    else {
      throw .damaged(
        place: space.place(key), reason: "its checksum does not fit its contents")
    }
    return found
  }

  /// The value that was found, put together if it is in parts.
  func whole(
    _ found: StateValue.Found, key: [UInt8], space: Keyspace
  ) throws(StorageError) -> [UInt8] {
    switch found {
    case .whole(let value): return value
    case .split(let total, let hash, var value):
      for part in 0..<found.parts {
        let name = key.withUnsafeBytes { StateValue.partKey(space, key: $0, part: part) }
        let bytes = try transaction.get(.parts, key: name) { name, stored throws(StorageError) in
          guard let bytes = checksum.opened(stored, in: .parts, under: name) else {
            throw .damaged(
              place: space.place(key), reason: "the checksum of its part \(part) does not fit")
          }
          return Array(bytes)
        }
        guard let bytes else {
          throw .damaged(place: space.place(key), reason: "its part \(part) is missing")
        }
        value.append(contentsOf: bytes)
      }
      guard value.count == total, StateValue.hash(value) == hash else {
        throw .damaged(place: space.place(key), reason: "its parts are not of one value")
      }
      return value
    }
  }
}

/// Reads stored entries, some at a time.
final class LogStateReader: StateReader {
  private let state: LogState
  private let cursor: Cursor
  private let space: Keyspace
  private var batch = StateEntries()
  /// How many entries are read at a time: few at first, since often no more are wanted.
  private var batchSize = 4
  private var start: [UInt8]?
  private var isAtEnd = false

  /// Each time some are read, no more bytes than this, but for one entry.
  private static let batchBytes = 1 << 16

  init(_ state: LogState, cursor: Cursor, space: Keyspace, from key: [UInt8]) {
    self.state = state
    self.cursor = cursor
    self.space = space
    start = key
  }

  func next() throws(StorageError) -> StateEntry? {
    if batch.isEmpty { try readBatch() }
    defer { batch.removeFirst() }
    return batch.firstEntry
  }

  func read(into entries: inout StateEntries) throws(StorageError) {
    if batch.isEmpty { try readBatch() }
    // Each goes on with the other's memory.
    swap(&entries, &batch)
    batch.removeAll()
  }

  private func readBatch() throws(StorageError) {
    batch.removeAll()
    if isAtEnd { return }
    var bytes = 0
    var isStopped = false
    var inParts: (key: [UInt8], stored: StateValue.Found)?
    // What is damaged is reported when it is its turn, and what comes before it is handed over before.
    var damaged: (key: [UInt8], error: StorageError)?
    func take(_ key: UnsafeRawBufferPointer, stored: UnsafeRawBufferPointer) -> Bool {
      if let value = StateValue.whole(
        stored, checksum: state.checksum, in: space.database, under: key)
      {
        batch.append(key, value: value)
        bytes += key.count + stored.count
        isStopped = batch.count >= batchSize || bytes >= Self.batchBytes
      } else {
        // The parts are looked for when nobody is at the transaction.
        do throws(StorageError) {
          inParts = (Array(key), try state.read(stored, key: key, space: space))
        } catch { damaged = (Array(key), error) }
        isStopped = true
      }
      return !isStopped
    }
    if let key = start.take() {
      if key.isEmpty {
        try cursor.walk(.first, body: take)
      } else {
        try cursor.walk(from: key, body: take)
      }
    } else {
      try cursor.walk(.next, body: take)
    }
    isAtEnd = !isStopped
    if let (key, stored) = inParts {
      do throws(StorageError) {
        let value = try state.whole(stored, key: key, space: space)
        key.withUnsafeBytes { key in value.withUnsafeBytes { batch.append(key, value: $0) } }
      } catch { damaged = (key, error) }
    }
    if let (key, error) = damaged {
      if batch.isEmpty { throw error }
      // It is read again, as the first of the next batch.
      start = key
    }
    batchSize = min(2 * batchSize, 128)
  }
}

extension ReadTransaction {
  /// Hands `key` and its value to `body`, where LMDB has it; `nil` if there is none.
  func get<Value>(
    _ database: Environment.Database, key: [UInt8],
    body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer)
      throws(StorageError) -> Value
  ) throws(StorageError) -> Value? {
    let result: Result<Value?, StorageError> = key.withUnsafeBytes { key in
      Result { () throws(StorageError) in
        try get(database, key: key) { value throws(StorageError) in try body(key, value) }
      }
    }
    return try result.get()
  }
}

extension Cursor {
  /// The longest key that LMDB compares with; what is longer is beyond the same entries.
  private static let longestKey = 511

  /// Moves to the key itself or the first behind it, and hands what is found to `body`.
  func move<Value>(
    to key: [UInt8],
    body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer)
      throws(StorageError) -> Value
  ) throws(StorageError) -> Value? {
    let result: Result<Value?, StorageError> = key.prefix(Self.longestKey).withUnsafeBytes { key in
      Result { () throws(StorageError) in try move(.to(key), body: body) }
    }
    return try result.get()
  }

  /// Moves to the key itself or the first behind it, and on, as ``walk(_:body:)`` does.
  func walk(
    from key: [UInt8],
    body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer)
      throws(StorageError) -> Bool
  ) throws(StorageError) {
    let result: Result<Void, StorageError> = key.prefix(Self.longestKey).withUnsafeBytes { key in
      Result { () throws(StorageError) in try walk(.to(key), body: body) }
    }
    try result.get()
  }
}
