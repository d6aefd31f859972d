import MerganserDatabase
import MerganserModel
import MerganserTypes

// What two sides do that stay linked once each holds what the other held: versions flow as they become durable.
//
//     a → b  versions            as they are stored at a, also those of others, but for what b is known to hold
//     b → a  acknowledgement     what became of them and what is stored at b, whoever it came from, and how much more may come
//     a → b  again               all is compared anew: both greet each other, as at the beginning
//     a → b  drain               nothing more comes; b answers alike, and both end
//
// What b has not stored is bounded by the window that it has told, so that a slow side is behind, and nothing grows.
extension SyncMachine {
  /// How many bytes of acknowledgements may wait for the other side to read on.
  static let mostUnread = 16 << 20
  /// After how long it is reported what came and went, where nothing was refused.
  static let untold = Duration.seconds(1)
  /// How often two sides may meet one soon after the other with nothing new at either.
  static let mostUselessMeetings = 100
  /// How many messages that say nothing may come in the time of a silence.
  static let mostEmptyMessages = 10_000
  /// For no shorter silence of the other side does this one say that it is there.
  static let shortestSilence = Duration.seconds(4)

  /// How many bytes of versions were sent that were not let come, beyond the one message more that may: none.
  package var overdraft: Int { max(0, live.given - live.granted - live.largest) }

  /// How many bytes of versions the other side has not said that it has stored.
  package var owed: Int { live.given - (live.granted - (peer?.window ?? 0)) }

  /// Whether both sides stay.
  var staysLinked: Bool { isLink && peer?.window != nil }

  /// Goes over to what follows once each side has told the other what became of what it was handed.
  mutating func goLive(_ directives: inout [Directive], at now: Duration) throws {
    guard let own, let peer, let outcome else { return }
    let listed = SyncIntake(outcome, listing: live.allowance.room(at: now, period: limits.meeting))
    live.allowance.use(listed.refused.count)
    try noteMeeting(listed, at: now)
    directives.append(.note(peer.replica, holds: held(by: peer, after: outcome)))
    report(&directives)
    directives.append(
      .met(Result(peer: peer.replica, intake: intake, outcome: listed, isLinked: true)))
    live.note(outcome.heads)
    live.noteClaim(outcome.heads)
    live.noteTold(intake.heads)
    if !live.hasBegun {
      live.hasBegun = true
      live.granted = peer.window ?? 0
      live.promised = own.window ?? 0
    }
    live.met = now
    progressed = now
    (incoming, outgoing) = (.live, .live)
    intake = SyncIntake()
    (state, growth) = (nil, nil)
    self.outcome = nil
    if live.isNotCompared { meetAgain(&directives, at: now) }
    live.isNotCompared = false
  }

  /// Takes notice of a meeting: where both meet again and again and nothing is new, the link ends.
  private mutating func noteMeeting(
    _ outcome: SyncIntake, at now: Duration
  ) throws(ReplicationError) {
    let isUseful = intake.isUseful || outcome.isUseful || growth != nil || live.hasNews
    let isSoon = live.hasBegun && now - live.met < limits.meeting / 2
    live.uselessMeetings = isUseful || !isSoon ? 0 : live.uselessMeetings + 1
    live.hasNews = false
    guard live.uselessMeetings <= Self.mostUselessMeetings else {
      throw .exceedsLimit(
        "calls to compare anew by a link, with nothing new", found: live.uselessMeetings,
        limit: Self.mostUselessMeetings)
    }
  }

  /// Whether anything came or went that was not reported.
  var hasUntold: Bool { !live.intake.isEmpty || !live.outcome.isEmpty }

  /// Reports what came and went since that was reported last, if anything did.
  mutating func report(_ directives: inout [Directive]) {
    guard let peer, hasUntold else { return }
    directives.append(
      .report(
        Result(
          peer: peer.replica, intake: live.intake, outcome: live.outcome, isLinked: true)))
    (live.intake, live.outcome) = (SyncIntake(), SyncIntake())
  }
}

// What goes.
extension SyncMachine {
  /// Looks for what the other side lacks, if it takes more.
  mutating func watch(_ directives: inout [Directive]) {
    guard outgoing == .live, !live.isWatching, live.large?.isFull != true,
      live.given < live.granted || !guarantees.contains(.credits)
    else { return }
    live.isWatching = true
    directives.append(.watch(beyond: live.sent, told: live.told, waits: !live.isEnding))
  }

