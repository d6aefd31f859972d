import MerganserDatabase
import MerganserModel
import MerganserTypes

// What follows from an event.
extension SyncMachine {
  /// Takes notice of what has happened.
  mutating func take(_ event: Event, directives: inout [Directive], at now: Duration) throws {
    switch event {
    case .began(let greeting):
      guard own == nil else { return greetAgain(greeting, directives: &directives, at: now) }
      heard = now
      progressed = now
      outbox = MessageEncoder.preface
      introduce(greeting, at: now)
    case .sent:
      isSending = false
      live.unread = 0
    case .received(let bytes):
      guard !bytes.isEmpty else { throw SyncError.emptyPiece }
      isReceiving = false
      heard = now
      if failure == nil { decoder.append(bytes) }
    case .ended: (isReceiving, hasEnded) = (false, true)
    case .unsent(let error):
      // Whoever has ended the sync may have said why.
      isSending = false
      outbox = []
      live.large = nil
      unsent = (error, now)
    case .disconnected(let error):
      isSending = false
      isReceiving = false
      hasEnded = true
      // Who has heard all, and said all, needs the transport no more.
      if outgoing != .told || outcome == nil { failure = failure ?? (error, now, true) }
    case .compared(let comparison):
      if let fork = comparison.fork, comparesHistories { throw fork }
      intake.add(comparison)
      finishWork(&directives, at: now)
    case .done: finishWork(&directives, at: now, isUseful: incoming != .state || hasRows)
    case .applied(let reception):
      let isUseful = !reception.applied.isEmpty || !reception.setAside.isEmpty
      finishWork(&directives, at: now, isUseful: isUseful)
      try note(reception, directives: &directives, at: now)
      try acknowledge(reception, directives: &directives, at: now)
    case .found(let news): takeNews(news, directives: &directives, at: now)
    case .drain: beginDrain(&directives)
    case .read(let message):
      isReading = false
      handOver(message, at: now)
    case .readAll:
      isReading = false
      outgoing = .ended
      say(.end(messages: encoder.count), at: now)
    case .outdated:
      guard staysLinked else { throw SyncError.interrupted }
      isReading = false
      live.isNotCompared = true
      outgoing = .ended
      say(.end(messages: encoder.count), at: now)
    case .truncated:
      guard outgoing == .versions else { throw SyncError.interrupted }
      // The log was truncated after the greeting; the state has what it lacks now.
      outgoing = .state
      directives.append(.readState)
    case .failed(let error): try take(error)
    case .time: try watchOther(&directives, at: now)
    }
  }

  /// Takes notice that work has failed; where the two sides of a link have to compare anew what they hold, they do so next.
  private mutating func take(_ error: any Error) throws {
    guard let error = error as? ReplicationError, error.isNotCompared, incoming == .adopting,
      staysLinked
    else { throw error }
    isWorking = false
    state = nil
    incoming = .ended
    live.isNotCompared = true
    var reception = Database.Reception()
    reception.refuse(error)
    intake.add(reception)
  }

  /// Hands over what has been read: what the other side has sent meanwhile, or got by others, it is not sent.
  private mutating func handOver(_ message: SyncMessage, at now: Duration) {
    switch message {
    case .versions(let versions):
      let lacking = versions.filter { $0.sequences.upperBound > live.sent[$0.origin] }
      live.note(versions)
      live.noteTold(lacking.heads)
      if !lacking.isEmpty { say(.versions(lacking), at: now) }
    case .state(let header):
      live.note(header.heads)
      live.noteTold(header.heads)
      say(message, at: now)
    default: say(message, at: now)
    }
  }

  /// Says who this side is.
  mutating func introduce(_ greeting: Greeting, at now: Duration) {
    var greeting = greeting
    if isLink { (greeting.window, greeting.silence) = (limits.window, limits.silence) }
    own = greeting
    live.told = greeting.vector
    say(.greeting(greeting), at: now)
  }

  /// Does what can be done with what has come, and asks for more.
  mutating func goOn(_ directives: inout [Directive], at now: Duration) throws {
    guard own != nil else { return }
    try workOff(&directives, at: now)
    if incoming == .ended, outgoing == .ended {
      outgoing = .told
      say(.outcome(SyncOutcome(intake)), at: now)
    }
    if incoming == .ended, outgoing == .told, outcome != nil, staysLinked {
      try goLive(&directives, at: now)
      try workOff(&directives, at: now)
    }
    if !isWorking || !guarantees.contains(.pacedBytes), expectsMore, !isReceiving {
      guard !hasEnded else { throw unsent?.error ?? SyncError.interrupted }
      isReceiving = true
      heard = now
      directives.append(.receive)
    }
  }

