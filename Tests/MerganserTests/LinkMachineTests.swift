import Merganser
import MerganserDatabase
import MerganserSync
import TestSupport
import Testing

/// One side of a link, by itself: what it sends and takes once both hold the same, whatever the other side does.
@Suite struct LinkMachineTests {
  private static let ours = ReplicaID(high: 0, low: 1)
  private static let theirs = ReplicaID(high: 0, low: 2)

  /// How many bytes the other side takes ahead of what it has stored.
  private static let window = 1 << 16

  private static func greeting(_ replica: ReplicaID, window: Int? = window) throws -> Greeting {
    var greeting = Greeting(
      replica: replica, founder: ours, schema: try Catalog(Bank()).description, heads: [:])
    greeting.window = window
    return greeting
  }

  /// A side that has met the other, which links too.
  private static func side(_ limits: SyncLimits = SyncLimits()) throws -> SyncSide {
    var side = try SyncSide(try greeting(ours, window: nil), limits: limits, isLink: true)
    try meet(&side, messages: 1)
    return side
  }

  /// Has a side meet the other one, which says its end behind so many messages.
  private static func meet(_ side: inout SyncSide, messages: Int) throws {
    try side.hear(.greeting(try greeting(theirs)))
    try side.step(.compared(HistoryComparison()))
    try side.step(.readAll)
    try side.hear(.end(messages: messages))
    try side.hear(.outcome(SyncOutcome()))
    try #require(side.failure == nil)
    #expect(side.said { if case .met = $0 { true } else { false } })
    #expect(side.machine.stage == .live)
  }

  /// Versions of a replica, one after the other, each with so many bytes and some more.
  private static func versions(
    of replica: ReplicaID, count: Int, size: Int = 10
  ) throws -> [StoredVersion] {
    var database = Database(catalog: try Catalog(Bank()), replica: replica, founder: ours)
    let bank = Bank()
    return try (0..<count).map { number in
      let (_, version) = try database.transact(wall: .zero) { tx in
        try tx[bank.accounts, "\(number)"].increment(by: 1)
        try tx[bank.owners, "\(number)"].set(String(repeating: "x", count: size))
      }
      database.noteStored()
      return try #require(version)
    }
  }

  private static func watched(_ side: SyncSide) -> VersionVector? {
    side.directives.compactMap { if case .watch(let vector, _) = $0 { vector } else { nil } }.last
  }

