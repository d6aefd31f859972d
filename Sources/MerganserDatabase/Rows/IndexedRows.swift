public import MerganserTypes

/// What rows take by the rule that an index is for.
///
/// Given a key, what the row under it takes as it was and as it is now. Made where the types are known.
@usableFromInline
package typealias IndexedRows =
  @Sendable (
    _ key: [UInt8], _ before: AnyRow?, _ after: AnyRow?
  ) -> (before: [RuleIndex.Entry], after: [RuleIndex.Entry])

extension RuleIndex {
  /// What rows take whose merged value consists of writes.
  @inlinable
  static func rows<Key: TableKey, Value: ConsistsOfWrites>(
    of table: Table<Key, Value>, by entry: @escaping @Sendable (Key, Value.Written) -> Entry
  ) -> IndexedRows {
    { bytes, before, after in
      guard let key = try? Key(keyEncoded: bytes) else { return ([], []) }
      func entries(_ row: AnyRow?) -> [Entry] {
        guard let row = row?.typed(as: Value.Store.self) else { return [] }
        var entries: [Entry] = []
        for incarnation in row.living {
          for written in Value.written(in: incarnation.store) {
            let new = entry(key, written)
            if new.lower < new.upper, !entries.contains(new) { entries.append(new) }
          }
        }
        return entries
      }
      return (entries(before), entries(after))
    }
  }
}