  /// Does what can be done with what has come.
  private mutating func workOff(_ directives: inout [Directive], at now: Duration) throws {
    while !isWorking, expectsMore, let message = try decoder.next() {
      try receive(message, directives: &directives, at: now)
    }
  }

  /// Whether the other side still has something to say that can be taken.
  private var expectsMore: Bool {
    switch incoming {
    case .ended: outcome == nil
    // Who says anew who it is compares with that, and not with what it said before.
    case .greeting: !live.isGreeting
    // What it has stored of what is still to be sent.
    case .drained: outgoing != .drained
    default: true
    }
  }

  /// Goes on once work on what came is done.
  ///
  /// The time that it took is not the other side's, but if it was of no use, neither does it give more of it.
  private mutating func finishWork(
    _ directives: inout [Directive], at now: Duration, isUseful: Bool = true
  ) {
    isWorking = false
    progressed = isUseful ? now : min(progressed + (now - working), now)
    switch incoming {
    case .comparing:
      if let growth {
        incoming = .growing
        work(.grow(to: growth), directives: &directives, at: now)
      } else {
        open(&directives)
      }
    case .growing: open(&directives)
    case .adopting:
      incoming = .ended
      if let state { intake.add(state) }
    case .greeting, .versions, .state, .ended, .live, .drained: break
    }
  }

  /// Begins to hand over what the other side lacks, and to take what it hands over.
  private mutating func open(_ directives: inout [Directive]) {
    guard let own, let peer else { return }
    incoming = .versions
    isReading = true
    let held = peer.vector
    if own.truncatedTo.contains(where: { $1 > held[$0] }) {
      outgoing = .state
      directives.append(.readState)
    } else {
      outgoing = .versions
      directives.append(.readVersions(beyond: held))
    }
  }

  mutating func work(
    _ directive: Directive, directives: inout [Directive], at now: Duration
  ) {
    isWorking = true
    working = now
    directives.append(directive)
  }

  /// Takes notice of what became of versions.
  private mutating func note(
    _ reception: Database.Reception, directives: inout [Directive], at now: Duration
  ) throws(ReplicationError) {
    if incoming == .live {
      noteLive(reception, directives: &directives, at: now)
    } else {
      let room = isLink ? live.allowance.room(at: now, period: limits.meeting) : SyncReport.limit
      let listed = intake.refused.count
      intake.add(reception, listing: room)
      live.allowance.use(intake.refused.count - listed)
      // They would not be offered again before the two sides meet next.
      if reception.refused.contains(where: \.isNotCompared) { live.isNotCompared = true }
    }
    if !reception.applied.isEmpty || !reception.setAside.isEmpty { return useless = 0 }
    useless += batchSize
    guard useless <= limits.uselessBytes else {
      throw .exceedsLimit(
        "bytes of versions of which none can be applied", found: useless,
        limit: limits.uselessBytes)
    }
  }

  /// Takes a message of the other side.
  private mutating func receive(
    _ message: SyncMessage, directives: inout [Directive], at now: Duration
  ) throws {
    switch (message, incoming) {
    case (.refusal(let reason, let isLasting), _):
      throw SyncError.refused(reason: reason, isLasting: isLasting)
    case (.greeting(let greeting), .greeting):
      try agree(with: greeting, directives: &directives, at: now)
    case (_, .greeting) where !live.hasBegun:
      throw ReplicationError.unexpectedMessage("\(message.name) before its greeting")
    case (.alive, _), (.unknown, _): try noteEmptyMessage(at: now)
    case (.versions(let versions), .versions):
      guard !versions.isEmpty, let meeting else { return }
      batchSize = versions.size
      live.note(versions)
      work(.apply(versions, of: meeting), directives: &directives, at: now)
    case (.state(let header), .versions):
      guard let meeting else { return }
      incoming = .state
      state = header
      work(.receiveState(header, of: meeting), directives: &directives, at: now)
    case (.rows(let part), .state):
      hasRows = !part.rows.isEmpty
      work(.receiveRows(part), directives: &directives, at: now)
    case (.end(let messages), .versions), (.end(let messages), .state):
      guard messages == decoder.count - 1 else {
        throw ReplicationError.unexpectedMessage(
          "an end behind \(decoder.count - 1) messages that names \(messages)")
      }
      if incoming == .state {
        incoming = .adopting
        work(.adoptState, directives: &directives, at: now)
      } else {
        incoming = .ended
      }
    case (.outcome(let said), _) where outcome == nil && (outgoing == .ended || outgoing == .told):
      try said.check()
      outcome = said
      progressed = now
    default:
      guard try !receiveLive(message, directives: &directives, at: now) else { return }
      throw ReplicationError.unexpectedMessage("\(message.name) at a wrong place")
    }
  }

