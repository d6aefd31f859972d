import MerganserDatabase
import MerganserModel
import MerganserTypes

// What two sides do that stay linked once each holds what the other held: versions flow as they become durable.
//
//     a → b  versions            as they are stored at a, also those of others, but for what b is known to hold
//     b → a  acknowledgement     what is stored at b, and how much more may come
//     a → b  again               all is compared anew: both greet each other, as at the beginning
//     a → b  drain               nothing more comes; b answers alike, and both end
//
// What b has not stored is bounded by the window that it has told, so that a slow side is behind, and nothing grows.
extension SyncMachine {
  /// Whether both sides stay.
  var staysLinked: Bool { isLink && peer?.window != nil }

  /// Goes over to what follows once each side has told the other what became of what it was handed.
  mutating func goLive(_ directives: inout [Directive], at now: Duration) {
    guard let own, let peer, let outcome else { return }
    let result = Result(
      peer: peer.replica, intake: intake, outcome: outcome, isLinked: true)
    directives.append(.note(peer.replica, holds: held(by: peer, after: outcome)))
    directives.append(.met(result))
    live.note(outcome.heads)
    if !live.hasBegun {
      live.hasBegun = true
      live.granted = peer.window ?? 0
      live.promised = own.window ?? 0
    }
    live.met = now
    live.result = result
    (incoming, outgoing) = (.live, .live)
    intake = SyncIntake()
    (state, growth) = (nil, nil)
    self.outcome = nil
  }

  /// Looks for what the other side lacks, if it takes more.
  mutating func watch(_ directives: inout [Directive]) {
    guard outgoing == .live, !live.isWatching, live.given < live.granted else { return }
    live.isWatching = true
    directives.append(.watch(beyond: live.sent, waits: !live.isEnding))
  }

  /// Takes what the driver has found.
  mutating func takeNews(
    _ news: News, directives: inout [Directive], at now: Duration
  ) {
    live.isWatching = false
    // Found for a meeting that is over, and found again.
    guard outgoing == .live else { return }
    switch news {
    case .versions(let versions):
      say(.versions(versions), at: now)
      live.note(versions)
      live.given += versions.size
    case .outdated: meetAgain(&directives, at: now)
    case .nothing:
      live.isEnding = true
      drain(at: now)
    }
  }

  /// Ends the link once all that is there was sent.
  mutating func beginDrain(_ directives: inout [Directive]) {
    live.isEnding = true
    if live.isWatching { directives.append(.stopWatching) }
  }

  private mutating func drain(at now: Duration) {
    say(.drain, at: now)
    outgoing = .drained
  }

  /// Has both sides compare what they hold.
  mutating func meetAgain(_ directives: inout [Directive], at now: Duration) {
    guard outgoing == .live else { return }
    say(.again, at: now)
    outgoing = .greeting
    live.isGreeting = true
    directives.append(.greet)
  }

  /// Says anew who this side is.
  mutating func greetAgain(_ greeting: Greeting, at now: Duration) {
    guard live.isGreeting else { return }
    live.isGreeting = false
    own = greeting
    own?.window = limits.window
    progressed = now
    if let own { say(.greeting(own), at: now) }
  }

  /// Takes a message of the live phase; whether it is one that may come now.
  mutating func receiveLive(
    _ message: SyncMessage, directives: inout [Directive], at now: Duration
  ) throws -> Bool {
    switch (message, incoming) {
    case (.versions(let versions), .live):
      guard !versions.isEmpty, let meeting else { return true }
      batchSize = versions.size
      live.taken += batchSize
      live.note(versions)
      work(.apply(versions, of: meeting), directives: &directives, at: now)
    case (.acknowledgement(let acknowledgement), _) where live.hasBegun:
      try acknowledgement.check()
      live.note(acknowledgement.heads)
      live.granted = max(live.granted, acknowledgement.granted)
      if let peer, !acknowledgement.heads.isEmpty {
        directives.append(.note(peer.replica, holds: acknowledgement.heads))
      }
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

  /// Tells what became of versions that came by the link.
  mutating func acknowledge(
    _ reception: Database.Reception, directives: inout [Directive], at now: Duration
  ) {
    guard incoming == .live else { return }
    var heads: [ReplicaID: Head] = [:]
    for version in reception.applied { heads[version.origin] = version.head }
    live.promised = max(
      live.promised, live.taken.addingReportingOverflow(limits.window).partialValue)
    say(.acknowledgement(LinkAcknowledgement(heads: heads, granted: live.promised)), at: now)
    let isNotCompared = reception.refused.contains { error in
      if case .notCompared = error { true } else { false }
    }
    if isNotCompared { meetAgain(&directives, at: now) }
  }
}
