public import MerganserTypes

extension IndexEntry {
  /// What rows take whose merged value consists of writes.
  @inlinable
  package static func rows<Key: TableKey, Value: ConsistsOfWrites>(
    of table: Table<Key, Value>, by entry: @escaping @Sendable (Key, Value.Written) -> IndexEntry
  ) -> IndexedRows {
    { any, before, after in
      guard let key = any.typed(as: Key.self) else { return ([], []) }
      func entries(_ row: AnyRow?) -> [IndexEntry] {
        guard let row = row?.typed(as: Value.Store.self) else { return [] }
        var entries: [IndexEntry] = []
        for incarnation in row.living {
          for written in Value.written(in: incarnation.store) {
            entries.append(entry(key, written))
          }
        }
        entries.settle()
        return entries
      }
      return (entries(before), entries(after))
    }
  }

  /// What rows show that they take, of those values.
  ///
  /// A row that was created apart may hold more than it shows, which ``rows(of:by:)`` has as well.
  @inlinable
  package static func shown<Key: TableKey, Value: ConsistsOfWrites>(
    of table: Table<Key, Value>, by entry: @escaping @Sendable (Key, Value.Written) -> IndexEntry
  ) -> ShownEntries {
    { any, row in
      guard let key = any.typed(as: Key.self) else { return [] }
      let living = row.typed(as: Value.Store.self).incarnations
      guard var store = living.first?.store else { return [] }
      for other in living.dropFirst() { Value.unite(&store, with: other.store, for: .reading) }
      var entries = Value.written(in: store).map { entry(key, $0) }
      entries.settle()
      return entries
    }
  }
}
