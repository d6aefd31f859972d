import Merganser
import MerganserDatabase
import MerganserSync
import TestSupport
import Testing

/// A large message of a link is sent frame by frame, and holds up nothing that does not rest on it.
@Suite struct LargeMessageTests {
  private static let third = ReplicaID(high: 0, low: 3)
  private static let size = 300_000
  private static let long = Duration.seconds(3600)

  /// A side that is sending a large version, of which the first frame is not on its way yet.
  private static func sending(_ versions: [StoredVersion]) throws -> SyncSide {
    var side = try LinkSides.side()
    try side.step(.found(.versions(versions)), holdsSends: true)
    return side
  }

  /// How many bytes a side's machine has said to send last.
  private static func piece(of side: SyncSide) -> Int? {
    side.directives.compactMap { if case .send(let bytes) = $0 { bytes.count } else { nil } }.last
  }

  @Test func othersVersionsPassALargeOne() throws {
    let large = try LinkSides.versions(of: LinkSides.ours, count: 1, size: Self.size)
    let small = try LinkSides.versions(of: Self.third, count: 1)
    var side = try Self.sending(large)
    #expect(try #require(Self.piece(of: side)) < 70_000)
    // More is looked for although the large one is on its way.
    #expect(side.said { if case .watch = $0 { true } else { false } })
    try side.step(.found(.versions(small)), holdsSends: true)
    #expect(side.sent.allSatisfy { $0 != .versions(large) })
    try side.step(.sent, holdsSends: true)
    #expect(side.sent.last == .passing(small))
    // The rest of the large one, and nothing twice.
    try side.step(.sent)
    #expect(side.sent.last == .versions(large) && side.failure == nil)
  }

