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
}
