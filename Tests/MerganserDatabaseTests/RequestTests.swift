import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

/// Replicas of a bank that are sent requests.
private struct Counter {
  var cluster: Cluster
  let accounts: Table<String, EscrowCounter>

  init(_ count: Int) throws {
    cluster = try Cluster(count)
    accounts = cluster.schema.accounts
  }

  /// Sends a request that moves money, and keeps its version.
  mutating func send(
    _ request: RequestID, amount: Int64, at place: Int, contents: RequestContents? = nil,
    recordsRefusal: Bool = true
  ) throws -> RequestResult<Void> {
    let accounts = accounts
    return try cluster.transact(place) { database, wall in
      try database.transact(
        request: request, contents: contents, recordsRefusal: recordsRefusal, wall: wall
      ) { tx in
        if amount < 0 {
          try tx[accounts, "ana"].decrement(by: -amount)
        } else {
          try tx[accounts, "ana"].increment(by: amount)
        }
      }
    }
  }

  /// Lets the replicas hear of each other's versions in an order, until all have all.
  mutating func meet(_ order: [Int]) throws {
    for receiver in order {
      for sender in order where sender != receiver {
        try cluster.send(sender, to: receiver)
      }
    }
    try cluster.meetAll()
  }

  func outcomes(_ request: RequestID) throws -> [RequestOutcome?] {
    try cluster.replicas.map { try $0.snapshot.outcome(of: request) }
  }

  func agree() throws -> Bool {
    Set(try cluster.replicas.map { try $0.snapshot.digest }).count == 1
  }
}

private let permutations = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]

@Suite struct RequestTests {
  private let one = RequestID(1)

  @Test(arguments: permutations)
  func aRefusalDoesNotTakeTheMoneyBack(order: [Int]) throws {
    var bank = try Counter(3)
    let accounts = bank.accounts
    try bank.cluster.write(0) { try $0[accounts, "ana"].increment(by: 10) }
    try bank.cluster.meetAll()
    // The founder has the rights, the others have none; a refusal is the last word by time.
    for place in 0..<3 {
      let result = try bank.send(one, amount: -5, at: place)
      switch (place, result) {
      case (0, .committed), (1..., .refused): break
      default: Issue.record("at \(place): \(result)")
      }
    }
    try bank.meet(order)
    for place in 0..<3 {
      guard case .repeated(.committed) = try bank.send(one, amount: -5, at: place) else {
        Issue.record("at \(place), what was paid is refused")
        continue
      }
    }
    #expect(try bank.outcomes(one) == [.committed(), .committed(), .committed()])
    #expect(try bank.cluster.balance(2, account: "ana") == 5 && bank.agree())
    #expect(try bank.cluster.replicas[0].snapshot.executedTwice().isEmpty)
  }

  @Test(arguments: permutations)
  func aDoubleIsFoundAndReportedUntilItIsAcknowledged(order: [Int]) throws {
    var bank = try Counter(3)
    for place in 0..<2 {
      guard case .committed = try bank.send(one, amount: 5, at: place) else {
        Issue.record("at \(place)")
        continue
      }
    }
    var told: [DoubleExecution] = []
    for receiver in order {
      for sender in order where sender != receiver {
        let reception = try bank.cluster.receive(from: sender, at: receiver)
        told += reception.executedTwice
      }
    }
    #expect(Set(told.map(\.request)) == [one] && told.allSatisfy { $0.commits.count == 2 })
    try bank.cluster.meetAll()
    #expect(try bank.agree() && bank.cluster.balance(0, account: "ana") == 10)
    for replica in bank.cluster.replicas {
      let found = try replica.snapshot.executedTwice()
      #expect(found.map(\.request) == [one])
      // The earlier answers.
      #expect(
        found.first?.commits.map(\.executor)
          == [.replica(ReplicaID(high: 0, low: 1)), .replica(ReplicaID(high: 0, low: 2))])
    }
    try bank.cluster.write(order[0]) { database, wall in
      try database.acknowledge(one, wall: wall)
    }
    #expect(try bank.cluster.replicas[order[0]].snapshot.executedTwice().isEmpty)
    #expect(try bank.cluster.replicas[order[1]].snapshot.executedTwice().count == 1)
    try bank.meet(order)
    for replica in bank.cluster.replicas {
      #expect(try replica.snapshot.executedTwice().isEmpty)
      #expect(try replica.snapshot.outcome(of: one) == .committed())
    }
    #expect(try bank.agree())
  }

  @Test func otherContentsAreToldByName() throws {
    var bank = try Counter(2)
    let (five, six) = (RequestContents(Int64(5)), RequestContents(Int64(6)))
    guard case .committed = try bank.send(one, amount: 5, at: 0, contents: five),
      case .repeated(.committed) = try bank.send(one, amount: 5, at: 0, contents: five),
      case .otherContents(.committed) = try bank.send(one, amount: 6, at: 0, contents: six),
      case .repeated(.committed) = try bank.send(one, amount: 5, at: 0)
    else { throw Unexpected() }
    try bank.meet([0, 1])
    guard case .otherContents(.committed) = try bank.send(one, amount: 6, at: 1, contents: six)
    else {
      throw Unexpected()
    }
    // A recorded refusal is one of its contents, too.
    let two = RequestID(2)
    guard case .refused = try bank.send(two, amount: -50, at: 0, contents: five),
      case .otherContents(.refused) = try bank.send(two, amount: 6, at: 0, contents: six)
    else { throw Unexpected() }
    #expect(try bank.cluster.balance(0, account: "ana") == 5)
  }

  @Test func aRefusalThatIsNotRecordedLeavesTheRequestOpen() throws {
    var bank = try Counter(1)
    guard case .refused = try bank.send(one, amount: -5, at: 0, recordsRefusal: false) else {
      throw Unexpected()
    }
    #expect(try bank.cluster.logs[0].isEmpty && bank.outcomes(one) == [nil])
    let accounts = bank.accounts
    try bank.cluster.write(0) { try $0[accounts, "ana"].increment(by: 10) }
    guard case .committed = try bank.send(one, amount: -5, at: 0, recordsRefusal: false) else {
      throw Unexpected()
    }
  }

  @Test func whatAnIdSaysOfItsHomeAndBirthIsKept() throws {
    var bank = try Counter(2)
    let (now, home) = (bank.cluster.wall, bank.cluster.replicas[0].replica)
    let own = RequestID.new(at: home, born: now)
    #expect(throws: RequestError.runsElsewhere(own, at: home)) {
      try bank.send(own, amount: 5, at: 1)
    }
    guard case .committed = try bank.send(own, amount: 5, at: 0) else { throw Unexpected() }
    // Who knows what became of it says so, and is not its home.
    try bank.meet([0, 1])
    guard case .repeated(.committed) = try bank.send(own, amount: 5, at: 1) else {
      throw Unexpected()
    }
    let drift = bank.cluster.replicas[0].tolerance.drift
    let soon = HybridTime(milliseconds: now.milliseconds + drift)
    guard case .committed = try bank.send(RequestID.new(born: soon), amount: 1, at: 0) else {
      throw Unexpected()
    }
    let late = RequestID.new(born: HybridTime(milliseconds: now.milliseconds + 2 * drift))
    let error = #expect(throws: RequestError.self) { try bank.send(late, amount: 1, at: 0) }
    guard case .fromTheFuture(late, let future)? = error else { throw Unexpected() }
    #expect(future.ahead <= 2 * drift && future.ahead > drift)
    #expect(try bank.cluster.balance(0, account: "ana") == 6)
  }

  private struct Unexpected: Error {}
}

