package import MerganserTypes

/// The rows of a table at one moment, by their encoded keys.
package struct TableState<Store: DotStore & BinaryCodable>: Sendable {
  var rows = LayeredMap<Row<Store>>()

  init() {}

  /// The row under a key; nothing where there is none.
  @_specialize(where Store == EscrowCounter)
  @_specialize(where Store == PNCounter)
  @_specialize(where Store == GCounter)
  @_specialize(where Store == LWWRegister<String>)
  package func row(_ key: [UInt8]) throws(StorageError) -> Row<Store>? {
    try rows.value(of: key)
  }

  /// Changes a row, and says what that changed.
  @_specialize(where Store == EscrowCounter)
  @_specialize(where Store == PNCounter)
  @_specialize(where Store == GCounter)
  @_specialize(where Store == LWWRegister<String>)
  mutating func update(
    _ key: [UInt8], _ body: (inout Row<Store>) -> Void
  ) throws(StorageError) -> RowChange {
    try rows.update(key) { found in
      var row = found.take() ?? Row()
      let before = row.incarnationDots
      body(&row)
      found = row.isBottom ? nil : row
      return RowChange(key: key, from: before, to: row.incarnationDots)
    }
  }

  /// Changes the rows of a table in place; nothing where they are of another type.
  static func modify<Result>(
    _ state: inout any AnyTableState, _ body: (inout TableState) throws(StorageError) -> Result
  ) throws(StorageError) -> Result? {
    guard var table = state as? TableState else { return nil }
    // Let go of the other copy, so that the tree is changed where it stands.
    state = TableState()
    defer { state = table }
    return try body(&table)
  }
}

/// What happened to a row when a version was applied.
package struct RowChange {
  let key: [UInt8]
  /// Incarnations that live now and did not before.
  var created: [Dot]
  /// Incarnations that lived before and do not now.
  var removed: [Dot]

  init(key: [UInt8], from before: [Dot], to after: [Dot]) {
    self.key = key
    if before == after {
      (created, removed) = ([], [])
    } else {
      created = after.filter { !before.contains($0) }
      removed = before.filter { !after.contains($0) }
    }
  }

  init(key: [UInt8], removed: [Dot]) {
    self.key = key
    created = []
    self.removed = removed
  }
}

/// Reads the keys of a table in order.
package struct RowKeys {
  private let read: () throws(StorageError) -> [UInt8]?

  init(_ read: @escaping () throws(StorageError) -> [UInt8]?) { self.read = read }

  /// The next key; nothing behind the last.
  package func next() throws(StorageError) -> [UInt8]? { try read() }
}

/// The rows of a table of some type, for whoever need not know the type.
package protocol AnyTableState: Sendable {
  /// How many rows there are.
  var count: Int { get }
  /// The encoded keys from `key` on, in order.
  func keys(from key: [UInt8]) throws(StorageError) -> RowKeys
  /// The living incarnations of a row.
  func incarnations(of key: [UInt8]) throws(StorageError) -> [Dot]
  /// What an incarnation refers to.
  func anchors(of key: [UInt8], incarnation: Dot) throws(StorageError) -> [Dot]
  /// A row's bytes, as a value of its own; nothing where there is no row.
  func encodedRow(_ key: [UInt8]) throws(StorageError) -> [UInt8]?
  /// What a row takes, by each of some indexes.
  func entries(
    of key: [UInt8], by indexes: [any IndexedRows]
  ) throws(StorageError) -> [[RuleIndex.Entry]]
  /// Removes incarnations of a row that nothing supports any longer.
  mutating func collect(_ dead: [Dot], of key: [UInt8]) throws(StorageError)
  /// Joins the rows of another state in, given what both states have seen, and says what that changed.
  mutating func merge(
    _ other: any AnyTableState, seen: CausalContext, otherSeen: CausalContext
  ) throws(StorageError) -> [RowChange]
  /// Appends every row in the order of the keys.
  func encodeRows(to encoder: inout BinaryEncoder) throws(StorageError)
  /// The rows under a renaming of their dots and times.
  func renamed(by renaming: Renaming) throws -> any AnyTableState

  /// Puts the rows in memory aside for a checkpoint.
  mutating func freeze()
  /// The rows that were put aside, from behind `key` on, as changes to what is stored: so many that
  /// they take about `limit` bytes.
  func storing(
    behind key: [UInt8]?, limit: Int, indexes: [StoredIndex]
  ) throws(StorageError) -> StoredPart
  /// Reads what memory does not know from `state`, in which the table's keys stand behind `prefix`.
  mutating func rest(on state: any StoredState, prefix: [UInt8], isStored: Bool)
  /// As ``rest(on:prefix:isStored:)``, for a table of which nothing is in memory.
  mutating func rest(on state: any StoredState, prefix: [UInt8], count: Int)
}

extension AnyTableState {
  /// All encoded keys, in order.
  func keys() throws(StorageError) -> RowKeys { try keys(from: []) }
}

