import Merganser
import MerganserDatabase
import MerganserSync
import MerganserLog
import TestSupport
import Testing

/// Whether a type of the program's own tells its layout.
private protocol Telling: Hashable, Sendable { static var layout: Layout { get } }
private enum Silent: Telling { static var layout: Layout { .unknown } }
private enum Told: Telling { static var layout: Layout { "one byte" } }

private struct Wax<Version: Telling>: Hashable, BinaryCodable {
  static var typeName: String { "Shop.Wax" }
  static var layout: Layout { Version.layout }
  var number: UInt8
  init(_ number: UInt8) { self.number = number }
  func encode(to encoder: inout BinaryEncoder) { encoder.encode(byte: number) }
  init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    number = try decoder.decodeByte()
  }
}

private struct Shop<Version: Telling>: Schema {
  let stock = Table<String, EscrowCounter>("stock")
  let tags = Table<String, ORSet<String>>("tags")
  let seals = Table<String, LWWRegister<Wax<Version>>>("seals")
  var invariants: [any Invariant] { Bounds(stock, in: 0...) }
}

/// The program before there were tags.
private struct EarlierShop: Schema {
  let stock = Table<String, EscrowCounter>("stock")
  let seals = Table<String, LWWRegister<Wax<Silent>>>("seals")
  var invariants: [any Invariant] { Bounds(stock, in: 0...) }
}

/// What a peer, a bundle or another store says of a table that is described here is compared, and changes nothing.
@Suite(.serialized) struct ToldSchemaTests {
  typealias Table = SchemaDescription.Table

  /// By which way a description comes.
  enum Road: CaseIterable { case greeting, schema, bundle, sync }

  /// What is said of a table that the victim has, with a word of the liar's in it.
  enum Lie: CaseIterable {
    case layoutOfNoType, layoutOfThePackagesType, valueInAModule, keyInAModule, systemTable,
      layoutOfTheProgramsType

    func told(of schema: SchemaDescription, word: String) -> SchemaDescription {
      func change(_ name: String, change: (Table) -> Table) -> SchemaDescription {
        SchemaDescription(
          tables: schema.tables.map { $0.name == name ? change($0) : $0 },
          invariants: schema.invariants)
      }
      func layouts(_ name: String, type: String) -> SchemaDescription {
        change(name) {
          Table(name: name, key: $0.key, value: $0.value, layouts: [type: word])
        }
      }
      return switch self {
      case .layoutOfNoType: layouts("tags", type: "Nonsense")
      case .layoutOfThePackagesType: layouts("tags", type: "ORSet")
      case .layoutOfTheProgramsType: layouts("seals", type: "Shop.Wax")
      case .systemTable: layouts("merganser.cuts", type: "Cut")
      case .valueInAModule:
        change("tags") { Table(name: "tags", key: $0.key, value: "\(word).ORSet<\(word).String>") }
      case .keyInAModule:
        change("tags") { Table(name: "tags", key: "\(word).String", value: $0.value) }
      }
    }
  }

  private func recorded(at path: String) throws -> SchemaDescription {
    let reading = try LogStore.openForReading(at: path)
    defer { reading.close() }
    return reading.identity.schema
  }

