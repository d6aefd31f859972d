import CommandSupport
import Foundation
import Merganser
import MerganserDatabase
import MerganserLog
import TestSupport
import Testing

/// A schema of one table.
private struct One<Key: TableKey, Value: Replicated>: Schema {
  let rows = Table<Key, Value>("rows")
}

private struct Nothing: Schema {}

/// A store with a row of a type, and what tools show of it.
private struct Example: Sendable {
  let type: any KnownType.Type
  /// The table's types.
  let types: String
  /// What `show` prints of the row, and `dump` of its key and value.
  let text, key, json: String
  /// What `log` prints of the last version.
  let change: String
  /// Makes a store with the row as a replica.
  let fill: @Sendable (_ path: String, ReplicaID, _ isEmpty: Bool) throws -> Void

  /// A row under a key, which two transactions write.
  init<Key: TableKey, Value: KnownValue>(
    of type: any KnownType.Type, under key: Key, _: Value.Type, text: String, json: String,
    change: String,
    writes: [@Sendable (inout Value.Store, inout Author) throws -> Causal<Value.Store>]
  ) {
    self.type = type
    types = "\(Key.typeName) → \(Value.typeName)"
    self.text = text
    self.json = json
    self.change = change
    self.key = "\(key)"
    fill = { path, replica, isEmpty in
      let schema = One<Key, Value>()
      var store = try TestStore(
        schema, at: path, replica: replica, options: TestStore.keepingNothing)
      for (place, write) in writes.enumerated() where !isEmpty {
        try store.write { tx in try tx[schema.rows, key].update(write) }
        if place == 0 {
          try store.checkpoint()
          try store.truncate()
        }
      }
      try store.close()
    }
  }

  /// A lattice with no dots, in its states after the first and the second write.
  static func lattice<Value: RowLattice>(
    _ values: Value..., text: String, json: String? = nil, change: String
  ) -> Example {
    Example(
      of: Value.self, under: "k", Value.self, text: text, json: json ?? text, change: change,
      writes: values.map { value in
        { store, _ in
          store.merge(value)
          return Causal(value, context: [])
        }
      })
  }

  /// An element, as what a register holds.
  static func element<Value: KnownType & Hashable & BinaryCodable>(
    _ value: Value, text: String, json: String? = nil
  ) -> Example {
    Example(
      of: Value.self, under: "k", MVRegister<Value>.self, text: text, json: json ?? "\"\(text)\"",
      change: "as before",
      writes: Array(repeating: { store, author in store.set(value, as: &author) }, count: 2))
  }

  /// A key, of a counter.
  static func key<Key: KnownType & TableKey>(_ key: Key) -> Example {
    var (one, two) = (GCounter(), GCounter())
    _ = try? one.increment(by: 1, as: TestStore.lisbon)
    _ = try? two.increment(by: 2, as: TestStore.lisbon)
    return Example(
      of: Key.self, under: key, GCounter.self, text: "2", json: "2", change: "+1",
      writes: [one, two].map { value in
        { store, _ in
          store.merge(value)
          return Causal(value, context: [])
        }
      })
  }
}

/// The one list of types: each is known to every tool by its description alone.
@Suite struct KnownTypesTests {
  private static let a = TestStore.lisbon
  private static let id = "a1b2c3d4000000010000000000000001"

  private static func count(_ amount: Int64) -> GCounter {
    var counter = GCounter()
    _ = try? counter.increment(by: amount, as: a)
    return counter
  }

  private static func made<Value: RowLattice>(_ body: (inout Value) throws -> Void) -> Value {
    var value = Value()
    try? body(&value)
    return value
  }

  private static let examples: [Example] = keys + elements + lattices + causal

  private static let keys: [Example] = [
    .key("caf\u{E9}"), .key(-7), .key(7 as UInt64), .key(a), .key(RequestID(12)),
    .key(Path("a", child: Path(1, child: a))),
  ]

