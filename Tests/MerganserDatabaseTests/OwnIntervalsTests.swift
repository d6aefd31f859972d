import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

/// What rows take that take several intervals of one resource.
@Suite struct OwnIntervalsTests {
  private struct Shifts: Schema {
    let people = Table<String, ORSet<Int>>("people")
    var invariants: [any Invariant] {
      // A shift of so many hours from an hour on, in the one shop.
      NoOverlap("shifts", on: people) { _, shift in
        (resource: "shop", from: Int64(shift / 100), to: Int64(shift / 100 + shift % 100))
      }
    }
  }

  /// A row may take the same hours twice over; what others may take follows from all of them.
  @Test func aRowsOwnHoursMayOverlap() throws {
    let schema = Shifts()
    let people = schema.people
    var database = Database(
      catalog: try Catalog(schema), replica: ReplicaID(high: 0, low: 1),
      founder: ReplicaID(high: 0, low: 1))
    func isRefused(_ body: (borrowing Transaction) throws -> Void) -> Bool {
      var copy = database
      let result = Result {
        try copy.transact(scope: .localOnly, wall: HybridTime(milliseconds: 1), body: body)
      }
      if case .failure(let error) = result { return error is InvariantViolation }
      return false
    }
    _ = try database.transact(scope: .localOnly, wall: HybridTime(milliseconds: 1)) { tx in
      for shift in [10_20, 12_01, 10_02] { try tx[people, "ann"].insert(shift) }
    }
    for hour in 10..<30 {
      #expect(isRefused { try $0[people, "bob"].insert(hour * 100 + 1) }, "\(hour)")
    }
    _ = try database.transact(scope: .localOnly, wall: HybridTime(milliseconds: 1)) {
      try $0[people, "ann"].remove(10_20)
    }
    #expect(isRefused { try $0[people, "bob"].insert(11_01) })
    #expect(isRefused { try $0[people, "bob"].insert(12_01) })
    #expect(!isRefused { try $0[people, "bob"].insert(13_01) })
    #expect(!isRefused { try $0[people, "bob"].insert(9_01) })
  }
}
