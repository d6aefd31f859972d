import MerganserModel
import MerganserTypes

/// A row as a replica showed it.
struct ShownRow {
  let key: [UInt8]
  /// The row, if it was in memory: held here, it stays as it is.
  let row: AnyRow?
  /// What follows from its table, its key and its bytes.
  let hash: UInt64
  /// Every dot by which something is in it.
  let dots: Set<Dot>
}
