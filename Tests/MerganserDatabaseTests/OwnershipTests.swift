import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

/// What has an owner is nobody else's to give, nor to give once more.
@Suite struct OwnershipTests {
  private struct Plates: Schema {
    let cars = Table<Int, LWWRegister<String>>("cars")
    let garages = Table<Int, MVRegister<Int>>("garages")

    var invariants: [any Invariant] {
      Unique("plates", on: cars, by: .owner(Self.owner)) { _, plate in String(plate.prefix(1)) }
      NoOverlap("hours", on: garages, by: .owner(Self.owner)) { _, hour in
        (resource: "g", from: Int64(hour), to: Int64(hour) + 2)
      }
    }

    /// All but "z" are the first replica's, who gives out everything; "z" is nobody's.
    @Sendable static func owner(_ plate: String) -> ReplicaID? {
      plate == "z" ? nil : ReplicaID(high: 0, low: 1)
    }
  }

  private let schema = Plates()
  private let wall = HybridTime(milliseconds: 1)
  private var owner: Database
  private var other: Database

  init() throws {
    let catalog = try Catalog(schema)
    let ids = [1, 2].map { ReplicaID(high: 0, low: $0) }
    owner = Database(catalog: catalog, replica: ids[0], founder: ids[0])
    other = Database(catalog: catalog, replica: ids[1], founder: ids[0])
    let schema = schema
    let start = try owner.transact(scope: .localOnly, wall: wall) { tx in
      try tx[schema.cars, 1].set("a red")
      try tx[schema.cars, 2].set("z")
      try tx[schema.garages, 1].set(8)
    }.version
    _ = try other.receive([start].compactMap { $0 }, wall: wall)
  }

  /// Whether the other replica may write so, without asking anybody.
  private mutating func allows(_ body: (borrowing Transaction) throws -> Void) throws -> Bool {
    do {
      _ = try other.transact(wall: wall, body: body)
      return true
    } catch TransactionError.ownedElsewhere(_, by: ReplicaID(high: 0, low: 1), _, _) {
      return false
    }
  }

  /// The write would win over the owner's, by which another row has the name meanwhile.
  @Test mutating func aNameThatARowHasIsNotWrittenAgainByOthers() throws {
    let (cars, garages) = (schema.cars, schema.garages)
    #expect(try !allows { try $0[cars, 1].set("a red") })
    #expect(try !allows { try $0[cars, 1].set("a blue") })
    #expect(
      try !allows {
        try $0[cars, 1].set("b")
        try $0[cars, 1].set("a red")
      })
    #expect(try !allows { try $0[garages, 1].set(8) })
    #expect(try !allows { try $0[cars, 1].touch() })
    // Who owns it may, and all may write again what nobody gives to another row.
    #expect(try allows { try $0[cars, 2].set("z") })
    _ = try owner.transact(wall: wall) { try $0[cars, 1].set("a blue") }
    // To let it go is everybody's.
    #expect(try allows { try $0[garages, 1].delete() })
    #expect(try allows { try $0[cars, 1].delete() })
  }

  /// The history that makes it necessary, with the invariant left out of it.
  @Test mutating func aWriteThatSaysTheSameCanWinOverTheOwners() throws {
    let cars = schema.cars
    let moved = try owner.transact(wall: HybridTime(milliseconds: 2)) { tx in
      try tx[cars, 1].set("b")
      try tx[cars, 3].set("a")
    }.version
    let again = try other.transact(scope: .localOnly, wall: HybridTime(milliseconds: 3)) { tx in
      try tx[cars, 1].set("a red")
    }.version
    let late = HybridTime(milliseconds: 4)
    _ = try other.receive([moved].compactMap { $0 }, wall: late)
    _ = try owner.receive([again].compactMap { $0 }, wall: late)
    #expect(try owner.snapshot.violations().map(\.invariant) == ["plates"])
    #expect(try other.snapshot.violations().map(\.invariant) == ["plates"])
  }
}
