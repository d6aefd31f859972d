import Foundation
import MerganserConfluence
import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

/// A schema of one table.
private struct One<Value: Replicated>: Schema {
  let rows = Table<String, Value>("rows")
}

private struct Nothing: Schema {}

/// What a type in the list of types has to answer wherever a database or a tool asks.
private struct Answers: Sendable {
  /// The row as tools show it after the second write.
  var shown: String
  /// The second write in words.
  var change: String
  /// The second write as the theorems see it.
  var kind = WriteKind.write
  /// The written values that the row consists of after the first write; `nil` if that cannot be said.
  var written: [String]?
  /// Whether it is a counter for invariants over sums.
  var isCounted = false
}

/// A type in the list, which two transactions write with its own mutators.
private struct Example: Sendable {
  let type: any KnownValue.Type
  let walk: @Sendable () throws -> Void

  init<Value: KnownValue>(
    _ type: Value.Type, answers: Answers,
    first: @escaping @Sendable (Item<String, Value>) throws -> Void,
    second: @escaping @Sendable (Item<String, Value>) throws -> Void
  ) {
    self.type = type
    walk = { try Walk(answers, first: first, second: second).run() }
  }
}

/// One type, asked everything.
private struct Walk<Value: KnownValue> {
  typealias Write = @Sendable (Item<String, Value>) throws -> Void

  let answers: Answers
  let (first, second): (Write, Write)
  let schema = One<Value>()
  let catalog: Catalog
  let replicas = (UInt64(1)...5).map { ReplicaID(high: 0, low: $0) }

  init(_ answers: Answers, first: @escaping Write, second: @escaping Write) throws {
    self.answers = answers
    (self.first, self.second) = (first, second)
    catalog = try Catalog(schema)
  }

  func run() throws {
    var one = database(0, catalog: catalog)
    let atFirst = try effects(of: first, in: one)
    let before = try write(first, database: &one, time: 1)
    let store = try store(of: one)
    let seen = try effects(of: second, in: one)
    let after = try write(second, database: &one, time: 2)
    try expectShown(one, versions: [before, after])
    try expectKept(one, versions: [before, after])
    try expectWords([before, after])
    #expect(seen == [Effect(answers.kind, in: "rows")])
    #expect(atFirst.contains(Effect(.insert, in: "rows")))
    #expect(answers.isCounted == (Value.self is any Counted.Type))
    #expect(
      answers.written
        == (Value.self as? any ConsistsOfWrites.Type).map { written($0, store: store) })
    let bytes = store.binaryEncoded()
    #expect(try Value.Store(binaryEncoded: bytes) == store)
    try expectMerged(before, after: after)
  }

  /// A tool reads the row that knows its table by the description alone.
  private func expectShown(_ one: Database, versions: [StoredVersion]) throws {
    let described = try Catalog(describing: catalog.description)
    #expect(described.description == catalog.description)
    var tool = database(2, catalog: described)
    #expect(try tool.receive(versions, wall: wall(9)).applied.count == versions.count)
    let rows = try tool.snapshot.readableRows(ofTable: "rows")
    #expect(rows.map { "\($0.key) \($0.value)" } == ["k \(answers.shown)"])
    #expect(try tool.snapshot.digest == one.snapshot.digest)
  }

  /// A program that has no such table keeps it.
  private func expectKept(_ one: Database, versions: [StoredVersion]) throws {
    let grown = try Catalog(Nothing()).extended(to: catalog.description)
    #expect(grown.description == catalog.description)
    var earlier = database(3, catalog: grown)
    #expect(try earlier.receive(versions, wall: wall(9)).applied.count == versions.count)
    #expect(try earlier.snapshot.digest == one.snapshot.digest)
  }

  /// The log of a tool says what the last version did.
  private func expectWords(_ versions: [StoredVersion]) throws {
    let storage = MemoryStorage()
    try storage.append(versions)
    var walk = try LogWalk(
      storage.snapshot(), catalog: Catalog(describing: catalog.description),
      identity: StoreIdentity(
        replica: replicas[4], founder: replicas[0], schema: catalog.description))
    var changes: [String] = []
    while let step = try walk.next() { changes = try step.writes().writes.map(\.change) }
    #expect(changes == [answers.change])
  }

  /// Whoever wrote concurrently, and in whatever order that arrives, all come to the same.
  private func expectMerged(_ before: StoredVersion, after: StoredVersion) throws {
    var two = database(1, catalog: catalog)
    _ = try two.receive([before], wall: wall(3))
    let concurrent = try write(first, database: &two, time: 3, isNews: false)
    let versions = [before, after] + (concurrent.map { [$0] } ?? [])
    _ = try two.receive([after], wall: wall(4))
    var other = database(2, catalog: catalog)
    #expect(try other.receive(versions, wall: wall(4)).applied.count == versions.count)
    #expect(try other.snapshot.digest == two.snapshot.digest)
    #expect(try other.snapshot[schema.rows, "k"] != nil)
  }

  private func database(_ place: Int, catalog: Catalog) -> Database {
    Database(catalog: catalog, replica: replicas[place], founder: replicas[0])
  }

  private func wall(_ time: UInt64) -> HybridTime { HybridTime(milliseconds: 1000 + time) }

  private func write(
    _ write: Write, database: inout Database, time: UInt64
  ) throws -> StoredVersion {
    try #require(try self.write(write, database: &database, time: time, isNews: true))
  }

  private func write(
    _ write: Write, database: inout Database, time: UInt64, isNews: Bool
  ) throws -> StoredVersion? {
    try database.transact(wall: wall(time)) { tx in try write(tx[schema.rows, "k"]) }.version
  }

  /// What a write is seen to do.
  private func effects(of write: Write, in database: Database) throws -> Set<Effect> {
    try database.effects { tx in try write(tx[schema.rows, "k"]) }
  }

  /// What the row holds.
  private func store(of database: Database) throws -> Value.Store {
    var (copy, found) = (database, Value.Store())
    _ = try copy.transact(wall: wall(8)) { tx in
      try tx[schema.rows, "k"].update { store, _ in
        found = store
        return Causal()
      }
    }
    return found
  }

  private func written<Kind: ConsistsOfWrites>(_: Kind.Type, store: Value.Store) -> [String] {
    (store as? Kind.Store).map { Kind.written(in: $0).map { "\($0)" } } ?? []
  }
}

