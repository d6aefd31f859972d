import MerganserDatabase
import MerganserModel
import MerganserTypes
import TestSupport
import Testing

private let id = ReplicaID(high: 0, low: 1)
private let wall = HybridTime(milliseconds: 1)

/// One table of the given types, and nothing else.
private struct One<Key: TableKey>: Schema {
  let rows = Table<Key, GCounter>("rows")
}

/// A range of keys holds all keys between its bounds, in their order.
@Suite struct KeyRangeTests {
  /// Compares ranges between all of `keys` with the keys that are between them in Swift's order.
  private func compare<Key: TableKey & Comparable>(_ keys: [Key]) throws {
    let schema = One<Key>()
    var database = Database(catalog: try Catalog(schema), replica: id, founder: id)
    _ = try database.transact(wall: wall) { tx in
      for key in keys { try tx[schema.rows, key].create() }
    }
    let snapshot = database.snapshot
    let sorted = Set(keys).sorted()
    #expect(try snapshot.rows(schema.rows).map(\.key) == sorted)
    func check(_ range: some KeyRange<Key> & RangeExpression<Key>) throws {
      let found = try snapshot.rows(schema.rows, in: range).map(\.key)
      #expect(found == sorted.filter(range.contains), "\(range)")
    }
    for lower in sorted {
      try check(lower...)
      try check(..<lower)
      try check(...lower)
      for upper in sorted where lower <= upper {
        try check(lower..<upper)
        try check(lower...upper)
      }
    }
  }

  @Test func integers() throws {
    try compare([Int.min, .min + 1, -256, -1, 0, 1, 255, 256, .max - 1, .max])
    try compare([UInt64.min, 1, 255, 256, 1 << 63, .max - 1, .max])
  }

  @Test func replicas() throws {
    let words: [UInt64] = [0, 1, 1 << 63, .max]
    try compare(words.flatMap { high in words.map { ReplicaID(high: high, low: $0) } })
  }

  @Test(arguments: 0..<8)
  func text(seed: UInt64) throws {
    var generator = SplitMix(seed: seed)
    try compare((0..<40).map { _ in randomText(&generator) })
  }

  @Test(arguments: 0..<8)
  func paths(seed: UInt64) throws {
    var generator = SplitMix(seed: seed)
    let parents =
      ["", "a", "a\u{0}", "a\u{0}b", "ab"] + (0..<5).map { _ in randomText(&generator) }
    try compare(
      (0..<30).map { _ in
        Path(
          parents.randomElement(using: &generator) ?? "",
          child: [Int.min, -1, 0, 1, .max].randomElement(using: &generator) ?? 0)
      })
    try compare(
      (0..<30).map { _ in
        Path(
          Path(parents.randomElement(using: &generator) ?? "", child: randomText(&generator)),
          child: randomText(&generator))
      })
  }

  /// What lies below a parent is all of it, and nothing of those whose names begin alike.
  @Test(arguments: 0..<8)
  func children(seed: UInt64) throws {
    var generator = SplitMix(seed: seed)
    let schema = One<Path<String, Int>>()
    let parents = ["", "\u{0}", "a", "a\u{0}", "a\u{0}\u{1}", "ab", randomText(&generator)]
    let children = [Int.min, -7, -1, 0, 1, 7, .max]
    let keys = (0..<40).map { _ in
      Path(
        parents.randomElement(using: &generator) ?? "",
        child: children.randomElement(using: &generator) ?? 0)
    }
    var database = Database(catalog: try Catalog(schema), replica: id, founder: id)
    _ = try database.transact(wall: wall) { tx in
      for key in keys { try tx[schema.rows, key].create() }
    }
    let (snapshot, sorted) = (database.snapshot, Set(keys).sorted())
    for parent in parents {
      let below = sorted.filter { $0.parent == parent }
      #expect(try snapshot.rows(schema.rows, below: parent).map(\.key) == below)
      for lower in children {
        #expect(
          try snapshot.rows(schema.rows, below: parent, in: lower...).map(\.key)
            == below.filter { $0.child >= lower })
        for upper in children where lower <= upper {
          #expect(
            try snapshot.rows(schema.rows, below: parent, in: lower..<upper).map(\.key)
              == below.filter { (lower..<upper).contains($0.child) })
          #expect(
            try snapshot.rows(schema.rows, below: parent, in: lower...upper).map(\.key)
              == below.filter { (lower...upper).contains($0.child) })
        }
      }
    }
  }

  /// A bound may be longer than any key.
  @Test func longBounds() throws {
    let schema = One<String>()
    var database = Database(catalog: try Catalog(schema), replica: id, founder: id)
    let keys = ["a", String(repeating: "a", count: 495), "b"]
    _ = try database.transact(wall: wall) { tx in
      for key in keys { try tx[schema.rows, key].create() }
    }
    let long = String(repeating: "a", count: 1000)
    #expect(try database.snapshot.rows(schema.rows, in: long...).map(\.key) == ["b"])
    #expect(try database.snapshot.rows(schema.rows, in: ..<long).map(\.key) == Array(keys[..<2]))
    #expect(try database.snapshot.rows(schema.rows, in: long...long).isEmpty)
  }

  /// Text of characters of all lengths, many of them with marks, in any form.
  private func randomText(_ generator: inout SplitMix) -> String {
    let ranges: [ClosedRange<UInt32>] = [
      0x00...0x7F, 0x41...0x45, 0xC0...0x24F, 0x300...0x33F, 0x1E00...0x1EFF, 0x1100...0x11FF,
      0xAC00...0xAC20, 0x3040...0x30FF, 0x1F300...0x1F3FF, 0x1D15E...0x1D16F, 0xE000...0xFFFD,
      0x2126...0x212B,
    ]
    var text = ""
    for _ in 0..<Int.random(in: 0...4, using: &generator) {
      let range = ranges.randomElement(using: &generator) ?? 0...0
      if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &generator)) {
        text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}
