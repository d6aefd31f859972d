public import MerganserModel
import MerganserTypes

/// Why a row does not count: a row that stands has what it would take; see
/// ``/MerganserModel/Coordination/voiding``.
public struct VoidMark<Key: Hashable & Sendable>: Hashable, Sendable {
  /// The name of the invariant that both would break.
  public let invariant: String
  /// The key of the row that stands.
  public let standing: Key
}

/// A row that was found to be void, as a person reads it.
public struct VoidRow: Hashable, Sendable {
  /// The table.
  public let table: String
  /// The key of the row that is void.
  public let key: String
  /// Why.
  public let mark: VoidMark<String>
}

extension VoidRow: CustomStringConvertible {
  /// As a person reads it.
  public var description: String {
    "row \(key) of \(table) is void: row \(mark.standing) stands, by \"\(mark.invariant)\""
  }
}

extension Snapshot {
  /// Why a row is void, where a schema says so of rows that conflict (``/MerganserModel/Coordination/voiding``); `nil` if it
  /// stands, or there is none.
  ///
  /// A row is void if it conflicts with one that stands and has a lesser key. All replicas that hold the same say the same.
  ///
  /// ```swift
  /// if let mark = try snapshot.voidMark(of: booking, in: hotel.bookings) { print("lost to \(mark.standing)") }
  /// ```
  ///
  /// - Complexity: O(log *n*), and the rows that it conflicts with, and those that these conflict with.
  /// - Throws: as ``subscript(_:_:)``.
  public func voidMark<Key, Value>(
    of key: Key, in table: Table<Key, Value>
  ) throws -> VoidMark<Key>? {
    let number = try catalog.number(of: table)
    return try VoidRows(self, table: number).mark(of: try table.encoded(key)).map(Self.typed)
  }

  /// The rows of a table that are void, with why.
  ///
  /// - Complexity: O(*n* log *n*) in the number of rows, and those that conflict.
  /// - Throws: as ``subscript(_:_:)``.
  public func voidMarks<Key, Value>(in table: Table<Key, Value>) throws -> [Key: VoidMark<Key>] {
    let number = try catalog.number(of: table)
    var marks: [Key: VoidMark<Key>] = [:]
    let voids = VoidRows(self, table: number)
    if voids.isEmpty { return marks }
    try forEachKey(ofTable: number) { key in
      if let mark = try voids.mark(of: key) {
        marks[try Key(keyEncoded: key)] = try Self.typed(mark)
      }
      return true
    }
    return marks
  }

  private static func typed<Key: TableKey>(_ mark: VoidMark<[UInt8]>) throws -> VoidMark<Key> {
    VoidMark(invariant: mark.invariant, standing: try Key(keyEncoded: mark.standing))
  }

  /// The rows of a table that are void and were not, or for another row, and those that are void among the rows that were
  /// touched.
  ///
  /// What becomes void or stands again changes only what conflicts with it; so the walk goes along the rows that change.
  func newVoids(
    since before: Snapshot, touching keys: Set<[UInt8]>, ofTable number: Int, limit: Int
  ) throws -> [VoidRow] {
    let (then, now) = (VoidRows(before, table: number), VoidRows(self, table: number))
    if now.isEmpty { return [] }
    var found: [VoidRow] = []
    var seen = keys
    var open = keys.sorted { $0.lexicographicallyPrecedes($1) }
    for key in open {
      if let mark = try now.mark(of: key) { found.append(row(key, void: mark, ofTable: number)) }
    }
    while found.count < limit, let key = open.popLast() {
      for other in try now.conflicts(of: key) + then.conflicts(of: key)
      where seen.insert(other).inserted {
        let mark = try now.mark(of: other)
        if try then.mark(of: other) == mark { continue }
        open.append(other)
        if let mark { found.append(row(other, void: mark, ofTable: number)) }
      }
    }
    return Array(found.prefix(limit))
  }

