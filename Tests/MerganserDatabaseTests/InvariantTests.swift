import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

@Suite struct InvariantTests {
  @Test func aCheckHoldsOfWhatIsWritten() throws {
    var cluster = try Cluster(1)
    let (accounts, owners) = (cluster.schema.accounts, cluster.schema.owners)
    let violation = #expect(throws: InvariantViolation.self) {
      try cluster.write(0) { tx in
        try tx[accounts, "alice"].create()
        try tx[owners, "alice"].set("")
      }
    }
    #expect(violation?.invariant == "an owner has a name")
    #expect(violation?.key == "alice")
  }

  @Test func whatNeedsCoordinationIsRefusedUnlessItIsLocal() throws {
    var cluster = try Cluster(2)
    let admins = cluster.schema.admins
    let refusal = #expect(throws: TransactionError.self) {
      try cluster.write(0) { try $0[admins, "eve"].increment() }
    }
    #expect(
      refusal
        == .needsCoordination(
          invariant: "at most two admins", table: "admins",
          remedy: "declare the transaction, and open with the plan that an analysis makes of it"))
    for name in ["a", "b"] {
      try cluster.write(0, scope: .localOnly) { try $0[admins, name].increment() }
    }
    #expect(throws: InvariantViolation.self) {
      try cluster.write(0, scope: .localOnly) { try $0[admins, "c"].increment() }
    }
  }

  @Test func aRequestCountsOnceAndARecordedRefusalStays() throws {
    var cluster = try Cluster(1)
    let accounts = cluster.schema.accounts
    func send(_ request: UInt64, amount: Int64) throws -> RequestResult<Void> {
      try cluster.replicas[0].transact(
        request: RequestID(request), recordsRefusal: true, wall: cluster.wall
      ) { tx in
        if amount < 0 {
          try tx[accounts, "alice"].decrement(by: -amount)
        } else {
          try tx[accounts, "alice"].increment(by: amount)
        }
      }.result
    }
    guard case .refused(let violation) = try send(1, amount: -5) else { throw Unexpected() }
    #expect(violation.shortfall == .init(needed: 5, available: 0))
    guard case .committed = try send(2, amount: 10) else { throw Unexpected() }
    guard case .repeated(.committed) = try send(2, amount: 10) else { throw Unexpected() }
    guard case .repeated(.refused(violation)) = try send(1, amount: -5) else { throw Unexpected() }
    #expect(try cluster.balance(0, account: "alice") == 10)
  }

  @Test func schemasThatMakeNoSenseAreRefusedByName() {
    struct Twice: Schema {
      let a = Table<String, GCounter>("same")
      let b = Table<String, PNCounter>("same")
    }
    #expect(throws: SchemaError.duplicateTable("same")) { try Catalog(Twice()) }
    #expect(throws: SchemaError.self) { try Catalog(Bank(floor: 1)) }
  }

  private struct Unexpected: Error {}
}
