import Merganser
import MerganserDatabase
import MerganserSync
import MerganserLog
import TestSupport
import Testing

/// What a peer says when it meets another is bounded, and refused by name beyond that.
@Suite struct GreetingLimitTests {
  private let bank = Bank()

  /// A peer that says what it likes, and has what it offers.
  private func speaker(_ said: Greeting, offering offered: [StoredVersion] = []) -> HostilePeer {
    HostilePeer(
      said: said, handed: offered, header: StateHeader(heads: said.heads, time: .zero))
  }

  private func greeting(of replica: Replica<Bank>, heads: Int = 0) throws -> Greeting {
    var greeting = Greeting(
      replica: .random(), founder: replica.founder, schema: try Catalog(bank).description,
      heads: [:])
    for number in 0..<UInt64(heads) {
      greeting.heads[ReplicaID(high: number &* 0x9E37_79B9_7F4A_7C15, low: number)] = Head(
        sequence: 1, hash: number)
    }
    return greeting
  }

  @Test func whatIsTooMuchOrCannotBeIsRefusedByName() async throws {
    let (folder, stranger) = (try TemporaryFolder(), ReplicaID(high: 4, low: 4))
    let limit = Database.maximumOrigins
    let porto = try await Replica.open(bank, at: folder.path + "/porto")
    try await porto.write { [bank] in try $0[bank.accounts, "a"].increment(by: 1) }
    let cut = Cut(last: Head(sequence: 1, hash: 1), heir: stranger, decided: 1)
    let faults: [(inout Greeting) throws -> Void] = [
      { $0 = try greeting(of: porto, heads: limit + 1) },
      { greeting in
        for number in 0...UInt64(limit) {
          greeting.cuts[ReplicaID(high: 5, low: number)] = cut
        }
      },
      { greeting in
        for number in 0...UInt64(limit) {
          greeting.truncatedTo[ReplicaID(high: 5, low: number)] = 1
        }
      },
      { $0.heads[stranger] = Head(sequence: 0, hash: 1) },
      { $0.heads[stranger] = Head(sequence: .max, hash: 1) },
      { $0.truncatedTo[stranger] = 1 },
      { greeting in
        greeting.heads[stranger] = Head(sequence: 1, hash: 1)
        greeting.truncatedTo[stranger] = 2
      },
      { $0.cuts[stranger] = Cut(last: Head(sequence: .max, hash: 1), heir: stranger, decided: 1) },
      { greeting in
        var tables = greeting.schema.tables
        tables += (0..<2000).map { .init(name: "t\($0)", key: "Int", value: "PNCounter") }
        greeting.schema = SchemaDescription(tables: tables, invariants: greeting.schema.invariants)
      },
    ]
    for (place, fault) in faults.enumerated() {
      var said = try greeting(of: porto)
      try fault(&said)
      let speaker = speaker(said)
      for isFirst in [true, false] {
        let error = await #expect(throws: ReplicationError.self, "\(place)") {
          try await isFirst ? sync(speaker, with: porto) : sync(porto, with: speaker)
        }
        guard let error else { continue }
        #expect("\(error)".utf8.count < 1000)
      }
      #expect(porto.peers == KnownPeers())
    }
    try await porto.close()
  }

  /// As many heads as there can be cost about what they take to be read.
  @Test(.timeLimit(.minutes(5))) func manyHeadsAreSynced() async throws {
    let folder = try TemporaryFolder()
    let porto = try await Replica.open(bank, at: folder.path + "/porto")
    try await porto.write { [bank] in try $0[bank.accounts, "a"].increment(by: 1) }
    func time(_ heads: Int) async throws -> Duration {
      let speaker = speaker(try greeting(of: porto, heads: heads))
      var best = Duration.seconds(60)
      for _ in 0..<3 {
        let start = ContinuousClock.now
        _ = try await porto.sync(with: speaker)
        best = min(best, ContinuousClock.now - start)
      }
      return best
    }
    let (few, many) = (try await time(4096), try await time(65_536))
    // Sixteen times as many, with sorting.
    #expect(many < max(few, .milliseconds(1)) * 40, "\(few) and \(many)")
    // What it says to hold is not ours, so that nothing of it is noted.
    #expect(porto.peers.peers.values.allSatisfy { $0.vector == VersionVector() })
    try await porto.close()
  }

  /// Greetings with made-up names, 300 of them, push no member out, and do not hold the log.
  @Test func madeUpNamesPushNoMemberOut() async throws {
    let folder = try TemporaryFolder()
    let lisbon = try await Replica.open(bank, at: folder.path + "/lisbon")
    let porto = try Replica(bank, joining: lisbon.founder)
    try await porto.write { [bank] in try $0[bank.accounts, "p"].increment(by: 1) }
    try await lisbon.sync(with: porto)
    let member = lisbon.peers.peers[porto.id]
    #expect(member?.vector[porto.id] == 1)
    for _ in 0..<300 { _ = try await lisbon.sync(with: speaker(try greeting(of: lisbon))) }
    #expect(lisbon.peers.peers.count == KnownPeers.limit)
    #expect(lisbon.peers.peers[porto.id] == member)
    try await lisbon.close()
  }

  /// The exchange knows by whom something came: one who fills the room leaves the others theirs.
  @Test(arguments: [true, false]) func whoFillsTheRoomKeepsNobodyOut(isOnDisk: Bool) async throws {
    let folder = try TemporaryFolder()
    let lisbon =
      isOnDisk
      ? try await Replica.open(bank, at: folder.path + "/lisbon") : try Replica(bank)
    let (porto, filler) = (
      try Replica(bank, joining: lisbon.founder), try Replica(bank, joining: lisbon.founder)
    )
    func versions(of replica: Replica<Bank>) async throws -> [StoredVersion] {
      var versions: [StoredVersion] = []
      for try await batch in replica.versions(beyond: VersionVector()) { versions += batch }
      return versions
    }
    for number in 0..<80 {
      try await filler.write { [bank] tx in
        try tx[bank.accounts, "\(number)"].create()
        try tx[bank.owners, "\(number)"].set(String(repeating: "x", count: 1 << 20))
      }
    }
    try await lisbon.sync(with: Replica(bank, joining: lisbon.founder))
    let filling = speaker(
      try greeting(of: lisbon), offering: Array(try await versions(of: filler).dropFirst()))
    for _ in 0..<2 { _ = try await lisbon.sync(with: filling) }
    try await porto.write { [bank] in try $0[bank.accounts, "p"].increment(by: 1) }
    try await lisbon.sync(with: porto)
    for _ in 0..<2 {
      try await porto.write { [bank] in try $0[bank.accounts, "p"].increment(by: 1) }
    }
    let all = try await versions(of: porto)
    var said = try greeting(of: lisbon)
    said.replica = porto.id
    said.heads[porto.id] = all[0].head
    // The last comes first, and the one before by another road.
    _ = try await lisbon.sync(with: speaker(said, offering: [all[2]]))
    _ = try await lisbon.apply([all[1]])
    #expect(try lisbon.snapshot[bank.accounts, "p"]?.value == 3)
    try await lisbon.close()
  }

  /// A count that the bytes cannot hold is refused before there is room made for it.
  @Test func aCountMakesNoRoom() throws {
    func bytes(_ front: (inout BinaryEncoder) -> Void) -> [UInt8] {
      var encoder = BinaryEncoder()
      front(&encoder)
      encoder.encode(varint: 1 << 50)
      return encoder.bytes
    }
    let header = bytes { encoder in
      for _ in 0..<2 { ReplicaID(high: 1, low: 1).encode(to: &encoder) }
      encoder.encode(fixed64: 0)
      false.encode(to: &encoder)
      encoder.encode(fixed64: 0)
    }
    #expect(throws: BinaryDecodingError.self) { try BundleHeader(binaryEncoded: header) }
    #expect(throws: BinaryDecodingError.self) { try StateHeader(binaryEncoded: bytes { _ in }) }
    #expect(throws: BinaryDecodingError.self) {
      try SchemaDescription(binaryEncoded: bytes { _ in })
    }
    for front in [{ _ in }, { "t".encode(to: &$0) }] as [(inout BinaryEncoder) -> Void] {
      #expect(throws: BinaryDecodingError.self) { try StatePart(binaryEncoded: bytes(front)) }
    }
    #expect(throws: BinaryDecodingError.self) { try KnownPeers(binaryEncoded: bytes { _ in }) }
    #expect(throws: BinaryDecodingError.self) { try VersionVector(binaryEncoded: bytes { _ in }) }
  }
}
