import MerganserSync
import Synchronization

/// What is told to a link while it runs, and what it tells.
final class LinkControl: Sendable {
  private struct State {
    var isRunning = false
    var isDraining = false
    var drain: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())
  private let meeting: @Sendable (SyncMachine.Result) throws -> Void

  /// A link that has not begun; `meeting` is called whenever both sides hold what either held.
  init(meeting: @escaping @Sendable (SyncMachine.Result) throws -> Void) { self.meeting = meeting }

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

  /// Takes notice that both sides hold what either held.
  func note(_ result: SyncMachine.Result) throws { try meeting(result) }
}
