import MerganserModel
import MerganserTypes
import Testing

@Suite struct EscrowRowTests {
  @Test func aBranchSpendsOnlyWhatItHolds() throws {
    var cluster = try Cluster(2)
    let accounts = cluster.schema.accounts
    try cluster.write(0) { try $0[accounts, "alice"].increment(by: 100) }
    try cluster.meetAll()
    let violation = #expect(throws: InvariantViolation.self) {
      try cluster.write(1) { try $0[accounts, "alice"].decrement(by: 30) }
    }
    #expect(violation?.shortfall == .init(needed: 30, available: 0))
    let other = cluster.replicas[1].replica
    try cluster.write(0) { try $0[accounts, "alice"].transfer(50, of: .decrement, to: other) }
    try cluster.meetAll()
    try cluster.write(1) { try $0[accounts, "alice"].decrement(by: 30) }
    try cluster.write(0) { try $0[accounts, "alice"].decrement(by: 50) }
    try cluster.meetAll()
    for place in 0..<2 { #expect(try cluster.balance(place, account: "alice") == 20) }
  }

  @Test func theFloorsRightsAreMintedOnceHoweverManyCreateTheRow() throws {
    var cluster = try Cluster(3, floor: -100)
    let accounts = cluster.schema.accounts
    // All three create the row concurrently; only the founder may go below zero.
    try cluster.write(1) { try $0[accounts, "alice"].increment(by: 10) }
    try cluster.write(2) { try $0[accounts, "alice"].increment(by: 20) }
    try cluster.write(0) { try $0[accounts, "alice"].decrement(by: 60) }
    for place in 1...2 {
      #expect(throws: InvariantViolation.self) {
        try cluster.write(place) { try $0[accounts, "alice"].decrement(by: 30) }
      }
    }
    try cluster.meetAll()
    for place in 0..<3 { #expect(try cluster.balance(place, account: "alice") == -30) }
    // What the founder has left of the floor's rights, and no more.
    #expect(throws: InvariantViolation.self) {
      try cluster.write(0) { try $0[accounts, "alice"].decrement(by: 41) }
    }
    try cluster.write(0) { try $0[accounts, "alice"].decrement(by: 40) }
    try cluster.write(1) { try $0[accounts, "alice"].decrement(by: 10) }
    try cluster.write(2) { try $0[accounts, "alice"].decrement(by: 20) }
    try cluster.meetAll()
    for place in 0..<3 { #expect(try cluster.balance(place, account: "alice") == -100) }
  }

  @Test func rightsOfConcurrentCreationsAreSpentTogether() throws {
    var cluster = try Cluster(3)
    let accounts = cluster.schema.accounts
    try cluster.write(1) { try $0[accounts, "alice"].increment(by: 10) }
    try cluster.write(2) { try $0[accounts, "alice"].increment(by: 20) }
    let second = cluster.replicas[1].replica
    try cluster.write(2) { try $0[accounts, "alice"].transfer(15, of: .decrement, to: second) }
    try cluster.meetAll()
    try cluster.write(1) { try $0[accounts, "alice"].decrement(by: 25) }
    try cluster.meetAll()
    for place in 0..<3 { #expect(try cluster.balance(place, account: "alice") == 5) }
  }

  @Test func aRowDeletedWhileItIsSpentTakesTheSpendingWithIt() throws {
    var cluster = try Cluster(2, floor: -30)
    let accounts = cluster.schema.accounts
    try cluster.write(0) { try $0[accounts, "alice"].decrement(by: 30) }
    try cluster.meetAll()
    try cluster.write(1) { try $0[accounts, "alice"].delete() }
    #expect(throws: InvariantViolation.self) {
      try cluster.write(0) { try $0[accounts, "alice"].decrement(by: 1) }
    }
    try cluster.meetAll()
    for place in 0..<2 { #expect(try cluster.balance(place, account: "alice") == nil) }
    // Created again, the row has the floor's rights again, once.
    try cluster.write(0) { try $0[accounts, "alice"].decrement(by: 30) }
    try cluster.write(1) { try $0[accounts, "alice"].create() }
    try cluster.meetAll()
    for place in 0..<2 { #expect(try cluster.balance(place, account: "alice") == -30) }
    #expect(try cluster.replicas[0].snapshot.digest == cluster.replicas[1].snapshot.digest)
  }

  @Test func whatIsRefusedWithinATransactionWritesNothing() throws {
    var cluster = try Cluster(1)
    let accounts = cluster.schema.accounts
    try cluster.write(0) { tx in
      #expect(throws: InvariantViolation.self) { try tx[accounts, "bob"].decrement(by: 1) }
      #expect(throws: (any Error).self) { try tx[accounts, "eve"].increment(by: -1) }
      #expect(throws: Refusal.self) { try tx[accounts, "joe"].update { _, _ in throw Refusal() } }
      try tx[accounts, "alice"].increment(by: 5)
    }
    #expect(try cluster.replicas[0].snapshot.rows(accounts).map(\.key) == ["alice"])
    #expect(cluster.logs[0].map(\.sequences) == [1...1])
  }

  private struct Refusal: Error {}

  @Test func anAbortedTransactionLeavesNothing() throws {
    var cluster = try Cluster(1)
    let (accounts, owners) = (cluster.schema.accounts, cluster.schema.owners)
    try cluster.write(0) { try $0[accounts, "alice"].increment(by: 5) }
    let before = try cluster.replicas[0].snapshot.digest
    #expect(throws: InvariantViolation.self) {
      try cluster.write(0) { tx in
        try tx[accounts, "bob"].increment(by: 7)
        try tx[owners, "bob"].set("Bob")
        try tx[accounts, "alice"].decrement(by: 6)
      }
    }
    #expect(try cluster.replicas[0].snapshot.digest == before)
    try cluster.write(0) { try $0[accounts, "alice"].decrement(by: 5) }
    #expect(cluster.logs[0].map(\.sequences) == [1...1, 2...2])
  }
}
