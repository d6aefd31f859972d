import DatabaseSupport
import MerganserDatabase
import MerganserModel
import MerganserTypes
import TestSupport
import Testing

@Suite struct ReplicationTests {
  @Test(
    .exercises([
      "a cascade": 10,
      "a commit": 160,
      "a row in several incarnations": 1,
      "a version that waited": 790,
      "violates a card's account exists": 10,
      "violates accounts within -50...": 7,
      "violates an owner's account exists": 7,
    ])
  )
  func versionsInAnyOrderGiveTheSameState() throws {
    var cluster = try Cluster(3, floor: -50)
    let (accounts, owners, cards) = (
      cluster.schema.accounts, cluster.schema.owners, cluster.schema.cards
    )
    var generator = SplitMix(seed: 7)
    for _ in 0..<400 {
      let place = Int.random(in: 0..<3, using: &generator)
      let name = ["a", "b", "c"].randomElement(using: &generator) ?? "a"
      let amount = Int64.random(in: 1...20, using: &generator)
      let choice = Int.random(in: 0..<8, using: &generator)
      let (before, count) = (cluster.replicas[place].snapshot, cluster.logs[place].count)
      do {
        try cluster.write(place) { tx in
          switch choice {
          case 0: try tx[accounts, name].delete()
          case 1: try tx[owners, name].set("\(name) \(amount)")
          case 2: try tx[cards, Path(name, child: Int(amount))].insert("x\(choice)")
          case 3: try tx[cards, Path(name, child: Int(amount))].remove("x\(choice)")
          case 4: try tx[accounts, name].decrement(by: amount)
          default: try tx[accounts, name].increment(by: amount)
          }
        }
        let after = cluster.replicas[place].snapshot
        if cluster.logs[place].count > count { Exercised.count("a commit") }
        if choice == 0,
          try after.count(owners) + after.count(cards) < before.count(owners) + before.count(cards)
        {
          Exercised.count("a cascade")
        }
      } catch {
        Exercised.count(refusal: error)
      }
      if amount == 1 { try cluster.send(place, to: (place + 1) % 3) }
      #if DEBUG
        for replica in cluster.replicas { try replica.checkInvariants() }
      #endif
      for replica in cluster.replicas {
        for (_, counter) in try replica.snapshot.rows(accounts) {
          #expect(try counter.value >= -50)
        }
      }
    }
    try cluster.meetAll()
    let all = cluster.logs[0]
    #expect(all.count > 250)
    try Exercised.countIncarnations(in: cluster.replicas[0].snapshot)
    for _ in 0..<10 {
      var late = Database(
        catalog: cluster.replicas[0].catalog, replica: ReplicaID(high: 9, low: 9),
        founder: cluster.replicas[0].founder)
      let shuffled = all.shuffled(using: &generator)
      var applied = 0
      for part in [shuffled.prefix(all.count / 2), shuffled.suffix(from: all.count / 2)] {
        applied += try late.receive(Array(part), wall: cluster.wall).applied.count
        #if DEBUG
          try late.checkInvariants()
        #endif
        Exercised.count("a version that waited", number: late.waitingCount)
      }
      #expect(applied == all.count)
      #expect(late.waitingCount == 0)
      #expect(try late.snapshot.digest == cluster.replicas[0].snapshot.digest)
    }
  }

