public import MerganserModel
import MerganserTypes

/// Hands a snapshot over, part by part.
public struct StateTransfer {
  /// What stands before the parts.
  public let header: StateHeader
  private let snapshot: Snapshot
  private var tables: ArraySlice<Int>
  private var behind: [UInt8]?

  /// The transfer of what `snapshot` shows.
  public init(_ snapshot: Snapshot) {
    self.snapshot = snapshot
    header = StateHeader(
      heads: snapshot.state.heads, time: snapshot.time,
      tables: snapshot.catalog.tables.map(\.name))
    tables = snapshot.catalog.parentsFirst[...]
  }

  /// The next part, of about `limit` bytes; `nil` behind the last.
  ///
  /// - Throws: ``/MerganserModel/StorageError``, if stored rows cannot be read.
  public mutating func next(limit: Int = 1 << 18) throws(StorageError) -> StatePart? {
    guard let number = tables.first else { return nil }
    let table = snapshot.state.tables[number]
    var part = StatePart(
      table: snapshot.catalog.tables[number].name, behind: behind, last: nil, rows: [])
    var keys = try table.keys(from: behind.map { $0 + [0] } ?? [])
    var size = 0
    while let key = try keys.next() {
      guard let bytes = try table.encodedRow(key) else { continue }
      part.rows.append(StatePart.Row(key: key, bytes: bytes))
      size += key.count + bytes.count
      if size >= limit || part.rows.count == StatePart.maximumCount {
        part.last = key
        break
      }
    }
    behind = part.last
    if behind == nil { tables.removeFirst() }
    return part
  }
}