/// The one list of types: each that a row can hold is written by a transaction with mutators of its own, shown by
/// tools, kept by earlier programs, and known to invariants and to searches.
@Suite struct TypeListTests {
  private static let examples: [Example] = counters + registers + sets + composed

  /// The files that have an example of each type for rows, besides this one, and what is left out of them.
  private static let lists: [(file: String, leavesOut: Set<String>)] = [
    ("MerganserTypesTests/Types/EveryType.swift", []),
    ("MerganserDatabaseTests/Support/IncarnationSubjects.swift", []),
    ("MerganserDatabaseTests/EndedItemTests.swift", []),
    ("ByteFuzzing/FuzzedValues.swift", []),
    // Made before there was this register, and kept as it is.
    ("MerganserTests/GoldenReplicaTests.swift", ["FWWRegister"]),
  ]

  /// A type that is new is asked everywhere, and whoever adds it is told where.
  @Test func everyTypeHasAnExampleInEachList() throws {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    var types: Set<String> = []
    for type in KnownTypes.all where type is any KnownValue.Type {
      types.insert(String(type.typeName.prefix { $0 != "<" }))
    }
    // Rows of the system's own tables.
    types.subtract(["RequestOutcome", "Cut"])
    #expect(types.count > 15)
    for list in Self.lists {
      let text = try String(contentsOf: tests.appending(path: list.file), encoding: .utf8)
      let code = text.split(separator: "\n").filter { !$0.contains("///") }.joined(separator: "\n")
      let words = Set(code.split { !$0.isLetter && !$0.isNumber }.map(String.init))
      #expect(types.subtracting(words) == list.leavesOut, "to be added to Tests/\(list.file)")
    }
  }

  private static let counters: [Example] = [
    Example(
      GCounter.self, answers: Answers(shown: "3", change: "+2", kind: .increment, isCounted: true),
      first: { try $0.increment() }, second: { try $0.increment(by: 2) }),
    Example(
      PNCounter.self, answers: Answers(shown: "3", change: "-2", kind: .decrement, isCounted: true),
      first: { try $0.increment(by: 5) }, second: { try $0.decrement(by: 2) }),
    Example(
      ResettableCounter.self, answers: Answers(shown: "0", change: "-3"),
      first: {
        try $0.increment(by: 4)
        try $0.decrement()
      }, second: { try $0.reset() }),
    Example(
      EscrowCounter.self,
      answers: Answers(shown: "3", change: "-2", kind: .decrement, isCounted: true),
      first: { try $0.increment(by: 5) }, second: { try $0.decrement(by: 2) }),
  ]