  /// What is sent ahead of what the other side has stored is bounded by what that side lets come.
  @Test func whatIsSentIsBoundedByTheWindow() throws {
    var side = try Self.side()
    let versions = try Self.versions(of: Self.ours, count: 3, size: 40_000)
    #expect(Self.watched(side) == VersionVector())
    try side.step(.found(.versions([versions[0]])))
    #expect(Self.watched(side)?[Self.ours] == versions[0].sequences.upperBound)
    try side.step(.found(.versions([versions[1]])))
    #expect(side.sent.suffix(2) == [.versions([versions[0]]), .versions([versions[1]])])
    // There is no room left: nothing is looked for, whatever passes.
    #expect(Self.watched(side) == nil)
    try side.step(.time)
    #expect(Self.watched(side) == nil)
    try side.hear(
      .acknowledgement(
        LinkAcknowledgement(heads: [Self.ours: versions[0].head], granted: 100_000)))
    #expect(Self.watched(side)?[Self.ours] == versions[1].sequences.upperBound)
    #expect(
      side.said {
        if case .note(Self.theirs, let heads) = $0 {
          heads[Self.ours] == versions[0].head
        } else {
          false
        }
      })
    // A grant is not taken back.
    try side.step(.found(.versions([versions[2]])))
    try side.hear(.acknowledgement(LinkAcknowledgement(heads: [:], granted: 0)))
    #expect(side.failure == nil && Self.watched(side) == nil)
  }

  /// What comes is taken one message after the other, and what may come goes by what was stored.
  @Test func whatMayComeGoesByWhatIsStored() throws {
    var limits = SyncLimits()
    limits.window = 1 << 16
    var side = try Self.side(limits)
    let versions = try Self.versions(of: Self.theirs, count: 2, size: 60_000)
    try side.hear(.versions([versions[0]]))
    #expect(side.said { if case .apply([versions[0]], _) = $0 { true } else { false } })
    // Nothing more is asked for, and what comes all the same waits.
    try side.hear(.versions([versions[1]]))
    #expect(side.directives.isEmpty)
    for (number, version) in versions.enumerated() {
      var reception = Database.Reception()
      reception.applied = [version]
      try side.step(.applied(reception))
      let size = versions[...number].reduce(0) { $0 + $1.payload.count }
      #expect(
        side.sent.last
          == .acknowledgement(
            LinkAcknowledgement(
              heads: [Self.theirs: version.head], granted: size + limits.window)))
    }
    #expect(side.failure == nil)
  }

  @Test func whatComesAtAWrongTimeIsRefused() throws {
    let early: [SyncMessage] = [
      .again, .drain, .acknowledgement(LinkAcknowledgement(heads: [:], granted: 1)),
    ]
    for message in early {
      var side = try SyncSide(try Self.greeting(Self.ours), isLink: true)
      try side.hear(.greeting(try Self.greeting(Self.theirs)))
      try side.step(.compared(HistoryComparison()))
      try side.hear(message)
      #expect(side.failure is ReplicationError, "\(message)")
    }
    let late: [SyncMessage] = [
      .greeting(try Self.greeting(Self.theirs)), .end(messages: 4), .outcome(SyncOutcome()),
      .state(StateHeader(heads: [:], time: .zero)),
      .acknowledgement(
        LinkAcknowledgement(heads: [Self.ours: Head(sequence: 0, hash: 0)], granted: 1)),
    ]
    for message in late {
      var side = try Self.side()
      try side.hear(message)
      #expect(side.failure is ReplicationError, "\(message)")
    }
  }

  /// Both sides compare anew what they hold, and the link goes on; what was looked for meanwhile is found again.
  @Test func bothMeetAgain() throws {
    var side = try Self.side()
    let versions = try Self.versions(of: Self.ours, count: 1)
    try side.hear(.again)
    #expect(side.sent.last == .again)
    #expect(side.said { if case .greet = $0 { true } else { false } })
    // Its greeting is not compared with what this side said long ago.
    try side.hear(.greeting(try Self.greeting(Self.theirs)))
    #expect(!side.said { if case .compare = $0 { true } else { false } })
    try side.step(.began(try Self.greeting(Self.ours, window: nil)))
    #expect(side.said { if case .compare = $0 { true } else { false } })
    try side.step(.found(.versions(versions)))
    #expect(!side.sent.contains(.versions(versions)))
    try side.step(.compared(HistoryComparison()))
    try side.step(.readAll)
    // What was stored of what came before is told in between.
    try side.hear(.acknowledgement(LinkAcknowledgement(heads: [:], granted: 1 << 20)))
    try side.hear(.end(messages: side.encoder.count))
    try side.hear(.outcome(SyncOutcome()))
    #expect(side.failure == nil && side.machine.stage == .live)
    #expect(Self.watched(side) == VersionVector())
  }

  /// They do so of themselves, now and then, and where what was agreed does not hold any more.
  @Test func aSideCallsForAMeeting() throws {
    for event in [SyncMachine.Event.time, .found(.outdated)] {
      var side = try Self.side()
      side.now += SyncLimits().meeting
      // The other side is there all the while.
      try side.hear(.alive)
      try side.step(event)
      #expect(side.sent.contains(.again))
      // It takes what the other side said before it heard that.
      let versions = try Self.versions(of: Self.theirs, count: 1)
      try side.hear(.versions(versions))
      #expect(side.said { if case .apply(versions, _) = $0 { true } else { false } })
      try side.step(.applied(Database.Reception()))
      try side.step(.began(try Self.greeting(Self.ours, window: nil)))
      try side.hear(.again)
      #expect(side.sent.count { $0 == .again } == 1)
      try Self.meet(&side, messages: side.encoder.count + 1)
    }
  }

  /// Two sides that drain at the same time end, and one that is called to a meeting by who does not know yet.
  @Test func aDrainEndsWhateverCrossesIt() throws {
    for crossing in [SyncMessage.drain, .again] {
      var side = try Self.side()
      try side.step(.drain)
      #expect(side.said { if case .stopWatching = $0 { true } else { false } })
      try side.step(.found(.nothing))
      #expect(side.sent.last == .drain)
      #expect(side.result == nil)
      try side.hear(crossing)
      #expect(side.result?.isLinked == true, "\(crossing)")
    }
    // A side that called for a meeting, and hears that nothing more comes.
    var side = try Self.side()
    try side.step(.found(.outdated))
    try side.hear(.drain)
    #expect(side.result?.isLinked == true)
  }

  /// What is there is sent before the end, also where the other side has to store some of it first.
  @Test func whatIsThereIsSentBeforeADrain() throws {
    var side = try Self.side()
    let versions = try Self.versions(of: Self.ours, count: 3, size: 70_000)
    try side.step(.found(.versions([versions[0]])))
    try side.hear(.drain)
    #expect(!side.sent.contains(.drain))
    for number in 1...2 {
      try side.hear(
        .acknowledgement(LinkAcknowledgement(heads: [:], granted: number * 100_000)))
      #expect(side.said { if case .watch(_, waits: false) = $0 { true } else { false } })
      try side.step(.found(.versions([versions[number]])))
    }
    try side.hear(.acknowledgement(LinkAcknowledgement(heads: [:], granted: 1 << 30)))
    try side.step(.found(.nothing))
    #expect(side.sent.last == .drain)
    #expect(side.result?.isLinked == true)
  }

  /// A side that says nothing ends the link, also in the live phase; one that has nothing to say is heard.
  @Test func silenceEndsALink() throws {
    var side = try Self.side()
    side.now += SyncLimits().silence / 3
    try side.step(.time)
    #expect(side.sent.last == .alive)
    side.now += SyncLimits().silence
    try side.step(.time)
    #expect(side.failure as? SyncError == .stalled(after: SyncLimits().silence))
  }

  /// Who only syncs ends with its outcome.
  @Test func whoOnlySyncsIsNotLinkedWith() throws {
    for (isLink, window) in [(true, nil), (false, Self.window)] as [(Bool, Int?)] {
      var side = try SyncSide(try Self.greeting(Self.ours, window: nil), isLink: isLink)
      try side.hear(.greeting(try Self.greeting(Self.theirs, window: window)))
      try side.step(.compared(HistoryComparison()))
      try side.step(.readAll)
      try side.hear(.end(messages: 1))
      try side.hear(.outcome(SyncOutcome()))
      #expect(side.result?.isLinked == false)
    }
  }
}
