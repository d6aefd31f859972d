import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

/// A schema with a table of every type that a description is enough for.
private struct Everything: Schema {
  let a = Table<String, GCounter>("a")
  let b = Table<Int, PNCounter>("b")
  let c = Table<UInt64, EscrowCounter>("c")
  let d = Table<ReplicaID, ResettableCounter>("d")
  let e = Table<RequestID, LWWRegister<String>>("e")
  let f = Table<Path<String, Int>, MVRegister<Int64>>("f")
  let g = Table<Path<UInt64, Path<String, Int>>, GSet<UInt64>>("g")
  let h = Table<String, ORSet<[String]>>("h")
  let i = Table<String, RWSet<UInt32>>("i")
  let j = Table<String, LWWSet<Bool>>("j")
  let k = Table<String, LWWRegister<String?>>("k")
  let l = Table<String, EnableWinsFlag>("l")
  let m = Table<String, DisableWinsFlag>("m")

  var invariants: [any Invariant] {
    Bounds(c, in: -5...5)
    ForeignKey("f below a", from: f, to: a, onDelete: .cascade)
    ForeignKey("h beside a", from: h, to: a, onDelete: .cascade)
  }
}

@Suite struct DescribedCatalogTests {
  @Test func everyBuiltInTypeIsKnownByItsDescription() throws {
    let description = try Catalog(Everything()).description
    #expect(try Catalog(describing: description).description == description)
  }

  @Test func theSameVersionsComeToTheSameState() throws {
    var cluster = try Cluster(2)
    let bank = Bank()
    try cluster.write(0) { tx in
      try tx[bank.accounts, "ana"].increment(by: 70)
      try tx[bank.owners, "ana"].set("Ana")
      try tx[bank.cards, Path("ana", child: 1)].insert("gold")
      try tx[bank.accounts, "eva"].increment(by: 5)
      try tx[bank.owners, "eva"].set("Eva")
    }
    try cluster.write(0) { tx in
      try tx[bank.accounts, "ana"].transfer(20, of: .decrement, to: ReplicaID(high: 0, low: 2))
      try tx[bank.accounts, "eva"].delete()
    }
    let catalog = try Catalog(describing: cluster.replicas[0].catalog.description)
    var tool = Database(
      catalog: catalog, replica: ReplicaID(high: 0, low: 9), founder: ReplicaID(high: 0, low: 1))
    let reception = try tool.receive(cluster.logs[0], wall: HybridTime(bits: .max))
    #expect(reception.applied.count == 2 && reception.refused.isEmpty)
    // The owner went with the account by the foreign key that the description names.
    let rows = Array(try tool.snapshot.readableRows(ofTable: "owners"))
    #expect(rows.map(\.key) == ["ana"] && rows.map(\.value) == [.text("Ana")])
    #expect(try tool.snapshot.digest == cluster.replicas[0].snapshot.digest)
    #expect(try tool.snapshot.brokenInvariants().isEmpty)
  }

  @Test(arguments: [
    "", "<", "LWWRegister", "LWWRegister<", "LWWRegister<String", "LWWRegister<String>>",
    // The type of requests' rows is known in their table alone.
    "RequestRecord", "LWWRegister<Colour>", "ORMap<String, GCounter>", "String",
    "GCounter<String>",
    "LWWRegister<" + String(repeating: "Array<", count: 500) + "Int"
      + String(repeating: ">", count: 501),
  ])
  func whatIsNotKnownIsLeftOutWithAllThatRefersToIt(value: String) throws {
    let description = SchemaDescription(
      tables: [
        .init(name: "child", key: "String", value: "GCounter"),
        .init(name: "grandchild", key: "String", value: "GCounter"),
        .init(name: "odd", key: "String", value: value),
        .init(name: "other", key: "String", value: "GCounter"),
      ],
      invariants: [
        .init(
          kind: "ForeignKey", name: "2", parameters: ["grandchild", "child", "cascade", "sameKey"]),
        .init(kind: "ForeignKey", name: "1", parameters: ["child", "odd", "cascade", "sameKey"]),
        .init(kind: "Check", name: "3", parameters: ["other"]),
        .init(kind: "Bounds", name: "4", parameters: []),
      ])
    let catalog = try Catalog(describing: description)
    #expect(
      catalog.description.tables.map(\.name)
        == systemTableNames.sorted() + ["other"])
  }

  @Test func aDescriptionOfNoSchemaIsAnError() {
    let twice = SchemaDescription(
      tables: [
        .init(name: "a", key: "String", value: "GCounter"),
        .init(name: "a", key: "Int", value: "GCounter"),
      ], invariants: [])
    #expect(throws: SchemaError.duplicateTable("a")) { try Catalog(describing: twice) }
    let system = SchemaDescription(
      tables: [.init(name: "merganser.requests.2", key: "String", value: "GCounter")],
      invariants: [])
    #expect(
      throws: SchemaError.unknownType(table: "merganser.requests.2", type: "GCounter by String")
    ) { try Catalog(describing: system) }
    let bounds = SchemaDescription(
      tables: [.init(name: "a", key: "String", value: "EscrowCounter")],
      invariants: [.init(kind: "Bounds", name: "b", parameters: ["a", "3", ""])])
    #expect(throws: SchemaError.self) { try Catalog(describing: bounds) }
  }
}