  private static let registers: [Example] = [
    Example(
      EnableWinsFlag.self, answers: Answers(shown: "off", change: "= off"),
      first: { try $0.enable() },
      second: { try $0.disable() }),
    Example(
      DisableWinsFlag.self, answers: Answers(shown: "on", change: "= on"),
      first: { try $0.disable() },
      second: { try $0.enable() }),
    Example(
      LWWRegister<String>.self, answers: Answers(shown: "b", change: "= b", written: ["a"]),
      first: { try $0.set("a") }, second: { try $0.set("b") }),
    Example(
      FWWRegister<String>.self, answers: Answers(shown: "a", change: "= a", written: []),
      first: { try $0.create() }, second: { try $0.set("a") }),
    Example(
      MVRegister<String>.self, answers: Answers(shown: "b", change: "= b", written: ["a"]),
      first: { try $0.set("a") }, second: { try $0.set("b") }),
    Example(
      Max<Int>.self, answers: Answers(shown: "2", change: "= 2", written: ["1"]),
      first: { try $0.observe(1) },
      second: { try $0.observe(2) }),
    Example(
      Min<Int>.self, answers: Answers(shown: "1", change: "= 1", written: ["2"]),
      first: { try $0.observe(2) },
      second: { try $0.observe(1) }),
  ]

  private static let sets: [Example] = [
    Example(
      GSet<Int>.self, answers: Answers(shown: "[1, 2]", change: "+2", written: ["1"]),
      first: { try $0.insert(1) }, second: { try $0.insert(2) }),
    Example(
      ORSet<Int>.self, answers: Answers(shown: "[]", change: "-1", written: ["1"]),
      first: { try $0.insert(1) }, second: { try $0.remove(1) }),
    Example(
      RWSet<Int>.self, answers: Answers(shown: "[]", change: "-1", written: ["1"]),
      first: { try $0.insert(1) }, second: { try $0.remove(1) }),
    Example(
      LWWSet<Int>.self, answers: Answers(shown: "[]", change: "-1", written: ["1"]),
      first: { try $0.insert(1) }, second: { try $0.remove(1) }),
    Example(
      TwoPhaseSet<Int>.self, answers: Answers(shown: "[]", change: "-1", written: ["1"]),
      first: { try $0.insert(1) }, second: { try $0.remove(1) }),
  ]

  private static let composed: [Example] = [
    Example(
      Pair<GCounter, GSet<Int>>.self,
      answers: Answers(shown: "{first: 2, second: [7]}", change: "second = [7]"),
      first: { try $0.updateFirst { try $0.increment(by: 2, as: $1.replica) } },
      second: { try $0.updateSecond { store, _ in store.insert(7) } }),
    Example(
      Lexicographic<Max<Int>, GSet<Int>>.self,
      answers: Answers(shown: "{first: 1, second: [7]}", change: "second = [7]"),
      first: { try $0.raise(Max(1)) },
      second: { try $0.updateSecond { store, _ in store.insert(7) } }),
    Example(
      GMap<String, GSet<Int>>.self,
      answers: Answers(shown: "{a: [1], b: [2]}", change: "b = [2]", written: ["1"]),
      first: { try $0.update("a") { store, _ in store.insert(1) } },
      second: { try $0.update("b") { store, _ in store.insert(2) } }),
    Example(
      ORMap<String, ORSet<Int>>.self, answers: Answers(shown: "{}", change: "-a", written: ["5"]),
      first: { try $0.update("a") { $0.insert(5, as: &$1) } }, second: { try $0.remove("a") }),
    Example(
      Incarnated<GSet<Int>>.self, answers: Answers(shown: "-", change: "= -", written: ["5"]),
      first: { try $0.write { store, _ in store.insert(5) } }, second: { try $0.remove() }),
  ]

  @Test(arguments: 0..<examples.count)
  func aTypeAnswersWhereverItIsAsked(number: Int) throws {
    let example = Self.examples[number]
    do { try example.walk() } catch { Issue.record("\(example.type.typeName): \(error)") }
  }

