/// What one row takes of one resource, by an invariant that compares rows with each other.
@usableFromInline
package struct IndexEntry: Hashable, Sendable {
  @usableFromInline package let resource: [UInt8]
  @usableFromInline package let lower: Int64
  @usableFromInline package let upper: Int64

  @inlinable
  package init(resource: [UInt8], lower: Int64, upper: Int64) {
    self.resource = resource
    self.lower = lower
    self.upper = upper
  }

  /// What a row takes of a resource that is counted.
  @usableFromInline
  package static func unit(of resource: [UInt8]) -> IndexEntry {
    IndexEntry(resource: resource, lower: 0, upper: 1)
  }

  /// Whether both take some of one resource.
  package func overlaps(_ other: IndexEntry) -> Bool {
    resource == other.resource && lower < other.upper && other.lower < upper
  }

  /// The order of a row's entries.
  fileprivate func precedes(_ other: Self) -> Bool {
    if resource != other.resource { return resource.lexicographicallyPrecedes(other.resource) }
    return (lower, upper) < (other.lower, other.upper)
  }
}

// What one row takes: in order, and apart. A row can take as much as it has elements.
extension [IndexEntry] {
  /// Brings what a row takes in order; what overlaps becomes one, and what is empty goes.
  ///
  /// - Complexity: O(*n* log *n*).
  @usableFromInline
  package mutating func settle() {
    removeAll { $0.lower >= $0.upper }
    guard count > 1 else { return }
    sort { $0.precedes($1) }
    var settled: Self = []
    settled.reserveCapacity(count)
    for entry in self {
      if let last = settled.last, last.overlaps(entry) {
        settled[settled.count - 1] = IndexEntry(
          resource: last.resource, lower: last.lower, upper: Swift.max(last.upper, entry.upper))
      } else {
        settled.append(entry)
      }
    }
    self = settled
  }

  /// What is here and not in `others`, both of which are in order.
  ///
  /// - Complexity: O(*n* + *m*).
  package func without(_ others: Self) -> Self {
    if isEmpty || others.isEmpty { return self }
    var rest = others[...]
    return filter { entry in
      rest = rest.drop { $0.precedes(entry) }
      return rest.first != entry
    }
  }
}

/// What rows take by the invariant that an index is for.
///
/// Given a key, what the row under it takes as it was and as it is now. Made where the types are known.
@usableFromInline
package typealias IndexedRows =
  @Sendable (
    _ key: AnyKey, _ before: AnyRow?, _ after: AnyRow?
  ) -> (before: [IndexEntry], after: [IndexEntry])

/// What a row shows that it takes, given its key.
@usableFromInline
package typealias ShownEntries = @Sendable (_ key: AnyKey, _ row: AnyRow) -> [IndexEntry]

/// A row that was found to take what another one takes.
package struct IndexConflict {
  package let key: [UInt8]
  package let entry: IndexEntry
  package let other: [UInt8]
  /// What the other one takes.
  package let taken: Range<Int64>

  /// The conflict of the given parts.
  package init(key: [UInt8], entry: IndexEntry, other: [UInt8], taken: Range<Int64>) {
    self.key = key
    self.entry = entry
    self.other = other
    self.taken = taken
  }
}
