import Merganser
import MerganserDatabase
import MerganserLog
import TestSupport
import Testing

/// A state is adopted only from whom it may come, and only as far as it removes what it may.
@Suite struct AdoptionPolicyTests {
  private let bank = Bank()
  private let lisbon: Replica<Bank>

  init() throws { lisbon = try Replica(bank) }

  private func fill(_ replica: Replica<Bank>, accounts: Range<Int>) async throws {
    try await replica.write { [bank] tx in
      for account in accounts {
        try tx[bank.accounts, "\(account)"].increment(by: 1)
        if account % 2 == 0 { try tx[bank.owners, "\(account)"].set("owner \(account)") }
      }
    }
  }

  /// Where a state comes in: a replica in memory or on disk, or a store that nobody has open.
  enum Road: CaseIterable { case inMemory, onDisk, store }

  /// What takes states in by a road, holding what Lisbon does; and what it holds.
  private func receiver(
    _ road: Road, at path: String, adopting policy: AdoptionPolicy = AdoptionPolicy(),
    wall: (@Sendable () -> HybridTime)? = nil
  ) async throws -> (peer: any Peer, digest: () async throws -> String) {
    let options = ReplicaOptions(adoption: policy, wall: wall)
    guard road != .inMemory else {
      let replica = try Replica(bank, joining: lisbon.founder, options: options)
      try await replica.sync(with: lisbon)
      return (replica, { "\(try replica.snapshot.digest)" })
    }
    let replica = try await Replica.open(
      bank, at: path, joining: lisbon.founder, options: options)
    try await replica.sync(with: lisbon)
    if road == .onDisk { return (replica, { "\(try replica.snapshot.digest)" }) }
    try await replica.close()
    let store = try LogStore.open(at: path, options: options)
    return (
      try StorePeer(store),
      { [bank] in
        let copy = "\(path) \(Int.random(in: 0..<(1 << 60)))"
        try store.backup(to: copy)
        let replica = try await Replica.open(bank, at: copy)
        let digest = try replica.snapshot.digest
        try await replica.close()
        return "\(digest)"
      }
    )
  }

  private func close(_ peer: any Peer) async throws {
    if let replica = peer as? Replica<Bank> { try await replica.close() }
  }

  /// A state that says to have seen all that Lisbon has, and has only the first `kept` rows of each table.
  private func lie(keeping kept: Int) async throws -> StateStream {
    let truth = await lisbon.state()
    var parts: [StatePart] = []
    for try await part in truth.parts {
      parts.append(
        StatePart(
          table: part.table, behind: part.behind, last: part.last,
          rows: Array(part.rows.prefix(kept))))
    }
    let lie = parts
    return StateStream(
      header: truth.header,
      parts: AsyncThrowingStream { continuation in
        for part in lie { continuation.yield(part) }
        continuation.finish()
      })
  }

