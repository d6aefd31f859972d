import Merganser
import MerganserDatabase
import MerganserLog
import TestSupport
import Testing

/// A peer takes the name of a table that the next version of the program declares: the program says what is there
/// and what it declares, and goes on with a table of another name.
@Suite struct TakenNameTests {
  /// The next version of the program, with orders.
  private struct Shop: Schema {
    let accounts = Table<String, EscrowCounter>("accounts")
    let owners = Table<String, LWWRegister<String>>("owners")
    var orders = Table<String, LWWRegister<String>>("orders")
    var invariant = "no order twice"
    var hasInvariant = false
    /// What another replica brought.
    var brought: (any AnyTable)?
    var broughtInvariant: (any Invariant)?

    var invariants: [any Invariant] {
      Bounds(accounts, in: 0...)
      ForeignKey("an owner's account exists", from: owners, to: accounts, onDelete: .cascade)
      if hasInvariant { Unique(invariant, on: orders, by: .owner(.founder)) { _, order in order } }
      if let broughtInvariant { broughtInvariant }
    }
  }

  private let bank = Bank()

  /// A store of the first version, to which a peer brought what it likes, and what it then records.
  private func store(
    in folder: TemporaryFolder, taking tables: [SchemaDescription.Table] = [],
    invariants: [SchemaDescription.Invariant] = []
  ) async throws -> (path: String, founder: ReplicaID) {
    let path = folder.path + "/porto"
    let replica = try await Replica.open(bank, at: path)
    try await replica.write { [bank] in try $0[bank.accounts, "a"].increment(by: 1) }
    let own = try Catalog(bank).description
    try await replica.grow(
      to:
        SchemaDescription(tables: own.tables + tables, invariants: own.invariants + invariants))
    try await replica.close()
    return (path, replica.founder)
  }

  private func taken(_ value: String, by key: String) -> SchemaDescription.Table {
    .init(name: "orders", key: key, value: value)
  }

  /// Opens the store with the next version, which is refused, and with one that uses other names.
  private func expectRefusal(
    of shop: Shop, at path: String, naming texts: [String], having brought: any AnyTable,
    invariant: (any Invariant)? = nil
  ) async throws -> OpenError? {
    let before = try LogStore.openForReading(at: path).identity.schema
    let error = await #expect(throws: OpenError.self) { _ = try await Replica.open(shop, at: path) }
    let text = error.map { "\($0)" } ?? ""
    for part in texts + ["nothing was changed", "under another name"] {
      #expect(text.contains(part), "\(part): \(text)")
    }
    #expect(try LogStore.openForReading(at: path).identity.schema == before)
    // The first version goes on, and so does the next that declares what was brought, and its own under another name.
    let first = try await Replica.open(bank, at: path)
    try await first.write { [bank] in try $0[bank.accounts, "a"].increment(by: 1) }
    try await first.close()
    var renamed = shop
    renamed.orders = Table("orders of the shop")
    renamed.invariant = "no order of the shop twice"
    (renamed.brought, renamed.broughtInvariant) = (brought, invariant)
    for round in 0..<2 {
      let replica = try await Replica.open(renamed, at: path)
      try await replica.write { [renamed] in try $0[renamed.orders, "\(round)"].set("\(round)") }
      #expect(try replica.snapshot.count(renamed.orders) == round + 1)
      try await replica.close()
    }
    return error
  }

  @Test func aTableOfOtherTypesIsNamedWithBoth() async throws {
    for hasInvariant in [false, true] {
      let folder = try TemporaryFolder()
      let (path, _) = try await store(in: folder, taking: [taken("PNCounter", by: "Int")])
      let error = try await expectRefusal(
        of: Shop(hasInvariant: hasInvariant), at: path,
        naming: ["orders", "PNCounter by Int", "LWWRegister<String> by String"],
        having: Table<Int, PNCounter>("orders"))
      guard case .otherLayout(path, let difference)? = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(difference.table == "orders" && difference.found == "PNCounter by Int")
    }
  }

  @Test func aTableOfTheSameTypesWithoutTheInvariantIsNamed() async throws {
    let folder = try TemporaryFolder()
    let (path, _) = try await store(
      in: folder, taking: [taken("LWWRegister<String>", by: "String")])
    let error = try await expectRefusal(
      of: Shop(hasInvariant: true), at: path, naming: ["orders", "no order twice"],
      having: Table<String, LWWRegister<String>>("orders"))
    guard case .otherSchema? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  /// Of the same types and without an invariant it is the same table, whoever brought it.
  @Test func aTableOfTheSameTypesIsTheSame() async throws {
    let folder = try TemporaryFolder()
    let (path, _) = try await store(
      in: folder, taking: [taken("LWWRegister<String>", by: "String")])
    let replica = try await Replica.open(Shop(), at: path)
    try await replica.write { try $0[Shop().orders, "1"].set("one") }
    try await replica.close()
  }

  @Test func theNameOfAnInvariantIsTakenLikewise() async throws {
    let junk = Table<Int, GSet<Int>>("junk")
    // Where the table is declared, the invariant is next.
    for (shop, texts) in [
      (Shop(hasInvariant: true), ["junk", "GSet<Int> by Int"]),
      (Shop(hasInvariant: true, brought: junk), ["no order twice", "junk"]),
    ] {
      let folder = try TemporaryFolder()
      let (path, _) = try await store(
        in: folder, taking: [.init(name: "junk", key: "Int", value: "GSet<Int>")],
        invariants: [.init(kind: "Check", name: "no order twice", parameters: ["junk"])])
      _ = try await expectRefusal(
        of: shop, at: path, naming: texts, having: junk,
        invariant: Check("no order twice", on: junk) { _, _ in true })
    }
  }

  /// Replicas of the next version are told when they sync with one whose name is taken; nothing is exchanged.
  @Test func aSyncNamesBothToo() async throws {
    let folder = try TemporaryFolder()
    let (path, founder) = try await store(in: folder, taking: [taken("PNCounter", by: "Int")])
    let porto = try await Replica.open(bank, at: path)
    let lisbon = try Replica(Shop(), joining: founder)
    try await lisbon.write { try $0[Shop().orders, "1"].set("one") }
    let error = await #expect(throws: ReplicationError.self) { try await lisbon.sync(with: porto) }
    let text = error.map { "\($0)" } ?? ""
    for part in [
      "orders", "PNCounter by Int", "LWWRegister<String> by String", "nothing was exchanged",
      "under another name",
    ] { #expect(text.contains(part), "\(part): \(text)") }
    #expect(porto.snapshot.vector[lisbon.id] == 0)
    try await porto.close()
  }
}
