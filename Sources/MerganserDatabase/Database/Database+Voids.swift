import MerganserTypes

// Which rows are void by what was written.
extension Database {
  /// Whether rows can be void (``/MerganserModel/Coordination/voiding``).
  package var voidsRows: Bool { catalog.invariantBook.voidsAny }

  /// The rows that are void by what versions have written, or with it; the first of these.
  ///
  /// - Parameters:
  ///   - before: the database without the versions.
  ///   - versions: the versions.
  ///   - limit: how many rows are told at most.
  /// - Returns: the rows, each with why.
  /// - Throws: ``/MerganserModel/StorageError``; what decoding a version throws.
  package func newVoids(
    since before: Database, by versions: some Sequence<StoredVersion>, limit: Int
  ) throws -> [VoidRow] {
    var touched: [Int: Set<[UInt8]>] = [:]
    for version in versions {
      for write in try version.decoded().writes {
        guard let number = catalog.number(of: write.table) else { continue }
        touched[number, default: []].insert(Array(write.key))
      }
    }
    let (then, now) = (before.snapshot, snapshot)
    var found: [VoidRow] = []
    for (number, keys) in touched.sorted(by: { $0.key < $1.key }) where found.count < limit {
      found += try now.newVoids(
        since: then, touching: keys, ofTable: number, limit: limit - found.count)
    }
    return found
  }
}
