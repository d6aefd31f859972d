import Merganser
import MerganserDatabase
import MerganserSync
import TestSupport
import Testing

/// One side of a sync, by itself: whom it syncs with, and which message may come when.
@Suite struct SyncMachineTests {
  private static let ours = ReplicaID(high: 0, low: 1)
  private static let theirs = ReplicaID(high: 0, low: 2)
  private static let third = ReplicaID(high: 0, low: 3)

  private static func greeting(
    _ replica: ReplicaID, change: (inout Greeting) -> Void = { _ in }
  ) throws -> Greeting {
    var greeting = Greeting(
      replica: replica, founder: ours, schema: try Catalog(Bank()).description, plan: 1,
      heads: [ours: Head(sequence: 5, hash: 5), third: Head(sequence: 3, hash: 3)])
    change(&greeting)
    return greeting
  }

  private typealias Side = SyncSide

  // MARK: Whom it syncs with

  private func error(
    ours changeOurs: (inout Greeting) -> Void = { _ in },
    theirs changeTheirs: (inout Greeting) -> Void
  ) throws -> ReplicationError? {
    var side = try Side(try Self.greeting(Self.ours, change: changeOurs))
    try side.hear(.greeting(try Self.greeting(Self.theirs, change: changeTheirs)))
    if side.failure == nil { #expect(side.said { if case .compare = $0 { true } else { false } }) }
    // The other side is told.
    if let failure = side.failure {
      #expect(
        side.sent.last == .refusal("\(failure)".shortened, isLasting: failure.isLastingRefusal))
    }
    return side.failure as? ReplicationError
  }

  private func cut(_ sequence: UInt64, hash: UInt64) -> Cut {
    Cut(last: Head(sequence: sequence, hash: hash), heir: Self.ours, decided: 1)
  }

