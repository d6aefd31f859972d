import MerganserModel
import MerganserTypes

/// The rows of a part of a state, decoded.
package struct DecodedPart {
  let behind: [UInt8]?
  let last: [UInt8]?
  let keys: [[UInt8]]
  let rows: [[UInt8]: AnyRow]
  /// The latest time of a write to a register among them.
  let latestStamp: HybridTime

  /// Calls `body` with every key of the range that is among the rows or has a row in `table`, in order.
  func forEachKey(in table: TableState, body: ([UInt8]) throws -> Void) throws {
    var here = try table.keys(from: behind.map { $0 + [0] } ?? [])
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
}
