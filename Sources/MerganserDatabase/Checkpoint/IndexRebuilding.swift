package import MerganserModel
import MerganserTypes

/// Makes the indexes over stored rows anew that an earlier program could not keep, as it did not know their
/// invariants, or kept in another form: in steps, the last of which says that they fit the rows again.
package struct IndexRebuilding {
  private let stored: any StoredState
  private let catalog: Catalog
  private let state: DatabaseState
  /// The tables whose indexes are still to be made.
  private var tables: [Int]
  private var work: Work?

  /// What is being done for one table.
  private struct Work {
    /// What was indexed before, and goes.
    var old: [(prefix: [UInt8], entries: any StateReader)]
    var keys: RowKeys
  }

  /// The rebuilding of what `stored` says does not fit its rows, and `catalog` knows.
  ///
  /// - Throws: ``/MerganserModel/StorageError``.
  package init(of stored: any StoredState, catalog: Catalog) throws(StorageError) {
    self.stored = stored
    self.catalog = catalog
    var state = DatabaseState(catalog)
    _ = try state.rest(on: stored, catalog: catalog)
    self.state = state
    tables = []
    for (number, table) in catalog.tables.enumerated()
    where catalog.invariantBook.tables[number].indexesAreKnown {
      var isOld = try stored.value(of: table.staleIndexesKey, in: .counts) != nil
      if !isOld { isOld = try isOfOtherForm(number) }
      if isOld { tables.append(number) }
    }
  }

  /// Whether something is stored of a table's indexes, in another form than they have.
  private func isOfOtherForm(_ number: Int) throws(StorageError) -> Bool {
    let form = try stored.value(of: catalog.tables[number].indexFormKey, in: .counts)
    if form == [StoredIndex.form] { return false }
    let indexes = catalog.storedIndexes(of: number)
    if indexes.isEmpty { return false }
    if state.storedCounts[number] > 0 { return true }
    for index in indexes {
      let first = try stored.entries(from: index.prefix, in: .index).next()
      if let first, first.key.starts(with: index.prefix) { return true }
    }
    return false
  }

  /// The next step, of about `limit` bytes; `nil` behind the last.
  ///
  /// - Throws: ``/MerganserModel/StorageError``.
  package mutating func next(limit: Int = 1 << 18) throws(StorageError) -> CheckpointStep? {
    guard let number = tables.first else { return nil }
    let indexes = catalog.storedIndexes(of: number)
    var work: Work
    if let open = self.work { work = open } else { work = try begin(number, indexes: indexes) }
    var step = CheckpointStep()
    var size = 0
    while size < limit {
      if let (prefix, entries) = work.old.last {
        if let entry = try entries.next(), entry.key.starts(with: prefix) {
          step.changes.append(.init(.index, key: entry.key, value: nil))
          size += entry.key.count
        } else {
          work.old.removeLast()
        }
      } else if let key = try work.keys.next() {
        let row = try state.tables[number].row(key)
        for index in indexes {
          let changes = index.changes(of: key, from: nil, to: row)
          step.changes += changes
          size += changes.reduce(0) { $0 + $1.key.count + ($1.value?.count ?? 0) }
        }
        size += key.count
      } else {
        let table = catalog.tables[number]
        step.changes.append(.init(.counts, key: table.staleIndexesKey, value: nil))
        if !indexes.isEmpty {
          step.changes.append(.init(.counts, key: table.indexFormKey, value: [StoredIndex.form]))
        }
        self.work = nil
        tables.removeFirst()
        return step
      }
    }
    self.work = work
    return step
  }

  private func begin(_ number: Int, indexes: [StoredIndex]) throws(StorageError) -> Work {
    var old: [(prefix: [UInt8], entries: any StateReader)] = []
    for index in indexes {
      old.append((index.prefix, try stored.entries(from: index.prefix, in: .index)))
    }
    return Work(old: old, keys: try state.tables[number].keys())
  }
}
