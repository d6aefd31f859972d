import Merganser
import MerganserDatabase
import MerganserSync
import MerganserLog
import TestSupport
import Testing

/// How much of a state is asked for: nothing where its header or the store is enough to refuse it, no more once it
/// is too much, and no more once others have taken its place.
@Suite(.timeLimit(.minutes(10))) struct AskedPartsTests {
  private let bank = Bank()
  private let lisbon: Replica<Bank>

  init() async throws {
    lisbon = try Replica(bank)
    try await lisbon.write { [bank] tx in
      for account in 0..<20 {
        try tx[bank.accounts, "\(account)"].increment(by: 1)
        try tx[bank.owners, "\(account)"].set("owner \(account)")
      }
    }
  }

  /// Where a state comes in.
  enum Road: CaseIterable { case inMemory, onDisk, store }

  private func receiver(
    _ road: Road, at path: String, adopting policy: AdoptionPolicy = AdoptionPolicy()
  ) async throws -> any Peer {
    if road == .inMemory {
      return try Replica(bank, joining: lisbon.founder, options: ReplicaOptions(adoption: policy))
    }
    let replica = try await Replica.open(
      bank, at: path, joining: lisbon.founder, options: ReplicaOptions(adoption: policy))
    if road == .onDisk { return replica }
    try await replica.close()
    return try StorePeer(
      try LogStore.open(at: path, options: ReplicaOptions(adoption: policy)))
  }

  private func close(_ peer: any Peer) async throws {
    if let replica = peer as? Replica<Bank> { try await replica.close() }
  }

  @Test(arguments: Road.allCases) func nothingIsReceivedOfWhatItsHeaderRefuses(
    road: Road
  ) async throws {
    let folder = try TemporaryFolder()
    let peer = try await receiver(road, at: folder.path + "/porto")
    let own = try await peer.greeting().replica
    var header = (await lisbon.state()).header
    header.heads[own] = Head(sequence: 1, hash: 1)
    let state = GatedState(header, parts: [])
    await #expect(
      throws: ReplicationError.beyondOwnHistory(origin: own, sequence: 1, last: 0)
    ) { try await peer.adopt(state.stream) }
    #expect(state.asked == 0)
    try await close(peer)
  }

  /// A store whose rows need a program.
  @Test func nothingIsReceivedByAStoreThatNeedsAProgram() async throws {
    struct Names: Schema {
      let names = Table<Int, LWWRegister<String>>("names")
      var invariants: [any Invariant] {
        Unique("a name is one row's", on: names, by: .owner(.founder)) { _, name in name }
      }
    }
    let folder = try TemporaryFolder()
    let founder = try Replica(Names())
    try await founder.write { try $0[Names().names, 1].set("falcon") }
    let path = folder.path + "/porto"
    try await Replica.open(Names(), at: path, joining: founder.founder).close()
    let peer = try StorePeer(try LogStore.open(at: path))
    let state = try await GatedState(of: founder)
    let error = await #expect(throws: ReplicationError.self) {
      try await peer.adopt(state.stream)
    }
    guard case .needsReplica? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(state.asked == 0)
  }

  @Test(arguments: Road.allCases) func aStateHasASize(road: Road) async throws {
    let folder = try TemporaryFolder()
    let state = try await GatedState(of: lisbon)
    var (size, sizes) = (0, [Int]())
    for try await part in (await lisbon.state()).parts {
      size += part.size
      sizes.append(size)
    }
    var policy = AdoptionPolicy()
    policy.maximumSize = size - 1
    let peer = try await receiver(road, at: folder.path + "/porto", adopting: policy)
    let first = try #require(sizes.firstIndex { $0 >= size })
    await #expect(
      throws: ReplicationError.exceedsLimit("bytes of a state", found: size, limit: size - 1)
    ) { try await peer.adopt(state.stream) }
    #expect(state.asked == first + 1)
    try await close(peer)
    policy.maximumSize = size
    let other = try await receiver(road, at: folder.path + "/faro", adopting: policy)
    try await other.adopt(await lisbon.state())
    try await close(other)
  }

  @Test func nothingMoreIsReceivedBehindAPartThatIsTooLong() async throws {
    let porto = try Replica(bank, joining: lisbon.founder)
    // All of its rows have the same bytes in memory.
    let row = StatePart.Row(key: [1], bytes: [UInt8](repeating: 0, count: 16 << 20))
    let rows = Array(repeating: row, count: StatePart.maximumSize / (16 << 20) + 1)
    let long = StatePart(table: "accounts", behind: nil, last: nil, rows: rows)
    let empty = StatePart(table: "accounts", behind: nil, last: nil, rows: [])
    let state = GatedState((await lisbon.state()).header, parts: [long, empty, empty])
    let error = await #expect(throws: ReplicationError.self) {
      try await porto.adopt(state.stream)
    }
    guard case .exceedsLimit("bytes in a part of a state", _, StatePart.maximumSize)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(state.asked == 1)
  }

  /// States that are on their way to a replica.
  private struct Arriving {
    let state: GatedState
    let task: Task<Void, any Error>
  }

  /// Begins with a state of Lisbon's, and returns when so many parts are kept.
  private func begin(_ porto: Replica<Bank>, keeping count: Int) async throws -> Arriving {
    let state = try await GatedState(of: lisbon, open: count)
    let task = Task { try await porto.adopt(state.stream) }
    await state.isAsked(for: count + 1)
    return Arriving(state: state, task: task)
  }

  private func expectOvertaken(_ arriving: Arriving, askedFor count: Int) async {
    arriving.state.open()
    await #expect(throws: ReplicationError.stateOvertaken) { try await arriving.task.value }
    #expect(arriving.state.asked == count)
  }

  private func expectAdopted(_ arriving: [Arriving]) async throws {
    for one in arriving {
      one.state.open()
      try await one.task.value
    }
  }

  private func porto(_ isOnDisk: Bool, folder: TemporaryFolder) async throws -> Replica<Bank> {
    isOnDisk
      ? try await Replica.open(bank, at: folder.path + "/porto", joining: lisbon.founder)
      : try Replica(bank, joining: lisbon.founder)
  }

  /// Of one that was overtaken no more is received, however much there is.
  @Test(arguments: [true, false]) func nothingMoreIsReceivedOfWhatWasOvertaken(
    isOnDisk: Bool
  ) async throws {
    let folder = try TemporaryFolder()
    let porto = try await porto(isOnDisk, folder: folder)
    let early = try await begin(porto, keeping: 1)
    let whole = try await begin(porto, keeping: early.state.count)
    var others: [Arriving] = []
    for _ in 0..<16 { others.append(try await begin(porto, keeping: 1)) }
    await expectOvertaken(early, askedFor: 2)
    // All of its parts had come, but not its end.
    await expectOvertaken(whole, askedFor: whole.state.count + 1)
    try await expectAdopted(others)
    #expect(try porto.snapshot.digest == lisbon.snapshot.digest)
    try await porto.close()
  }

  /// The one gives way whose last part came longest ago, not the one that began first.
  @Test(arguments: [true, false]) func whoHandsOverMoreIsNotOvertaken(isOnDisk: Bool) async throws {
    let folder = try TemporaryFolder()
    let porto = try await porto(isOnDisk, folder: folder)
    var arriving: [Arriving] = []
    for _ in 0..<16 { arriving.append(try await begin(porto, keeping: 1)) }
    arriving[0].state.open(2)
    await arriving[0].state.isAsked(for: 3)
    arriving.append(try await begin(porto, keeping: 1))
    await expectOvertaken(arriving.remove(at: 1), askedFor: 2)
    try await expectAdopted(arriving)
    try await porto.close()
  }

  /// What has come as a whole, or was broken off, takes no place any more.
  @Test(arguments: [true, false]) func whatIsOverTakesNoPlace(isOnDisk: Bool) async throws {
    let folder = try TemporaryFolder()
    let porto = try await porto(isOnDisk, folder: folder)
    let slow = try await begin(porto, keeping: 1)
    for number in 0..<20 {
      let header = (await lisbon.state()).header
      if number % 2 == 0 {
        try await porto.adopt(try await GatedState(of: lisbon).stream)
      } else {
        await #expect(throws: ReplicationError.self) {
          try await porto.adopt(GatedState(header, parts: []).stream)
        }
      }
    }
    try await expectAdopted([slow])
    try await porto.close()
  }
}
