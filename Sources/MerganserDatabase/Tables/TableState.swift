public import MerganserModel
public import MerganserTypes

/// The rows of a table at one moment, by their encoded keys.
@usableFromInline
package struct TableState: Sendable {
  var rows: LayeredMap<AnyRow>
  let operations: RowOperations

  /// The rows of a table in which nothing is, that are stored in the given place; nowhere without one.
  init(_ operations: RowOperations, at place: LayeredMap<AnyRow>.StoredPlace? = nil) {
    rows = LayeredMap(at: place)
    self.operations = operations
  }

  /// The rows of a table in which nothing is, which has a number among all.
  init(_ table: any TableDefinition, number: Int) {
    let operations = table.operations
    self.init(
      operations,
      at: .init(
        space: .rows, prefix: table.storedPrefix, number: number, keyText: operations.keyText
      ) { bytes throws(BinaryDecodingError) in
        try BinaryDecoder.decodingStandalone(bytes, body: operations.decode)
      })
  }

  /// How many rows there are.
  package var count: Int { rows.count }

  /// The row under a key; `nil` if there is none.
  @usableFromInline
  func row(_ key: [UInt8]) throws(StorageError) -> AnyRow? { try rows.value(of: key) }

  /// The row under a key as one of the given type; `nil` if there is none.
  @inlinable
  package func row<Store: DotStore & BinaryCodable>(
    _ key: [UInt8], as: Store.Type
  ) throws(StorageError) -> Row<Store>? {
    try row(key)?.typed(as: Store.self)
  }

  /// Changes the row under a key where it stands.
  ///
  /// `isChange` tells by what `body` returns whether it changed the row; if not, nothing is left of it.
  mutating func update<Result>(
    _ key: UnsafeRawBufferPointer, isChange: (Result) -> Bool = { _ in true },
    body: (inout AnyRow?, RowOperations) -> Result
  ) throws(StorageError) -> Result {
    let operations = operations
    return try rows.update(key, isChange: isChange) { row in body(&row, operations) }
  }

  /// Hands the rows whose keys' bytes are in a range to `body`, in the order of the keys, until it returns false;
  /// those that are not in memory as they are stored.
  @usableFromInline
  func forEachRow(
    from lower: [UInt8], below upper: [UInt8]?, body: (FoundEntry<AnyRow>) throws -> Bool
  ) throws {
    var entries = try rows.entries(from: lower)
    while try entries.advance() {
      let goesOn = try entries.withEntry { entry in
        if let upper, !entry.precedes(upper) { return false }
        return try body(entry)
      }
      if goesOn != true { return }
    }
  }

  /// A row of the given type, from its stored bytes.
  @inlinable
  func decoded<Store: DotStore & BinaryCodable>(
    _ bytes: UnsafeRawBufferPointer, under key: UnsafeRawBufferPointer, as: Store.Type
  ) throws(StorageError) -> Row<Store> {
    var reason = "nothing is in it"
    do {
      let row = try BinaryDecoder.decodingStandalone(bytes) { decoder throws(BinaryDecodingError) in
        try Row<Store>(from: &decoder)
      }
      if !row.isBottom { return row }
    } catch { reason = "\(error)" }
    throw unreadable(key, reason: reason)
  }

  @usableFromInline
  func unreadable(_ key: UnsafeRawBufferPointer, reason: String) -> StorageError {
    let key = Array(key)
    return rows.base?.unreadable(key, reason: reason)
      ?? .unreadableRow(UnreadableRow(table: "", key: operations.keyText(key), reason: reason))
  }

  /// The encoded keys from `key` on, in order.
  package func keys(from key: [UInt8] = []) throws(StorageError) -> RowKeys {
    RowKeys(entries: try rows.entries(from: key))
  }

  /// The living incarnations of a row.
  package func incarnations(of key: [UInt8]) throws(StorageError) -> [Dot] {
    try row(key).map { operations.incarnations($0).map { $0.dot } } ?? []
  }

  /// The living incarnations of a row that are no touches.
  package func creations(of key: [UInt8]) throws(StorageError) -> [Dot] {
    try anchoredIncarnations(of: key).filter { !$0.anchors.contains($0.dot) }.map { $0.dot }
  }

  /// The living incarnations of a row, each with what it refers to.
  func anchoredIncarnations(
    of key: [UInt8]
  ) throws(StorageError) -> [(dot: Dot, anchors: [Dot])] {
    try row(key).map(operations.incarnations) ?? []
  }

  /// A row's bytes, as a value of its own; `nil` if there is no row.
  ///
  /// A row that cannot be read is given as it is stored: others may be able to read it.
  package func encodedRow(_ key: [UInt8]) throws(StorageError) -> [UInt8]? {
    do { return try row(key).map(encoded) } catch {
      guard case .unreadableRow = error, let bytes = try rows.storedBytes(of: key) else {
        throw error
      }
      return bytes
    }
  }

  private func encoded(_ row: AnyRow) -> [UInt8] { operations.encoded(row) }

  /// Appends every row in the order of the keys.
  package func encodeRows(to encoder: inout BinaryEncoder) throws(StorageError) {
    encoder.encode(count: count)
    if count == 0 { return }
    var entries = try rows.entries()
    while let (key, row) = try entries.next() {
      encoder.encode(lengthPrefixed: key)
      operations.encode(row, &encoder)
    }
  }

  /// The rows under a renaming of their dots and times.
  package func renamed(by renaming: Renaming) throws -> TableState {
    var result = TableState(operations)
    var entries = try rows.entries()
    while let (key, row) = try entries.next() {
      var encoder = BinaryEncoder()
      encoder.renaming = renaming
      operations.encode(row, &encoder)
      let renamed = try BinaryDecoder.decoding(encoder.bytes) {
        decoder throws(BinaryDecodingError) in
        decoder.replicas = encoder.replicas
        return try operations.decode(&decoder)
      }
      try result.rows.set(key, to: renamed)
    }
    return result
  }
}

