/// What deleting a row can break on replicas that have rows which this one has not seen.
///
/// A row that is deleted takes those below it with it by cascading foreign keys, on every replica, also
/// those that were added elsewhere meanwhile. Where other rules do not stand the loss of such a row,
/// the deletion is not I-confluent with them, whether a row of theirs is seen to go or not.
struct CascadeHazards: Sendable {
  /// By table: the tables whose rows can go with its rows.
  private(set) var reach: [Set<Int>]
  /// By table: the invariants that rows which go with its rows can break.
  private(set) var invariants: [[String]]

  /// What follows from a schema.
  ///
  /// - Complexity: O(*t*³ / 64 + *r t*² / 64) for *t* tables and *r* invariants, whatever these name.
  init(_ rules: [SchemaDescription.Rule], _ numbers: [String: Int]) {
    let traits = rules.map(\.traits)
    let count = (numbers.values.max() ?? -1) + 1
    var below = Array(repeating: TableSet(count), count: count)
    for cascade in traits.flatMap(\.cascades) {
      guard let child = numbers[cascade.child], let parent = numbers[cascade.parent] else {
        continue
      }
      below[parent].insert(child)
    }
    // Warshall, *A Theorem on Boolean Matrices* (1962).
    for middle in below.indices {
      let further = below[middle]
      for table in below.indices where below[table].contains(middle) {
        below[table].formUnion(further)
      }
    }
    let lost = traits.map { traits in
      traits.cannotLose.compactMap { numbers[$0] }.reduce(into: TableSet(count)) { $0.insert($1) }
    }
    reach = below.map { Set($0.elements) }
    invariants = below.map { below in
      if below.isEmpty { return [] }
      return zip(rules, lost).filter { $0.1.intersects(below) }.map { $0.0.name }
    }
  }
}

/// Some of a schema's tables, by their numbers.
private struct TableSet {
  private var words: [UInt64]

  init(_ count: Int) { words = Array(repeating: 0, count: (count + 63) / 64) }

  var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

  var elements: [Int] {
    words.indices.flatMap { word in
      (0..<64).filter { words[word] >> UInt64($0) & 1 == 1 }.map { word * 64 + $0 }
    }
  }

  mutating func insert(_ number: Int) { words[number / 64] |= 1 << UInt64(number % 64) }

  func contains(_ number: Int) -> Bool { words[number / 64] >> UInt64(number % 64) & 1 == 1 }

  mutating func formUnion(_ other: TableSet) {
    for word in words.indices { words[word] |= other.words[word] }
  }

  func intersects(_ other: TableSet) -> Bool {
    zip(words, other.words).contains { $0 & $1 != 0 }
  }
}
