package import HashTreeCollections
package import MerganserTypes

/// The rows of a table at one moment.
///
/// The rows are in a persistent tree: a copy costs nothing, and a change to one copies only the path
/// to the row. That is what makes every commit a snapshot.
package struct TableState<Store: DotStore & BinaryCodable>: Sendable {
  /// The rows that are there, by their encoded keys.
  package internal(set) var rows: TreeDictionary<[UInt8], Row<Store>> = [:]

  init() {}
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

/// The rows of a table of some type, for whoever need not know the type.
package protocol AnyTableState: Sendable {
  /// How many rows there are.
  var count: Int { get }
  /// The encoded keys, in order.
  var sortedKeys: [[UInt8]] { get }
  /// The living incarnations of a row.
  func incarnations(of key: [UInt8]) -> [Dot]
  /// What an incarnation refers to.
  func anchors(of key: [UInt8], incarnation: Dot) -> [Dot]
  /// A row's bytes, as a value of its own; nothing where there is no row.
  func encodedRow(_ key: [UInt8]) -> [UInt8]?
  /// Removes incarnations of a row that nothing supports any longer.
  mutating func collect(_ dead: [Dot], of key: [UInt8])
  /// Joins the rows of another state in, given what both states have seen, and says what that changed.
  mutating func merge(
    _ other: any AnyTableState, seen: CausalContext, otherSeen: CausalContext
  ) -> [RowChange]
  /// Appends every row in the order of the keys.
  func encodeRows(to encoder: inout BinaryEncoder)
  /// The rows under a renaming of their dots and times.
  func renamed(by renaming: Renaming) throws(BinaryDecodingError) -> any AnyTableState
}

extension TableState: AnyTableState {
  package var count: Int { rows.count }

  package var sortedKeys: [[UInt8]] {
    rows.keys.sorted { $0.lexicographicallyPrecedes($1) }
  }

  package func incarnations(of key: [UInt8]) -> [Dot] {
    rows[key]?.incarnationDots ?? []
  }

  package func anchors(of key: [UInt8], incarnation: Dot) -> [Dot] {
    rows[key]?.incarnations.first { $0.dot == incarnation }?.anchors ?? []
  }

  package func encodedRow(_ key: [UInt8]) -> [UInt8]? {
    rows[key]?.binaryEncoded()
  }

  package mutating func collect(_ dead: [Dot], of key: [UInt8]) {
    guard var row = rows[key] else { return }
    row.incarnations.removeAll { dead.contains($0.dot) }
    rows[key] = row.isBottom ? nil : row
  }

  package mutating func merge(
    _ other: any AnyTableState, seen: CausalContext, otherSeen: CausalContext
  ) -> [RowChange] {
    guard let other = other as? TableState<Store> else { return [] }
    var changes: [RowChange] = []
    for key in Set(rows.keys).union(other.rows.keys) {
      changes.append(
        update(key) { $0.merge(other.rows[key] ?? Row(), seen: seen, otherSeen: otherSeen) })
    }
    return changes
  }

  package func encodeRows(to encoder: inout BinaryEncoder) {
    encoder.encode(count: rows.count)
    for key in sortedKeys {
      encoder.encode(lengthPrefixed: key)
      rows[key]?.encode(to: &encoder)
    }
  }

  package func renamed(by renaming: Renaming) throws(BinaryDecodingError) -> any AnyTableState {
    var result = self
    for (key, row) in rows {
      var encoder = BinaryEncoder()
      encoder.renaming = renaming
      row.encode(to: &encoder)
      result.rows[key] = try BinaryDecoder.decoding(encoder.bytes) {
        decoder throws(BinaryDecodingError) in
        decoder.replicas = encoder.replicas
        return try Row<Store>(from: &decoder)
      }
    }
    return result
  }

  /// Changes a row, and says what that changed.
  mutating func update(_ key: [UInt8], _ body: (inout Row<Store>) -> Void) -> RowChange {
    var row = rows[key] ?? Row()
    let before = row.incarnationDots
    body(&row)
    rows[key] = row.isBottom ? nil : row
    return RowChange(key: key, from: before, to: row.incarnationDots)
  }

  /// Changes the rows of a table in place; nothing where they are of another type.
  static func modify<Result>(
    _ state: inout any AnyTableState, _ body: (inout TableState) -> Result
  ) -> Result? {
    guard var table = state as? TableState else { return nil }
    // Let go of the other copy, so that the tree is changed where it stands.
    state = TableState()
    defer { state = table }
    return body(&table)
  }
}