  /// Takes what the driver has found.
  mutating func takeNews(
    _ news: News, directives: inout [Directive], at now: Duration
  ) {
    live.isWatching = false
    if case .versions(let versions) = news, !guarantees.contains(.sentNotes) { live.note(versions) }
    // Found for a meeting that is over, and found again.
    guard outgoing == .live else { return }
    switch news {
    case .versions(let versions):
      // What the other side holds was told while these were looked for; it does not know that they are here.
      let lacking = versions.filter { $0.sequences.upperBound > live.sent[$0.origin] }
      if lacking.count < versions.count { tell(versions.heads, at: now) }
      if !lacking.isEmpty { send(lacking, at: now) }
    case .stored(let heads): tell(heads, at: now)
    // What the log has no more, a side that drains is not handed: it would not greet again.
    case .outdated:
      if incoming == .drained { drain(at: now) } else { meetAgain(&directives, at: now) }
    case .nothing:
      live.isEnding = true
      drain(at: now)
    }
  }

  private mutating func send(_ versions: [StoredVersion], at now: Duration) {
    if !live.isOwed(outgoing, window: peer?.window ?? 0) { progressed = now }
    let size = Self.charge(for: versions, by: peer?.window ?? 0)
    live.note(versions)
    live.noteTold(versions.heads)
    live.given += size
    live.largest = max(live.largest, size)
    live.hasNews = true
    sendInPieces(versions, at: now)
  }

  /// How much of a window versions take: a large one leaves room for what passes it.
  ///
  /// Each version counts by itself, as one side counts what it finds together, and the other what comes in a message. What
  /// is received is bounded all the same, since each side reads on only when it has stored what came before.
  static func charge(for versions: [StoredVersion], by window: Int) -> Int {
    versions.reduce(0) { $0 + min($1.payload.count, max(window / 2, 1)) }
  }

  /// Tells what is stored here that the other side was not told of.
  private mutating func tell(_ heads: [ReplicaID: Head], at now: Duration) {
    let new = heads.filter { $1.sequence > live.told[$0] }
    guard !new.isEmpty else { return }
    live.noteTold(new)
    live.noteAcknowledged(new)
    say(.acknowledgement(LinkAcknowledgement(heads: new, granted: live.promised)), at: now)
  }

  /// Ends the link once all that is there was sent.
  mutating func beginDrain(_ directives: inout [Directive]) {
    live.isEnding = true
    if live.isWatching { directives.append(.stopWatching) }
  }

  private mutating func drain(at now: Duration) {
    // What went before has not arrived either: the link fails with that.
    guard unsent == nil else { return }
    say(.drain, at: now)
    outgoing = .drained
    progressed = now
  }

  /// Has both sides compare what they hold.
  mutating func meetAgain(_ directives: inout [Directive], at now: Duration) {
    // Who has said that nothing more comes would not answer.
    guard outgoing == .live, incoming != .drained else { return }
    say(.again, at: now)
    outgoing = .greeting
    progressed = now
    live.isGreeting = true
    directives.append(.greet)
  }

  /// Says anew who this side is.
  mutating func greetAgain(
    _ greeting: Greeting, directives: inout [Directive], at now: Duration
  ) {
    guard live.isGreeting else { return }
    // It was made before what was acknowledged meanwhile was stored.
    guard live.acknowledged.allSatisfy({ greeting.vector[$0] >= $1 }) else {
      return directives.append(.greet)
    }
    live.isGreeting = false
    progressed = now
    introduce(greeting, at: now)
  }
}

// What comes.
extension SyncMachine {
  /// Takes a message of the live phase; whether it is one that may come now.
  mutating func receiveLive(
    _ message: SyncMessage, directives: inout [Directive], at now: Duration
  ) throws -> Bool {
    switch (message, incoming) {
    case (.versions(let versions), .live), (.passing(let versions), .live):
      guard !versions.isEmpty, let meeting else {
        try noteEmptyMessage(at: now)
        return true
      }
      batchSize = versions.size
      live.taken += Self.charge(for: versions, by: limits.window)
      live.note(versions)
      // It is told what became of them once that is known.
      live.noteTold(versions.heads)
      if !guarantees.contains(.storedAcknowledgements) {
        say(.acknowledgement(LinkAcknowledgement(heads: versions.heads, granted: 0)), at: now)
      }
      work(.apply(versions, of: meeting), directives: &directives, at: now)
    case (.acknowledgement(let acknowledgement), _) where live.hasBegun:
      try take(acknowledgement, directives: &directives, at: now)
    case (.again, .live):
      incoming = .greeting
      // Who has said that nothing more comes has no part in what follows.
      if outgoing == .drained { incoming = .drained } else { meetAgain(&directives, at: now) }
    case (.drain, .live):
      incoming = .drained
      switch outgoing {
      case .live: beginDrain(&directives)
      // It was asked to meet again before it knew.
      case .greeting: outgoing = .drained
      default: break
      }
    default: return false
    }
    return true
  }