  @Test func whoCannotBeSyncedWithIsRefusedByName() throws {
    let (ours, theirs, third) = (Self.ours, Self.theirs, Self.third)
    #expect(try error { _ in } == nil)
    #expect(try error { $0.plan = nil } == nil)
    #expect(try error { $0.extensions = [7: [1, 2]] } == nil)
    #expect(try error { $0.replica = ours } == .sameReplica(ours))
    #expect(try error { $0.founder = theirs } == .otherDatabase(ours: ours, theirs: theirs))
    #expect(try error { $0.plan = 2 } == .otherPlan(ours: 1, theirs: 2))
    #expect(
      try error { $0.heads[ours] = Head(sequence: 6, hash: 6) }
        == .beyondOwnHistory(origin: ours, sequence: 6, last: 5))
    #expect(
      try error { $0.heads[third]?.hash = 4 } == .forkedHistory(origin: third, sequence: 3))
    #expect(try error { $0.heads[third] = Head(sequence: 2, hash: 9) } == nil)
    let behind = try error { $0.truncatedTo[third] = 4 }
    guard case .unexpectedMessage? = behind else {
      Issue.record("\(String(describing: behind))")
      return
    }
    #expect(try error { $0.truncatedTo[third] = 3 } == nil)
    let tooMany = try error { greeting in
      for number in 0...UInt64(Greeting.maximumExtensions) { greeting.extensions[number] = [] }
    }
    #expect(
      tooMany
        == .exceedsLimit(
          "extensions in its greeting", found: Greeting.maximumExtensions + 1,
          limit: Greeting.maximumExtensions))
  }

  @Test func whoHoldsMoreThanAnIdentityHasIsRefusedByName() throws {
    let (ours, theirs, third) = (Self.ours, Self.theirs, Self.third)
    let (early, last, other) = (cut(2, hash: 2), cut(3, hash: 3), cut(3, hash: 4))
    #expect(try error { $0.cuts[third] = last } == nil)
    #expect(
      try error(ours: { $0.cuts[third] = last }) { $0.cuts[third] = early }
        == .cutsDiffer(of: third, ours: "\(last)", theirs: "\(early)"))
    #expect(
      try error { $0.cuts[third] = early }
        == .holdsBeyondCut(third, last: 3, cut: 2, holder: ours))
    #expect(
      try error(
        ours: {
          $0.heads[third] = early.last
          $0.cuts[third] = early
        }
      ) { _ in } == .holdsBeyondCut(third, last: 3, cut: 2, holder: theirs))
    #expect(
      try error { $0.cuts[third] = other } == .forkedHistory(origin: third, sequence: 3))
  }

  // MARK: Every message in every phase

  /// Where the other side's messages are.
  private enum Phase: String, CaseIterable {
    case silent, compared, versions, state, rows, ended, told
  }

  private static let part = StatePart(table: "accounts", behind: nil, last: nil, rows: [])
  private static let header = StateHeader(heads: [third: Head(sequence: 9, hash: 9)], time: .zero)

  private static func messages() throws -> [(String, SyncMessage)] {
    let said = try greeting(theirs)
    return [
      ("header", .header(BundleHeader(said, beyond: VersionVector(), carriesState: false))),
      ("greeting", .greeting(said)), ("state", .state(header)), ("rows", .rows(part)),
      ("versions", .versions([try version()])), ("no versions", .versions([])),
      ("end", .end(messages: -1)), ("wrong end", .end(messages: 99)),
      ("outcome", .outcome(SyncOutcome())), ("refusal", .refusal("no", isLasting: false)),
      ("alive", .alive),
      ("unknown", .unknown(kind: 64)),
    ]
  }

  private static func version() throws -> StoredVersion {
    var database = Database(catalog: try Catalog(Bank()), replica: theirs, founder: ours)
    let (_, version) = try database.transact(wall: .zero) { tx in
      try tx[Bank().accounts, "a"].increment(by: 1)
    }
    return try #require(version)
  }

  /// A machine in a phase; in all but the first two it has handed over all that it has.
  private static func side(in phase: Phase) throws -> Side {
    var side = try Side(try greeting(ours))
    if phase == .silent { return side }
    try side.hear(.greeting(try greeting(theirs)))
    try side.step(.compared(HistoryComparison()))
    if phase == .compared { return side }
    try side.step(.readAll)
    switch phase {
    case .silent, .compared: break
    case .versions:
      try side.hear(.versions([try version()]))
      try side.step(.applied(Database.Reception()))
    case .state, .rows:
      try side.hear(.state(header))
      try side.step(.done)
      if phase == .rows {
        try side.hear(.rows(part))
        try side.step(.done)
      }
    case .ended, .told:
      try side.hear(.end(messages: 1))
      if phase == .told { try side.hear(.outcome(SyncOutcome())) }
    }
    return side
  }

  @Test func everyMessageHasItsTime() throws {
    let allowed: [Phase: Set<String>] = [
      .silent: ["greeting"],
      .compared: ["state", "versions", "no versions", "end", "alive", "unknown"],
      .versions: ["state", "versions", "no versions", "end", "outcome", "alive", "unknown"],
      .state: ["rows", "end", "outcome", "alive", "unknown"],
      .rows: ["rows", "end", "outcome", "alive", "unknown"],
      .ended: ["outcome", "alive", "unknown"],
      .told: [],
    ]
    var (taken, refused) = (0, 0)
    for phase in Phase.allCases {
      for (name, message) in try Self.messages() {
        var side = try Self.side(in: phase)
        #expect(side.failure == nil, "\(phase)")
        var said = message
        if name == "end" { said = .end(messages: side.encoder.count) }
        if phase == .told {
          // The sync is over, and nothing that comes is looked at.
          #expect(side.result != nil)
          try side.hear(said)
          #expect(side.failure == nil && side.directives.isEmpty)
          refused += 1
          continue
        }
        try side.hear(said)
        if allowed[phase]?.contains(name) == true {
          #expect(side.failure == nil, "\(name) in \(phase): \(String(describing: side.failure))")
          taken += 1
        } else {
          let failure = try #require(side.failure, "\(name) in \(phase)")
          if name == "refusal" {
            #expect(failure as? SyncError == .refused(reason: "no", isLasting: false))
          } else if case .unexpectedMessage? = failure as? ReplicationError {
            #expect(side.sent.last == .refusal("\(failure)", isLasting: failure.isLastingRefusal))
          } else {
            Issue.record("\(name) in \(phase): \(failure)")
          }
          refused += 1
        }
      }
    }
    print("sync machine: \(taken + refused) messages in phases, \(taken) taken, \(refused) refused")
    #expect(taken + refused == Phase.allCases.count * (try Self.messages().count))
  }

  // MARK: What it does

  @Test func bothDirectionsComeToTheirEnds() throws {
    var side = try Side(try Self.greeting(Self.ours))
    let version = try Self.version()
    var reception = Database.Reception()
    reception.applied = [version]
    try side.hear(.greeting(try Self.greeting(Self.theirs)))
    try side.step(.compared(HistoryComparison()))
    try side.hear(.versions([version]))
    #expect(
      side.said {
        if case .apply([version], let met) = $0 { met.peer == Self.theirs } else { false }
      })
    // Nothing more is taken before that is done.
    #expect(!side.said { if case .receive = $0 { true } else { false } })
    // What has come from the other side is not sent back.
    let own = try LinkSides.versions(of: ReplicaID(high: 9, low: 9), count: 1)
    try side.step(.read(.versions([version] + own)))
    #expect(side.sent.last == .versions(own))
    #expect(side.said { if case .readOn = $0 { true } else { false } })
    try side.step(.applied(reception))
    #expect(side.said { if case .receive = $0 { true } else { false } })
    try side.step(.readAll)
    try side.hear(.end(messages: 2))
    var told = SyncOutcome()
    (told.applied, told.heads) = (1, [version.origin: version.head])
    #expect(side.sent.suffix(2) == [.end(messages: 2), .outcome(told)])
    #expect(side.result == nil)
    var outcome = SyncOutcome()
    outcome.applied = 1
    outcome.heads = [Self.ours: Head(sequence: 6, hash: 6)]
    try side.hear(.outcome(outcome))
    let result = try #require(side.result)
    #expect(
      result.peer == Self.theirs && result.intake.applied == 1
        && result.outcome == SyncIntake(outcome))
    let held: [ReplicaID: Head]? = side.directives.compactMap {
      if case .note(Self.theirs, let heads) = $0 { heads } else { nil }
    }.first
    #expect(
      held == [Self.ours: Head(sequence: 6, hash: 6), Self.third: Head(sequence: 3, hash: 3)])
  }

  @Test func aForkEndsItBeforeAnythingIsExchanged() throws {
    var side = try Side(try Self.greeting(Self.ours))
    try side.hear(.greeting(try Self.greeting(Self.theirs)))
    #expect(
      side.directives.allSatisfy {
        switch $0 {
        case .greeted, .compare: true
        default: false
        }
      })
    var comparison = HistoryComparison()
    comparison.fork = .forkedHistory(origin: Self.third, sequence: 2)
    try side.step(.compared(comparison))
    #expect(side.failure as? ReplicationError == comparison.fork)
  }

  /// Before anything else the later schema is taken over, and neither sent nor applied what needs it.
  @Test func theLaterSchemaIsTakenOverFirst() throws {
    var side = try Side(try Self.greeting(Self.ours))
    let later = try Catalog(NewerBank()).description
    try side.hear(.greeting(try Self.greeting(Self.theirs) { $0.schema = later }))
    try side.step(.compared(HistoryComparison()))
    #expect(side.directives.count == 1)
    #expect(side.said { if case .grow(to: later) = $0 { true } else { false } })
    try side.step(.done)
    #expect(side.said { if case .readVersions = $0 { true } else { false } })
  }

  @Test func aTruncatedLogHandsOverTheState() throws {
    for isTruncatedBefore in [true, false] {
      var side = try Side(
        try Self.greeting(Self.ours) { if isTruncatedBefore { $0.truncatedTo[Self.ours] = 4 } })
      try side.hear(.greeting(try Self.greeting(Self.theirs) { $0.heads = [:] }))
      try side.step(.compared(HistoryComparison()))
      if !isTruncatedBefore {
        #expect(side.said { if case .readVersions = $0 { true } else { false } })
        try side.step(.truncated)
      }
      #expect(side.said { if case .readState = $0 { true } else { false } })
      try side.step(.read(.state(Self.header)))
      try side.step(.read(.rows(Self.part)))
      try side.step(.readAll)
      #expect(side.sent.suffix(3) == [.state(Self.header), .rows(Self.part), .end(messages: 3)])
    }
  }

  /// A state counts when it is adopted, and its heads are told to the other side.
  @Test func aStateIsAdoptedBehindItsEnd() throws {
    var side = try Self.side(in: .rows)
    try side.hear(.end(messages: 3))
    #expect(side.said { if case .adoptState = $0 { true } else { false } })
    #expect(!side.sent.contains { if case .outcome = $0 { true } else { false } })
    try side.step(.done)
    guard case .outcome(let outcome)? = side.sent.last else {
      Issue.record("\(side.sent)")
      return
    }
    #expect(outcome.adoptedState && outcome.heads == Self.header.heads)
  }

  @Test func workThatFailsEndsItAndTheOtherSideIsTold() throws {
    var side = try Self.side(in: .compared)
    try side.hear(.versions([try Self.version()]))
    let error = StorageError.diskFull(path: "x")
    try side.step(.failed(error))
    #expect(side.failure as? StorageError == error)
    #expect(side.sent.last == .refusal("\(error)", isLasting: false))
  }

  // MARK: Time

  @Test func whoSaysNothingIsLeft() throws {
    var limits = SyncLimits()
    (limits.silence, limits.work) = (.seconds(30), .seconds(100))
    var side = try Side(try Self.greeting(Self.ours), limits: limits)
    side.now = .seconds(29)
    try side.step(.time)
    #expect(side.failure == nil && side.sent.last == .alive)
    side.now = .seconds(30)
    try side.step(.time)
    #expect(side.failure as? SyncError == .stalled(after: .seconds(30)))

    // A side that is only alive is left later.
    side = try Self.side(in: .compared)
    side = try Side(try Self.greeting(Self.ours), limits: limits)
    try side.hear(.greeting(try Self.greeting(Self.theirs)))
    try side.step(.compared(HistoryComparison()))
    for second in stride(from: 10, to: 100, by: 10) {
      side.now = .seconds(second)
      try side.hear(.alive)
      try side.step(.time)
      #expect(side.failure == nil)
    }
    side.now = .seconds(100)
    try side.hear(.alive)
    try side.step(.time)
    #expect(side.failure as? SyncError == .stalled(after: .seconds(100)))
  }

  /// What is passed over, empty, or of no use gives the other side no more time than a sign of life does.
  @Test(arguments: 0..<4) func whatIsOfNoUseIsNoProgress(_ kind: Int) throws {
    var limits = SyncLimits()
    (limits.silence, limits.work) = (.seconds(30), .seconds(100))
    var side = try Side(try Self.greeting(Self.ours), limits: limits)
    try side.hear(.greeting(try Self.greeting(Self.theirs)))
    try side.step(.compared(HistoryComparison()))
    if kind == 3 {
      try side.hear(.state(Self.header))
      try side.step(.done)
    }
    for second in stride(from: 10, through: 100, by: 10) {
      #expect(side.failure == nil)
      side.now = .seconds(second)
      switch kind {
      case 0: try side.hear(.unknown(kind: 99))
      case 1: try side.hear(.versions([]))
      case 2:
        try side.hear(.versions([try Self.version()]))
        try side.step(.applied(Database.Reception()))
      default:
        try side.hear(.rows(Self.part))
        try side.step(.done)
      }
      try side.step(.time)
    }
    #expect(side.failure as? SyncError == .stalled(after: .seconds(100)))
  }

  /// Whoever has ended the sync may have said why before its end of the transport was gone.
  @Test func aReasonIsReadBehindASendThatFails() throws {
    struct Gone: Error {}
    for hasReason in [true, false] {
      var side = try Self.side(in: .compared)
      try side.hear(.versions([try Self.version()]))
      // The refusal comes while versions are applied.
      try side.step(.unsent(Gone()))
      #expect(side.failure == nil)
      try side.step(.applied(Database.Reception()))
      if hasReason {
        try side.hear(.refusal("too much", isLasting: true))
      } else {
        try side.step(.ended)
      }
      if hasReason {
        #expect(side.failure as? SyncError == .refused(reason: "too much", isLasting: true))
      } else {
        #expect(side.failure is Gone)
      }
    }
  }

  /// What many small versions take in memory has an end, whatever a message's bytes allow.
  @Test func aMessageHasSoManyVersions() throws {
    let version = try Self.version()
    for (count, isTaken) in [(1 << 16, true), ((1 << 16) + 1, false)] {
      var side = try Self.side(in: .compared)
      try side.hear(.versions(Array(repeating: version, count: count)))
      #expect((side.failure == nil) == isTaken, "\(count): \(String(describing: side.failure))")
    }
  }

  @Test func anEmptyPieceIsNoPiece() throws {
    var side = try Self.side(in: .compared)
    try side.step(.received([]))
    #expect(side.failure as? SyncError == .emptyPiece)
  }

  /// What is being worked on here keeps no clock of the other side's.
  @Test func whoIsAtWorkHereIsNotTheOtherSidesFault() throws {
    var limits = SyncLimits()
    (limits.silence, limits.work) = (.seconds(30), .seconds(100))
    var side = try Side(try Self.greeting(Self.ours), limits: limits)
    try side.hear(.greeting(try Self.greeting(Self.theirs)))
    side.now = .seconds(5000)
    try side.step(.time)
    #expect(side.failure == nil && side.sent.last == .alive)
    try side.step(.compared(HistoryComparison()))
    side.now = .seconds(5020)
    try side.step(.time)
    #expect(side.failure == nil)
  }

  /// A reason that cannot be sent is not waited for.
  @Test func aFarewellIsShort() throws {
    var machine = SyncMachine(limits: SyncLimits())
    let error = StorageError.diskFull(path: "x")
    // Its greeting is still on its way.
    #expect(machine.step(.began(try Self.greeting(Self.ours)), at: .zero).count == 2)
    #expect(machine.step(.failed(error), at: .zero).isEmpty)
    #expect(machine.step(.time, at: .seconds(1)).isEmpty)
    let last = machine.step(.time, at: .seconds(3))
    #expect(
      last.contains {
        if case .fail(let failure) = $0 { failure as? StorageError == error } else { false }
      })
    #expect(machine.step(.sent, at: .seconds(3)).isEmpty)
  }

  // MARK: Limits

  @Test func whatIsTooMuchEndsIt() throws {
    var limits = SyncLimits()
    (limits.messageSize, limits.uselessBytes) = (0, 0)
    let row = StatePart.Row(key: [1], bytes: Array(repeating: 0, count: 1 << 16))
    var side = try Side(try Self.greeting(Self.ours), limits: limits)
    try side.hear(.greeting(try Self.greeting(Self.theirs)))
    try side.step(.compared(HistoryComparison()))
    try side.hear(.state(Self.header))
    try side.step(.done)
    try side.hear(.rows(StatePart(table: "t", behind: nil, last: nil, rows: [row])))
    guard case .exceedsLimit("bytes in a message", _, 65_536)? = side.failure as? ReplicationError
    else {
      Issue.record("\(String(describing: side.failure))")
      return
    }

    // Versions of which none can be applied, for ever.
    limits.messageSize = 1 << 20
    side = try Side(try Self.greeting(Self.ours), limits: limits)
    try side.hear(.greeting(try Self.greeting(Self.theirs)))
    try side.step(.compared(HistoryComparison()))
    let version = try Self.version()
    var count = 0
    let batch = Array(repeating: version, count: 1000)
    while side.failure == nil, count < 1000 {
      try side.hear(.versions(batch))
      if side.failure == nil { try side.step(.applied(Database.Reception())) }
      count += 1
    }
    #expect(count == (1 << 20) / (1000 * version.payload.count) + 1)
    guard case .exceedsLimit? = side.failure as? ReplicationError else {
      Issue.record("\(String(describing: side.failure))")
      return
    }
  }

  @Test func anOutcomeIsBounded() throws {
    var side = try Self.side(in: .ended)
    var outcome = SyncOutcome()
    outcome.refused = Array(
      repeating: .init(reason: "x", isForGood: true), count: SyncOutcome.maximumRefusals + 1)
    try side.hear(.outcome(outcome))
    #expect(
      side.failure as? ReplicationError
        == .exceedsLimit(
          "refusals in its outcome", found: SyncOutcome.maximumRefusals + 1,
          limit: SyncOutcome.maximumRefusals))
  }

  /// Before a greeting nothing else is decoded, and a reason is short.
  @Test func whatComesFirstIsShort() throws {
    let long = String(repeating: "a", count: 1 << 17)
    #expect(SyncMessage.refusal(long, isLasting: true).body.count < 4096)
    var side = try Side(try Self.greeting(Self.ours))
    var bytes = MessageEncoder.preface
    var encoder = MessageEncoder()
    var outcome = SyncOutcome()
    outcome.refused = Array(repeating: .init(reason: "", isForGood: true), count: 1 << 20)
    encoder.encode(.outcome(outcome), to: &bytes)
    // Its first frame tells.
    try side.step(.received(Array(bytes.prefix(1 << 17))))
    guard case .unexpectedMessage? = side.failure as? ReplicationError else {
      Issue.record("\(String(describing: side.failure))")
      return
    }
    var told = try Self.side(in: .ended)
    var said = SyncOutcome()
    said.heads = [Self.third: Head(sequence: .max, hash: 1)]
    try told.hear(.outcome(said))
    guard case .unexpectedMessage? = told.failure as? ReplicationError else {
      Issue.record("\(String(describing: told.failure))")
      return
    }
  }

  /// Only versions that are gone are made up for by a state, once.
  @Test func aStateIsReadOnce() throws {
    var side = try Self.side(in: .silent)
    try side.hear(.greeting(try Self.greeting(Self.theirs)))
    try side.step(.compared(HistoryComparison()))
    try side.step(.truncated)
    #expect(side.failure == nil)
    try side.step(.truncated)
    #expect(side.failure as? SyncError == .interrupted)
  }

  /// Who reads nothing has nothing sent to it but what it was sent: the log is not read on.
  @Test func whoReadsNothingMakesNothingGrow() throws {
    var side = try Side(try Self.greeting(Self.ours))
    try side.hear(.greeting(try Self.greeting(Self.theirs)))
    try side.step(.compared(HistoryComparison()))
    let versions = try LinkSides.versions(of: ReplicaID(high: 9, low: 9), count: 2)
    try side.step(.read(.versions([versions[0]])), holdsSends: true)
    #expect(side.said { if case .readOn = $0 { true } else { false } })
    try side.step(.read(.versions([versions[1]])), holdsSends: true)
    #expect(side.directives.isEmpty)
    for second in 0..<50 {
      side.now = .seconds(second)
      try side.step(.time)
      #expect(side.directives.isEmpty)
    }
    try side.step(.sent, holdsSends: true)
    #expect(side.said { if case .send = $0 { true } else { false } })
    #expect(side.said { if case .readOn = $0 { true } else { false } })
  }
}