  private func row(
    _ key: [UInt8], void mark: VoidMark<[UInt8]>, ofTable number: Int
  ) -> VoidRow {
    let table = catalog.tables[number]
    return VoidRow(
      table: table.name, key: table.text(ofKey: key),
      mark: VoidMark(invariant: mark.invariant, standing: table.text(ofKey: mark.standing)))
  }

  /// The first of all rows that are void, by tables.
  ///
  /// - Complexity: O(*n* log *n*) in the number of rows of tables in which rows can be, and those that conflict.
  package func voidRows(limit: Int) throws -> [VoidRow] {
    var found: [VoidRow] = []
    for number in catalog.tables.indices {
      let voids = VoidRows(self, table: number)
      if voids.isEmpty { continue }
      try forEachKey(ofTable: number) { key in
        if let mark = try voids.mark(of: key) {
          found.append(row(key, void: mark, ofTable: number))
        }
        return found.count < limit
      }
    }
    return found
  }
}

/// Which rows of a table are void.
///
/// A class, as what was found of one row serves the next.
private final class VoidRows {
  private let snapshot: Snapshot
  private let table: Int
  /// The invariants by which rows are void.
  private let invariants: [(bound: BoundInvariant, shown: ShownEntries)]
  /// By key: why it is void; `nil` if it stands.
  private var known: [[UInt8]: VoidMark<[UInt8]>?] = [:]

  init(_ snapshot: Snapshot, table: Int) {
    self.snapshot = snapshot
    self.table = table
    let book = snapshot.catalog.invariantBook
    invariants = book.tables[table].voiding.map { (book.bound[$0.invariant], $0.shown) }
  }

  /// Whether no row can be.
  var isEmpty: Bool { invariants.isEmpty }

  /// Why a row is void; `nil` if it stands.
  ///
  /// Whether it is hangs on rows with lesser keys alone, so that the walk ends.
  func mark(of key: [UInt8]) throws -> VoidMark<[UInt8]>? {
    if isEmpty { return nil }
    var open = [key]
    while let next = open.last {
      if known[next] != nil {
        open.removeLast()
        continue
      }
      var unknown: [UInt8]?
      var mark: VoidMark<[UInt8]>?
      try forEachConflict(of: next) { invariant, other in
        if !other.lexicographicallyPrecedes(next) { return true }
        guard let verdict = known[other] else {
          unknown = other
          return false
        }
        if verdict == nil { mark = VoidMark(invariant: invariant, standing: other) }
        return verdict != nil
      }
      if let unknown {
        open.append(unknown)
      } else {
        known[next] = .some(mark)
        open.removeLast()
      }
    }
    return known[key] ?? nil
  }

  /// The rows that conflict with a row.
  func conflicts(of key: [UInt8]) throws -> [[UInt8]] {
    var found: [[UInt8]] = []
    try forEachConflict(of: key) { _, other in
      found.append(other)
      return true
    }
    return found
  }

  private func forEachConflict(
    of key: [UInt8], body: (_ invariant: String, _ other: [UInt8]) -> Bool
  ) throws {
    for (invariant, shown) in invariants {
      guard let index = invariant.place.index else { continue }
      let taken = try entries(of: key, shown: shown)
      var goesOn = true
      var failure: StorageError?
      // The index has what rows hold and do not show as well.
      try snapshot.state.indexes[index].forEachConflict(of: key, taking: taken) { other in
        do throws(StorageError) {
          let theirs = try entries(of: other, shown: shown)
          if taken.contains(where: { mine in theirs.contains(where: mine.overlaps) }) {
            goesOn = body(invariant.name, other)
          }
        } catch {
          failure = error
          goesOn = false
        }
        return goesOn
      }
      if let failure { throw failure }
      if !goesOn { return }
    }
  }

  private func entries(
    of key: [UInt8], shown: ShownEntries
  ) throws(StorageError) -> [IndexEntry] {
    guard let row = try snapshot.row(key, ofTable: table) else { return [] }
    return shown(snapshot.catalog.invariantBook.tables[table].key(key), row)
  }
}
