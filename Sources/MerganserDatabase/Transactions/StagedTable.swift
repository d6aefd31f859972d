import MerganserModel
import MerganserTypes

/// What a transaction has written to a table.
final class StagedTable: StagedRows {
  let number: Int
  private var base: TableState
  package let seen: SeenVersions
  /// The rows that were written to.
  private(set) var written = OrderedMap<StagedRow>()
  /// The row that was read last, which is often the next that is written.
  private var lastRead: (key: [UInt8], row: AnyRow?)?

  init(_ number: Int, of base: TableState, seen: SeenVersions) {
    self.number = number
    self.base = base
    self.seen = seen
  }

  /// Lets go of what was read.
  func letGo() {
    base = TableState(base.operations)
    lastRead = nil
  }

  /// What was written to a row; `nil` if nothing was.
  package func staged(_ key: [UInt8]) -> StagedRow? { written.isEmpty ? nil : written[key] }

  /// The row under `key` as the transaction sees it; `nil` if there is none.
  package func row(_ key: [UInt8]) throws(StorageError) -> AnyRow? {
    if let staged = staged(key) { return staged.row }
    return try unwrittenRow(key)
  }

  /// The row under `key`, to which nothing was written.
  package func unwrittenRow(_ key: [UInt8]) throws(StorageError) -> AnyRow? {
    if let lastRead, lastRead.key == key { return lastRead.row }
    let row = try base.row(key)
    lastRead = (key, row)
    return row
  }

  /// Notes that a row was written to.
  package func stage(_ row: StagedRow, under key: [UInt8]) {
    written[key] = row
    lastRead = nil
  }

  /// The living incarnations of a row.
  func incarnations(of key: [UInt8]) throws(StorageError) -> [Dot] {
    try row(key).map { base.operations.incarnations($0).map { $0.dot } } ?? []
  }
}
