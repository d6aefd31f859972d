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

  init<Store>(key: [UInt8], from old: Row<Store>?, to new: Row<Store>?) {
    self.key = key
    let (before, after) = (old?.incarnations ?? [], new?.incarnations ?? [])
    created = after.map(\.dot).filter { dot in !before.contains { $0.dot == dot } }
    removed = before.map(\.dot).filter { dot in !after.contains { $0.dot == dot } }
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
}

extension TableState: AnyTableState {
  package var count: Int { rows.count }

  package var sortedKeys: [[UInt8]] {
    rows.keys.sorted { $0.lexicographicallyPrecedes($1) }
  }

  package func incarnations(of key: [UInt8]) -> [Dot] {
    rows[key]?.incarnations.map(\.dot) ?? []
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

  /// Sets a row, and says what that changed.
  mutating func replace(_ key: [UInt8], with row: Row<Store>?) -> RowChange {
    let kept = row.flatMap { $0.isBottom ? nil : $0 }
    let change = RowChange(key: key, from: rows[key], to: kept)
    rows[key] = kept
    return change
  }
}