  @Test func aStorageIsReadBackInTheOrderOfDependencies() throws {
    var cluster = try Cluster(3)
    let accounts = cluster.schema.accounts
    let storage = MemoryStorage()
    for round in 0..<30 {
      try cluster.write(round % 3) { try $0[accounts, "a"].increment(by: 1) }
      try cluster.send(round % 3, to: (round + 1) % 3)
    }
    try cluster.meetAll()
    try storage.append(cluster.logs[1])
    var again = Database(
      catalog: cluster.replicas[1].catalog, replica: cluster.replicas[1].replica,
      founder: cluster.replicas[1].founder)
    try again.recover(from: storage.snapshot())
    #expect(try again.snapshot.digest == cluster.replicas[1].snapshot.digest)
    // What it writes next declares what it would have declared.
    let body: (borrowing Transaction) throws -> Void = { try $0[accounts, "a"].increment(by: 1) }
    let wall = HybridTime(milliseconds: 2_000_000)
    #expect(
      try again.transact(wall: wall, body: body).version
        == cluster.replicas[1].transact(wall: wall, body: body).version)
  }

  @Test func aForkOfOneIdentityIsFound() throws {
    var cluster = try Cluster(2)
    let accounts = cluster.schema.accounts
    try cluster.write(0) { try $0[accounts, "a"].increment(by: 1) }
    var copy = cluster.replicas[0]
    try cluster.write(0) { try $0[accounts, "a"].increment(by: 2) }
    try cluster.send(0, to: 1)
    let wall = HybridTime(milliseconds: 1_500_000)
    let forked = try #require(
      try copy.transact(wall: wall) { try $0[accounts, "a"].increment(by: 3) }.version)
    let further = try #require(
      try copy.transact(wall: wall) { try $0[accounts, "a"].increment(by: 4) }.version)
    let origin = copy.replica
    let before = try cluster.replicas[1].snapshot.digest
    for (version, sequence) in [(forked, UInt64(2)), (further, 3)] {
      let reception = try cluster.replicas[1].receive([version], wall: wall)
      #expect(reception.applied.isEmpty && reception.refused.isEmpty)
      #expect(reception.setAside.map(\.version) == [version])
      #expect(
        reception.setAside.first?.reason.contains("\(origin.shortDescription)") == true)
      #expect(reception.setAside.first?.reason.contains("part at \(sequence)") == true)
    }
    #expect(try cluster.replicas[1].receive([forked, further], wall: wall).setAside.isEmpty)
    #expect(cluster.replicas[1].setAsideCount == 2)
    #expect(try cluster.replicas[1].snapshot.digest == before)
  }

  @Test func aVersionFromTheFutureWaitsOutside() throws {
    var cluster = try Cluster(2)
    let accounts = cluster.schema.accounts
    let late = HybridTime(milliseconds: 100_000_000)
    let version = try #require(
      try cluster.replicas[0].transact(wall: late) {
        try $0[accounts, "a"].increment(by: 1)
      }.version)
    let refused = try cluster.replicas[1].receive([version], wall: cluster.wall).refused
    guard case .fromTheFuture(_, 1, _) = try #require(refused.first) else {
      Issue.record("\(refused)")
      return
    }
    #expect(try cluster.replicas[1].receive([version], wall: late).applied == [version])
  }

  /// Bytes that were damaged are refused and change nothing, or are another version of the same writer's.
  @Test(
    .exercises([
      "a frame that is none": 130,
      "applied": 40,
      "lacksRights": 1,
      "malformed": 1100,
      "unknownTable": 50,
      "waiting": 6,
    ])
  )
  func damagedVersionsAreRefusedOrOthers() throws {
    var cluster = try Cluster(2)
    let (accounts, owners) = (cluster.schema.accounts, cluster.schema.owners)
    try cluster.write(0) { tx in
      try tx[accounts, "a"].increment(by: 1)
      try tx[owners, "a"].set("Ada")
    }
    let version = cluster.logs[0][0]
    let before = try cluster.replicas[1].snapshot.digest
    var generator = SplitMix(seed: 3)
    for _ in 0..<3000 {
      var bytes = version.payload
      if Bool.random(using: &generator) {
        bytes = Array(bytes.prefix(.random(in: 0..<bytes.count, using: &generator)))
      }
      for _ in 0..<Int.random(in: 1...3, using: &generator) where !bytes.isEmpty {
        bytes[.random(in: 0..<bytes.count, using: &generator)] = .random(
          in: 0...255, using: &generator)
      }
      guard bytes != version.payload else { continue }
      guard let damaged = try? StoredVersion(origin: version.origin, payload: bytes) else {
        Exercised.count("a frame that is none")
        continue
      }
      var receiver = cluster.replicas[1]
      let reception = try receiver.receive([damaged], wall: HybridTime(bits: .max))
      #if DEBUG
        try receiver.checkInvariants()
      #endif
      let isApplied = !reception.applied.isEmpty
      #expect(reception.applied == (isApplied ? [damaged] : []))
      #expect(receiver.heads[version.origin] == (isApplied ? damaged.head : nil))
      #expect(try isApplied || receiver.snapshot.digest == before)
      for error in reception.refused { Exercised.count(refusal: error) }
      Exercised.count("applied", number: reception.applied.count)
      Exercised.count("waiting", number: receiver.waitingCount)
    }
  }
}
