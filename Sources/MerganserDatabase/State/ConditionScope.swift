import MerganserModel
import Synchronization

/// What the condition of an invariant may read of a snapshot, and what it has read.
final class ConditionScope: Sendable {
  private struct Reads {
    /// The tables of which something was read, in the order in which that was.
    var tables: [String] = []
    /// By table: the keys of single rows.
    var keys: [String: [[UInt8]]] = [:]
  }

  /// The tables that it may read.
  let tables: Set<String>
  /// The invariant.
  let invariant: String
  private let notesReads: Bool
  private let reads = Mutex(Reads())
  private let unlisted = Mutex<String?>(nil)

  /// How many rows of a table are told.
  private static let rowCount = 6

  init(tables: Set<String>, invariant: String, notesReads: Bool = false) {
    self.tables = tables
    self.invariant = invariant
    self.notesReads = notesReads
  }

  /// What the condition has read that follows from no table; `nil` if nothing.
  var unlistedRead: String? { unlisted.withLock { $0 } }

  /// Notes that the condition reads what follows from no table.
  func note(unlisted what: String) { unlisted.withLock { $0 = what } }

  /// Notes that something of a table is read.
  func note(table: String) {
    if !notesReads { return }
    reads.withLock { reads in
      if !reads.tables.contains(table) { reads.tables.append(table) }
    }
  }

  /// Notes that a row is read.
  func note(key: [UInt8], ofTable table: String) {
    if !notesReads { return }
    reads.withLock { reads in
      guard reads.keys[table]?.contains(key) != true else { return }
      if reads.keys[table, default: []].count <= Self.rowCount {
        reads.keys[table, default: []].append(key)
      }
    }
  }

  /// The rows that were read, as a person reads them: those that were asked for by their keys, or else the first of
  /// the table.
  func readText(of snapshot: Snapshot) -> String {
    let read = reads.withLock { $0 }
    return read.tables.compactMap { table in
      let rows: [String]
      if let keys = read.keys[table] {
        rows = keys.map { snapshot.text(ofKey: $0, table: table) }
      } else {
        rows = snapshot.firstRows(Self.rowCount + 1, ofTable: table)
      }
      if rows.isEmpty { return "\(table) is empty" }
      // One table stands in front of what was found.
      let name = tables.count == 1 ? "" : "\(table) "
      let more = rows.count > Self.rowCount ? "; …" : ""
      return name + rows.prefix(Self.rowCount).joined(separator: "; ") + more
    }.joined(separator: ", ")
  }
}

extension Snapshot {
  /// The longest text that is told of a row.
  private static var longestText: Int { 120 }

  /// A row as a person reads it, or that it is not there.
  fileprivate func text(ofKey key: [UInt8], table: String) -> String {
    guard let number = catalog.number(of: table) else { return "" }
    let definition = catalog.tables[number]
    guard let row = try? state.tables[number].row(key) else {
      return "\(definition.text(ofKey: key)): none"
    }
    return Self.text(definition.text(of: row, under: key))
  }

  /// The first rows of a table as a person reads them.
  fileprivate func firstRows(_ count: Int, ofTable table: String) -> [String] {
    guard let number = catalog.number(of: table) else { return [] }
    var rows: [String] = []
    try? forEachRow(ofTable: number) { key, row in
      rows.append(Self.text(catalog.tables[number].text(of: row, under: key)))
      return rows.count < count
    }
    return rows
  }

  private static func text(_ row: (key: String, value: String)) -> String {
    let text = "\(row.key) = \(row.value)"
    return text.count <= longestText ? text : text.prefix(longestText) + "…"
  }
}
