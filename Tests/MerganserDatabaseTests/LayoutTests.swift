import MerganserModel
import MerganserTypes
import Testing

/// A type of these tests, which writes nothing.
private protocol Own: Hashable, BinaryCodable, TableKey {
  init()
}

extension Own {
  func encode(to encoder: inout BinaryEncoder) {}
  init(from decoder: inout BinaryDecoder) { self.init() }
  func keyEncoded() -> [UInt8] { [] }
  init(keyEncoded bytes: some Collection<UInt8>) { self.init() }
}

/// What a description tells of the types of a program's own.
@Suite struct LayoutTests {

  private enum North {
    struct Id: Own {}
  }

  private enum South {
    struct Id: Own {}
    struct Told: Own {
      static var layout: Layout { "nothing" }
    }
  }

  private struct Secret: Own {}

  /// A type that moved here, and says what it was called.
  private struct Moved: Own {
    static var typeName: String { North.Id.typeName }
  }

  private typealias Table = SchemaDescription.Table

  private func table(
    _ value: any StoredType.Type, by key: any StoredType.Type = String.self
  ) -> SchemaDescription.Table {
    Table(name: "rows", key: key, value: value)
  }

  private func difference(
    _ one: SchemaDescription.Table, other: SchemaDescription.Table
  ) -> LayoutDifference? {
    let (one, other) = (
      SchemaDescription(tables: [one], invariants: []),
      SchemaDescription(tables: [other], invariants: [])
    )
    let difference = one.layoutDifference(from: other)
    // Two sides never disagree on whether they differ.
    #expect((difference == nil) == (other.layoutDifference(from: one) == nil))
    return difference
  }

