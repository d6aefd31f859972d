package import MerganserModel
package import MerganserTypes

// What runs in one order. The primary is the database's founder, or its heir, as long as it is the one voter of the order: what
// it commits is chosen at once, and as durable as its disk. Where voters choose, see Database+Voting.
extension Database {
  /// Whether this replica orders alone: nobody else has ever voted, and it is the founder or its heir.
  package var isSolePrimary: Bool {
    get throws(StorageError) {
      guard state.succession.holder(for: founder) == replica,
        state.lacking(replica, inPlaceOf: founder) == nil
      else { return false }
      return try !isVotedOn
    }
  }

  /// Submits a call to the order: durable here once the version is stored, and run when the primary has it.
  ///
  /// - Parameters:
  ///   - call: what is asked for.
  ///   - request: the request's id.
  ///   - budget: how much that this replica has submitted may be open.
  ///   - wall: what the wall clock shows.
  ///   - work: what runs with it here, in the same version.
  /// - Returns: the version to be stored; `nil` if the same was submitted before, or has been processed.
  /// - Throws: ``/MerganserModel/OrderError``; ``/MerganserModel/RequestError/fromTheFuture(_:_:)``; ``/MerganserModel/StorageError``; what
  ///   `work` throws.
  package mutating func submit(
    _ call: OrderedCall, as request: RequestID, within budget: RequestBudget, wall: HybridTime,
    with work: (inout Database) throws -> RequestedWork? = { _ in nil }
  ) throws -> StoredVersion? {
    if request.home != nil { throw OrderError.hasHome(request) }
    let contents = call.binaryEncoded()
    guard contents.count <= RequestSubmission.maximumLength else {
      throw OrderError.tooLong(
        request, length: contents.count, limit: RequestSubmission.maximumLength)
    }
    if try !isCurrent(request, wall: wall) { throw OrderError.expired(request) }
    if let record = try snapshot.record(of: request) {
      switch record.answer(to: RequestContents(bytes: contents)) {
      case .processed: return nil
      case .otherContents: throw OrderError.otherContents(request)
      case nil: break
      }
      let submitted = record.submissions.elements
      if submitted.contains(where: { $0.contents == contents }) { return nil }
      if !submitted.isEmpty { throw OrderError.otherContents(request) }
    }
    try noteOpenRequests()
    if let open = openRequests?.usage(by: replica),
      !budget.holds(open.count + 1, bytes: open.bytes + contents.count)
    {
      throw OrderError.overBudget(
        open: open.count, limit: budget.count, bytes: open.bytes, byteLimit: budget.bytes)
    }
    let work = try work(&self)
    return try run(
      request: request, clearance: work?.clearance ?? Clearance(scope: .everywhere), wall: wall
    ) { tx in
      try work?.body(tx)
      let author = try tx.open().author
      try tx[requestTable, request].join(
        RequestRecord(
          RequestSubmission(time: author.time, author: author.replica, contents: contents)))
    }.version
  }

  /// Says that an open request is not to run any more: the primary rejects it, if it has not run by then.
  ///
  /// - Returns: the version to be stored; `nil` if that was said before, or the request has been processed.
  /// - Throws: ``/MerganserModel/OrderError/unknown(_:)``; ``/MerganserModel/StorageError``.
  package mutating func cancel(_ request: RequestID, wall: HybridTime) throws -> StoredVersion? {
    guard let record = try snapshot.record(of: request), !record.submissions.isBottom else {
      throw OrderError.unknown(request)
    }
    if record.isProcessed || record.isCancelled { return nil }
    return try run(request: request, clearance: Clearance(scope: .everywhere), wall: wall) { tx in
      try tx[requestTable, request].join(.cancelled)
    }.version
  }

  /// Takes notice that something is known of a request that was not before.
  mutating func noteOpen(_ request: RequestID) throws(StorageError) {
    if openRequests == nil { return }
    let record: RequestRecord?
    do { record = try snapshot.record(of: request) } catch let error as StorageError {
      throw error
    } catch {
      // Only what is asked of a schema's own tables fails in another way.
      return
    }
    openRequests?.note(request, record: record)
  }

  /// The first of the requests that are open, in the order in which they are to run.
  ///
  /// - Complexity: O(number of requests) the first time, and then O(log *n*).
  package mutating func nextOpenRequest(
    except passed: Set<RequestID>
  ) throws -> RequestID? {
    try noteOpenRequests()
    return openRequests?.first(1, except: passed).first
  }

  /// Looks for the requests that are open, if nobody has; snapshots tell them from then on.
  ///
  /// - Complexity: O(number of requests) the first time.
  package mutating func noteOpenRequests() throws {
    if openRequests != nil { return }
    var open = OpenRequests()
    try snapshot.forEachRow(of: requestTable) { request, record in
      open.note(request, record: record)
      return true
    }
    // A request may stand behind what has ended its hold.
    for hold in open.openHolds where try snapshot.isEnded(hold) { open.remove(hold) }
    openRequests = open
  }

