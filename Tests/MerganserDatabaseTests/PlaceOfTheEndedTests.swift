@testable import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

/// Whoever acts in the place of an ended replica has all that this wrote and that counts.
@Suite struct PlaceOfTheEndedTests {
  private struct Counters: Schema { let counters = Table<Int, PNCounter>("counters") }

  @Test func itIsToldWhoLacksWhatCounts() throws {
    let (schema, catalog) = (Counters(), try Catalog(Counters()))
    let ids = (UInt64(1)...4).map { ReplicaID(high: 0, low: $0) }
    let wall = HybridTime(milliseconds: 1)
    func database(_ place: Int) -> Database {
      Database(catalog: catalog, replica: ids[place], founder: ids[0])
    }
    var (founder, heir, other) = (database(0), database(1), database(2))
    let written = try (0..<2).map { number in
      try #require(
        try founder.transact(wall: wall) { try $0[schema.counters, number].increment() }.version)
    }
    _ = try heir.receive(written, wall: wall)
    #expect(heir.state.lacking(ids[0], inPlaceOf: ids[0]) == nil)
    _ = try heir.succeed(ids[0], wall: wall)
    #expect(heir.state.lacking(ids[1], inPlaceOf: ids[0]) == nil)
    // One that knows of the cut alone, as a liar could make it, lacks what it counts on.
    let cut = Cut(last: Head(sequence: 2, hash: written[1].head.hash), heir: ids[2], decided: 1)
    _ = try other.transact(scope: .localOnly, wall: wall) { tx in
      try tx[cutTable, ids[0]].insert(cut)
    }
    #expect(other.state.lacking(ids[2], inPlaceOf: ids[0]) == ids[0])
    _ = try other.receive(written, wall: wall)
    #expect(other.state.lacking(ids[2], inPlaceOf: ids[0]) == nil)
  }
}
