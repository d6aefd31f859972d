import Synchronization

/// Tells once that a time has come, which may be moved meanwhile.
final class Alarm: Sendable {
  private struct State {
    var deadline: Duration?
    var sleeper: Task<Void, Never>?
  }

  private let state = Mutex(State())
  private let start: ContinuousClock.Instant
  private let ring: @Sendable () -> Void

  /// An alarm that is not set; `ring` is called at a time that is counted from `start`.
  init(from start: ContinuousClock.Instant, ring: @escaping @Sendable () -> Void) {
    self.start = start
    self.ring = ring
  }

  /// Sets the time; without one, it does not ring.
  ///
  /// Where the time before was earlier, it rings at that, and not at the later one: whoever moves the time at every step has
  /// nothing to do for it.
  func set(to deadline: Duration?) {
    state.withLock { state in
      guard let deadline else {
        state.sleeper?.cancel()
        state = State()
        return
      }
      if let set = state.deadline, set <= deadline { return }
      state.sleeper?.cancel()
      state.deadline = deadline
      state.sleeper = Task { [weak self, start] in
        let left = deadline - (ContinuousClock.now - start)
        guard (try? await Task.sleep(for: max(left, .zero))) != nil else { return }
        self?.end(at: deadline)
      }
    }
  }

  private func end(at deadline: Duration) {
    let isSet = state.withLock { state in
      guard state.deadline == deadline else { return false }
      state = State()
      return true
    }
    if isSet { ring() }
  }

  deinit { state.withLock { $0.sleeper?.cancel() } }
}