@Suite struct HorizonTests {
  private struct Unexpected: Error {}

  /// What was born before the horizon is not run again by anyone, whatever arrives, in any order.
  @Test(arguments: permutations)
  func whoStaysAwayDoesNotBringARequestBack(order: [Int]) throws {
    var bank = try Counter(3)
    let old = RequestID.new(born: bank.cluster.wall)
    let own = RequestID(7)
    // All hold the row of one request; the third has processed both itself, apart.
    for place in [0, 2] {
      for request in [old, own] {
        guard case .committed = try bank.send(request, amount: 5, at: place) else {
          throw Unexpected()
        }
      }
    }
    try bank.cluster.send(0, to: 1)
    bank.cluster.wall = HybridTime(milliseconds: bank.cluster.wall.milliseconds + 10_000)
    let young = RequestID.new(born: bank.cluster.wall)
    _ = try bank.send(young, amount: 5, at: 0)
    let horizon = HybridTime(milliseconds: bank.cluster.wall.milliseconds - 5_000)
    try bank.cluster.write(0) { try $0.raiseHorizon(to: horizon, wall: $1) }
    var dropped = 0
    try bank.cluster.write(0) { database, wall in
      let (count, version) = try database.dropExpired(limit: 10, wall: wall)
      dropped = count
      return version
    }
    #expect(dropped == 1)
    // Before they hear of it, the others still answer; then nobody runs it.
    guard case .repeated(.committed) = try bank.send(old, amount: 5, at: 1) else {
      throw Unexpected()
    }
    try bank.meet(order)
    for (place, replica) in bank.cluster.replicas.enumerated() {
      guard case .expired = try bank.send(old, amount: 5, at: place) else { throw Unexpected() }
      guard case .repeated(.committed) = try bank.send(own, amount: 5, at: place),
        case .repeated(.committed) = try bank.send(young, amount: 5, at: place)
      else { throw Unexpected() }
      #expect(try replica.snapshot.horizon == horizon)
      #expect(try replica.snapshot.outcome(of: old) == nil)
      // The double under the old id is forgotten, that under a user's own is not.
      #expect(try replica.snapshot.executedTwice().map(\.request) == [own])
      let shown = try replica.snapshot.readableRows(ofTable: "merganser.requests.2").map(\.key)
      #expect(Set(shown) == [own.description, young.description])
    }
    #expect(try bank.agree())
    // The copy that came back is dropped next.
    try bank.cluster.write(1) { database, wall in
      let (count, version) = try database.dropExpired(limit: 10, wall: wall)
      #expect(count == 1)
      return version
    }
    try bank.meet(order)
    #expect(try bank.agree())
    #expect(bank.cluster.replicas[2].snapshot.rowCount(ofTable: "merganser.requests.2") == 2)
  }

  @Test func itOnlyGrowsAndNotBeyondTheClock() throws {
    var bank = try Counter(2)
    let now = bank.cluster.wall.milliseconds
    func raise(_ place: Int, to milliseconds: UInt64) throws {
      try bank.cluster.write(place) {
        try $0.raiseHorizon(to: HybridTime(milliseconds: milliseconds), wall: $1)
      }
    }
    try raise(0, to: now - 10)
    try raise(1, to: now - 20)
    try bank.meet([0, 1])
    for replica in bank.cluster.replicas {
      #expect(try replica.snapshot.horizon?.milliseconds == now - 10)
    }
    try raise(1, to: now - 15)
    #expect(try bank.cluster.replicas[1].snapshot.horizon?.milliseconds == now - 10)
    try raise(1, to: now + 1_000_000)
    #expect(
      try bank.cluster.replicas[1].snapshot.horizon?.milliseconds == bank.cluster.wall.milliseconds)
    try bank.meet([1, 0])
    #expect(try bank.agree())
  }
}