  @Test(arguments: Road.allCases) func whatALieRemovesIsCountedFirst(road: Road) async throws {
    let folder = try TemporaryFolder()
    try await fill(lisbon, accounts: 0..<1000)
    let (peer, digest) = try await receiver(road, at: folder.path + "/porto")
    let before = try await digest()
    let first = try await lie(keeping: 400)
    let error = await #expect(throws: ReplicationError.self) { try await peer.adopt(first) }
    guard case .removesRows(let removals)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(removals.map(\.table) == ["accounts", "owners"])
    #expect(removals[0] == RemovedRows(table: "accounts", removed: 600, rows: 1000))
    // Owners go with their accounts, too, and none is counted twice.
    #expect((250...400).contains(removals[1].removed) && removals[1].rows == 500)
    #expect(try await digest() == before)
    let count = removals.reduce(0) { $0 + $1.removed }
    var offered = try await lie(keeping: 400)
    offered.acceptedRemovals = count - 1
    let tooFew = offered
    await #expect(throws: ReplicationError.removesRows(removals)) {
      try await peer.adopt(tooFew)
    }
    #expect(try await digest() == before)
    offered = try await lie(keeping: 400)
    offered.acceptedRemovals = count
    try await peer.adopt(offered)
    #expect(try await digest() != before)
    if let replica = peer as? Replica<Bank> {
      #expect(try replica.snapshot.count(bank.accounts) == 400)
      #expect(try replica.snapshot.count(bank.owners) == 500 - removals[1].removed)
    }
    try await close(peer)
  }

  @Test func theErrorNamesTablesAndWhatHelps() {
    let text =
      "\(ReplicationError.removesRows([.init(table: "accounts", removed: 600, rows: 1000)]))"
    #expect(text.contains("600 of the 1000 rows of accounts"))
    #expect(text.contains("--accept-removals 600"))
    let many = (0..<1000).map { RemovedRows(table: "t\($0)", removed: 1, rows: 1) }
    #expect("\(ReplicationError.removesRows(many))".utf8.count < 1000)
  }

  @Test(arguments: Road.allCases) func aShareAndAFewRowsAreNotAskedFor(road: Road) async throws {
    let folder = try TemporaryFolder()
    try await fill(lisbon, accounts: 0..<100)
    let (peer, digest) = try await receiver(road, at: folder.path + "/porto")
    let before = try await digest()
    // All of a small database.
    try await peer.adopt(try await lie(keeping: 0))
    #expect(try await digest() != before)
    try await close(peer)

    try await fill(lisbon, accounts: 100..<1000)
    let (other, _) = try await receiver(road, at: folder.path + "/other")
    try await other.adopt(try await lie(keeping: 800))
    try await close(other)
    var policy = AdoptionPolicy()
    policy.removableShare = 0.1
    let (strict, _) = try await receiver(road, at: folder.path + "/strict", adopting: policy)
    let lie = try await lie(keeping: 800)
    await #expect(throws: ReplicationError.self) { try await strict.adopt(lie) }
    policy.removableRows = 200
    try await close(strict)
    let (lenient, _) = try await receiver(road, at: folder.path + "/lenient", adopting: policy)
    try await lenient.adopt(try await self.lie(keeping: 800))
    try await close(lenient)
  }

  /// Who comes often cannot remove a share of the rest each time.
  @Test(arguments: Road.allCases) func whatStatesRemoveIsCountedTogether(road: Road) async throws {
    let folder = try TemporaryFolder()
    try await fill(lisbon, accounts: 0..<1000)
    let wall = Wall(ahead: 2 * Wall.year - 2 * 86_400_000)
    let (peer, digest) = try await receiver(road, at: folder.path + "/porto", wall: wall.time)
    // Of 1,000 and 500 rows each: fewer than a quarter. How long a state takes to come is its sender's: it counts
    // from when it was adopted.
    let first = try await lie(keeping: 800)
    let slow = AsyncThrowingStream<StatePart, any Error> { continuation in
      Task {
        for try await part in first.parts { continuation.yield(part) }
        wall.set(ahead: 2 * Wall.year)
        continuation.finish()
      }
    }
    try await peer.adopt(StateStream(header: first.header, parts: slow))
    let before = try await digest()
    let second = try await lie(keeping: 700)
    let error = await #expect(throws: ReplicationError.self) { try await peer.adopt(second) }
    guard case .removesRows(let removals)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(removals[0] == RemovedRows(table: "accounts", removed: 100, rows: 800, earlier: 200))
    #expect(
      "\(removals[0])"
        == "100 of the 800 rows of accounts, after 200 that went like this shortly before")
    #expect(try await digest() == before)
    // What the user accepts is not counted, nor what was before; and a period later nothing of before is.
    var accepted = try await lie(keeping: 700)
    accepted.acceptedRemovals = 10_000
    try await peer.adopt(accepted)
    try await peer.adopt(try await lie(keeping: 600))
    wall.set(ahead: 2 * Wall.year + 2 * 86_400_000)
    try await peer.adopt(try await lie(keeping: 480))
    try await close(peer)
  }

  /// A state that is taken into memory has a limit of its own; a store that stores no rows takes none.
  @Test(arguments: [Road.inMemory, .onDisk, .store], [nil, 1 << 20])
  func aStateInMemoryHasALimitOfItsOwn(road: Road, checkpointInterval: Int?) async throws {
    let folder = try TemporaryFolder()
    try await fill(lisbon, accounts: 0..<100)
    var options = ReplicaOptions()
    options.adoption.maximumSizeInMemory = 1000
    options.checkpointInterval = checkpointInterval
    let peer: any Peer
    if road == .inMemory {
      peer = try Replica(bank, joining: lisbon.founder, options: options)
    } else {
      let replica = try await Replica.open(
        bank, at: folder.path + "/porto", joining: lisbon.founder, options: options)
      if road == .store {
        try await replica.close()
        peer = try StorePeer(try LogStore.open(at: folder.path + "/porto", options: options))
      } else {
        peer = replica
      }
    }
    let state = await lisbon.state()
    if road != .inMemory, checkpointInterval == nil {
      // It stores no rows, and says so before anything comes.
      await #expect(throws: StorageError.self) { try await peer.adopt(state) }
    } else if road == .inMemory {
      let error = await #expect(throws: ReplicationError.self) { try await peer.adopt(state) }
      guard case .exceedsLimit("bytes of a state", _, limit: 1000)? = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    } else {
      try await peer.adopt(state)
    }
    try await close(peer)
  }

  @Test(arguments: Road.allCases) func statesComeFromWhomTheyMay(road: Road) async throws {
    let folder = try TemporaryFolder()
    try await fill(lisbon, accounts: 0..<10)
    let stranger = ReplicaID.random()
    for (place, senders) in [
      AdoptionPolicy.Senders.nobody, .replicas([stranger]), .replicas([]),
    ].enumerated() {
      let (peer, digest) = try await receiver(
        road, at: folder.path + "/\(place)", adopting: AdoptionPolicy(from: senders))
      let before = try await digest()
      for sender in [nil, lisbon.id] {
        var state = try await lie(keeping: 0)
        state.meeting = Meeting(with: sender)
        let offered = state
        await #expect(throws: ReplicationError.untrustedState(of: sender)) {
          try await peer.adopt(offered)
        }
      }
      #expect(try await digest() == before)
      try await close(peer)
    }
    let (peer, _) = try await receiver(
      road, at: folder.path + "/trusts", adopting: AdoptionPolicy(from: .replicas([lisbon.id])))
    var state = await lisbon.state()
    state.meeting = Meeting(with: lisbon.id)
    try await peer.adopt(state)
    try await close(peer)
  }

  /// A sync and an import say who hands the state over, and carry the user's consent.
  @Test func syncsAndBundlesNameTheSender() async throws {
    let folder = try TemporaryFolder()
    let faro = try await Replica.open(
      bank, at: folder.path + "/faro", joining: lisbon.founder, options: StateTransferTests.options)
    try await fill(lisbon, accounts: 0..<1000)
    try await faro.sync(with: lisbon)
    let porto = try await Replica.open(
      bank, at: folder.path + "/porto", joining: lisbon.founder,
      options: ReplicaOptions(adoption: AdoptionPolicy(from: .replicas([faro.id]))))
    let wary = try Replica(
      bank, joining: lisbon.founder,
      options: ReplicaOptions(adoption: AdoptionPolicy(from: .replicas([lisbon.id]))))
    for replica in [porto, wary] { try await replica.sync(with: lisbon) }
    // Faro deletes most, and its log forgets it.
    try await faro.write { [bank] tx in
      for account in 0..<800 { try tx[bank.accounts, "\(account)"].delete() }
    }
    var number = 0
    while try await faro.greeting().truncatedTo[faro.id] < 801 {
      number += 1
      try await fill(faro, accounts: (1000 + 20 * number)..<(1020 + 20 * number))
    }
    let bundle = folder.path + "/bundle"
    try await faro.export(to: bundle)
    await #expect(throws: ReplicationError.untrustedState(of: faro.id)) {
      try await wary.sync(with: faro)
    }
    await #expect(throws: ReplicationError.untrustedState(of: faro.id)) {
      try await wary.import(from: bundle)
    }
    let before = try porto.snapshot.digest
    let error = await #expect(throws: ReplicationError.self) { try await porto.sync(with: faro) }
    guard case .removesRows(let removals)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    let count = removals.reduce(0) { $0 + $1.removed }
    #expect(count >= 1200)
    let refusal = ReplicationError.removesRows(removals)
    await #expect(throws: refusal) { try await porto.import(from: bundle) }
    await #expect(throws: refusal) {
      try await porto.import(from: bundle, acceptingRemovals: count - 1)
    }
    #expect(try porto.snapshot.digest == before)
    let report = try await porto.sync(with: faro, acceptingRemovals: count)
    #expect(report.receivedState)
    #expect(try porto.snapshot.digest == faro.snapshot.digest)
    let other = try Replica(bank, joining: lisbon.founder)
    try await other.sync(with: lisbon)
    try await other.import(from: bundle, acceptingRemovals: count)
    #expect(try other.snapshot[bank.accounts, "10"] == nil)
    for replica in [porto, faro] { try await replica.close() }
  }

  @Test(arguments: Road.allCases) func nobodyHasMoreOfUsThanWe(road: Road) async throws {
    let folder = try TemporaryFolder()
    try await fill(lisbon, accounts: 0..<10)
    let (peer, digest) = try await receiver(road, at: folder.path + "/porto")
    let before = try await digest()
    let own = try await peer.greeting().replica
    for (sequence, isOutOfRange) in [(1, false), (Dot.maximumSequence, false), (.max, true)]
      as [(UInt64, Bool)]
    {
      var header = (await lisbon.state()).header
      header.heads[own] = Head(sequence: sequence, hash: 7)
      let state = StateStream(header: header, parts: AsyncThrowingStream { $0.finish() })
      let error = await #expect(throws: ReplicationError.self) { try await peer.adopt(state) }
      if case .beyondOwnHistory(own, sequence, 0)? = error {
        #expect(!isOutOfRange)
      } else if case .malformedState? = error {
        #expect(isOutOfRange)
      } else {
        Issue.record("\(String(describing: error))")
      }
      #expect(try await digest() == before)
    }
    try await close(peer)
  }
}
