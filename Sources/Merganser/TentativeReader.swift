import MerganserDatabase
import MerganserModel
import MerganserTypes

/// Runs what is open in the order on a copy of what is committed, for whoever reads the tentative state.
actor TentativeReader {
  private var tentative = TentativeState()
  private let admission: Admission
  private let writer: Writer
  private let wall: @Sendable () -> HybridTime

  init(_ admission: Admission, of writer: Writer, wall: @escaping @Sendable () -> HybridTime) {
    self.admission = admission
    self.writer = writer
    self.wall = wall
  }

  /// The committed state with what is open above it, and what comes of each request that is.
  func read() async throws -> (snapshot: Snapshot, outcomes: [RequestID: RequestOutcome]) {
    var committed = writer.current
    if committed.open == nil {
      committed = try await ValueJob { database, _ in
        try database.noteOpenRequests()
        return database.snapshot
      }.done(by: writer)
    }
    guard let open = committed.open else { return (committed, [:]) }
    let shown = try tentative.read(
      committed, open: open, by: admission, wall: wall(), limited: admission.timed)
    return (shown, tentative.outcomes)
  }
}

extension Replica {
  /// The database as it will be if what is open in the order commits now, and nothing comes between.
  ///
  /// It is a snapshot as ``snapshot`` is. What stands in it beyond that is tentative: it rests on this replica's state, and may
  /// come out otherwise. Nothing that is written rests on it; a transaction that is to is submitted too.
  ///
  /// ```swift
  /// try await laptop.submit(shop.sell, "teapot", 2)
  /// print(try await laptop.tentative()[shop.stock, "teapot"]?.value ?? 0)  // two fewer than in laptop.snapshot
  /// ```
  ///
  /// - Complexity: O(1) where nothing has changed since the last time. A request is run again only where a table that it
  ///   used has changed, or one that an invariant compares with it; the others take O(1) each.
  /// - Throws: ``/MerganserModel/StorageError``; `CancellationError`.
  public func tentative() async throws -> Snapshot { try await tentativeReader.read().snapshot }
}
