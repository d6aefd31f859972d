package import MerganserDatabase
package import MerganserModel
package import MerganserTypes

/// One side of a sync, after which both replicas hold what either held: anti-entropy.
///
/// A state machine that does no I/O: it knows bytes, time, and what the driver tells it that happened. The driver
/// carries its directives out and reports each with one event. Demers et al., *Epidemic Algorithms for Replicated
/// Database Maintenance* (1987), section 1.3; what is exchanged are vectors and missing versions, as in Bayou
/// (Petersen et al., *Flexible Update Propagation for Weakly Consistent Replication*, 1997, section 3.1).
///
/// ```
/// a → b  greeting        b → a  greeting
/// a → b  versions …      b → a  versions …       each in an order that respects dependencies
/// a → b  end             b → a  end
/// a → b  outcome         b → a  outcome          what became of what was handed over
/// ```
///
/// The side whose schema is the earlier takes the other's over first, so that it knows all that comes.
///
/// A side whose log no longer has what the other lacks hands over its state instead of versions, or behind those
/// that it still could (as Bayou does to a replica that is behind its truncated log, section 4.4 there):
///
/// ```
/// a → b  state
/// a → b  rows …
/// a → b  end
/// ```
///
/// Two sides that both want to stay linked go on from there (`SyncMachine+Live.swift`).
///
/// The two directions are independent of each other. Memory is bounded: a side asks for bytes only when it has
/// worked off those before, and reads its log only when what it read before is on its way.
package struct SyncMachine: Sendable {
  /// What the driver is to do next.
  ///
  /// Of each group one at most is open at a time: sending, receiving, reading, and work on what came.
  package enum Directive: Sendable {
    /// Carry these bytes to the other side; ``Event/sent``.
    case send([UInt8])
    /// Wait for bytes of the other side; ``Event/received(_:)`` or ``Event/ended``.
    case receive

    /// Compare the log's histories with those that go through these versions; ``Event/compared(_:)``.
    case compare([ReplicaID: Head])
    /// Take over the other side's schema, which grew from this one's; ``Event/done``.
    case grow(to: SchemaDescription)
    /// Apply these versions; ``Event/applied(_:)``.
    case apply([StoredVersion], of: Meeting)
    /// Begin to receive a state; ``Event/done``.
    case receiveState(StateHeader, of: Meeting)
    /// Receive a part of it; ``Event/done``.
    case receiveRows(StatePart)
    /// Adopt the state, of which all parts have come; ``Event/done``.
    case adoptState

    /// Read the first versions that the log holds beyond the vector; as ``readOn``.
    case readVersions(beyond: VersionVector)
    /// Read the header of the replica's state; as ``readOn``, or ``Event/outdated`` for a link.
    case readState
    /// Read the next versions, or the next part of the state; ``Event/read(_:)``, ``Event/readAll``, or
    /// ``Event/truncated``.
    case readOn

    /// Take notice of who the other side says it is, before anything else of it is; ``Event/failed(_:)`` ends the sync.
    case greeted(ReplicaID)
    /// Take notice of what the other side holds.
    case note(ReplicaID, holds: [ReplicaID: Head])
    /// Both sides hold what either held when they greeted each other, and stay linked.
    case met(Result)
    /// Versions came or went by the link since that was reported last, or were refused.
    case report(Result)
    /// Say anew what the replica is; ``Event/began(_:)``.
    case greet
    /// Look for versions beyond the first vector, and for what is stored beyond the second, and wait for some if there is
    /// nothing, unless told not to; ``Event/found(_:)``.
    case watch(beyond: VersionVector, told: VersionVector, waits: Bool)
    /// Wait no more for versions.
    case stopWatching
    /// The sync is over.
    case finish(Result)
    /// The sync has failed. What was exchanged stays.
    case fail(any Error)
  }

  /// What came of a sync, or of a link since that was reported last.
  package struct Result: Sendable {
    /// The other side.
    package let peer: ReplicaID
    /// What this side has taken in.
    package let intake: SyncIntake
    /// What the other side says that it has taken in.
    package let outcome: SyncIntake
    /// Whether the two sides stayed linked behind it.
    package var isLinked = false
  }

  /// What a driver finds that looks for versions.
  package enum News: Sendable {
    /// The first of them.
    case versions([StoredVersion])
    /// There are none, but these are stored here which the other side was not told of.
    case stored([ReplicaID: Head])
    /// What was agreed does not hold any more: the schema grew, or the log was truncated.
    case outdated
    /// There are none, and none is waited for.
    case nothing
  }

  /// What has happened.
  package enum Event: Sendable {
    /// The sync begins, or the two sides of a link meet again; the replica says this of itself.
    case began(Greeting)
    /// What was to be sent is on its way.
    case sent
    /// Bytes have come.
    case received([UInt8])
    /// Nothing will come any more.
    case ended
    /// Nothing can be sent any more; what the other side has said already may tell why.
    case unsent(any Error)
    /// Nothing can be received any more.
    case disconnected(any Error)
    /// Histories were compared.
    case compared(HistoryComparison)
    /// Work is done.
    case done
    /// Versions were applied, or not.
    case applied(Database.Reception)
    /// The next message for the other side has been read.
    case read(SyncMessage)
    /// There is nothing more to read.
    case readAll
    /// The log was truncated before it could be read.
    case truncated
    /// Versions that the other side lacks were looked for.
    case found(News)
    /// The link is to end once all that is there was sent.
    case drain
    /// The state is not read, as the schema has grown since this side said who it is; the two sides of a link meet again.
    case outdated
    /// Work, or reading, has failed.
    case failed(any Error)
    /// Nothing has happened but that time has passed.
    case time
  }

  /// How far the other side's messages have come.
  enum Incoming {
    case greeting, comparing, growing, versions, state, adopting, ended
    case live, drained
  }
  /// How far this side's messages have come.
  enum Outgoing {
    case greeting, versions, state, ended, told
    case live, drained
  }

  /// How far a sync has come.
  package enum Stage: Sendable { case greeting, growth, versions, state, adoption, outcome, live }

  /// How far both directions have come together.
  package var stage: Stage {
    switch (incoming, outgoing) {
    case (.live, _), (.drained, _), (_, .live), (_, .drained): .live
    case (.greeting, _), (.comparing, _): .greeting
    case (.growing, _): .growth
    case (.adopting, _): .adoption
    case (.state, _), (_, .state): .state
    case (.versions, _), (_, .versions), (_, .greeting): .versions
    case (.ended, .ended), (.ended, .told): .outcome
    }
  }

  let limits: SyncLimits
  /// Whether the side wants to stay linked.
  let isLink: Bool
  var live = LivePhase()
  var own: Greeting?
  var peer: Greeting?
  /// What the two sides have told each other.
  var meeting: Meeting?
  /// The schema that is to be taken over first.
  var growth: SchemaDescription?
  var incoming = Incoming.greeting
  var outgoing = Outgoing.greeting
  var intake = SyncIntake()
  /// The header of the state that is being received.
  var state: StateHeader?
  var outcome: SyncOutcome?

  var decoder: MessageDecoder
  var encoder = MessageEncoder()
  /// What is to be sent next.
  var outbox: [UInt8] = []

  let guarantees: Guarantees
  var isSending = false
  var isReceiving = false
  var isReading = false
  var isWorking = false
  /// Whether nothing will come any more.
  var hasEnded = false
  /// Why the sync has failed, when, and whether the other side knows it or cannot be told.
  var failure: (error: any Error, time: Duration, isKnown: Bool)?
  /// Why nothing can be sent any more, and since when.
  var unsent: (error: any Error, time: Duration)?
  /// Whether the sync is over.
  var isOver = false

  /// When something came last, and when something came that was not only a sign of life.
  var heard = Duration.zero
  var progressed = Duration.zero
  /// When the work began that is being done.
  var working = Duration.zero
  /// When something was last said, and when what is being sent was given to the driver.
  var spoken = Duration.zero
  var sending = Duration.zero
  /// Whether the part of a state that is being received has rows.
  var hasRows = false
  /// How many bytes the versions have that are being applied.
  var batchSize = 0
  /// How many bytes of versions came one after the other of which none could be applied.
  var useless = 0

  /// How many bytes have come and are not worked off.
  package var inboxSize: Int { decoder.size }

  /// A side that has not begun; it promises all, but in simulations.
  package init(limits: SyncLimits, isLink: Bool = false, guarantees: Guarantees = .all) {
    self.limits = limits.kept
    self.isLink = isLink
    self.guarantees = guarantees
    decoder = MessageDecoder(limit: Greeting.maximumSize)
    decoder.comparesChecksums = guarantees.contains(.checkedBytes)
  }

  /// Goes on after an event.
  ///
  /// - Parameters:
  ///   - event: what has happened.
  ///   - now: how much time has passed since some moment that is the same for all events.
  /// - Returns: what to do next, in this order.
  package mutating func step(_ event: Event, at now: Duration) -> [Directive] {
    guard !isOver else { return [] }
    var directives: [Directive] = []
    do {
      try take(event, directives: &directives, at: now)
      if failure == nil { try goOn(&directives, at: now) }
    } catch {
      fail(error, at: now)
    }
    if !isSending { sendPiece() }
    if !isSending, !outbox.isEmpty {
      directives.append(.send(outbox))
      outbox = []
      isSending = true
      sending = now
    }
    // What was read before is on its way.
    if failure == nil, unsent == nil, outgoing == .versions || outgoing == .state, !isReading,
      outbox.isEmpty
    {
      isReading = true
      directives.append(.readOn)
    }
    if failure == nil, unsent == nil, outbox.isEmpty { watch(&directives) }
    conclude(&directives, at: now)
    return directives
  }
}