  private func base(_ name: String) -> String { String(name.prefix { $0 != "<" }) }

  @Test func everyTypeThatRowsHoldIsAsked() {
    var listed: Set<String> = []
    for type in KnownTypes.all where type is any KnownValue.Type {
      listed.insert(base(type.typeName))
    }
    #expect(listed == Set(Self.examples.map { base($0.type.typeName) }))
  }

  /// What the sources declare as something that rows hold is in the list.
  @Test func everyTypeThatComesWithThePackageIsInTheList() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources/MerganserTypes")
    var declared: Set<String> = []
    for case let file as URL in try #require(
      FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil))
    where file.pathExtension == "swift" {
      let source = try String(contentsOf: file, encoding: .utf8)
      let declaration =
        #/(?m)^(?:public )?(?:struct|extension) (\w+)(?:<[^{]*?>)?: (?:(?!where)[^{])*?\b(?:Replicated|CausalValue)\b/#
      for match in source.matches(of: declaration) { declared.insert(String(match.1)) }
    }
    var listed: Set<String> = []
    for type in KnownTypes.all where type is any KnownValue.Type {
      listed.insert(base(type.typeName))
    }
    #expect(declared == listed)
  }

  private struct Bounded: Schema {
    let rows = Table<String, EscrowCounter>("rows")
    var invariants: [any Invariant] { Bounds(rows, in: 0...9) }
  }

  /// Of rights that move a counter tells by itself.
  @Test func aTransferIsAWriteOfItsOwnKind() throws {
    let (schema, catalog) = (Bounded(), try Catalog(Bounded()))
    let (one, two) = (ReplicaID(high: 0, low: 1), ReplicaID(high: 0, low: 2))
    var database = Database(catalog: catalog, replica: one, founder: one)
    _ = try database.transact(wall: .zero) { tx in try tx[schema.rows, "k"].increment(by: 5) }
    let seen = try database.effects { tx in
      try tx[schema.rows, "k"].transfer(2, of: .decrement, to: two)
    }
    #expect(seen == [Effect(.transfer, in: "rows")])
  }

  /// A counter of a program's own: it counts double.
  private struct Double: Counted, LatticeStore, BinaryCodable {
    var inner = PNCounter()
    var count: Int128 { 2 * inner.exactValue }
    var isBottom: Bool { inner.isBottom }
    mutating func merge(_ other: Double) -> Bool { inner.merge(other.inner) }
    func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool {
      inner.canBeWritten(by: replica, at: time)
    }
    func decomposed() -> [Double] { inner.decomposed().map { Double(inner: $0) } }
    func encode(to encoder: inout BinaryEncoder) { inner.encode(to: &encoder) }
    init(inner: PNCounter = PNCounter()) { self.inner = inner }
    init() { self.init(inner: PNCounter()) }
    init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
      inner = try PNCounter(from: &decoder)
    }
  }

  @Test func aCounterOfAProgramsOwnGoesUpAndDown() throws {
    let schema = One<Double>()
    let (catalog, replica) = (try Catalog(schema), ReplicaID(high: 0, low: 1))
    var database = Database(catalog: catalog, replica: replica, founder: replica)
    func count(_ amount: Int64, isUp: Bool) throws -> Set<Effect> {
      let body = { @Sendable (tx: borrowing Transaction) in
        try tx[schema.rows, "k"].update { store, author in
          let delta =
            isUp
            ? try store.inner.increment(by: amount, as: author.replica)
            : try store.inner.decrement(by: amount, as: author.replica)
          return Causal(Double(inner: delta), context: [])
        }
      }
      let seen = try database.effects(of: body)
      _ = try database.transact(wall: .zero, body: body)
      return seen
    }
    #expect(try count(3, isUp: true).contains(Effect(.increment, in: "rows")))
    #expect(try count(1, isUp: false) == [Effect(.decrement, in: "rows")])
  }
}

extension Database {
  /// What a transaction is seen to do here; nothing of it is kept.
  fileprivate func effects(
    of body: (borrowing Transaction) throws -> Void
  ) throws -> Set<Effect> {
    var observed = ObservedTransaction()
    _ = try state.transacting(
      as: replica, founder: founder, catalog: catalog, clearance: Clearance(scope: .everywhere),
      time: HybridTime(milliseconds: 1000), observing: &observed, body: body)
    return observed.effects
  }
}
