public import MerganserModel

/// Rows that break a ``/MerganserModel/Check`` which the schema has now and had not when they were written.
public struct BrokenRows: Hashable, Sendable {
  /// The first violation of each row, in the order of tables and keys; a bounded number of them.
  public private(set) var violations: [InvariantViolation] = []
  /// How many rows break a check, those that are not listed included.
  public private(set) var count = 0
  /// The keys of the rows that are listed.
  private var keys: [[UInt8]] = []
  /// Where the last row stands that is listed.
  package private(set) var last: Place?

  /// Where a row stands among all.
  package struct Place: Hashable, Comparable, Sendable {
    var table: Int
    var key: [UInt8]

    package static func < (a: Place, b: Place) -> Bool {
      a.table == b.table ? a.key.precedes(b.key) : a.table < b.table
    }
  }

  /// No rows.
  public init() {}

  /// The keys of a table's rows among those that are listed.
  public func keys<Key, Value>(of table: Table<Key, Value>) -> [Key] {
    zip(violations, keys).compactMap { violation, key in
      violation.table == table.name ? try? Key(keyEncoded: key) : nil
    }
  }

  fileprivate mutating func add(
    _ violation: InvariantViolation, at place: Place, upTo limit: Int
  ) {
    count += 1
    guard violations.count < limit else { return }
    violations.append(violation)
    keys.append(place.key)
    last = place
  }
}

extension BrokenRows: CustomStringConvertible {
  /// How many rows there are, and the first of them.
  public var description: String {
    let shown = violations.prefix(10).map { "\($0)" }
    let rest = count > shown.count ? ["and \(count - shown.count) more"] : []
    return "\(count == 1 ? "1 row" : "\(count) rows"): " + (shown + rest).joined(separator: "; ")
  }
}

extension Snapshot {
  /// The rows that break one of some checks.
  ///
  /// - Parameters:
  ///   - checks: the checks' names.
  ///   - place: where the rows begin; without one, all are asked.
  ///   - limit: how many are listed.
  ///   - countsAll: whether those are counted that are not listed.
  /// - Returns: the rows.
  /// - Complexity: O(*n*) in the rows of the checks' tables.
  /// - Throws: ``/MerganserModel/StorageError``, if stored rows cannot be read.
  package func rows(
    breaking checks: Set<String>, behind place: BrokenRows.Place? = nil, listing limit: Int,
    countsAll: Bool
  ) throws(StorageError) -> BrokenRows {
    var broken = BrokenRows()
    let asked = catalog.invariants.filter { checks.contains($0.invariant.name) }
    for (number, table) in catalog.tables.enumerated() where number >= place?.table ?? 0 {
      let conditions = asked.filter { $0.place.tables.first == number }.compactMap(\.row)
      if conditions.isEmpty { continue }
      let start = place.flatMap { $0.table == number ? $0.key + [0] : nil }
      var rows = try state.tables[number].rows.entries(from: start ?? [])
      while let (key, row) = try rows.next() {
        let read = table.key(key)
        guard let found = conditions.lazy.compactMap({ $0.violation(read, row) }).first
        else { continue }
        broken.add(found, at: BrokenRows.Place(table: number, key: key), upTo: limit)
        if broken.count == limit, !countsAll { return broken }
      }
    }
    return broken
  }
}