  @Test(arguments: Road.allCases, Lie.allCases)
  func whatIsSaidOfAKnownTableChangesNothing(road: Road, lie: Lie) async throws {
    let folder = try TemporaryFolder()
    let (shop, own) = (Shop<Silent>(), try Catalog(Shop<Silent>()).description)
    let honest = try Replica(shop)
    let founder = honest.founder
    try await honest.write { try $0[shop.tags, "a"].insert("1") }
    let paths = ["One", "Two"].map { folder.path + "/" + $0 }
    for (path, word) in zip(paths, ["One", "Two"]) {
      let victim = try await Replica.open(shop, at: path, joining: founder)
      try await victim.sync(with: honest)
      try await victim.write { try $0[shop.seals, word].set(Wax(1)) }
      let lying = lie.told(of: own, word: word)
      #expect(lying != own)
      let liar = try LogStore.create(
        at: path + "-liar",
        identity: StoreIdentity(replica: .random(), founder: founder, schema: lying))
      switch road {
      case .greeting:
        try await victim.sync(with: LyingPeer(honest: honest, greets: { $0.schema = lying }))
      case .schema: try await victim.grow(to: lying)
      case .bundle:
        let reading = try LogStore.openForReading(at: path + "-liar")
        try await reading.export(to: path + ".bundle")
        reading.close()
        try await victim.import(from: path + ".bundle")
      case .sync: break
      }
      #expect(try await victim.greeting().schema == own)
      try await victim.close()
      if road == .sync {
        let store = try LogStore.open(at: path)
        _ = try await sync(StorePeer(store), with: StorePeer(liar))
        try store.close()
      }
      try liar.close()
      #expect(try recorded(at: path) == own)
    }
    // The replicas go on with each other, with newcomers, and with earlier programs; tools read what they read.
    var replicas: [Replica<Shop<Silent>>] = [honest, try Replica(shop, joining: founder)]
    for path in paths { replicas.append(try await Replica.open(shop, at: path)) }
    let earlier = try Replica(EarlierShop(), joining: founder)
    for replica in replicas {
      try await earlier.sync(with: replica)
      for other in replicas where other.id != replica.id { try await replica.sync(with: other) }
    }
    #expect(try replicas[1].snapshot.rows(shop.seals).count == 2)
    for replica in replicas { try await replica.close() }
    for path in paths {
      let tables = try Catalog(describing: recorded(at: path)).description.tables
      #expect(tables.contains { $0.name == "tags" })
      try await Replica.open(EarlierShop(), at: path).close()
    }
    // The program's next version, which tells its type's layout, finds nobody else's in the place of it.
    let next = try Replica(Shop<Told>(), joining: founder)
    for path in paths {
      let replica = try await Replica.open(Shop<Told>(), at: path)
      try await replica.sync(with: next)
      try await replica.close()
      #expect(try recorded(at: path) == Catalog(Shop<Told>()).description)
    }
  }

  /// What an earlier version took over of a liar is set right by the program that has the types.
  @Test(arguments: Lie.allCases.filter { $0 != .layoutOfTheProgramsType })
  func theProgramThatHasTheTypesNamesThem(lie: Lie) async throws {
    let folder = try TemporaryFolder()
    let (path, own) = (folder.path + "/shop", try Catalog(Shop<Told>()).description)
    let lying = lie.told(of: own, word: "Evil")
    let (id, liar) = (ReplicaID.random(), ReplicaID.random())
    try LogStore.create(
      at: path, identity: StoreIdentity(replica: id, founder: liar, schema: lying)
    ).close()
    let replica = try await Replica.open(Shop<Told>(), at: path)
    #expect(try await replica.greeting().schema == own)
    try await replica.close()
    #expect(try recorded(at: path) == own)
  }

  /// A new table is learned where its types come with the package, and no layout with it.
  @Test func ofANewTableNoLayoutIsLearned() async throws {
    let own = try Catalog(EarlierShop()).description
    let replica = try Replica(EarlierShop())
    for table in [
      Table(name: "tags", key: "String", value: "ORSet<String>", layouts: ["Nonsense": "one"]),
      Table(name: "tags", key: "String", value: "Evil.ORSet<Evil.String>"),
      Table(name: "tags", key: "String", value: "ORSet<Shop.Wax>", layouts: ["Shop.Wax": "two"]),
    ] {
      let told = SchemaDescription(tables: own.tables + [table], invariants: own.invariants)
      let error = await #expect(throws: SchemaError.self) { try await replica.grow(to: told) }
      guard case .unknownType("tags", let type)? = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      // It says what keeps the table from being one of the package's types.
      #expect(type.contains(table.layouts.keys.first ?? "Evil") || type.contains("Wax"), "\(type)")
      #expect(try await replica.greeting().schema == own)
    }
    let tags = Table(name: "tags", key: "String", value: "ORSet<String>")
    try await replica.grow(
      to: SchemaDescription(tables: own.tables + [tags], invariants: own.invariants))
    #expect(try await replica.greeting().schema.tables.contains(tags))
  }
}