/// A part of a table that a checkpoint stores.
package struct StoredPart {
  var changes: [CheckpointStep.Change] = []
  /// How many more rows are stored after it.
  var addedRows = 0
  /// The last key of the part; nothing if there is no more.
  var last: [UInt8]?
}

extension TableState: AnyTableState {
  package var count: Int { rows.count }

  package func keys(from key: [UInt8]) throws(StorageError) -> RowKeys {
    var entries = try rows.entries(from: key)
    return RowKeys { () throws(StorageError) in try entries.next()?.key }
  }

  @_specialize(where Store == EscrowCounter)
  @_specialize(where Store == PNCounter)
  @_specialize(where Store == GCounter)
  @_specialize(where Store == LWWRegister<String>)
  package func incarnations(of key: [UInt8]) throws(StorageError) -> [Dot] {
    try row(key)?.incarnationDots ?? []
  }

  package func anchors(of key: [UInt8], incarnation: Dot) throws(StorageError) -> [Dot] {
    try row(key)?.incarnations.first { $0.dot == incarnation }?.anchors ?? []
  }

  package func encodedRow(_ key: [UInt8]) throws(StorageError) -> [UInt8]? {
    try row(key)?.binaryEncoded()
  }

  package func entries(
    of key: [UInt8], by indexes: [any IndexedRows]
  ) throws(StorageError) -> [[RuleIndex.Entry]] {
    let row = try row(key)
    return indexes.map { index in row.map { index.entries(of: key, row: $0) } ?? [] }
  }

  package mutating func collect(_ dead: [Dot], of key: [UInt8]) throws(StorageError) {
    try rows.update(key) { row in
      row?.incarnations.removeAll { dead.contains($0.dot) }
      if row?.isBottom == true { row = nil }
    }
  }

  package mutating func merge(
    _ other: any AnyTableState, seen: CausalContext, otherSeen: CausalContext
  ) throws(StorageError) -> [RowChange] {
    guard let other = other as? TableState<Store> else { return [] }
    var changes: [RowChange] = []
    var (mine, theirs) = (try rows.entries(), try other.rows.entries())
    var (left, right) = (try mine.next(), try theirs.next())
    while let key = [left?.key, right?.key].compactMap({ $0 }).min(by: { $0.precedes($1) }) {
      let row = right?.key == key ? right?.value : nil
      changes.append(
        try update(key) { $0.merge(row ?? Row(), seen: seen, otherSeen: otherSeen) })
      if left?.key == key { left = try mine.next() }
      if right?.key == key { right = try theirs.next() }
    }
    return changes
  }

  package func encodeRows(to encoder: inout BinaryEncoder) throws(StorageError) {
    encoder.encode(count: count)
    var entries = try rows.entries()
    while let (key, row) = try entries.next() {
      encoder.encode(lengthPrefixed: key)
      row.encode(to: &encoder)
    }
  }

  package func renamed(by renaming: Renaming) throws -> any AnyTableState {
    var result = TableState()
    var entries = try rows.entries()
    while let (key, row) = try entries.next() {
      var encoder = BinaryEncoder()
      encoder.renaming = renaming
      row.encode(to: &encoder)
      let renamed = try BinaryDecoder.decoding(encoder.bytes) {
        decoder throws(BinaryDecodingError) in
        decoder.replicas = encoder.replicas
        return try Row<Store>(from: &decoder)
      }
      try result.rows.set(key, to: renamed)
    }
    return result
  }

  package mutating func freeze() { rows.freeze() }

  package mutating func rest(on state: any StoredState, prefix: [UInt8], isStored: Bool) {
    rows.rest(on: .init(state: state, space: .rows, prefix: prefix), isStored: isStored)
  }

  package mutating func rest(on state: any StoredState, prefix: [UInt8], count: Int) {
    rows.rest(on: .init(state: state, space: .rows, prefix: prefix), count: count)
  }

  @_specialize(where Store == EscrowCounter)
  @_specialize(where Store == PNCounter)
  @_specialize(where Store == GCounter)
  @_specialize(where Store == LWWRegister<String>)
  package func storing(
    behind key: [UInt8]?, limit: Int, indexes: [StoredIndex]
  ) throws(StorageError) -> StoredPart {
    var part = StoredPart()
    // The least key behind another is that one with a zero after it.
    guard var slots = rows.frozen?.entries(from: key.map { $0 + [0] } ?? []),
      let base = rows.base
    else { return part }
    var size = 0
    while let (key, slot) = slots.next() {
      let stored = try base.state.value(of: base.prefix + key, in: base.space)
      let bytes = slot.value?.binaryEncoded()
      if stored != bytes {
        part.addedRows += (bytes == nil ? 0 : 1) - (stored == nil ? 0 : 1)
        part.changes.append(.init(.rows, base.prefix + key, bytes))
        size += base.prefix.count + key.count + (bytes?.count ?? 0)
        if !indexes.isEmpty {
          let before = try stored.map { bytes throws(StorageError) in
            try base.decoded(bytes, key)
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
