import MerganserDatabase
import MerganserModel
import MerganserTypes
import Synchronization
import Testing

/// How many dots were looked at, or copied, in the sets that count it.
private let counted = Mutex(0)

private func did(_ count: Int) { counted.withLock { $0 += count } }

/// What `body` looks at and copies.
private func work(of body: () throws -> Void) rethrows -> Int {
  counted.withLock { $0 = 0 }
  try body()
  return counted.withLock { $0 }
}

/// A set of numbers that counts what is done with it, its copies too.
private struct WatchedStore: DotStore, BinaryCodable {
  typealias Elements = ORSet<Int>.Store

  private final class Held: @unchecked Sendable {
    var elements: Elements
    init(_ elements: Elements) { self.elements = elements }
  }

  private var held = Held(Elements())

  init() {}

  var elements: Elements { held.elements }
  func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool { true }
  var isBottom: Bool { elements.isBottom }
  static var changesByDotsAlone: Bool { true }

  mutating func change<Result>(_ body: (inout Elements) -> Result) -> Result {
    if !isKnownUniquelyReferenced(&held) {
      did(elements.count)
      held = Held(elements)
    }
    return body(&held.elements)
  }

  func forEachDot(_ body: (Dot) -> Void) {
    did(elements.count)
    elements.forEachDot(body)
  }

  var dots: CausalContext {
    did(elements.count)
    return elements.dots
  }

  func isCovered(by context: CausalContext) -> Bool {
    did(elements.count)
    return elements.isCovered(by: context)
  }

  mutating func merge(
    _ other: WatchedStore, seen: CausalContext, otherSeen: CausalContext
  ) -> Bool {
    did(other.elements.count)
    return change { $0.merge(other.elements, seen: seen, otherSeen: otherSeen) }
  }

  func excluding(_ known: CausalContext) -> WatchedStore {
    did(elements.count)
    var store = WatchedStore()
    store.held = Held(elements.excluding(known))
    return store
  }

  static func == (a: WatchedStore, b: WatchedStore) -> Bool { a.elements == b.elements }

  func encode(to encoder: inout BinaryEncoder) {
    did(elements.count)
    elements.encode(to: &encoder)
  }

  init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    held = Held(try Elements(from: &decoder))
  }

  /// Adds a number.
  mutating func insert(_ number: Int, as author: inout Author) -> Causal<WatchedStore> {
    let change = change { $0.insert(number, as: &author) }
    var store = WatchedStore()
    store.held = Held(change.store)
    return Causal(store, context: change.context)
  }

  /// Writes a number once more under the dot that it has.
  mutating func rewrite(_ number: Int) -> Causal<WatchedStore> {
    let others = elements.dots.subtracting(CausalContext(elements.dots(of: number)))
    var store = WatchedStore()
    store.held = Held(elements.excluding(others))
    _ = merge(store, seen: elements.dots, otherSeen: store.elements.dots)
    return Causal(store, context: store.elements.dots)
  }
}

private struct Watched: Replicated {
  typealias Store = WatchedStore
  var store: WatchedStore
  init(_ store: WatchedStore) { self.store = store }
}

private struct Sets: Schema {
  let sets = Table<Int, Watched>("sets")
  var invariants: [any Invariant] {}
}

/// A row that was created twice apart costs no more with every commit than one that was created once.
@Suite(.serialized) struct SeveralIncarnationsCostTests {
  private let schema = Sets()
  private static let size = 400
  private static let commits = 100

  private func replicas() throws -> [Database] {
    let catalog = try Catalog(schema)
    return (1...2).map {
      Database(
        catalog: catalog, replica: ReplicaID(high: 0, low: $0),
        founder: ReplicaID(high: 0, low: 1))
    }
  }

  private func insert(
    _ numbers: Range<Int>, rewriting: Bool = false, at database: inout Database
  ) throws -> [StoredVersion] {
    try numbers.compactMap { number in
      try database.transact(wall: HybridTime(milliseconds: 1)) { tx in
        try tx[schema.sets, 1].update { $0.insert(number, as: &$1) }
        // Numbers of both incarnations, and what was inserted just now.
        for number in rewriting ? [number, number % (2 * Self.size)] : [] {
          try tx[schema.sets, 1].update { store, _ in store.rewrite(number) }
        }
      }.version
    }
  }

  /// Two replicas whose row has many elements, under one incarnation or under two.
  private func filled(incarnations: Int) throws -> [Database] {
    var replicas = try replicas()
    var versions = try insert(0..<Self.size, at: &replicas[0])
    if incarnations == 1 {
      versions += try insert(Self.size..<2 * Self.size, at: &replicas[0])
    } else {
      let others = try insert(Self.size..<2 * Self.size, at: &replicas[1])
      #expect(
        try replicas[0].receive(others, wall: HybridTime(milliseconds: 1)).applied.count
          == others.count)
    }
    #expect(
      try replicas[1].receive(versions, wall: HybridTime(milliseconds: 1)).applied.count
        == versions.count)
    return replicas
  }

  @Test(arguments: [false, true]) func commitsAndReceptions(rewriting: Bool) throws {
    var (commits, receptions): ([Int], [Int]) = ([], [])
    for incarnations in 1...2 {
      var replicas = try filled(incarnations: incarnations)
      var versions: [StoredVersion] = []
      commits.append(
        try work {
          versions = try insert(
            10_000..<10_000 + Self.commits, rewriting: rewriting, at: &replicas[0])
        })
      receptions.append(
        try work {
          _ = try replicas[1].receive(versions, wall: HybridTime(milliseconds: 1))
        })
      #expect(try replicas[0].snapshot.digest == replicas[1].snapshot.digest)
      let count = try replicas[1].snapshot[schema.sets, 1]?.store.elements.count
      #expect(count == 2 * Self.size + Self.commits)
    }
    // What the two show together is made once; after that a commit changes that and the row.
    #expect(commits[1] <= 2 * commits[0] + 4 * 2 * Self.size, "\(commits)")
    #expect(receptions[1] <= 2 * receptions[0] + 4 * 2 * Self.size, "\(receptions)")
  }
}
