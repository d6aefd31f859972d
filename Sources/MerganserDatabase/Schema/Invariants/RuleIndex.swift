import HashTreeCollections

/// Where the rows of a table stand for a rule that compares rows with each other: by resource, in the
/// order of their intervals.
///
/// A name that must be unique is a resource of which every row takes the same interval.
struct RuleIndex: Sendable {
  /// What one row takes of one resource.
  struct Entry: Hashable, Sendable {
    let resource: [UInt8]
    let lower: Int64
    let upper: Int64

    func overlaps(_ other: Entry) -> Bool { lower < other.upper && other.lower < upper }
  }

  private struct Place: Hashable, Sendable {
    let entry: Entry
    let key: [UInt8]

    func precedes(_ other: Place) -> Bool {
      if entry.lower != other.entry.lower { return entry.lower < other.entry.lower }
      return key.lexicographicallyPrecedes(other.key)
    }
  }

  private var resources: TreeDictionary<[UInt8], [Place]> = [:]
  private var placed: TreeDictionary<[UInt8], [Entry]> = [:]

  init() {}

  /// What a row takes.
  func entries(of key: [UInt8]) -> [Entry] { placed[key] ?? [] }

  /// Notes what a row takes now.
  ///
  /// - Complexity: O(number of rows that take the same resource) to copy their list.
  mutating func place(_ key: [UInt8], _ entries: [Entry]) {
    let old = placed[key] ?? []
    if old == entries { return }
    for entry in old {
      let place = Place(entry: entry, key: key)
      var list = resources.removeValue(forKey: entry.resource) ?? []
      let position = Self.position(of: place, in: list)
      if position < list.count, list[position] == place { list.remove(at: position) }
      if !list.isEmpty { resources[entry.resource] = list }
    }
    for entry in entries {
      let place = Place(entry: entry, key: key)
      var list = resources.removeValue(forKey: entry.resource) ?? []
      list.insert(place, at: Self.position(of: place, in: list))
      resources[entry.resource] = list
    }
    placed[key] = entries.isEmpty ? nil : entries
  }

  /// Another row that takes some of what a row takes, if there is one.
  ///
  /// - Complexity: O(log of the number of rows that take the same resource), where these do not overlap.
  func conflict(of key: [UInt8]) -> (entry: Entry, with: [UInt8], other: Entry)? {
    for entry in entries(of: key) {
      let list = resources[entry.resource] ?? []
      let position = Self.position(of: Place(entry: entry, key: key), in: list)
      for neighbour in [position - 1, position + 1]
      where list.indices.contains(neighbour) && list[neighbour].entry.overlaps(entry) {
        if list[neighbour].key != key {
          return (entry, list[neighbour].key, list[neighbour].entry)
        }
      }
    }
    return nil
  }

  /// Two rows that take the same, if there are any, the least keys first.
  func firstConflict() -> (key: [UInt8], entry: Entry, with: [UInt8], other: Entry)? {
    for key in placed.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      for entry in entries(of: key) {
        let list = resources[entry.resource] ?? []
        if let other = list.first(where: { $0.key != key && $0.entry.overlaps(entry) }) {
          return (key, entry, other.key, other.entry)
        }
      }
    }
    return nil
  }

  private static func position(of place: Place, in list: [Place]) -> Int {
    var (low, high) = (0, list.count)
    while low < high {
      let middle = (low + high) / 2
      if list[middle].precedes(place) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// What a rule's index is made of.
protocol IndexedRows: Sendable {
  /// What a row takes.
  func entries(of key: [UInt8], in table: any AnyTableState) -> [RuleIndex.Entry]
}

/// The entries of rows whose merged value consists of writes.
struct WrittenIndex<Key: TableKey, Value: ConsistsOfWrites>: IndexedRows {
  let entry: @Sendable (Key, Value.Written) -> RuleIndex.Entry

  func entries(of key: [UInt8], in table: any AnyTableState) -> [RuleIndex.Entry] {
    guard let rows = (table as? TableState<Value.Store>)?.rows, let row = rows[key],
      let typed = try? Key(keyEncoded: key)
    else { return [] }
    var entries: [RuleIndex.Entry] = []
    for incarnation in row.incarnations {
      for written in Value.written(in: incarnation.store) {
        let new = entry(typed, written)
        if !entries.contains(new) { entries.append(new) }
      }
    }
    return entries
  }
}
