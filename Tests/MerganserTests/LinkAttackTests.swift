import Merganser
import MerganserDatabase
import MerganserModel
import MerganserSync
import Testing

/// Whatever the other side of a link says, and however often: the link goes on within its bounds, or ends by name.
@Suite struct LinkAttackTests {
  /// Has a side hear that the other is there, for so long.
  private func wait(_ side: inout SyncSide, for duration: Duration) throws {
    let end = side.now + duration
    while side.now < end, side.failure == nil {
      side.now = min(side.now + .seconds(20), end)
      try side.hear(.alive)
      try side.step(.time)
    }
  }

  /// A side with nobody to meet for a long time, which has a limit for what the other one owes.
  private func side() throws -> SyncSide {
    var limits = SyncLimits()
    limits.meeting = .seconds(1 << 30)
    return try LinkSides.side(limits)
  }

  private func isExceeded(_ side: SyncSide) -> Bool {
    if case .exceedsLimit? = side.failure as? ReplicationError { true } else { false }
  }

  private func isUnexpected(_ side: SyncSide) -> Bool {
    if case .unexpectedMessage? = side.failure as? ReplicationError { true } else { false }
  }

  @Test func nobodyAcknowledgesWhatWasNotSent() throws {
    var side = try side()
    let version = try LinkSides.versions(of: LinkSides.ours, count: 1)[0]
    try side.step(.found(.versions([version])))
    let most = version.payload.count + LinkSides.window
    try side.hear(.acknowledgement(LinkAcknowledgement(granted: most)))
    #expect(side.failure == nil)
    try side.hear(.acknowledgement(LinkAcknowledgement(granted: most + 1)))
    #expect(isUnexpected(side))
  }

  /// A window that is as large as a number can be overflows nothing.
  @Test func aWindowHasAnEnd() throws {
    var side = try SyncSide(try LinkSides.greeting(LinkSides.ours), isLink: true)
    var greeting = try LinkSides.greeting(LinkSides.theirs)
    greeting.extensions[1] = UInt64.max.binaryEncoded()
    try LinkSides.meet(&side, messages: 1, as: greeting)
    try side.step(.found(.versions(try LinkSides.versions(of: LinkSides.ours, count: 1))))
    try side.hear(.acknowledgement(LinkAcknowledgement(granted: .max)))
    #expect(isUnexpected(side))
  }

  @Test func nobodyHoldsWhatMoreOriginsWroteThanThereCanBe() throws {
    var side = try side()
    for part in UInt64(0)..<2 {
      let heads = (0..<UInt64(1 << 15) + 1).map {
        (ReplicaID(high: 1 + part, low: $0), Head(sequence: 1, hash: 0))
      }
      try side.hear(
        .acknowledgement(
          LinkAcknowledgement(
            heads: Dictionary(uniqueKeysWithValues: heads), granted: LinkSides.window)))
    }
    #expect(isExceeded(side))
  }

  /// What is said to be held is held at the next meeting, or the link ends.
  @Test func nobodyTakesBackWhatItHolds() throws {
    let version = try LinkSides.versions(of: LinkSides.ours, count: 1)[0]
    let others: [Head?] = [nil, Head(sequence: version.head.sequence, hash: 1), version.head]
    for head in others {
      var side = try side()
      try side.step(.found(.versions([version])))
      try side.hear(
        .acknowledgement(
          LinkAcknowledgement(
            heads: [LinkSides.ours: version.head], granted: LinkSides.window)))
      var greeting = try LinkSides.greeting(LinkSides.theirs)
      if let head { greeting.heads = [LinkSides.ours: head] }
      var own = try LinkSides.greeting(LinkSides.ours)
      own.heads = [LinkSides.ours: version.head]
      try side.hear(.again)
      try side.step(.began(own))
      try LinkSides.meet(&side, messages: side.encoder.count + 1, as: greeting)
      if head == version.head {
        #expect(side.failure == nil)
      } else {
        #expect(side.failure is ReplicationError)
      }
    }
  }

  /// A side that stores nothing, and says only that it is there, is given up; one that has nothing to store is not.
  @Test func creditThatNeverComesEndsALink() throws {
    var side = try side()
    try wait(&side, for: SyncLimits().work * 2)
    #expect(side.failure == nil)
    try side.step(.found(.versions(try LinkSides.versions(of: LinkSides.ours, count: 1))))
    try wait(&side, for: SyncLimits().work - .seconds(1))
    #expect(side.failure == nil)
    try wait(&side, for: .seconds(1))
    #expect(side.failure as? SyncError == .stalled(after: SyncLimits().work))
  }

