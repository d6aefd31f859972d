import MerganserModel
import MerganserSync
import MerganserTypes
import Synchronization

/// What is told to a link while it runs, and what it tells.
final class LinkControl: Sendable {
  private struct State {
    var isRunning = false
    var isDraining = false
    var drain: (@Sendable () -> Void)?
    var report = SyncReport()
    /// Who the other side says it is, and what it has said that it holds.
    var peer: ReplicaID?
    var heads: [ReplicaID: Head]?
  }

  private let state = Mutex(State())
  private let replica: ReplicaID
  private let telling: @Sendable (SyncReport, _ isMeeting: Bool) -> Void
  private let greeting: @Sendable (ReplicaID) throws -> Void

  /// A link of a replica that has not begun; `telling` is told what came and went since it was told last, whenever both sides hold
  /// what either held, and in between; `greeting` is told who the other side says it is, and throws if it may not be linked.
  init(
    of replica: ReplicaID, telling: @escaping @Sendable (SyncReport, _ isMeeting: Bool) -> Void,
    greeting: @escaping @Sendable (ReplicaID) throws -> Void
  ) {
    self.replica = replica
    self.telling = telling
    self.greeting = greeting
  }

  /// Who the other side says it is; `nil` before it has said so.
  var peer: ReplicaID? { state.withLock { $0.peer } }
  /// What the other side has said that it holds; `nil` before the two have met.
  var heads: [ReplicaID: Head]? { state.withLock { $0.heads } }

  /// Takes notice of who the other side says it is.
  func greet(_ peer: ReplicaID) throws {
    try greeting(peer)
    state.withLock { $0.peer = peer }
  }

  /// Takes notice of what the other side holds.
  func note(_ heads: [ReplicaID: Head]) {
    state.withLock {
      $0.heads = ($0.heads ?? [:]).merging(heads) { $0.sequence < $1.sequence ? $1 : $0 }
    }
  }

  /// What came and went so far.
  var report: SyncReport { state.withLock { $0.report } }

  /// Takes the link for the one that runs it; whether nobody has it.
  func take() -> Bool {
    state.withLock { state in
      defer { state.isRunning = true }
      return !state.isRunning
    }
  }

  /// Takes notice of how a link that begins is told to drain.
  func begin(_ drain: @escaping @Sendable () -> Void) {
    let isDraining = state.withLock { state in
      state.drain = drain
      return state.isDraining
    }
    if isDraining { drain() }
  }

  /// Has the link end once all that is there was sent.
  func drain() {
    let drain = state.withLock { state in
      state.isDraining = true
      return state.drain
    }
    drain?()
  }

  /// Takes notice of what came and went since it was told last.
  ///
  /// - Throws: what of it keeps the two from becoming equal, however often they sync.
  func note(_ result: SyncMachine.Result, isMeeting: Bool) throws(ReplicationError) {
    let report = SyncReport(
      (replica, result.intake), second: (result.peer, result.outcome))
    state.withLock { $0.report.add(report) }
    telling(report, isMeeting)
    try report.refused.throwIfPeersPart()
  }
}