  @Test func typesOfOneShortNameHaveTwoNames() {
    #expect(North.Id.typeName.hasSuffix("MerganserDatabaseTests.LayoutTests.North.Id"))
    let name = LWWRegister<[South.Id?]>.typeName
    #expect(
      name == "LWWRegister<Array<Optional<MerganserDatabaseTests.LayoutTests.South.Id>>>")
    #expect(!Secret.typeName.contains("0x") && !Secret.typeName.contains("$"))
    #expect(Secret.typeName.hasSuffix(".Secret"))
    let found = difference(
      table(LWWRegister<North.Id>.self), other: table(LWWRegister<South.Id>.self))
    #expect(
      found?.expected.contains("North.Id") == true && found?.found.contains("South.Id") == true)
    #expect(
      difference(table(LWWRegister<North.Id>.self), other: table(LWWRegister<Moved>.self)) == nil)
  }

  /// Wherever a type stands in a table's types, what it tells counts.
  @Test func layoutsAreFoundAtEveryPlace() {
    func places<E: Own>(_: E.Type) -> [(key: any StoredType.Type, value: any StoredType.Type)] {
      [
        (E.self, GCounter.self), (Path<Int, E>.self, GCounter.self),
        (Path<Path<E, Int>, Int>.self, GCounter.self), (String.self, LWWRegister<E>.self),
        (String.self, MVRegister<E?>.self), (String.self, GSet<[E]>.self),
        (String.self, ORSet<[E?]>.self), (String.self, RWSet<E>.self),
        (String.self, LWWSet<E>.self), (String.self, TwoPhaseSet<E>.self),
        (String.self, GMap<E, GCounter>.self), (String.self, GMap<Int, GSet<E>>.self),
        (String.self, ORMap<E, ORSet<Int>>.self),
        (String.self, ORMap<Int, ORMap<Int, Incarnated<LWWRegister<E>>>>.self),
        (String.self, Pair<GCounter, GSet<E>>.self),
        (String.self, Lexicographic<GSet<E>, GCounter>.self),
      ]
    }
    struct Other: Own {
      static var typeName: String { South.Told.typeName }
      static var layout: Layout { "something" }
    }
    struct Silent: Own {
      static var typeName: String { South.Told.typeName }
    }
    for ((one, other), silent) in zip(
      zip(places(South.Told.self), places(Other.self)), places(Silent.self))
    {
      let told = table(one.value, by: one.key)
      #expect(told.layouts == [South.Told.typeName: "nothing"])
      #expect(
        difference(told, other: table(other.value, by: other.key))
          == LayoutDifference(
            table: "rows", type: South.Told.typeName, expected: "nothing", found: "something"))
      // What one side does not tell is unknown, and never different.
      #expect(table(silent.value, by: silent.key).layouts == [:])
      #expect(difference(told, other: table(silent.value, by: silent.key)) == nil)
    }
  }

  @Test func whatOlderProgramsWroteIsRecognized() throws {
    let old = Table(name: "rows", key: "Path<Id, Int>", value: "LWWRegister<Id>")
    let new = table(LWWRegister<North.Id>.self, by: Path<North.Id, Int>.self)
    #expect(difference(old, other: new) == nil)
    #expect(
      difference(old, other: table(MVRegister<North.Id>.self, by: Path<North.Id, Int>.self)) != nil)
    // Structs of lattices had their properties in their names.
    let nested = Table(
      name: "rows", key: "String",
      value: "GMap<Int, Outer(name: LWWRegister<String>, inner: Inner(visits: GCounter))>")
    #expect(nested.value == "GMap<Int, Outer>")
    #expect(
      nested.layouts == [
        "Outer": "name: LWWRegister<String>, inner: Inner", "Inner": "visits: GCounter",
      ])
    let deep = String(repeating: "a: b(", count: 10_000) + String(repeating: ")", count: 10_000)
    for odd in ["Money(cents)", "a: b(", "a: b)", ")", "(", deep] {
      #expect(Table(name: "rows", key: "String", value: odd).value == odd)
    }
  }

  @Test func theFormOfDescriptionsWithoutLayoutsStays() throws {
    let description = SchemaDescription(
      tables: [table(LWWRegister<South.Told>.self), table(GCounter.self)].enumerated().map {
        Table(name: "\($0)", key: $1.key, value: $1.value, layouts: $1.layouts)
      }, invariants: [])
    let bytes = description.binaryEncoded()
    #expect(try SchemaDescription(binaryEncoded: bytes) == description)
    // As the program before layouts wrote it.
    var encoder = BinaryEncoder()
    encoder.encode(count: 1)
    for text in ["1", "String", "GCounter"] { text.encode(to: &encoder) }
    encoder.encode(count: 0)
    let plain = SchemaDescription(tables: [description.tables[1]], invariants: [])
    #expect(Array(plain.binaryEncoded().suffix(encoder.bytes.count)) == encoder.bytes)
    // Plans are kept by a number in which layouts and modules do not count.
    let old = SchemaDescription(
      tables: [
        Table(name: "0", key: "String", value: "LWWRegister<Told>"), description.tables[1],
      ], invariants: [])
    #expect(old.fingerprint == description.fingerprint)
    let many = "A" + (0..<65).map { "\u{1F}T\($0)\u{1F}x" }.joined()
    let long = "A\u{1F}b\u{1F}" + String(repeating: "x", count: 1 << 18)
    for odd in ["A\u{1F}b", "A\u{1F}b\u{1F}c\u{1F}b\u{1F}d", many, long] {
      var encoder = BinaryEncoder()
      encoder.encode(count: 1)
      for text in ["1", "String", odd] { text.encode(to: &encoder) }
      encoder.encode(count: 0)
      #expect(throws: BinaryDecodingError.self) {
        try BinaryDecoder.decoding(encoder.bytes) { decoder throws(BinaryDecodingError) in
          try SchemaDescription(from: &decoder)
        }
      }
    }
  }

  /// What others tell takes a bounded room, and a long text still tells what it told.
  @Test func layoutsAreBounded() throws {
    func long(_ end: String) -> SchemaDescription {
      SchemaDescription(
        tables: [
          Table(
            name: "rows", key: "String", value: "GSet<A>",
            layouts: ["A": String(repeating: "x\u{E9}", count: 5000) + end])
        ], invariants: [])
    }
    #expect(long("1").binaryEncoded().count < 1200)
    #expect(long("1") == long("1") && long("1").layoutDifference(from: long("2")) != nil)
    let read = try SchemaDescription(binaryEncoded: long("1").binaryEncoded())
    #expect(read == long("1"))
    // A program that tells more than can be read again is told so, and others' are refused.
    func many(_ count: Int, text: String = "x") -> SchemaDescription {
      let layouts = Dictionary(uniqueKeysWithValues: (0..<count).map { ("T\($0)", text) })
      return SchemaDescription(
        tables: [Table(name: "rows", key: "String", value: "GSet<A>", layouts: layouts)],
        invariants: [])
    }
    #expect(many(64).excess == nil)
    #expect(try SchemaDescription(binaryEncoded: many(64).binaryEncoded()) == many(64))
    #expect(many(65).excess?.contains("65 layouts") == true)
    #expect(throws: ReplicationError.self) { try many(1).later(many(65)) }
  }

  /// What an earlier version told is kept while there is room beside what the program tells.
  @Test func whatWasToldBeforeIsBounded() {
    func own(_ count: Int) -> SchemaDescription.Table {
      Table(
        name: "rows", key: "String", value: "GSet<A>",
        layouts: Dictionary(uniqueKeysWithValues: (0..<count).map { ("T\($0)", "x") }))
    }
    let stored = Table(
      name: "rows", key: "String", value: "GSet<A>", layouts: [Secret.typeName: "told before"])
    var expected = own(63).layouts
    expected[Secret.typeName] = "told before"
    #expect(own(63).completed(by: stored, for: [Secret.self]).layouts == expected)
    #expect(own(64).completed(by: stored, for: [Secret.self]) == own(64))
  }

  /// What the other side tells of a table is compared, and not taken over.
  @Test func theLaterSchemaHasTheLayoutsOfThisSide() throws {
    let name = South.Told.typeName
    let told = SchemaDescription(tables: [table(LWWRegister<South.Told>.self)], invariants: [])
    let silent = SchemaDescription(
      tables: [Table(name: "rows", key: "String", value: "LWWRegister<Told>")], invariants: [])
    #expect(try silent.later(told) == silent && told.later(silent) == told)
    let more = SchemaDescription(
      tables: silent.tables + [Table(name: "more", key: "Int", value: "GCounter")], invariants: [])
    #expect(try more.later(told) == more)
    let later = try told.later(more)
    #expect(later.tables.count == 2 && later.tables.last?.layouts == [name: "nothing"])
    let other = SchemaDescription(
      tables: [
        Table(name: "rows", key: "String", value: "LWWRegister<Told>", layouts: ["Told": "x"])
      ], invariants: [])
    #expect(
      throws: ReplicationError.otherLayout(
        LayoutDifference(table: "rows", type: name, expected: "nothing", found: "x"))
    ) { try told.later(other) }
    #expect(told.difference(from: other)?.contains("layout \"x\"") == true)
  }
}
