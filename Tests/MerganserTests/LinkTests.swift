import Merganser
import MerganserDatabase
import MerganserLog
import MerganserSync
import MerganserTypes
import Synchronization
import TestSupport
import Testing

/// Replicas that stay linked hold what becomes durable at either, until the link drains, fails, or is cancelled.
@Suite(.timeLimit(.minutes(15))) struct LinkTests {
  private let bank = Bank()

  /// Two links over the ends of a pipe, which run.
  private struct Pair: Sendable {
    let links: [Link]
    let runs: [Task<Link.End, any Error>]

    init(_ links: [Link]) {
      self.links = links
      runs = links.map { link in Task { try await link.run() } }
    }

    init(
      of first: Replica<Bank>, and second: Replica<Bank>,
      limits: SyncLimits = LinkTests.limits { _ in },
      faults: LocalPipe.Faults? = nil
    ) {
      let (here, there) = LocalPipe.ends(faults: faults)
      self.init([
        first.link(over: here, limits: limits), second.link(over: there, limits: limits),
      ])
    }

    /// Drains the link at one side, and expects that both ends have heard it.
    func drain(_ side: Int = 0) async throws {
      links[side].drain()
      for run in runs { #expect(try await run.value == .drained) }
    }
  }

  private func add(_ replica: Replica<Bank>, to account: String, by amount: Int64 = 1) async throws
  {
    try await replica.write { [bank] in try $0[bank.accounts, account].increment(by: amount) }
  }

  /// Waits until a replica shows so much in an account.
  private func expect(_ replica: Replica<Bank>, in account: String, shows amount: Int64)
    async throws
  {
    for await snapshot in replica.snapshots
    where try snapshot[bank.accounts, account]?.value == amount { return }
    Issue.record("the replica ended before")
  }

  /// Limits by which nobody is given up because the machine is busy.
  private static func limits(_ change: (inout SyncLimits) -> Void) -> SyncLimits {
    var limits = SyncLimits()
    limits.silence = .seconds(3600)
    change(&limits)
    return limits
  }

  @Test func whatIsWrittenGoesToTheOtherSide() async throws {
    let lisbon = try Replica(bank)
    let porto = try Replica(bank, joining: lisbon.founder)
    try await add(lisbon, to: "before")
    let pair = Pair(of: lisbon, and: porto)
    try await expect(porto, in: "before", shows: 1)
    for round in Int64(1)...20 {
      try await add(lisbon, to: "l")
      try await expect(porto, in: "l", shows: round)
      try await add(porto, to: "p")
      try await expect(lisbon, in: "p", shows: round)
    }
    #expect(try lisbon.snapshot.digest == porto.snapshot.digest)
    try await pair.drain()
    // What the other has stored is known without another sync.
    #expect(lisbon.peers.peers[porto.id]?.vector[lisbon.id] == 21)
  }

  /// What is durable when a link drains has come to the other side when it has ended.
  @Test(arguments: [0, 1]) func whatIsThereIsSentBeforeTheEnd(_ side: Int) async throws {
    let lisbon = try Replica(bank)
    let porto = try Replica(bank, joining: lisbon.founder)
    let pair = Pair(of: lisbon, and: porto, limits: Self.limits { $0.window = 1 << 16 })
    try await add(lisbon, to: "a")
    try await expect(porto, in: "a", shows: 1)
    let text = String(repeating: "x", count: 20_000)
    for number in 0..<30 {
      for replica in [lisbon, porto] {
        try await replica.write { [bank] tx in
          try tx[bank.accounts, "\(replica.id) \(number)"].increment(by: 1)
          try tx[bank.owners, "\(replica.id) \(number)"].set(text)
        }
      }
    }
    try await pair.drain(side)
    #expect(try lisbon.snapshot.digest == porto.snapshot.digest)
  }

  @Test func aLinkMayDrainBeforeItRuns() async throws {
    let lisbon = try Replica(bank)
    let porto = try Replica(bank, joining: lisbon.founder)
    try await add(lisbon, to: "a")
    let (here, there) = LocalPipe.ends()
    let links = [lisbon, porto].enumerated().map { place, replica in
      replica.link(over: place == 0 ? here : there, limits: Self.limits { _ in })
    }
    links[0].drain()
    try await Pair(links).drain()
    #expect(try lisbon.snapshot.digest == porto.snapshot.digest)
    await #expect(throws: SyncError.inUse) { try await links[0].run() }
  }

  @Test func whatComesByOneLinkGoesOnByOthers() async throws {
    let lisbon = try Replica(bank)
    let others = try (0..<3).map { _ in try Replica(bank, joining: lisbon.founder) }
    let chain = [lisbon] + others
    let pairs = zip(chain, chain.dropFirst()).map { Pair(of: $0, and: $1) }
    for round in Int64(1)...5 {
      try await add(lisbon, to: "first")
      try await add(others[2], to: "last")
      try await expect(others[2], in: "first", shows: round)
      try await expect(lisbon, in: "last", shows: round)
    }
    for pair in pairs { try await pair.drain() }
  }

  /// A store that no program has open stores and hands on what comes.
  @Test func aStoreRelays() async throws {
    let folder = try TemporaryFolder()
    let lisbon = try Replica(bank)
    let porto = try Replica(bank, joining: lisbon.founder)
    try await Replica.open(bank, at: folder.path + "/relay", joining: lisbon.founder).close()
    let store = try LogStore.open(at: folder.path + "/relay", options: ReplicaOptions())
    let relay = try StorePeer(store)
    var pairs: [Pair] = []
    for replica in [lisbon, porto] {
      let (here, there) = LocalPipe.ends()
      pairs.append(
        Pair([
          relay.link(over: here, limits: Self.limits { _ in }),
          replica.link(over: there, limits: Self.limits { _ in }),
        ]))
    }
    for round in Int64(1)...5 {
      try await add(lisbon, to: "a")
      try await expect(porto, in: "a", shows: round)
    }
    for pair in pairs { try await pair.drain() }
    #expect(try store.snapshot().heads[lisbon.id]?.sequence == 5)
    try store.close()
  }

  /// A side that is behind a truncation is handed the state by the same link, and the link goes on.
  @Test func whoIsBehindIsHandedTheStateByTheLink() async throws {
    let folder = try TemporaryFolder()
    let lisbon = try await Replica.open(
      bank, at: folder.path + "/lisbon", options: StateTransferTests.options)
    let porto = try Replica(bank, joining: lisbon.founder)
    for number in 0..<200 { try await add(lisbon, to: "\(number % 20)", by: 1) }
    try await StateTransferTests().settle(lisbon)
    #expect(try await lisbon.greeting().truncatedTo != VersionVector())
    let pair = Pair(of: lisbon, and: porto, limits: Self.limits { $0.meeting = .milliseconds(1) })
    try await expect(porto, in: "1", shows: 10)
    for round in Int64(1)...5 {
      try await add(lisbon, to: "on")
      try await expect(porto, in: "on", shows: round)
    }
    try await pair.drain()
    try await lisbon.close()
  }

  /// A schema that grows at one side while the link goes on grows at the other.
  @Test func aSchemaGrowsByTheLink() async throws {
    let lisbon = try Replica(bank)
    let porto = try Replica(bank, joining: lisbon.founder)
    let grown = NewerBank()
    let newer = try Replica(grown, joining: lisbon.founder)
    let pair = Pair(of: lisbon, and: porto)
    try await add(lisbon, to: "a")
    try await expect(porto, in: "a", shows: 1)
    try await newer.sync(with: lisbon)
    try await newer.write(.localOnly) { try $0[grown.notes, "a"].set("rich") }
    try await newer.sync(with: lisbon)
    try await add(lisbon, to: "a")
    try await expect(porto, in: "a", shows: 2)
    try await pair.drain()
    #expect(porto.snapshot.catalog.fingerprint == newer.snapshot.catalog.fingerprint)
    #expect(try lisbon.snapshot.digest == porto.snapshot.digest)
  }

  /// A peer that only syncs is synced with, and nothing waits for it.
  @Test func whoOnlySyncsIsSyncedWith() async throws {
    let lisbon = try Replica(bank)
    let porto = try Replica(bank, joining: lisbon.founder)
    try await add(lisbon, to: "a")
    let (here, there) = LocalPipe.ends()
    async let end = lisbon.link(over: here, limits: Self.limits { _ in }).run()
    let report = try await porto.sync(over: there)
    #expect(report.received == 1)
    #expect(try await end == .synced)
  }

  @Test func aLinkThatIsCancelledEndsAtOnce() async throws {
    let lisbon = try Replica(bank)
    let porto = try Replica(bank, joining: lisbon.founder)
    let pair = Pair(of: lisbon, and: porto)
    try await add(lisbon, to: "a")
    try await expect(porto, in: "a", shows: 1)
    pair.runs[0].cancel()
    await #expect(throws: CancellationError.self) { try await pair.runs[0].value }
    await #expect(throws: SyncError.interrupted) { try await pair.runs[1].value }
    // What was exchanged stays, and another link goes on from there.
    try await add(lisbon, to: "a")
    let next = Pair(of: lisbon, and: porto)
    try await expect(porto, in: "a", shows: 2)
    try await next.drain()
  }

  /// A replica that is closed sends what it has, and both ends drain.
  @Test func aReplicaThatIsClosedDrains() async throws {
    let lisbon = try Replica(bank)
    let porto = try Replica(bank, joining: lisbon.founder)
    let pair = Pair(of: lisbon, and: porto)
    try await add(lisbon, to: "a")
    try await expect(porto, in: "a", shows: 1)
    try await porto.close()
    for run in pair.runs { #expect(try await run.value == .drained) }
  }

  /// Links that fail in every way are begun again until both sides are equal; they meet again and again meanwhile.
  @Test(
    .exercises(["a link that a fault ended": 3, "a link that drained": 3]),
    arguments: [UInt64(1), 2, 3, 4])
  func linksGoOnUntilBothAreEqual(_ seed: UInt64) async throws {
    let lisbon = try Replica(bank)
    let porto = try Replica(bank, joining: lisbon.founder)
    var limits = SyncLimits()
    limits.meeting = .milliseconds(20)
    limits.silence = .seconds(2)
    limits.window = 1 << 16
    for attempt in UInt64(0)..<40 {
      var faults = LocalPipe.Faults(seed: seed << 32 | attempt)
      faults.longestPiece = 500
      if attempt % 4 != 3 {
        faults.damage = 0.004
        faults.repetition = 0.004
        faults.reordering = 0.004
      }
      let pair = Pair(of: lisbon, and: porto, limits: limits, faults: faults)
      for number in 0..<10 {
        try await add(lisbon, to: "l \(number)")
        try await add(porto, to: "p \(number)")
      }
      pair.links[Int(attempt % 2)].drain()
      var hasFailed = false
      for run in pair.runs {
        do { #expect(try await run.value == .drained) } catch is SyncError { hasFailed = true }
      }
      Exercised.count(hasFailed ? "a link that a fault ended" : "a link that drained")
      if !hasFailed { #expect(try lisbon.snapshot.digest == porto.snapshot.digest) }
    }
  }

  /// What is refused of what comes by a link is told at once at both sides, and stands in the end's report.
  @Test func whatIsRefusedIsToldAtOnceAtBothSides() async throws {
    let wall = Wall()
    let lisbon = try Replica(bank, options: ReplicaOptions(wall: Wall().time))
    let porto = try Replica(
      bank, joining: lisbon.founder, options: ReplicaOptions(wall: wall.time))
    let reports = [lisbon, porto].map { replica in
      let (stream, continuation) = AsyncStream.makeStream(of: SyncReport.self)
      replica.observe { if case .linked(let report) = $0 { continuation.yield(report) } }
      return stream
    }
    let pair = Pair(of: lisbon, and: porto)
    try await add(porto, to: "a")
    try await expect(lisbon, in: "a", shows: 1)
    wall.set(ahead: Wall.year)
    try await add(porto, to: "a")
    for (place, stream) in reports.enumerated() {
      for await report in stream where !report.refused.isEmpty {
        #expect(report.refused.count == 1)
        switch (place, report.refused[0]) {
        case (0, .fromTheFuture(let origin, _, _)): #expect(origin == porto.id)
        case (1, .refusedByPeer(_, let isForGood)): #expect(!isForGood)
        default: Issue.record("\(report)")
        }
        break
      }
    }
    try await pair.drain()
    #expect(pair.links.map(\.report.refused.count) == [1, 1])
    #expect(pair.links[0].report.received == 1 && pair.links[1].report.sent == 1)
  }

  /// A stranger who sends what a replica wrote in another order: it waits, and is stored in its order.
  @Test func versionsInAnyOrderAreStoredInTheirs() async throws {
    let lisbon = try Replica(bank)
    let porto = try Replica(bank, joining: lisbon.founder)
    let (here, there) = LocalPipe.ends()
    let link = lisbon.link(over: here, limits: Self.limits { _ in })
    let run = Task {
      do { return try await link.run() } catch {
        // Nothing more comes to who waits.
        try await lisbon.close()
        throw error
      }
    }
    var encoder = MessageEncoder()
    var bytes = MessageEncoder.preface
    var greeting = try await porto.greeting()
    greeting.window = 1 << 20
    for message in [SyncMessage.greeting(greeting), .end(messages: 1)] {
      encoder.encode(message, to: &bytes)
    }
    try await there.send(bytes)
    var decoder = MessageDecoder(limit: 1 << 20)
    decoder.isGreeted = true
    var isOver = false
    while !isOver, let piece = try await there.receive() {
      decoder.append(piece)
      while let message = try decoder.next() {
        if case .outcome = message { isOver = true }
      }
    }
    bytes = []
    encoder.encode(.outcome(SyncOutcome()), to: &bytes)
    try await there.send(bytes)
    for _ in 0..<5 { try await add(porto, to: "a") }
    var versions: [StoredVersion] = []
    for try await batch in porto.versions(beyond: VersionVector()) { versions += batch }
    for version in versions.reversed() {
      var bytes: [UInt8] = []
      encoder.encode(.versions([version]), to: &bytes)
      try await there.send(bytes)
    }
    try await expect(lisbon, in: "a", shows: 5)
    link.drain()
    bytes = []
    encoder.encode(.drain, to: &bytes)
    try await there.send(bytes)
    #expect(try await run.value == .drained)
    #expect(link.report.received == 5)
  }
}
