import MerganserTypes
import Testing

@testable import MerganserDatabase
@testable import MerganserModel

/// What waits for rights or for the end of an identity.
@Suite struct HeldVersionTests {
  private struct House: Schema {
    let accounts = Table<String, EscrowCounter>("accounts")
    var invariants: [any Invariant] { Bounds(accounts, in: 0...) }
  }

  private func version(_ origin: UInt64) -> StoredVersion {
    StoredVersion(
      origin: ReplicaID(high: 9, low: origin), sequences: 1...1, time: HybridTime(bits: 1),
      previousHash: 0, replicas: [], writes: [])
  }

  /// Of those that wait for one row as many are kept as are asked again for each change of it.
  @Test func aRowIsWaitedForByFew() throws {
    var held = HeldVersions()
    for origin in 0..<1000 {
      held.add(version(UInt64(origin)), until: .row(table: 0, key: [1]))
    }
    #expect(held.count == HeldVersions.limitPerReason)
    // Others are not in the way of those.
    held.add(version(5000), until: .row(table: 0, key: [1, 0]))
    held.add(version(5001), until: .row(table: 1, key: [1]))
    held.add(version(5002), until: .cut)
    #expect(held.count == HeldVersions.limitPerReason + 3)
  }

  /// A change of a row asks those again that wait for it, and no other.
  @Test func onlyWhatWaitsForARowIsAskedAgain() throws {
    let house = House()
    let catalog = try Catalog(house)
    var founder = Database(
      catalog: catalog, replica: ReplicaID(high: 0, low: 1), founder: ReplicaID(high: 0, low: 1))
    var held = HeldVersions()
    let table = try catalog.number(of: house.accounts)
    for (number, key) in ["a", "ab", "b"].enumerated() {
      held.add(version(UInt64(number)), until: .row(table: table, key: key.keyEncoded()))
    }
    held.add(version(7), until: .cut)
    let change = try #require(
      try founder.transact(wall: HybridTime(milliseconds: 1)) {
        try $0[house.accounts, "ab"].increment(by: 1)
      }.version)
    let released = held.release(by: try change.decoded(), in: catalog, succession: Succession())
    #expect(released.map(\.version) == [version(1)])
    #expect(held.count == 3)
    #expect(held.release(by: try change.decoded(), in: catalog, succession: Succession()).isEmpty)
  }

  /// An end of an identity asks those of the heir again, whatever they wait for.
  @Test func anEndAsksThoseOfTheHeir() throws {
    let house = House()
    let catalog = try Catalog(house)
    let (founder, heir) = (ReplicaID(high: 0, low: 1), ReplicaID(high: 9, low: 1))
    var database = Database(catalog: catalog, replica: founder, founder: founder)
    var successor = Database(catalog: catalog, replica: heir, founder: founder)
    let base = try #require(
      try database.transact(wall: HybridTime(milliseconds: 1)) {
        try $0[house.accounts, "a"].increment(by: 1)
      }.version)
    _ = try successor.receive([base], wall: HybridTime(milliseconds: 1))
    let cut = try #require(try successor.succeed(founder, wall: HybridTime(milliseconds: 1)))
    var held = HeldVersions()
    held.add(version(1), until: .row(table: 3, key: [1]))
    held.add(version(2), until: .cut)
    let released = held.release(
      by: try cut.decoded(), in: catalog, succession: successor.succession)
    #expect(released.map(\.version) == [version(1)])
  }
}