  /// Takes the other side's greeting.
  private mutating func agree(
    with greeting: Greeting, directives: inout [Directive], at now: Duration
  ) throws {
    guard let own else { return }
    var agreement = Agreement(own: own, other: greeting, comparesHistories: comparesHistories)
    if let peer, guarantees.contains(.samePeer) { agreement.before = (peer, live.claimed) }
    let later = try agreement.check()
    try agreement.checkContinuation()
    live.noteClaim(greeting.heads)
    growth = later == own.schema ? nil : later
    peer = greeting
    directives.append(.greeted(greeting.replica))
    meeting = Meeting(with: greeting.replica, holding: own.heads, and: greeting.heads)
    live.sent = greeting.vector
    incoming = .comparing
    decoder.limit = limits.messageSize
    decoder.isGreeted = true
    work(.compare(greeting.heads), directives: &directives, at: now)
  }

  /// Whether what the two sides hold is compared: always, but in simulations.
  private var comparesHistories: Bool {
    guarantees.contains(.comparedHistories)
      && (!live.hasBegun || guarantees.contains(.comparedMeetings))
  }

  /// How long a side says nothing that has nothing to say, so that neither takes the other for gone.
  private var pause: Duration {
    min(limits.silence, max(peer?.silence ?? limits.silence, Self.shortestSilence)) / 3
  }

  /// Looks whether the other side is still there, and shows that this one is.
  private mutating func watchOther(_ directives: inout [Directive], at now: Duration) throws {
    guard own != nil, failure == nil else { return }
    // What the other side has said of it has come by now, or never does.
    if let unsent, !isWorking, now - unsent.time >= Self.farewell { throw unsent.error }
    if isReceiving {
      if now - heard >= limits.silence { throw SyncError.stalled(after: limits.silence) }
      if stage != .live || live.isOwed(outgoing, window: peer?.window ?? 0),
        now - progressed >= limits.work
      {
        throw SyncError.stalled(after: limits.work)
      }
    }
    if isSending, now - sending >= limits.work { throw SyncError.stalled(after: limits.work) }
    if !isSending, outbox.isEmpty, now - spoken >= pause { say(.alive, at: now) }
    if stage == .live {
      report(&directives)
      live.reported = now
    }
    if outgoing == .live, now - live.met >= limits.meeting {
      meetAgain(&directives, at: now)
    }
  }
}

extension SyncMachine {
  /// When time alone has something follow, as far as is known now; `nil` if it never has.
  package var deadline: Duration? {
    guard own != nil, !isOver else { return nil }
    if let failure { return failure.time + Self.farewell }
    var deadlines: [Duration] = []
    if let unsent, !isWorking { deadlines.append(unsent.time + Self.farewell) }
    if isReceiving {
      deadlines.append(heard + limits.silence)
      if stage != .live || live.isOwed(outgoing, window: peer?.window ?? 0) {
        deadlines.append(progressed + limits.work)
      }
    }
    if isSending {
      deadlines.append(sending + limits.work)
    } else if unsent == nil, outbox.isEmpty {
      deadlines.append(spoken + pause)
    }
    if stage == .live, hasUntold { deadlines.append(live.reported + Self.untold) }
    if outgoing == .live, incoming != .drained { deadlines.append(live.met + limits.meeting) }
    return deadlines.min()
  }
}

extension SyncMessage {
  /// What it is called in errors.
  var name: String {
    switch self {
    case .header: "a bundle's header"
    case .state: "a state"
    case .rows: "rows"
    case .versions: "versions"
    case .end: "an end"
    case .greeting: "a greeting"
    case .outcome: "an outcome"
    case .refusal: "a refusal"
    case .alive: "a sign of life"
    case .acknowledgement: "an acknowledgement"
    case .again: "a call to compare anew"
    case .drain: "a drain"
    case .passing: "versions that pass others"
    case .unknown(let kind): "a message of kind \(kind)"
    }
  }
}
