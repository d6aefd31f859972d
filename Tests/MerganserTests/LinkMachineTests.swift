import Merganser
import MerganserDatabase
import MerganserSync
import TestSupport
import Testing

/// One side of a link, by itself: what it sends and takes once both hold the same, whatever the other side does.
@Suite struct LinkMachineTests {
  private static func watched(_ side: SyncSide) -> VersionVector? {
    side.directives.compactMap { if case .watch(let vector, _, _) = $0 { vector } else { nil } }
      .last
  }

  /// What is sent ahead of what the other side has stored is bounded by what that side lets come.
  @Test func whatIsSentIsBoundedByTheWindow() throws {
    var side = try LinkSides.side()
    let versions = try LinkSides.versions(of: LinkSides.ours, count: 3, size: 40_000)
    #expect(Self.watched(side) == VersionVector())
    try side.step(.found(.versions([versions[0]])))
    #expect(Self.watched(side)?[LinkSides.ours] == versions[0].sequences.upperBound)
    try side.step(.found(.versions([versions[1]])))
    #expect(side.sent.suffix(2) == [.versions([versions[0]]), .versions([versions[1]])])
    // There is no room left: nothing is looked for, whatever passes.
    #expect(Self.watched(side) == nil)
    try side.step(.time)
    #expect(Self.watched(side) == nil)
    try side.hear(
      .acknowledgement(
        LinkAcknowledgement(heads: [LinkSides.ours: versions[0].head], granted: 100_000)))
    #expect(Self.watched(side)?[LinkSides.ours] == versions[1].sequences.upperBound)
    #expect(
      side.said {
        if case .note(LinkSides.theirs, let heads) = $0 {
          heads[LinkSides.ours] == versions[0].head
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
    var side = try LinkSides.side(limits)
    let versions = try LinkSides.versions(of: LinkSides.theirs, count: 2, size: 60_000)
    try side.hear(.versions([versions[0]]))
    #expect(side.said { if case .apply([versions[0]], _) = $0 { true } else { false } })
    // Nothing more is asked for, and what comes all the same waits.
    try side.hear(.versions([versions[1]]))
    #expect(side.directives.isEmpty)
    for (number, version) in versions.enumerated() {
      var reception = Database.Reception()
      reception.applied = [version]
      try side.step(.applied(reception))
      // A large message takes half of it.
      let size = versions[...number].reduce(0) { $0 + min($1.payload.count, limits.window / 2) }
      var outcome = SyncOutcome()
      outcome.applied = 1
      outcome.heads = [LinkSides.theirs: version.head]
      #expect(
        side.sent.last
          == .acknowledgement(
            LinkAcknowledgement(outcome, granted: size + limits.window)))
    }
    #expect(side.failure == nil)
  }

  @Test func whatComesAtAWrongTimeIsRefused() throws {
    let early: [SyncMessage] = [
      .again, .drain, .acknowledgement(LinkAcknowledgement(heads: [:], granted: 1)),
    ]
    for message in early {
      var side = try SyncSide(try LinkSides.greeting(LinkSides.ours), isLink: true)
      try side.hear(.greeting(try LinkSides.greeting(LinkSides.theirs)))
      try side.step(.compared(HistoryComparison()))
      try side.hear(message)
      #expect(side.failure is ReplicationError, "\(message)")
    }
    let late: [SyncMessage] = [
      .greeting(try LinkSides.greeting(LinkSides.theirs)), .end(messages: 4),
      .outcome(SyncOutcome()),
      .state(StateHeader(heads: [:], time: .zero)),
      .acknowledgement(
        LinkAcknowledgement(heads: [LinkSides.ours: Head(sequence: 0, hash: 0)], granted: 1)),
    ]
    for message in late {
      var side = try LinkSides.side()
      try side.hear(message)
      #expect(side.failure is ReplicationError, "\(message)")
    }
  }

  /// Both sides compare anew what they hold, and the link goes on; what was looked for meanwhile is found again.
  @Test func bothMeetAgain() throws {
    var side = try LinkSides.side()
    let versions = try LinkSides.versions(of: LinkSides.ours, count: 1)
    try side.hear(.again)
    #expect(side.sent.last == .again)
    #expect(side.said { if case .greet = $0 { true } else { false } })
    // Its greeting is not compared with what this side said long ago.
    try side.hear(.greeting(try LinkSides.greeting(LinkSides.theirs)))
    #expect(!side.said { if case .compare = $0 { true } else { false } })
    try side.step(.began(try LinkSides.greeting(LinkSides.ours, window: nil)))
    #expect(side.said { if case .compare = $0 { true } else { false } })
    try side.step(.found(.versions(versions)))
    #expect(!side.sent.contains(.versions(versions)))
    try side.step(.compared(HistoryComparison()))
    try side.step(.readAll)
    // What was stored of what came before is told in between.
    try side.hear(.acknowledgement(LinkAcknowledgement(heads: [:], granted: LinkSides.window)))
    try side.hear(.end(messages: side.encoder.count))
    try side.hear(.outcome(SyncOutcome()))
    #expect(side.failure == nil && side.machine.stage == .live)
    #expect(Self.watched(side) == VersionVector())
  }

  /// A fork that comes up between two meetings is found at the later one.
  @Test func historiesAreComparedAtEachMeeting() throws {
    var side = try LinkSides.side()
    try side.hear(.again)
    try side.step(.began(try LinkSides.greeting(LinkSides.ours, window: nil)))
    try side.hear(.greeting(try LinkSides.greeting(LinkSides.theirs)))
    var comparison = HistoryComparison()
    let fork = ReplicationError.forkedHistory(origin: LinkSides.theirs, sequence: 3)
    comparison.fork = fork
    try side.step(.compared(comparison))
    #expect(side.failure as? ReplicationError == fork)
  }

  /// They do so of themselves, now and then, and where what was agreed does not hold any more.
  @Test func aSideCallsForAMeeting() throws {
    for event in [SyncMachine.Event.time, .found(.outdated)] {
      var side = try LinkSides.side()
      side.now += SyncLimits().meeting
      // The other side is there all the while.
      try side.hear(.alive)
      try side.step(event)
      #expect(side.sent.contains(.again))
      // It takes what the other side said before it heard that.
      let versions = try LinkSides.versions(of: LinkSides.theirs, count: 1)
      try side.hear(.versions(versions))
      #expect(side.said { if case .apply(versions, _) = $0 { true } else { false } })
      try side.step(.applied(Database.Reception()))
      try side.step(.began(try LinkSides.greeting(LinkSides.ours, window: nil)))
      try side.hear(.again)
      #expect(side.sent.count { $0 == .again } == 1)
      try LinkSides.meet(&side, messages: side.encoder.count + 1)
    }
  }

  /// Two sides that drain at the same time end, and one that is called to a meeting by who does not know yet.
  @Test func aDrainEndsWhateverCrossesIt() throws {
    for crossing in [SyncMessage.drain, .again] {
      var side = try LinkSides.side()
      try side.step(.drain)
      #expect(side.said { if case .stopWatching = $0 { true } else { false } })
      try side.step(.found(.nothing))
      #expect(side.sent.last == .drain)
      #expect(side.result == nil)
      try side.hear(crossing)
      #expect(side.result?.isLinked == true, "\(crossing)")
    }
    // A side that called for a meeting, and hears that nothing more comes.
    var side = try LinkSides.side()
    try side.step(.found(.outdated))
    try side.hear(.drain)
    #expect(side.result?.isLinked == true)
  }

  /// Who has acknowledged what was stored while it made its greeting makes it anew, as that would take it back.
  @Test func aGreetingHasWhatWasAcknowledgedBefore() throws {
    var side = try LinkSides.side()
    let versions = try LinkSides.versions(of: LinkSides.theirs, count: 1)
    try side.hear(.versions(versions))
    try side.step(.found(.outdated))
    #expect(side.said { if case .greet = $0 { true } else { false } })
    var reception = Database.Reception()
    reception.applied = versions
    try side.step(.applied(reception))
    var greeting = try LinkSides.greeting(LinkSides.ours, window: nil)
    try side.step(.began(greeting))
    #expect(side.said { if case .greet = $0 { true } else { false } })
    #expect(!side.said { if case .send = $0 { true } else { false } })
    greeting.heads = [LinkSides.theirs: versions[0].head]
    try side.step(.began(greeting))
    guard case .greeting? = side.sent.last else {
      Issue.record("\(String(describing: side.sent.last))")
      return
    }
    #expect(side.failure == nil)
  }

  /// When time has something follow, it does at that time: whoever sleeps until then is not woken again and again for nothing.
  @Test func timeThatIsDueIsUsedUp() throws {
    let large = try LinkSides.versions(of: LinkSides.ours, count: 2, size: 300_000)
    let theirs = try LinkSides.versions(of: LinkSides.theirs, count: 1)
    let events: [(String, (inout SyncSide) throws -> Void)] = [
      ("nothing", { _ in }),
      (
        "a drain that waits for credit",
        { side in
          try side.step(.found(.versions(large)))
          try side.hear(.drain)
        }
      ),
      (
        "something that is being sent",
        { side in
          try side.step(.found(.versions(large)), holdsSends: true)
        }
      ),
      (
        "something that cannot be sent",
        { side in
          try side.step(.unsent(SyncError.interrupted))
        }
      ),
      ("work", { side in try side.hear(.versions(theirs)) }),
      (
        "something to report",
        { side in
          try side.hear(.versions(theirs))
          var reception = Database.Reception()
          reception.applied = theirs
          try side.step(.applied(reception))
        }
      ),
      ("a meeting", { side in try side.hear(.again) }),
      ("a failure", { side in try side.step(.failed(StorageError.diskFull(path: "x"))) }),
    ]
    for (name, happens) in events {
      var side = try LinkSides.side()
      try happens(&side)
      for _ in 0..<500 {
        guard side.failure == nil, side.result == nil, let deadline = side.machine.deadline else {
          break
        }
        side.now = max(side.now, deadline)
        try side.step(.time, holdsSends: true)
        if let next = side.machine.deadline, side.failure == nil {
          #expect(next > side.now, "\(name)")
          if next <= side.now { break }
        }
      }
    }
  }

  /// A side that has heard that nothing more comes does not call for a meeting, whose answer would never come.
  @Test func whoHasHeardADrainDoesNotCallForAMeeting() throws {
    var limits = SyncLimits()
    limits.meeting = .seconds(1)
    for event in [SyncMachine.Event.time, .found(.outdated)] {
      var side = try LinkSides.side(limits)
      try side.hear(.drain)
      side.now = limits.meeting
      try side.step(event)
      #expect(!side.sent.contains(.again), "\(event)")
      if case .time = event { try side.step(.found(.nothing)) }
      #expect(side.sent.last == .drain && side.result?.isLinked == true, "\(event)")
    }
  }

  /// What is there is sent before the end, also where the other side has to store some of it first.
  @Test func whatIsThereIsSentBeforeADrain() throws {
    var side = try LinkSides.side()
    // Each takes half of the window.
    let versions = try LinkSides.versions(of: LinkSides.ours, count: 4, size: 70_000)
    try side.step(.found(.versions([versions[0]])))
    try side.step(.found(.versions([versions[1]])))
    try side.hear(.drain)
    #expect(!side.sent.contains(.drain))
    for number in 2...3 {
      try side.hear(
        .acknowledgement(LinkAcknowledgement(heads: [:], granted: number * 40_000)))
      #expect(side.said { if case .watch(_, _, waits: false) = $0 { true } else { false } })
      try side.step(.found(.versions([versions[number]])))
    }
    try side.hear(.acknowledgement(LinkAcknowledgement(heads: [:], granted: 150_000)))
    try side.step(.found(.nothing))
    #expect(side.sent.last == .drain)
    #expect(side.result?.isLinked == true)
  }

  /// A side that says nothing ends the link, also in the live phase; one that has nothing to say is heard.
  @Test func silenceEndsALink() throws {
    var side = try LinkSides.side()
    side.now += SyncLimits().silence / 3
    try side.step(.time)
    #expect(side.sent.last == .alive)
    side.now += SyncLimits().silence
    try side.step(.time)
    #expect(side.failure as? SyncError == .stalled(after: SyncLimits().silence))
  }

  /// Who only syncs ends with its outcome.
  @Test func whoOnlySyncsIsNotLinkedWith() throws {
    for (isLink, window) in [(true, nil), (false, LinkSides.window)] as [(Bool, Int?)] {
      var side = try SyncSide(try LinkSides.greeting(LinkSides.ours, window: nil), isLink: isLink)
      try side.hear(.greeting(try LinkSides.greeting(LinkSides.theirs, window: window)))
      try side.step(.compared(HistoryComparison()))
      try side.step(.readAll)
      try side.hear(.end(messages: 1))
      try side.hear(.outcome(SyncOutcome()))
      #expect(side.result?.isLinked == false)
    }
  }

  /// What the other side has got by other roads while versions were looked for is not sent to it, and it is told that it is here.
  @Test func whatTheOtherSideHoldsIsNotSent() throws {
    let third = ReplicaID(high: 0, low: 3)
    let versions = try LinkSides.versions(of: third, count: 2)
    var side = try LinkSides.side()
    try side.hear(
      .acknowledgement(
        LinkAcknowledgement(heads: [third: versions[0].head], granted: LinkSides.window)))
    try side.step(.found(.versions(versions)))
    #expect(
      side.sent.suffix(2) == [
        .acknowledgement(
          LinkAcknowledgement(
            heads: [third: versions[1].head], granted: SyncLimits().window)),
        .versions([versions[1]]),
      ])
    // What came by this link is not told again, and what came by another is.
    let own = try LinkSides.versions(of: LinkSides.theirs, count: 1)
    try side.hear(.versions(own))
    var reception = Database.Reception()
    reception.applied = own
    try side.step(.applied(reception))
    let count = side.sent.count
    try side.step(.found(.versions(own)))
    try side.step(.found(.stored([LinkSides.theirs: own[0].head, third: versions[1].head])))
    #expect(side.sent.count == count)
    let fourth = ReplicaID(high: 0, low: 4)
    let stored = [fourth: Head(sequence: 1, hash: 7)]
    try side.step(.found(.stored(stored)))
    let granted = SyncLimits().window + own.reduce(0) { $0 + $1.payload.count }
    #expect(
      side.sent.last == .acknowledgement(LinkAcknowledgement(heads: stored, granted: granted)))
    #expect(Self.told(side)?[fourth] == 1)
  }

  private static func told(_ side: SyncSide) -> VersionVector? {
    side.directives.compactMap { if case .watch(_, let told, _) = $0 { told } else { nil } }.last
  }

  private static func reports(_ side: SyncSide) -> [SyncMachine.Result] {
    side.directives.compactMap { if case .report(let result) = $0 { result } else { nil } }
  }

  /// What is refused is told at once, here and at the other side, and as much of it as a sync tells.
  @Test func whatIsRefusedIsToldAtOnce() throws {
    let error = ReplicationError.unknownTable(
      origin: LinkSides.theirs, sequence: 1, table: "secrets")
    let versions = try LinkSides.versions(of: LinkSides.theirs, count: 1)
    var side = try LinkSides.side()
    try side.hear(.versions(versions))
    var reception = Database.Reception()
    reception.refuse(error)
    try side.step(.applied(reception))
    #expect(Self.reports(side).first?.intake.refused == [error])
    guard case .acknowledgement(let acknowledgement)? = side.sent.last else {
      Issue.record("nothing is acknowledged")
      return
    }
    #expect(acknowledgement.outcome.refused.count == 1)
    // The other side's machine takes that, and tells its program.
    var other = try LinkSides.side()
    try other.step(.found(.versions(try LinkSides.versions(of: LinkSides.ours, count: 1))))
    var said = acknowledgement
    said.granted = LinkSides.window
    try other.hear(.acknowledgement(said))
    let reason = acknowledgement.outcome.refused[0].reason
    #expect(
      Self.reports(other).first?.outcome.refused
        == [.refusedByPeer(reason: reason, isForGood: error.isForGood)])
    #expect(other.failure == nil)
  }

  /// A side that refuses without end, or is offered nonsense without end, is told of what it is in a sync, and after a while anew.
  @Test func whatIsRefusedIsToldSoOftenOnly() throws {
    var side = try LinkSides.side()
    var reception = Database.Reception()
    reception.refuse(.unverifiable(origin: LinkSides.theirs, sequence: 1))
    let versions = try LinkSides.versions(of: LinkSides.theirs, count: 1)
    var told = 0
    func offer(_ count: Int) throws {
      for _ in 0..<count {
        try side.hear(.versions(versions))
        try side.step(.applied(reception))
        told += Self.reports(side).count
      }
    }
    try offer(SyncReport.limit + 200)
    #expect(told == SyncReport.limit)
    // What is not listed is counted.
    try side.step(.time)
    #expect(Self.reports(side).first?.intake.furtherRefusals == 200)
    #expect(Self.reports(side).first?.intake.refused.isEmpty == true)
    side.now += SyncLimits().meeting - .seconds(1)
    try side.hear(.alive)
    side.now += .seconds(1)
    try offer(1)
    #expect(told == SyncReport.limit + 1)
  }

  /// An idle side says so often that it is there that the other side does not give it up, whatever the two's limits are.
  @Test func aSideIsHeardAsOftenAsTheOtherWantsIt() throws {
    for (silence, pause) in [(Duration.seconds(6), Duration.seconds(2)), (.zero, .seconds(4) / 3)] {
      var side = try SyncSide(try LinkSides.greeting(LinkSides.ours), isLink: true)
      var greeting = try LinkSides.greeting(LinkSides.theirs)
      greeting.silence = silence
      try LinkSides.meet(&side, messages: 1, as: greeting)
      side.now += pause - .milliseconds(1)
      try side.step(.time)
      #expect(side.sent.last != .alive)
      side.now += .milliseconds(1)
      try side.step(.time)
      #expect(side.sent.last == .alive)
    }
  }

  /// Two sides that have nothing to say stay linked for as long as they are both there.
  @Test func anIdleLinkStays() throws {
    var sides = [try LinkSides.side(), try LinkSides.side()]
    var limits = SyncLimits()
    limits.meeting = .seconds(1 << 40)
    for place in sides.indices { sides[place] = try LinkSides.side(limits) }
    var heard = [0, 0]
    for _ in 0..<20_000 {
      for place in sides.indices {
        sides[place].now += .seconds(1)
        try sides[place].step(.time)
      }
      for place in sides.indices {
        let said = sides[place].sent.count { $0 == .alive }
        for _ in heard[place]..<said { try sides[1 - place].hear(.alive) }
        heard[place] = said
      }
    }
    #expect(sides.allSatisfy { $0.failure == nil && $0.machine.stage == .live })
    #expect(heard[0] > 900 && heard[0] < 1100)
  }

  /// A message of a kind that a later program has is passed over, or refused by name.
  @Test func whatLaterProgramsSayIsPassedOverOrRefused() throws {
    var side = try LinkSides.side()
    try side.hear(.unknown(kind: 64))
    try side.hear(.unknown(kind: 127))
    #expect(side.failure == nil)
    try side.hear(.unknown(kind: 14))
    #expect(
      side.failure as? ReplicationError
        == .unexpectedMessage(
          "a message of kind 14, which this program does not know and may not pass over"))
  }

  /// A program of a later wire version that speaks this one, too, is linked with; one that does not is told so by name.
  @Test func wireVersionsAreAgreedOnOrRefused() throws {
    for (versions, isSpoken) in [([1, 2], true), ([2, 3], false)] as [([UInt8], Bool)] {
      var side = try SyncSide(try LinkSides.greeting(LinkSides.ours), isLink: true)
      let preface = Array("MERGSYNC".utf8) + versions.flatMap { [$0, 0] }
      var bytes: [UInt8] = []
      side.encoder.encode(
        .greeting(try LinkSides.greeting(LinkSides.theirs)), to: &bytes)
      try side.step(.received(preface + bytes))
      if isSpoken {
        #expect(side.said { if case .compare = $0 { true } else { false } })
      } else {
        #expect(side.failure as? SyncError == .otherProtocol(ours: 1...1, theirs: 2...3))
      }
    }
  }
}