  /// What became of an open request that was to be run.
  package enum OrderStep {
    /// It was run, and this is the version to be stored.
    case ran(StoredVersion?)
    /// It is not open any more.
    case gone
    /// It cannot be run as long as this program runs: its code is not here.
    case lacksCode
    /// It can be run once something else has come.
    case waits
  }

  /// Runs an open request, as the next one of the order.
  ///
  /// - Parameters:
  ///   - request: the request.
  ///   - admission: what the plan lets it do.
  ///   - epoch: the primary's epoch, if voters choose.
  ///   - wall: what the wall clock shows.
  ///   - limited: bounds how long a transaction runs.
  /// - Returns: what became of it.
  /// - Throws: ``/MerganserModel/StorageError``; the request is open then as before.
  package mutating func order(
    _ request: RequestID, by admission: Admission, in epoch: UInt64? = nil, wall: HybridTime,
    limited: TransactionLimiter
  ) throws -> OrderStep {
    guard let record = try snapshot.record(of: request), !record.isProcessed,
      let submission = record.submissions.elements.first,
      try record.holds || !snapshot.isExpired(request)
    else {
      openRequests?.note(request, record: nil)
      return .gone
    }
    let epoch = epoch ?? state.succession.rank(of: replica, inLineOf: founder) ?? 0
    let isVotedOn = try isVotedOn
    let number = (try snapshot[orderTable, epoch]?.value ?? 0) + 1
    let executor = RequestExecutor.group(orderGroup, epoch: epoch, number: number)
    let contents = RequestContents(bytes: submission.contents)
    func note(_ outcome: RequestOutcome, in tx: borrowing Transaction) throws {
      try tx[requestTable, request].note(outcome, of: contents, by: executor)
      try tx[orderTable, epoch].join(Max(number))
    }
    let reason: String
    let before = self
    let now = max(wall, clock.latest)
    do {
      if let end = record.reasonNotToRun(now: now) { throw end }
      // What it has taken is given back by that.
      if try snapshot.isExpired(request) { throw RequestEnd.forgotten }
      let work = try admission.orderedCall(
        submission.contents, at: replica, in: state, of: catalog)
      guard let work else { return .lacksCode }
      let timed = limited(work.body)
      let version = try run(request: request, clearance: work.clearance, wall: wall) { tx in
        try timed(tx)
        let result = tx.open.answer
        try RequestOutcome.check(result, of: request)
        try note(.committed(result: result), in: tx)
      }.version
      if let excess = version?.excess { throw excess }
      if isVotedOn, let size = version?.payload.count, size > OrderedVersions.maximumSize {
        throw RequestEnd.tooLarge(bytes: size)
      }
      return .ran(version)
    } catch let error as StorageError {
      throw error
    } catch let error as PlanError where error.isPassing {
      return .waits
    } catch {
      reason = String("\(error)".prefix(RequestOutcome.longestReason))
      self = before
    }
    return .ran(
      try run(request: request, clearance: Clearance(scope: .everywhere), wall: wall) { tx in
        try note(.rejected(reason: reason), in: tx)
      }.version)
  }
}

/// Why an open request is rejected that is not run.
package enum RequestEnd: Error, CustomStringConvertible {
  /// Somebody has cancelled it.
  case cancelled
  /// It has been open for longer than it may.
  case over(milliseconds: UInt64)
  /// It was made before the time up to which requests are forgotten.
  case forgotten
  /// It writes more than voters are asked for at a time.
  case tooLarge(bytes: Int)

  /// How it begins that a request was open for longer than it may be.
  package static let overPrefix = "it was open for longer than it may be"

  package var description: String {
    switch self {
    case .cancelled: "it was cancelled before its turn came"
    case .over(let milliseconds):
      "\(Self.overPrefix): \(Duration.milliseconds(milliseconds).formattedSeconds)"
    case .forgotten:
      "it was made before the time up to which this database has forgotten its requests"
    case .tooLarge(let bytes):
      "it writes \(bytes) bytes, and voters choose at most \(OrderedVersions.maximumSize) at a time"
    }
  }
}

extension Duration {
  /// The seconds, without fractions that are zero.
  fileprivate var formattedSeconds: String {
    let (seconds, attoseconds) = components
    let milliseconds = attoseconds / 1_000_000_000_000_000
    return milliseconds == 0 ? "\(seconds) s" : "\(seconds * 1000 + milliseconds) ms"
  }
}

extension RequestRecord {
  /// Why the request is rejected without being run; `nil` if it is to be run.
  func reasonNotToRun(now: HybridTime) -> RequestEnd? {
    if isCancelled { return .cancelled }
    guard let submission = submissions.elements.first,
      let call = try? OrderedCall(binaryEncoded: submission.contents),
      call.isOver(submittedAt: submission.time, now: now)
    else { return nil }
    return .over(milliseconds: call.lifetime)
  }
}

extension RequestOutcome {
  /// How much of a reason for a rejection is kept.
  static let longestReason = 2000
}

extension PlanError {
  /// Whether it is one that ends when something else comes.
  var isPassing: Bool {
    switch self {
    case .behindCut, .beforeStart, .noSeat, .runsElsewhere: true
    default: false
    }
  }
}