  /// Takes what the other side has stored, what it has refused, and how much more it takes.
  private mutating func take(
    _ acknowledgement: LinkAcknowledgement, directives: inout [Directive], at now: Duration
  ) throws {
    let outcome = acknowledgement.outcome
    try outcome.check()
    guard let peer, acknowledgement.granted <= live.given + (peer.window ?? 0) else {
      throw ReplicationError.unexpectedMessage("an acknowledgement of bytes that were not sent")
    }
    let isNew = outcome.heads.contains { $1.sequence > live.claimed[$0]?.sequence ?? 0 }
    if acknowledgement.granted > live.granted || isNew {
      progressed = now
    } else {
      try noteEmptyMessage(at: now)
    }
    live.granted = max(live.granted, acknowledgement.granted)
    live.note(outcome.heads)
    live.noteClaim(outcome.heads)
    guard live.claimed.count <= Database.maximumOrigins else {
      throw ReplicationError.exceedsLimit(
        "origins in its acknowledgements", found: live.claimed.count,
        limit: Database.maximumOrigins)
    }
    let listed = live.outcome.refused.count
    live.outcome.add(
      outcome, listing: live.allowance.room(at: now, period: limits.meeting))
    live.allowance.use(live.outcome.refused.count - listed)
    if live.outcome.refused.count > listed { report(&directives) }
    if !outcome.heads.isEmpty { directives.append(.note(peer.replica, holds: outcome.heads)) }
  }

  /// Takes notice of a message that says nothing: a few show that the other side is there.
  mutating func noteEmptyMessage(at now: Duration) throws(ReplicationError) {
    guard stage == .live else { return }
    if now - live.emptySince >= limits.silence {
      live.emptyMessages = 0
      live.emptySince = now
    }
    live.emptyMessages += 1
    guard live.emptyMessages <= Self.mostEmptyMessages else {
      throw .exceedsLimit(
        "messages by a link that say nothing", found: live.emptyMessages,
        limit: Self.mostEmptyMessages)
    }
  }

  /// Takes notice of what became of versions that came by the link; what was refused is reported at once.
  mutating func noteLive(
    _ reception: Database.Reception, directives: inout [Directive], at now: Duration
  ) {
    let listed = live.intake.refused.count
    live.intake.add(
      reception, listing: live.allowance.room(at: now, period: limits.meeting))
    live.allowance.use(live.intake.refused.count - listed)
    if live.intake.refused.count > listed { report(&directives) }
    if !reception.applied.isEmpty { live.hasNews = true }
  }

  /// Tells what became of versions that came by the link.
  mutating func acknowledge(
    _ reception: Database.Reception, directives: inout [Directive], at now: Duration
  ) throws(ReplicationError) {
    guard incoming == .live, let peer else { return }
    let held = reception.held
    // It need not acknowledge what it has sent itself.
    if !held.isEmpty { directives.append(.note(peer.replica, holds: held)) }
    let outcome = SyncOutcome(reception)
    live.noteTold(outcome.heads)
    live.noteAcknowledged(outcome.heads)
    live.promised = max(
      live.promised, live.taken.addingReportingOverflow(limits.window).partialValue)
    let before = outbox.count
    say(.acknowledgement(LinkAcknowledgement(outcome, granted: live.promised)), at: now)
    // Who keeps to its window, and reads, leaves no more than some of them here.
    live.unread += max(0, outbox.count - before)
    guard live.unread <= Self.mostUnread else {
      throw .exceedsLimit(
        "bytes of acknowledgements that it does not read", found: live.unread,
        limit: Self.mostUnread)
    }
    if reception.refused.contains(where: \.isNotCompared) { meetAgain(&directives, at: now) }
  }
}

extension ReplicationError {
  /// Whether the two sides have to compare anew what they hold.
  var isNotCompared: Bool {
    if case .notCompared = self { true } else { false }
  }
}
