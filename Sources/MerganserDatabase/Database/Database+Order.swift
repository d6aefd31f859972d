package import MerganserModel
package import MerganserTypes

// What runs in one order. The primary is the database's founder, or its heir: the one voter of the order. What it commits is
// chosen at once, and as durable as its disk.
extension Database {
  /// Whether this replica is the one that orders.
  package var isPrimary: Bool {
    state.succession.holder(for: founder) == replica
      && state.lacking(replica, inPlaceOf: founder) == nil
  }

  /// Submits a call to the order: durable here once the version is stored, and run when the primary has it.
  ///
  /// - Returns: the version to be stored; `nil` if the same was submitted before, or has been processed.
  /// - Throws: ``/MerganserModel/OrderError``; ``/MerganserModel/RequestError/fromTheFuture(_:_:)``; ``/MerganserModel/StorageError``.
  package mutating func submit(
    _ call: OrderedCall, as request: RequestID, wall: HybridTime
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
    return try run(request: request, clearance: Clearance(scope: .everywhere), wall: wall) { tx in
      let author = try tx.open().author
      try tx[requestTable, request].join(
        RequestRecord(
          RequestSubmission(time: author.time, author: author.replica, contents: contents)))
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
  ///   - wall: what the wall clock shows.
  ///   - limited: bounds how long a transaction runs.
  /// - Returns: what became of it.
  /// - Throws: ``/MerganserModel/StorageError``; the request is open then as before.
  package mutating func order(
    _ request: RequestID, by admission: Admission, wall: HybridTime,
    limited: (@escaping @Sendable (borrowing Transaction) throws -> Void) ->
      @Sendable (
        borrowing Transaction
      ) throws -> Void
  ) throws -> OrderStep {
    guard let record = try snapshot.record(of: request), !record.isProcessed,
      let submission = record.submissions.elements.first, try !snapshot.isExpired(request)
    else {
      openRequests?.note(request, record: nil)
      return .gone
    }
    let epoch = state.succession.rank(of: replica, inLineOf: founder) ?? 0
    let number = (try snapshot[orderTable, epoch]?.value ?? 0) + 1
    let executor = RequestExecutor.group(orderGroup, epoch: epoch, number: number)
    let contents = RequestContents(bytes: submission.contents)
    func note(_ outcome: RequestOutcome, in tx: borrowing Transaction) throws {
      try tx[requestTable, request].note(outcome, of: contents, by: executor)
      try tx[orderTable, epoch].join(Max(number))
    }
    let reason: String
    let before = self
    do {
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

extension RequestOutcome {
  /// How much of a reason for a rejection is kept.
  static let longestReason = 2000
}

extension Admission {
  /// The code that an open request asks for, and what it may write.
  struct OrderedWork {
    let body: @Sendable (borrowing Transaction) throws -> Void
    let clearance: Clearance
  }

  /// The code that an open request asks for, to be run at the primary; `nil` if this program does not have it.
  ///
  /// - Throws: ``/MerganserModel/PlanError``, if the plan does not let it; what decoding its arguments throws.
  func orderedCall(
    _ contents: [UInt8], at primary: ReplicaID, in state: DatabaseState, of catalog: Catalog
  ) throws -> OrderedWork? {
    let call = try OrderedCall(binaryEncoded: contents)
    guard let declared = declared(call.transaction), let decode = declared.callOfRequest,
      declared.edition == call.edition
    else { return nil }
    let asked = try decode(call.arguments)
    let searched = try searchedCall(
      of: declared.name, arguments: asked.values, text: asked.arguments)
    return OrderedWork(
      body: searched?.body ?? asked.body,
      clearance: try clearance(
        ofCall: declared.name, arguments: asked.arguments, at: primary, in: state, of: catalog))
  }
}

extension PlanError {
  /// Whether it is one that ends when something else comes.
  var isPassing: Bool {
    switch self {
    case .behindCut, .beforeStart, .noSeat: true
    default: false
    }
  }
}
