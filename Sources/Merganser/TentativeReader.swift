import MerganserDatabase
import MerganserModel
import MerganserTypes

/// Runs what is open in the order on a copy of what is committed, for whoever reads the tentative state.
actor TentativeReader {
  private var tentative = TentativeState()
  private let admission: Admission
  /// The committed state, with what is open.
  private let committed: @Sendable () async throws -> Snapshot
  private let wall: @Sendable () -> HybridTime

  init(
    _ admission: Admission, above committed: @escaping @Sendable () async throws -> Snapshot,
    wall: @escaping @Sendable () -> HybridTime
  ) {
    self.admission = admission
    self.committed = committed
    self.wall = wall
  }

  /// The committed state with what is open above it, and what comes of each request that is.
  func read() async throws -> (snapshot: Snapshot, outcomes: [RequestID: RequestOutcome]) {
    let committed = try await committed()
    guard let open = committed.open else { return (committed, [:]) }
    let shown = try tentative.read(
      committed, open: open, by: admission, wall: wall(), limited: admission.timed)
    return (shown, tentative.outcomes)
  }
}
