import MerganserModel
import MerganserTypes
import Testing

@Suite struct ForeignKeyTests {
  @Test func aChildNeedsItsParent() throws {
    var cluster = try Cluster(1)
    let (accounts, owners) = (cluster.schema.accounts, cluster.schema.owners)
    let violation = #expect(throws: InvariantViolation.self) {
      try cluster.write(0) { try $0[owners, "alice"].set("Alice") }
    }
    #expect(violation?.invariant == "an owner's account exists")
    // The order within a transaction does not matter.
    try cluster.write(0) { tx in
      try tx[owners, "alice"].set("Alice")
      try tx[accounts, "alice"].create()
    }
    #expect(try cluster.replicas[0].snapshot[owners, "alice"]?.value == "Alice")
  }

  @Test func deletingAParentTakesChildrenWrittenConcurrently() throws {
    var cluster = try Cluster(3)
    let (accounts, owners, cards) = (
      cluster.schema.accounts, cluster.schema.owners, cluster.schema.cards
    )
    try cluster.write(0) { try $0[accounts, "alice"].create() }
    try cluster.meetAll()
    try cluster.write(0) { try $0[accounts, "alice"].delete() }
    try cluster.write(1) { try $0[owners, "alice"].set("Alice") }
    try cluster.write(2) { try $0[cards, Path("alice", child: 7)].insert("gold") }
    // Every order of meeting ends alike.
    try cluster.send(1, to: 2)
    try cluster.send(0, to: 1)
    try cluster.send(2, to: 0)
    try cluster.meetAll()
    for replica in cluster.replicas {
      #expect(try replica.snapshot.count(owners) == 0)
      #expect(try replica.snapshot.count(cards) == 0)
      #expect(try replica.snapshot.digest == cluster.replicas[0].snapshot.digest)
    }
    // A parent that is created again does not bring them back.
    try cluster.write(1) { try $0[accounts, "alice"].create() }
    try cluster.meetAll()
    for replica in cluster.replicas {
      #expect(try replica.snapshot[accounts, "alice"] != nil)
      #expect(try replica.snapshot.count(cards) == 0)
    }
  }

  @Test func aDeletedParentHidesItsChildrenWithinTheTransaction() throws {
    var cluster = try Cluster(1)
    let (accounts, owners) = (cluster.schema.accounts, cluster.schema.owners)
    try cluster.write(0) { tx in
      try tx[accounts, "alice"].create()
      try tx[owners, "alice"].set("Alice")
    }
    try cluster.write(0) { tx in
      try tx[accounts, "alice"].delete()
      #expect(try !tx[owners, "alice"].exists)
      try tx[accounts, "alice"].create()
      #expect(try tx[owners, "alice"].value == nil)
    }
    #expect(try cluster.replicas[0].snapshot.count(owners) == 0)
  }

  @Test func aKeyBelowAnotherKeepsItsOrderAndItsParts() throws {
    let keys = [
      Path("a", child: 1), Path("a", child: 2), Path("a\u{0}", child: 1),
      Path("a\u{0}b", child: -1), Path("b", child: 0),
    ]
    let bytes = keys.map { $0.keyEncoded() }
    #expect(bytes.sorted { $0.lexicographicallyPrecedes($1) } == bytes)
    for (key, bytes) in zip(keys, bytes) {
      #expect(try Path<String, Int>(keyEncoded: bytes) == key)
    }
  }
}