  @Test func whatRestsOnALargeOneGoesBehindIt() throws {
    let ours = try LinkSides.versions(of: LinkSides.ours, count: 2, size: Self.size)
    var side = try Self.sending([ours[0]])
    try side.step(.found(.versions([ours[1]])), holdsSends: true)
    for _ in 0..<20 { try side.step(.sent, holdsSends: true) }
    #expect(side.sent.suffix(2) == [.versions([ours[0]]), .versions([ours[1]])])

    // Also what another replica wrote that had seen it.
    var database = Database(
      catalog: try Catalog(Bank()), replica: Self.third, founder: LinkSides.ours)
    _ = try database.receive([ours[0]], wall: .zero)
    database.noteStored()
    let bank = Bank()
    let behind = try #require(
      try database.transact(wall: .zero) { tx in
        try tx[bank.accounts, "0"].increment(by: 1)
      }.version)
    side = try Self.sending([ours[0]])
    try side.step(.found(.versions([behind])), holdsSends: true)
    for _ in 0..<10 { try side.step(.sent, holdsSends: true) }
    #expect(side.sent.suffix(2) == [.versions([ours[0]]), .versions([behind])])
  }

  @Test func acknowledgementsAndSignsOfLifePassALargeOne() throws {
    let large = try LinkSides.versions(of: LinkSides.ours, count: 1, size: Self.size)
    let theirs = try LinkSides.versions(of: LinkSides.theirs, count: 1)
    var side = try Self.sending(large)
    try side.hear(.versions(theirs))
    var reception = Database.Reception()
    reception.applied = theirs
    try side.step(.applied(reception), holdsSends: true)
    try side.step(.sent, holdsSends: true)
    guard case .acknowledgement? = side.sent.last else {
      Issue.record("\(String(describing: side.sent.last?.kind))")
      return
    }
    #expect(!side.sent.contains(.versions(large)))
  }

  /// What says that all was sent comes behind all that was.
  @Test func aDrainComesBehindALargeOne() throws {
    let large = try LinkSides.versions(of: LinkSides.ours, count: 1, size: Self.size)
    var side = try Self.sending(large)
    try side.step(.drain, holdsSends: true)
    try side.step(.found(.nothing), holdsSends: true)
    try side.step(.sent)
    #expect(side.sent.suffix(2) == [.versions(large), .drain])

    side = try Self.sending(large)
    try side.hear(.again)
    try side.step(.sent)
    #expect(side.sent.suffix(2) == [.versions(large), .again])
  }

  /// Only so much is held back behind a large one.
  @Test func whatGoesBehindALargeOneIsBounded() throws {
    var greeting = try LinkSides.greeting(LinkSides.theirs)
    greeting.window = 1 << 30
    var side = try SyncSide(
      try LinkSides.greeting(LinkSides.ours, window: nil), isLink: true)
    try LinkSides.meet(&side, messages: 1, as: greeting)
    let versions = try LinkSides.versions(of: LinkSides.ours, count: 12, size: Self.size)
    try side.step(.found(.versions([versions[0]])), holdsSends: true)
    var number = 1
    while side.said({ if case .watch = $0 { true } else { false } }), number < versions.count {
      try side.step(.found(.versions([versions[number]])), holdsSends: true)
      number += 1
    }
    #expect(number == 5)
    // They go together once it is on its way.
    var isWatching = false
    for _ in 0..<6 {
      try side.step(.sent, holdsSends: true)
      isWatching = isWatching || side.said { if case .watch = $0 { true } else { false } }
    }
    #expect(isWatching)
    for _ in 0..<20 { try side.step(.sent, holdsSends: true) }
    #expect(side.sent.suffix(2) == [.versions([versions[0]]), .versions(Array(versions[1..<5]))])
  }

  /// Both sides count alike what was sent, however it was divided into messages.
  @Test func bothSidesCountAlikeWhatWasSent() throws {
    var limits = SyncLimits()
    limits.window = 1 << 20
    var peer = try LinkSides.greeting(LinkSides.theirs)
    peer.window = limits.window
    var side = try SyncSide(
      try LinkSides.greeting(LinkSides.ours, window: nil), limits: limits, isLink: true)
    try LinkSides.meet(&side, messages: 1, as: peer)
    let ours = try LinkSides.versions(of: LinkSides.ours, count: 4, size: 600_000)
    let small = try LinkSides.versions(of: Self.third, count: 1, size: 20_000)
    try side.step(.found(.versions([ours[0]])), holdsSends: true)
    try side.step(.found(.versions([small[0], ours[1]])), holdsSends: true)
    for _ in 0..<60 { try side.step(.sent, holdsSends: true) }
    // The other side takes in what came, and grants as much more.
    var other = try SyncSide(
      try LinkSides.greeting(LinkSides.theirs, window: nil), limits: limits, isLink: true)
    var own = try LinkSides.greeting(LinkSides.ours)
    own.window = limits.window
    try LinkSides.meet(&other, messages: 1, as: own)
    for message in side.sent {
      guard case .versions(let versions) = message else {
        guard case .passing(let versions) = message else { continue }
        try take(versions, as: message, at: &other)
        continue
      }
      try take(versions, as: message, at: &other)
    }
    for message in other.sent {
      if case .acknowledgement = message { try side.hear(message) }
    }
    #expect(side.failure == nil && other.failure == nil)
    #expect(side.machine.owed == 0)
  }

  private func take(
    _ versions: [StoredVersion], as message: SyncMessage, at side: inout SyncSide
  ) throws {
    try side.hear(message)
    var reception = Database.Reception()
    reception.applied = versions
    try side.step(.applied(reception))
  }

  /// A side that has failed says nothing more, and does not wait for what it was sending.
  @Test(.timeLimit(.minutes(1))) func whoHasFailedSaysNothingMore() throws {
    let large = try LinkSides.versions(of: LinkSides.ours, count: 1, size: Self.size)
    var side = try Self.sending(large)
    try side.step(.failed(StorageError.diskFull(path: "x")), holdsSends: true)
    try side.step(.found(.outdated), holdsSends: true)
    try side.step(.drain, holdsSends: true)
    try side.step(.found(.nothing), holdsSends: true)
    try side.step(.sent)
    #expect(side.failure as? StorageError == .diskFull(path: "x"))
    guard case .refusal? = side.sent.last else {
      Issue.record("\(String(describing: side.sent.last?.kind))")
      return
    }
  }

  /// Who sends and does not read fills no memory with what is to be said to it.
  @Test func acknowledgementsThatNobodyReadsHaveAnEnd() throws {
    var side = try LinkSides.side()
    try side.step(
      .found(.versions(try LinkSides.versions(of: LinkSides.ours, count: 1))), holdsSends: true)
    var reception = Database.Reception()
    for number in UInt64(100)..<300 {
      reception.applied += try LinkSides.versions(of: ReplicaID(high: 9, low: number), count: 1)
    }
    for _ in 0..<4000 { try side.step(.applied(reception), holdsSends: true) }
    side.now += .seconds(3)
    try side.step(.time, holdsSends: true)
    guard case .exceedsLimit? = side.failure as? ReplicationError else {
      Issue.record("\(String(describing: side.failure))")
      return
    }
  }

  /// What could not be sent is told, also where the other side drains.
  @Test func aDrainDoesNotHideWhatWasNotSent() throws {
    var side = try LinkSides.side()
    let ours = try LinkSides.versions(of: LinkSides.ours, count: 1)
    try side.step(.found(.versions(ours)), holdsSends: true)
    try side.step(.unsent(SyncError.interrupted))
    try side.hear(.drain)
    try side.step(.found(.nothing))
    side.now += .seconds(3)
    try side.step(.time)
    #expect(side.failure as? SyncError == .interrupted && side.result == nil)
  }

  /// Between the frames of versions stands nothing but what may.
  @Test func whatMayNotPassIsDamage() throws {
    let large = SyncMessage.versions(
      try LinkSides.versions(of: LinkSides.ours, count: 1, size: Self.size))
    let between: [(SyncMessage, isAllowed: Bool)] = [
      (.alive, true), (.refusal("no", isLasting: true), true),
      (.acknowledgement(LinkAcknowledgement(granted: 1)), true),
      (.passing(try LinkSides.versions(of: LinkSides.theirs, count: 1)), true),
      (.again, false), (.drain, false), (.end(messages: 1), false),
      (.outcome(SyncOutcome()), false),
    ]
    for (message, isAllowed) in between {
      var encoder = MessageEncoder()
      var decoder = MessageDecoder(limit: 1 << 30)
      decoder.isGreeted = true
      decoder.append(MessageEncoder.preface)
      var (cut, bytes) = (CutMessage(large), [UInt8]())
      encoder.encodeFrame(of: &cut, to: &bytes)
      encoder.encode(message, to: &bytes)
      repeat { encoder.encodeFrame(of: &cut, to: &bytes) } while !cut.isEmpty
      decoder.append(bytes)
      let found = Result { [try decoder.next(), try decoder.next()] }
      if isAllowed {
        #expect(try found.get() == [message, large])
      } else {
        #expect(throws: SyncError.self, "\(message)") { try found.get() }
      }
    }
  }

  /// Two replicas that are linked, and a third one's small versions while a large row is on its way.
  @Test(.timeLimit(.minutes(2))) func aLargeRowArrivesAndTheOthersBeforeIt() async throws {
    let bank = Bank()
    let lisbon = try Replica(bank)
    let porto = try Replica(bank, joining: lisbon.founder)
    let faro = try Replica(bank, joining: lisbon.founder)
    let ends = LocalPipe.ends()
    let (first, second) = (lisbon.link(over: ends.0), porto.link(over: ends.1))
    async let here: Link.End = first.run()
    async let there: Link.End = second.run()
    // They are linked once the first of them has arrived.
    var session = SessionToken()
    try await lisbon.write(in: &session, within: .zero) {
      try $0[bank.accounts, "a"].increment(by: 1)
    }
    _ = try await porto.read(in: &session, within: Self.long)
    try await lisbon.write(in: &session, within: .zero) {
      try $0[bank.accounts, "large"].increment(by: 1)
      try $0[bank.owners, "large"].set(String(repeating: "x", count: 8 << 20))
    }
    var other = SessionToken()
    try await faro.write(in: &other, within: .zero) {
      try $0[bank.accounts, "faro"].increment(by: 1)
    }
    try await lisbon.sync(with: faro)
    _ = try await porto.read(in: &other, within: Self.long)
    _ = try await porto.read(in: &session, within: Self.long)
    #expect(porto.snapshot.vector == lisbon.snapshot.vector)
    #expect(try await first.lag() == 0 && first.peer == porto.id)
    first.drain()
    #expect(try await [here, there] == [.drained, .drained])
  }
}
