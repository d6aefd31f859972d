import MerganserTypes

/// The index entries of rows whose merged value consists of writes.
struct WrittenIndex<Key: TableKey, Value: ConsistsOfWrites>: IndexedRows {
  let entry: @Sendable (Key, Value.Written) -> RuleIndex.Entry

  func entries<Store>(of key: [UInt8], row: Row<Store>) -> [RuleIndex.Entry] {
    guard let row = row as? Row<Value.Store>, let key = try? Key(keyEncoded: key) else { return [] }
    var entries: [RuleIndex.Entry] = []
    for incarnation in row.incarnations {
      for written in Value.written(in: incarnation.store) {
        let new = entry(key, written)
        if new.lower < new.upper, !entries.contains(new) { entries.append(new) }
      }
    }
    return entries
  }

  func entries(
    of key: [UInt8], in table: any AnyTableState
  ) throws(StorageError) -> [RuleIndex.Entry] {
    try (table as? TableState<Value.Store>)?.row(key).map { entries(of: key, row: $0) } ?? []
  }
}