extension TableState: Layered {
  package var layered: LayeredMap<AnyRow> {
    get { rows }
    _modify { yield &rows }
  }
}

/// Reads the keys of a table in order.
package struct RowKeys {
  private var entries: LayeredMap<AnyRow>.Iterator

  init(entries: LayeredMap<AnyRow>.Iterator) { self.entries = entries }

  /// The next key; `nil` behind the last.
  ///
  /// Rows are not read: one that cannot be is no hindrance.
  package mutating func next() throws(StorageError) -> [UInt8]? { try entries.nextKey() }
}

/// What happened to a row when a version was applied.
struct RowChange {
  let table: Int
  let key: [UInt8]
  /// The incarnations that came and went.
  let lives: Lives
}

extension ReplacedRow {
  /// What happened to the row.
  var change: RowChange { RowChange(table: table, key: key, lives: lives) }
}

// Checkpoints.
extension TableState {
  /// Puts the rows in memory aside for a checkpoint.
  mutating func freeze() { rows.freeze() }

  /// The rows that were put aside, from behind `key` on, as changes to what is stored: so many that
  /// they take about `limit` bytes.
  func storing(
    behind key: [UInt8]?, limit: Int, indexes: [StoredIndex]
  ) throws(StorageError) -> StoredPart {
    var part = StoredPart()
    // The least key behind another is that one with a zero after it.
    guard var slots = rows.frozen?.entries(from: key.map { $0 + [0] } ?? []),
      let base = rows.base
    else { return part }
    var size = 0
    while let (key, slot) = slots.next() {
      key.withUnsafeBytes { base.cached?.remove($0) }
      let stored = try base.state.value(of: base.prefix + key, in: base.space)
      let bytes = slot.value.map(encoded)
      if stored != bytes {
        part.addedRows += (bytes == nil ? 0 : 1) - (stored == nil ? 0 : 1)
        part.changes.append(.init(.rows, key: base.prefix + key, value: bytes))
        size += base.prefix.count + key.count + (bytes?.count ?? 0)
        if !indexes.isEmpty {
          let before = try stored.map { bytes throws(StorageError) in
            try base.decoded(bytes, key: key)
          }
          for index in indexes {
            let changes = index.changes(of: key, from: before, to: slot.value)
            part.changes += changes
            size += changes.reduce(0) { $0 + $1.key.count + ($1.value?.count ?? 0) }
          }
        }
      } else {
        size += key.count
      }
      if size >= limit {
        part.last = key
        break
      }
    }
    return part
  }
}

/// A part of a table that a checkpoint stores.
struct StoredPart {
  var changes: [CheckpointStep.Change] = []
  /// How many more rows are stored after it.
  var addedRows = 0
  /// The last key of the part; `nil` if there is no more.
  var last: [UInt8]?
}

extension TableDefinition {
  /// What stands before the keys of its stored rows.
  var storedPrefix: [UInt8] { Array(name.utf8) + [0] }
}