  /// A drain, or a call to a meeting, that is not answered.
  @Test func whatIsNotAnsweredEndsALink() throws {
    for event in [SyncMachine.Event.found(.nothing), .found(.outdated)] {
      var side = try side()
      try side.step(event)
      try wait(&side, for: SyncLimits().work - .seconds(1))
      #expect(side.failure == nil && side.result == nil)
      try wait(&side, for: .seconds(1))
      #expect(side.failure as? SyncError == .stalled(after: SyncLimits().work))
    }
    // One that is answered by half: the other side calls for a meeting, and does not greet.
    var side = try side()
    try side.hear(.again)
    try side.step(.began(try LinkSides.greeting(LinkSides.ours)))
    try wait(&side, for: SyncLimits().work)
    #expect(side.failure as? SyncError == .stalled(after: SyncLimits().work))
  }

  /// Who calls for a meeting without end, with nothing new.
  @Test func meetingsWithNothingNewHaveAnEnd() throws {
    var side = try side()
    var count = 0
    while side.failure == nil, count < 1000 {
      try LinkSides.meetAgain(&side)
      count += 1
    }
    #expect(isExceeded(side))
    #expect(count == 101)
    // With something new now and then, they go on.
    side = try self.side()
    let versions = try LinkSides.versions(of: LinkSides.theirs, count: 4)
    var greeting = try LinkSides.greeting(LinkSides.theirs)
    for round in 0..<300 {
      if round % 90 == 0 {
        let version = versions[round / 90]
        try side.hear(.versions([version]))
        var reception = Database.Reception()
        reception.applied = [version]
        try side.step(.applied(reception))
        greeting.heads = [LinkSides.theirs: version.head]
      }
      try LinkSides.meetAgain(&side, holding: greeting.heads, as: greeting)
    }
    #expect(side.failure == nil)
  }

  /// Messages that say nothing: a few of them come in any time, and no flood.
  @Test(arguments: [
    SyncMessage.alive, .unknown(kind: 99), .versions([]),
    .acknowledgement(LinkAcknowledgement(granted: 0)),
  ])
  func aFloodOfNothingHasAnEnd(_ message: SyncMessage) throws {
    var side = try side()
    for _ in 0..<10_000 { try side.hear(message) }
    #expect(side.failure == nil)
    side.now += SyncLimits().silence
    for _ in 0..<10_000 { try side.hear(message) }
    #expect(side.failure == nil)
    try side.hear(message)
    #expect(isExceeded(side))
  }

  /// Versions that are known, or are refused, for ever.
  @Test func uselessVersionsHaveAnEnd() throws {
    var limits = SyncLimits()
    limits.uselessBytes = 1 << 20
    var side = try LinkSides.side(limits)
    let versions = try LinkSides.versions(of: LinkSides.theirs, count: 1, size: 100_000)
    var count = 0
    while side.failure == nil, count < 100 {
      try side.hear(.versions(versions))
      try side.step(.applied(Database.Reception()))
      count += 1
    }
    #expect(isExceeded(side) && count == 11)
  }

  /// The other side of a link is one replica, and takes back nothing of what it said of itself.
  @Test func aPeerStaysWhoItIs() throws {
    let theirs = LinkSides.theirs
    let third = ReplicaID(high: 0, low: 3)
    var first = try LinkSides.greeting(theirs)
    first.plan = 7
    first.heads = [theirs: Head(sequence: 2, hash: 2)]
    first.cuts = [third: Cut(last: Head(sequence: 0, hash: 0), heir: theirs, decided: 1)]
    first.schema = try Catalog(NewerBank()).description
    func meeting(_ change: (inout Greeting) throws -> Void) throws -> SyncSide {
      var own = try LinkSides.greeting(LinkSides.ours, window: nil)
      own.schema = first.schema
      own.cuts = first.cuts
      var side = try SyncSide(own, isLink: true)
      try LinkSides.meet(&side, messages: 1, as: first)
      var greeting = first
      try change(&greeting)
      try side.hear(.again)
      try side.step(.began(own))
      try LinkSides.meet(&side, messages: side.encoder.count + 1, as: greeting)
      return side
    }
    #expect(try meeting { _ in }.failure == nil)
    #expect(
      try meeting { $0.replica = third }.failure as? SyncError
        == .otherPeer(was: theirs, is: third))
    #expect(
      try meeting { $0.founder = third }.failure as? ReplicationError
        == .otherDatabase(ours: LinkSides.ours, theirs: third))
    #expect(isUnexpected(try meeting { $0.plan = 8 }))
    #expect(isUnexpected(try meeting { $0.plan = nil }))
    #expect(isUnexpected(try meeting { $0.window = nil }))
    #expect(isUnexpected(try meeting { $0.schema = try Catalog(Bank()).description }))
    #expect(isUnexpected(try meeting { $0.heads = [:] }))
    #expect(isUnexpected(try meeting { $0.heads[theirs]?.hash = 3 }))
    // What may change: more versions, a log that begins later, another window, and another silence.
    let later = try meeting {
      $0.heads[theirs] = Head(sequence: 3, hash: 3)
      $0.truncatedTo[theirs] = 1
      $0.window = 1 << 20
      $0.silence = .seconds(9)
      $0.extensions[99] = [1]
    }
    #expect(later.failure == nil)
  }
}
