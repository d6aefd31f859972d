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
  }

  private let state = Mutex(State())
  private let replica: ReplicaID
  private let telling: @Sendable (SyncReport, _ isMeeting: Bool) -> Void

  /// A link of a replica that has not begun; `telling` is told what came and went since it was told last, whenever both sides hold
  /// what either held, and in between.
  init(
    of replica: ReplicaID, telling: @escaping @Sendable (SyncReport, _ isMeeting: Bool) -> Void
  ) {
    self.replica = replica
    self.telling = telling
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
