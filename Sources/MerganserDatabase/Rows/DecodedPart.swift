package import MerganserTypes

/// The rows of a part of a state, decoded.
package protocol DecodedPart {
  /// Calls `body` with every key of the range that is among the rows or has a row in `table`, in order.
  func forEachKey(in table: any AnyTableState, _ body: ([UInt8]) throws -> Void) throws
  /// Joins the row under `key` in, and says what that changed; nothing if it changed nothing.
  func merge(
    _ key: [UInt8], into table: inout any AnyTableState, seen: CausalContext,
    otherSeen: CausalContext
  ) throws(StorageError) -> RowChange?
}

struct TypedPart<Store: DotStore & BinaryCodable>: DecodedPart {
  let behind: [UInt8]?
  let last: [UInt8]?
  let keys: [[UInt8]]
  let rows: [[UInt8]: Row<Store>]

  func forEachKey(in table: any AnyTableState, _ body: ([UInt8]) throws -> Void) throws {
    let here = try table.keys(from: behind.map { $0 + [0] } ?? [])
    var theirs = keys[...]
    var mine = try here.next()
    while true {
      if let key = mine, let last, last.precedes(key) { mine = nil }
      switch (mine, theirs.first) {
      case (nil, nil): return
      case (let key?, let other?) where key == other:
        try body(key)
        theirs.removeFirst()
        mine = try here.next()
      case (let key?, let other) where other.map({ key.precedes($0) }) ?? true:
        try body(key)
        mine = try here.next()
      case (_, let other?):
        try body(other)
        theirs.removeFirst()
      default: return
      }
    }
  }

  func merge(
    _ key: [UInt8], into table: inout any AnyTableState, seen: CausalContext,
    otherSeen: CausalContext
  ) throws(StorageError) -> RowChange? {
    try TableState<Store>.modify(&table) { table throws(StorageError) -> RowChange? in
      let before = try table.row(key) ?? Row()
      var row = before
      guard row.merge(rows[key] ?? Row(), seen: seen, otherSeen: otherSeen) else { return nil }
      try table.rows.set(key, to: row.isBottom ? nil : row)
      return RowChange(key: key, from: before.incarnationDots, to: row.incarnationDots)
    }.flatMap { $0 }
  }
}
