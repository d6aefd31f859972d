import CXXHash
package import MerganserModel
import MerganserTypes

// Rows as they are found, for whoever looks at one state after the other.
extension Snapshot {
  /// Hands the rows of a table to `body`, in the order of their keys; those that are not in memory as they are stored.
  ///
  /// A row that is in memory does not change as long as somebody holds it.
  ///
  /// - Throws: ``/MerganserModel/StorageError``, if what is stored cannot be read; what `body` throws.
  package func forEachFoundRow(
    ofTable number: Int, body: (FoundEntry<AnyRow>) throws -> Void
  ) throws {
    try state.tables[number].forEachRow(from: [], below: nil) { entry in
      try body(entry)
      return true
    }
  }

  /// The numbers of the tables whose rows may be others than those of another snapshot of the same replica.
  ///
  /// Only what the two share in memory is known to be the same.
  ///
  /// - Complexity: O(number of tables).
  package func tablesThatMayDiffer(from other: Snapshot) -> [Int] {
    guard catalog === other.catalog, state.tables.sharesStored(.rows, with: other.state.tables)
    else { return Array(catalog.tables.indices) }
    return state.tables.indices.filter { number in
      !state.tables.elements[number].rows.sharesMemory(
        with: other.state.tables.elements[number].rows)
    }
  }

  /// A number that is equal for equal last versions of all origins, and so for equal histories.
  package var historyHash: UInt64 {
    var hash: UInt64 = 0
    for (origin, sequence) in state.vector {
      let numbers = [origin.high, origin.low, sequence, state.head(of: origin)?.hash ?? 0]
      hash &+= numbers.withUnsafeBytes { XXH3_64bits($0.baseAddress, $0.count) }
    }
    return hash
  }
}

/// A number that follows from a row's table, its key and its bytes, the same on every machine.
package struct RowHash: Sendable {
  private let seed: UInt64

  /// The numbers of a table's rows.
  package init(table name: String) {
    seed = Array(name.utf8).withUnsafeBytes { XXH3_64bits($0.baseAddress, $0.count) }
  }

  /// The number of a row.
  package func callAsFunction(
    _ bytes: UnsafeRawBufferPointer, under key: UnsafeRawBufferPointer
  ) -> UInt64 {
    let keySeed = XXH3_64bits_withSeed(key.baseAddress, key.count, seed)
    return XXH3_64bits_withSeed(bytes.baseAddress, bytes.count, keySeed)
  }
}