  private static let elements: [Example] = [
    .element("x y", text: "x y"), .element(true, text: "true"),
    .element(-3, text: "-3", json: "-3"),
    .element(-3 as Int64, text: "-3", json: "-3"), .element(3 as UInt64, text: "3", json: "3"),
    .element(3 as UInt32, text: "3", json: "3"), .element(3 as UInt8, text: "3", json: "3"),
    .element(Int?.some(3), text: "3", json: "3"),
    .element(
      [["a", nil], ["b"]] as [[String?]], text: "[[a, -], [b]]", json: #"[["a",null],["b"]]"#),
    .element(a, text: id), .element(RequestID(12), text: "12"),
    .element(Dot(a, sequence: 4), text: "\(Dot(a, sequence: 4))"),
    .element(HybridTime(milliseconds: 5), text: "\(HybridTime(milliseconds: 5))"),
    .element(RequestOutcome.committed(), text: "committed"),
    .element(
      Cut(last: Head(sequence: 3, hash: 5), heir: ReplicaID(high: 1, low: 2), decided: 4),
      text: "ends at 3, with 00000000 for its heir (by its write 4)"),
    .element(GSet([1]), text: "[1]", json: "[1]"),
  ]

  private static let lattices: [Example] = [
    .lattice(count(1), count(3), text: "3", change: "+2"),
    .lattice(
      made { try $0.increment(by: 1, as: a) }, made { try $0.increment(by: 4, as: a) } as PNCounter,
      text: "4", change: "+3"),
    .lattice(
      made { try $0.increment(by: 1, as: a) },
      made { try $0.increment(by: 4, as: a) } as ResettableCounter,
      text: "4", change: "+3"),
    .lattice(escrow(1), escrow(4), text: "4", change: "+3"),
    .lattice(
      made { try $0.set("a", as: a, at: .zero) },
      made { try $0.set("b", as: a, at: HybridTime(milliseconds: 1)) } as LWWRegister<String>,
      text: "b", json: #""b""#, change: "= b"),
    .lattice(
      made { $0.set("b", as: a, at: HybridTime(milliseconds: 1)) },
      made { $0.set("a", as: a, at: .zero) } as FWWRegister<String>,
      text: "a", json: #""a""#, change: "= a"),
    .lattice(Max("a"), Max("b"), text: "b", json: #""b""#, change: "= b"),
    .lattice(Min(5), Min(-5), text: "-5", change: "= -5"),
    .lattice(GSet(["a"]), GSet(["b"]), text: "[a, b]", json: #"["a","b"]"#, change: "+b"),
    .lattice(
      made { try $0.insert(1, as: a, at: .zero) },
      made { try $0.insert(2, as: a, at: .zero) } as LWWSet<Int>, text: "[1, 2]", json: "[1,2]",
      change: "+2"),
    .lattice(
      made { $0.insert("a") }, made { $0.insert("b") } as TwoPhaseSet<String>, text: "[a, b]",
      json: #"["a","b"]"#, change: "+b"),
    .lattice(
      Pair(count(1), and: GSet([1])), Pair(count(2), and: GSet()), text: "{first: 2, second: [1]}",
      json: #"{"first":2,"second":[1]}"#, change: "first = 2"),
    .lattice(
      Lexicographic(Max(1), then: GSet([1])), Lexicographic(Max(2), then: GSet([2])),
      text: "{first: 2, second: [2]}", json: #"{"first":2,"second":[2]}"#,
      change: "first = 2, second = [2]"),
    .lattice(
      map(["a": 1]), map(["a": 2, "b": 1]), text: "{a: 2, b: 1}", json: #"{"a":2,"b":1}"#,
      change: "a = 2, b = 1"),
  ]

  private static func escrow(_ amount: Int64) -> EscrowCounter {
    made {
      try $0.increment(by: amount, as: a, under: EscrowTerms(lower: nil, upper: nil, founder: nil))
    }
  }

  private static func map(_ counts: [String: Int64]) -> GMap<String, GCounter> {
    made { map in
      for (key, amount) in counts { map.merge(count(amount), at: key) }
    }
  }

  private static let causal: [Example] = [
    Example(
      of: EnableWinsFlag.self, under: "k", EnableWinsFlag.self, text: "off", json: #""off""#,
      change: "= off",
      writes: [{ $0.mark(as: &$1) }, { store, _ in store.clear() }]),
    Example(
      of: DisableWinsFlag.self, under: "k", DisableWinsFlag.self, text: "on", json: #""on""#,
      change: "= on",
      writes: [{ $0.mark(as: &$1) }, { store, _ in store.clear() }]),
    Example(
      of: MVRegister<Int>.self, under: "k", MVRegister<Int>.self, text: "2", json: "2",
      change: "= 2",
      writes: [{ $0.set(1, as: &$1) }, { $0.set(2, as: &$1) }]),
    Example(
      of: ORSet<Int>.self, under: "k", ORSet<Int?>.self, text: "[-]", json: "[null]", change: "-1",
      writes: [
        { store, author in
          var delta = store.insert(1, as: &author)
          delta.merge(store.insert(nil, as: &author))
          return delta
        }, { $0.remove(1, as: &$1) },
      ]),
    Example(
      of: RWSet<Int>.self, under: "k", RWSet<Int>.self, text: "[2]", json: "[2]", change: "+2",
      writes: [{ $0.remove(1, as: &$1) }, { $0.insert(2, as: &$1) }]),
    Example(
      of: ORMap<Int, EnableWinsFlag>.self, under: "k", ORMap<Int, ORMap<String, ORSet<Int>>>.self,
      text: "{1: {a: [5]}, 2: {b: [6]}}", json: #"{"1":{"a":[5]},"2":{"b":[6]}}"#,
      change: "2 = {b: [6]}",
      writes: [
        { $0.update(1, as: &$1) { $0.update("a", as: &$1) { $0.insert(5, as: &$1) } } },
        { $0.update(2, as: &$1) { $0.update("b", as: &$1) { $0.insert(6, as: &$1) } } },
      ]),
    Example(
      of: Incarnated<GCounter>.self, under: "k", ORMap<String, Incarnated<GCounter>>.self,
      text: "{a: 2}", json: #"{"a":2}"#, change: "a = 2",
      writes: Array(
        repeating: { store, author in
          try store.update("a", as: &author) { value, author in
            try value.write(as: &author) { try $0.increment(by: 1, as: $1.replica) }
          }
        }, count: 2)),
  ]

  @Test func everyTypeHasAnExample() {
    func names(_ types: [any KnownType.Type]) -> Set<Substring> {
      Set(types.map { $0.typeName.prefix { $0 != "<" } })
    }
    #expect(names(KnownTypes.all) == names(Self.examples.map(\.type)))
    #expect(KnownTypes.all.count == names(KnownTypes.all).count)
    for type in KnownTypes.all { #expect(type.layout == .named) }
  }

  @Test(arguments: 0..<examples.count)
  func aToolKnowsATypeByItsDescription(number: Int) throws {
    let (folder, example) = (try TemporaryFolder(), Self.examples[number])
    func run(_ arguments: String...) throws -> String {
      let outcome = try Command.start(arguments, in: folder).finish()
      #expect(outcome.status == 0, "\(example.types) \(arguments): \(outcome)")
      return outcome.output
    }
    try example.fill("\(folder.path)/lisbon", TestStore.lisbon, false)
    for name in ["porto", "faro"] {
      try example.fill(
        "\(folder.path)/\(name)", name == "porto" ? TestStore.porto : Self.faro, true)
    }
    #expect(try run("stat", "lisbon").contains("1  \(example.types)\n"))
    #expect(try run("show", "lisbon", "rows") == "\(example.key) \(example.text)\n")
    let row =
      #"{"key":"\#(example.key)","table":"rows","value":\#(example.json)}"# + "\n"
    #expect(try run("dump", "lisbon") == row)
    let log = try run("log", "lisbon")
    #expect(log.contains("rows/\(example.key) \(example.change)\n"), "\(example.types): \(log)")
    // The log is truncated: what goes over are rows.
    #expect(try run("sync", "porto", "lisbon").contains("took in rows"))
    _ = try run("export", "lisbon", "bundle")
    #expect(try run("import", "faro", "bundle").contains("took in rows"))
    for name in ["lisbon", "porto", "faro"] {
      _ = try run("verify", name)
      #expect(try run("dump", name) == row)
    }
    // A program that has no such table keeps it.
    let reading = try LogStore.openForReading(at: "\(folder.path)/porto")
    defer { reading.close() }
    let schema = reading.identity.schema
    #expect(try Catalog(Nothing()).extended(to: schema).description == schema)
    #expect(schema.tables.allSatisfy { $0.layouts.isEmpty })
  }

  private static let faro = ReplicaID(high: 3, low: 3)

  /// The bytes of one row are others: it is shown as such, and those behind it as ever.
  @Test func aRowThatCannotBeReadIsShownAsSuch() throws {
    let folder = try TemporaryFolder()
    let schema = One<String, GSet<Int>>()
    var made = try TestStore(schema, at: "\(folder.path)/shop")
    for key in ["a", "b", "c"] { try made.write { try $0[schema.rows, key].insert(1) } }
    try made.checkpoint()
    try made.close()
    let store = try LogStore.open(at: "\(folder.path)/shop")
    try store.store(
      CheckpointStep([.init(.rows, key: Array("rows\u{0}b".utf8), value: [1, 0, 77, 78])]))
    try store.close()
    let shown = try Command.run("show", "shop", "rows", in: folder)
    let lines = shown.output.split(separator: "\n")
    #expect(shown.isOneLineFailure && lines.count == 3, "\(shown)")
    #expect(lines.first == "a [1]" && lines.last == "c [1]", "\(shown)")
    #expect(lines.count > 1 && lines[1].hasPrefix("b unreadable: "), "\(shown)")
    let dump = try Command.run("dump", "shop", in: folder)
    let dumped = dump.output.split(separator: "\n")
    #expect(dumped.count == 3 && dumped[1].contains(#""value":{"unreadable":""#), "\(dumped)")
    #expect(dump.isOneLineFailure, "\(dump)")
    for outcome in [shown, dump] {
      #expect(outcome.errors.contains("row b of table rows cannot be read; merganser verify shop"))
    }
    // What is not printed fails nothing.
    let first = try Command.run("show", "shop", "rows", "--limit", "1", in: folder)
    #expect(first.status == 0 && first.output == "a [1]\n(2 more)\n", "\(first)")
    let verified = try Command.run("verify", "shop", in: folder)
    #expect(verified.status != 0 && verified.output.contains("row b of table rows"), "\(verified)")
  }

  /// Types that no program has named together are not made up.
  @Test(arguments: [
    "Max<Bool>", "Max<Optional<Int>>", "GSet<GCounter>", "ORMap<String, GCounter>",
    "GMap<String, ORSet<Int>>", "Pair<GCounter>", "Pair<GCounter, ORSet<Int>>",
    "Incarnated<ORSet<Int>>", "Array<Int>", "String", "App.GCounter", "LWWRegister<App.String>",
  ])
  func whatDoesNotFitIsNotKnown(value: String) throws {
    let description = SchemaDescription(
      tables: [.init(name: "odd", key: "String", value: value)], invariants: [])
    #expect(
      try Catalog(describing: description).description.tables.map(\.name)
        == systemTableNames.sorted())
  }
}
