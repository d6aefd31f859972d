import MerganserModel
import MerganserTypes

// How many rows take a resource, where each takes the same of it.
extension InvariantIndex {
  /// How many rows take a resource, counted up to a limit.
  ///
  /// - Complexity: O(log *n* + *k*) for a limit of *k*.
  func count(of resource: [UInt8], upTo limit: Int) throws(StorageError) -> Int {
    let place = Self.place(of: IndexEntry.unit(of: resource), key: [])
    let prefix = place[..<Self.resourceEnd(place)]
    var entries = try places.entries(from: Array(prefix))
    var count = 0
    while count < limit, let (key, _) = try entries.next(), key.starts(with: prefix) { count += 1 }
    return count
  }

  /// Calls `body` with the key of the first row beyond a limit for each resource that more rows take, until it
  /// returns `false`.
  ///
  /// - Complexity: O(*n*).
  func forEachExcess(
    beyond limit: Int, body: ([UInt8]) -> Bool
  ) throws(StorageError) {
    var entries = try places.entries()
    var resource = ArraySlice<UInt8>()
    var count = 0
    while let (key, place) = try entries.next() {
      let own = key[..<Self.resourceEnd(key)]
      (resource, count) = (own, own == resource ? count + 1 : 1)
      if count == limit + 1, !body(Self.rowKey(of: key, found: place)) { return }
    }
  }
}