// The end.
extension SyncMachine {
  /// How long a side that has failed waits until its reason is on its way.
  static let farewell = Duration.seconds(2)

  /// Takes notice that the sync has failed, and tells the other side why.
  private mutating func fail(_ error: any Error, at now: Duration) {
    guard failure == nil else { return }
    let isKnown = (error as? SyncError)?.isEcho == true
    if isKnown {
      outbox = []
    } else {
      say(.refusal("\(error)".shortened, isLasting: error.isLastingRefusal), at: now)
    }
    // Behind that nothing is said.
    failure = (error, now, isKnown)
  }

  /// Ends the sync, if there is nothing left to do.
  private mutating func conclude(_ directives: inout [Directive], at now: Duration) {
    if let failure {
      guard failure.isKnown || !isSending || now - failure.time >= Self.farewell else { return }
      isOver = true
      report(&directives)
      directives.append(.fail(failure.error))
    } else if outgoing == .told, !isSending, let peer, let outcome {
      isOver = true
      directives.append(.note(peer.replica, holds: held(by: peer, after: outcome)))
      directives.append(
        .finish(Result(peer: peer.replica, intake: intake, outcome: SyncIntake(outcome))))
    } else if outgoing == .drained, incoming == .drained, !isSending, outbox.isEmpty, let peer {
      isOver = true
      report(&directives)
      directives.append(
        .finish(
          Result(
            peer: peer.replica, intake: SyncIntake(), outcome: SyncIntake(), isLinked: true)))
    }
  }

  /// What the other side holds behind a sync, as it says.
  func held(by peer: Greeting, after outcome: SyncOutcome) -> [ReplicaID: Head] {
    peer.heads.merging(outcome.heads) { $0.sequence < $1.sequence ? $1 : $0 }
  }

  /// Adds a message to what is to be sent.
  mutating func say(_ message: SyncMessage, at now: Duration) {
    guard unsent == nil, failure == nil else { return }
    let message = CutMessage(message)
    if !SyncMessage.passingKinds.contains(message.kind) || !message.fitsFrame { sendWhole() }
    encoder.encode(message, to: &outbox)
    spoken = now
  }
}
