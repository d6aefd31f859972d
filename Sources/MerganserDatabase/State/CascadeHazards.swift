import MerganserModel

/// What deleting a row can break on replicas that have rows which this one has not seen.
///
/// A row that is deleted takes those below it with it by cascading foreign keys, on every replica, also
/// those that were added elsewhere meanwhile. Where other descriptions do not stand the loss of such a row,
/// the deletion is not I-confluent with them, whether a row of theirs is seen to go or not.
struct CascadeHazards: Sendable {
  /// By table: the tables whose rows can go with its rows.
  private(set) var reach: [Set<Int>]
  /// By table: the invariants that rows which go with its rows can break.
  private(set) var invariants: [[String]]

  /// What follows from a schema.
  ///
  /// - Complexity: O(*c* + *n*³ / 64 + *n r* *n* / 64) for *c* cascades between *n* tables, and *r* invariants, whatever
  ///   these name.
  init(_ descriptions: [SchemaDescription.Invariant], numbers: [String: Int]) {
    let traits = descriptions.map(\.traits)
    let count = (numbers.values.max() ?? -1) + 1
    reach = Array(repeating: [], count: count)
    invariants = Array(repeating: [], count: count)
    let cascades = traits.flatMap(\.cascades).compactMap { cascade -> (child: Int, parent: Int)? in
      guard let child = numbers[cascade.child], let parent = numbers[cascade.parent] else {
        return nil
      }
      return (child, parent)
    }
    // Of most schemas few tables take part.
    let tables = Set(cascades.flatMap { [$0.child, $0.parent] }).sorted()
    let places = Dictionary(
      zip(tables, tables.indices), uniquingKeysWith: { one, _ in one })
    var below = Array(repeating: PlaceSet(tables.count), count: tables.count)
    for (child, parent) in cascades {
      if let child = places[child], let parent = places[parent] { below[parent].insert(child) }
    }
    // Warshall, *A Theorem on Boolean Matrices* (1962).
    for middle in below.indices {
      let further = below[middle]
      for place in below.indices where below[place].contains(middle) {
        below[place].formUnion(further)
      }
    }
    let lost = zip(descriptions, traits).compactMap {
      invariant, traits -> (name: String, places: PlaceSet)? in
      let lost = traits.cannotLose.compactMap { numbers[$0] }.compactMap { places[$0] }
      if lost.isEmpty { return nil }
      return (invariant.name, lost.reduce(into: PlaceSet(tables.count)) { $0.insert($1) })
    }
    for (place, table) in tables.enumerated() {
      reach[table] = Set(below[place].elements.map { tables[$0] })
      invariants[table] = lost.filter { $0.places.intersects(below[place]) }.map(\.name)
    }
  }
}

/// Some of the tables that take part in cascades, by their places among these.
private struct PlaceSet {
  private var words: [UInt64]

  init(_ count: Int) { words = Array(repeating: 0, count: (count + 63) / 64) }

  var elements: [Int] {
    var elements: [Int] = []
    for (number, word) in words.enumerated() {
      var rest = word
      while rest != 0 {
        elements.append(number * 64 + rest.trailingZeroBitCount)
        rest &= rest - 1
      }
    }
    return elements
  }

  mutating func insert(_ place: Int) { words[place / 64] |= 1 << UInt64(place % 64) }

  func contains(_ place: Int) -> Bool { words[place / 64] >> UInt64(place % 64) & 1 == 1 }

  mutating func formUnion(_ other: PlaceSet) {
    for word in words.indices { words[word] |= other.words[word] }
  }

  func intersects(_ other: PlaceSet) -> Bool {
    zip(words, other.words).contains { $0 & $1 != 0 }
  }
}
