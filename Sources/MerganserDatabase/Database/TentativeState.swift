package import MerganserModel
package import MerganserTypes

/// What a database shows if the requests that are open commit now, one after the other: an overlay above the committed state.
///
/// It is kept from one reading to the next. A request is run again only where the tables that it used have changed, by
/// what was committed or by another request that was run again. Nothing of it is stored, or goes anywhere.
package struct TentativeState: Sendable {
  /// An open request that was run.
  private struct Step: Sendable {
    let request: RequestID
    let contents: [UInt8]
    /// Whether it is rejected without being run.
    let isEnded: Bool
    /// The tables that it used, and those that invariants compare with these.
    let tables: Set<Int>
    /// These tables, and what is indexed of them, as they were after it.
    let after: [Int: TableState]
    let indexes: [Int: InvariantIndex]
    /// What came of it; `nil` if it waits for something.
    let outcome: RequestOutcome?
  }

  private var base: Snapshot?
  private var shown: Snapshot?
  private var steps: [Step] = []
  private var clock = HybridClock()
  /// How many numbers its writes have taken.
  private var taken: UInt64 = 0
  /// How many requests have been run.
  package private(set) var runCount = 0
  /// What comes of the requests that are open.
  package private(set) var outcomes: [RequestID: RequestOutcome] = [:]

  /// An overlay that has not been read.
  package init() {}

  /// The state over a snapshot.
  ///
  /// - Parameters:
  ///   - snapshot: what is committed.
  ///   - open: the requests that are open in it.
  ///   - admission: what the plan lets them do.
  ///   - wall: what the wall clock shows.
  ///   - limited: bounds how long a transaction runs.
  /// - Returns: the snapshot of both.
  /// - Complexity: O(1) where nothing has changed; else O(number of open requests), and what those take that are run.
  /// - Throws: ``/MerganserModel/StorageError``; `CancellationError`.
  package mutating func read(
    _ snapshot: Snapshot, open: OpenRequests, by admission: Admission, wall: HybridTime,
    limited: TransactionLimiter
  ) throws -> Snapshot {
    if let shown, let base, base.vector == snapshot.vector { return shown }
    let catalog = snapshot.catalog
    let known = Dictionary(steps.map { ($0.request, $0) }) { first, _ in first }
    var changed = base.map { snapshot.state.tablesChanged(since: $0.state) } ?? nil
    let all = Set(snapshot.state.tables.indices)
    let now = max(wall, snapshot.time)
    var requests: [(id: RequestID, contents: [UInt8], end: RequestEnd?)] = []
    for request in open.first(open.count, except: []) {
      guard let record = try snapshot.record(of: request), !record.isProcessed,
        let submission = record.submissions.elements.first, try !snapshot.isExpired(request)
      else { continue }
      requests.append((request, submission.contents, record.reasonNotToRun(now: now)))
    }
    // What ran in the place of a request that is open no more is in no state.
    let ids = Set(requests.map(\.id))
    for step in steps where !ids.contains(step.request) { changed?.formUnion(step.tables) }
    var next: [Step] = []
    var state = snapshot.state
    let primary = try state.orderAuthor(in: catalog, founder: snapshot.founder)
    clock.observe(snapshot.time)
    for (request, contents, end) in requests {
      try Task.checkCancellation()
      if let step = known[request], step.contents == contents, step.isEnded == (end != nil),
        let changed,
        changed.isDisjoint(with: step.tables), step.outcome != nil
      {
        for (table, rows) in step.after { state.tables[table] = rows }
        for (index, places) in step.indexes { state.indexes[index] = places }
        next.append(step)
        continue
      }
      let step = try run(
        request, contents: contents, ending: end, on: &state, at: primary, of: snapshot,
        by: admission,
        wall: wall, limited: limited)
      changed = (changed ?? all).union(step.tables).union(known[request]?.tables ?? [])
      next.append(step)
    }
    steps = next
    outcomes = Dictionary(
      next.compactMap { step in step.outcome.map { (step.request, $0) } },
      uniquingKeysWith: { first, _ in first })
    state.vector = snapshot.vector
    let shown = Snapshot(
      catalog: catalog, founder: snapshot.founder, state: state, time: clock.latest)
    base = snapshot
    self.shown = shown
    return shown
  }

  private mutating func run(
    _ request: RequestID, contents: [UInt8], ending end: RequestEnd?,
    on state: inout DatabaseState, at primary: ReplicaID, of snapshot: Snapshot,
    by admission: Admission, wall: HybridTime,
    limited: TransactionLimiter
  ) throws -> Step {
    let catalog = snapshot.catalog
    runCount += 1
    var observed = ObservedTransaction()
    var outcome: RequestOutcome?
    do {
      if let end { throw end }
      let work = try admission.orderedCall(contents, at: primary, in: state, of: catalog)
      if let work {
        // Its writes have numbers that no other request's have that is shown with it.
        state.vector[primary] = snapshot.vector[primary] + taken
        let body = limited(work.body)
        var answer: [UInt8]?
        let after = try state.transacting(
          as: primary, founder: snapshot.founder, catalog: catalog, clearance: work.clearance,
          time: clock.now(wall: wall), observing: &observed
        ) { tx in
          try body(tx)
          answer = tx.open.answer
        }
        if let after {
          taken = after.vector[primary] - snapshot.vector[primary]
          state = after
        }
        outcome = .committed(result: answer)
      }
    } catch let error as StorageError {
      throw error
    } catch let error as PlanError where error.isPassing {
    } catch {
      outcome = .rejected(reason: String("\(error)".prefix(RequestOutcome.longestReason)))
    }
    let tables = catalog.tablesCompared(with: observed)
    var after: [Int: TableState] = [:]
    var indexes: [Int: InvariantIndex] = [:]
    for table in tables {
      after[table] = state.tables[table]
      for index in catalog.invariantBook.tables[table].indexes {
        indexes[index] = state.indexes[index]
      }
    }
    return Step(
      request: request, contents: contents, isEnded: end != nil, tables: tables, after: after,
      indexes: indexes,
      outcome: outcome)
  }
}

extension DatabaseState {
  /// The tables that are others than in an earlier state of the same database; `nil` if that is not known of any.
  fileprivate func tablesChanged(since earlier: DatabaseState) -> Set<Int>? {
    guard tables.count == earlier.tables.count, tables.sharesStored(.rows, with: earlier.tables),
      indexes.sharesStored(.index, with: earlier.indexes), succession == earlier.succession
    else { return nil }
    return Set(
      tables.indices.filter { !tables[$0].rows.sharesMemory(with: earlier.tables[$0].rows) })
  }
}

extension Catalog {
  /// The tables that a transaction used, and those that invariants compare with what it wrote.
  fileprivate func tablesCompared(with observed: ObservedTransaction) -> Set<Int> {
    var found = observed.tables
    let written = observed.effects.compactMap { number(of: $0.table) }
    found.formUnion(written)
    for table in found.union(written) {
      found.formUnion(invariantBook.hazards.reach[table])
      for invariant in invariantBook.bound where invariant.place.tables.contains(table) {
        found.formUnion(invariant.place.tables)
      }
    }
    return found
  }
}
