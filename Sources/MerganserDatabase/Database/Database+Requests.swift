public import MerganserModel
public import MerganserTypes

// Transactions that count once, by the ids of their requests.
extension Database {
  /// Runs a transaction that counts once, however often its request is sent to this replica.
  ///
  /// Any error that `body` throws is thrown, unless it is an ``/MerganserModel/InvariantViolation``, and the request may be
  /// tried again.
  ///
  /// - Parameters:
  ///   - request: the request's id.
  ///   - contents: what it asks for; the same id with other contents is answered so. Without them, nothing
  ///     is compared.
  ///   - scope: where the invariants are known to hold afterwards.
  ///   - recordsRefusal: whether an ``/MerganserModel/InvariantViolation`` refuses the request for good, durably. If not,
  ///     nothing is recorded, and the request may be tried again.
  ///   - wall: what the wall clock shows.
  ///   - body: the transaction.
  /// - Returns: what came of it, and the version to be stored; none if nothing was written.
  /// - Throws: what `body` throws; ``/MerganserModel/TransactionError``; ``/MerganserModel/RequestError``.
  public mutating func transact<Value>(
    request: RequestID, contents: RequestContents? = nil, scope: Scope = .everywhere,
    recordsRefusal: Bool = false, wall: HybridTime,
    body: (borrowing Transaction) throws -> Value
  ) throws -> (result: RequestResult<Value>, version: StoredVersion?) {
    try transact(
      SentRequest(id: request, contents: contents, recordsRefusal: recordsRefusal),
      clearance: Clearance(scope: scope), wall: wall, body: body)
  }

  /// Runs a transaction that counts once, if what is known of it beforehand lets it.
  package mutating func transact<Value>(
    _ request: SentRequest<Value>, clearance: Clearance, wall: HybridTime,
    body: (borrowing Transaction) throws -> Value
  ) throws -> (result: RequestResult<Value>, version: StoredVersion?) {
    if let answer: RequestResult<Value> = try answer(to: request, wall: wall) {
      return (answer, nil)
    }
    let isKept = guarantees.contains(.keptOutcomes)
    do {
      let (value, version) = try run(request: request.id, clearance: clearance, wall: wall) { tx in
        let value = try body(tx)
        let result = request.encode.map { $0(value) } ?? tx.open.answer
        try RequestOutcome.check(result, of: request.id)
        if isKept {
          try tx[requestTable, request.id].note(.committed(result: result), of: request.contents)
        }
        return value
      }
      return (.committed(value), version)
    } catch let violation as InvariantViolation {
      guard request.recordsRefusal else { return (.refused(violation), nil) }
      let (_, version) = try run(request: request.id, clearance: clearance, wall: wall) { tx in
        try tx[requestTable, request.id].note(.refused(violation), of: request.contents)
      }
      return (.refused(violation), version)
    }
  }

  /// What answers to a request without running it; `nil` if it is to be run here.
  private func answer<Value>(
    to request: SentRequest<Value>, wall: HybridTime
  ) throws -> RequestResult<Value>? {
    let snapshot = snapshot
    if try !isCurrent(request.id, wall: wall) { return .expired }
    let isAsked = guarantees.contains(.requestsOnce)
    switch try isAsked ? snapshot.record(of: request.id)?.answer(to: request.contents) : nil {
    case .processed(let outcome): return .repeated(outcome)
    case .otherContents(let outcome): return .otherContents(outcome)
    case nil: break
    }
    if let home = request.id.home {
      // What an ended home ran beyond its cut counts nowhere, so its heir runs the request once more at most.
      let place = state.succession.holder(for: home)
      if place != replica { throw RequestError.runsElsewhere(request.id, at: place) }
    }
    return nil
  }

  /// Whether a request was born behind the horizon, and not in the future.
  ///
  /// - Throws: ``/MerganserModel/RequestError/fromTheFuture(_:_:)``; ``/MerganserModel/StorageError``.
  func isCurrent(_ request: RequestID, wall: HybridTime) throws -> Bool {
    guard let birth = request.birth else { return true }
    if let horizon = try snapshot.horizon, birth < horizon, guarantees.contains(.horizon) {
      return false
    }
    if let future = tolerance.excess(of: birth, wall: wall, seen: clock.latest) {
      throw RequestError.fromTheFuture(request, future)
    }
    return true
  }

  /// Acknowledges that a request committed more than once, for all replicas.
  ///
  /// It is reported again if yet another commit of it becomes known.
  ///
  /// - Returns: the version to be stored; `nil` if there is nothing to acknowledge.
  /// - Throws: ``/MerganserModel/StorageError``, if stored rows cannot be read.
  public mutating func acknowledge(
    _ request: RequestID, wall: HybridTime
  ) throws -> StoredVersion? {
    guard let count = try snapshot.executedTwice(request)?.commits.count else { return nil }
    return try run(request: nil, clearance: Clearance(scope: .everywhere), wall: wall) { tx in
      try tx[requestTable, request].join(RequestRecord(acknowledged: count))
    }.version
  }
}

extension Database {
  /// Records what became of a request that was not to be run.
  ///
  /// - Returns: the version to be stored.
  /// - Throws: ``/MerganserModel/StorageError``, if stored rows cannot be read; ``/MerganserModel/TransactionError``.
  package mutating func note(
    _ outcome: RequestOutcome, of request: RequestID, wall: HybridTime
  ) throws -> StoredVersion? {
    try run(request: request, clearance: Clearance(scope: .everywhere), wall: wall) { tx in
      try tx[requestTable, request].note(outcome, of: nil)
    }.version
  }
}

extension RequestOutcome {
  /// Refuses a result that is too long to be kept.
  static func check(_ result: [UInt8]?, of request: RequestID) throws(RequestError) {
    guard let length = result?.count, length > maximumResultLength else { return }
    throw .resultTooLong(request, length: length, limit: maximumResultLength)
  }
}

/// A request as it is sent.
package struct SentRequest<Value> {
  /// Its id.
  package let id: RequestID
  /// What it asks for, if that is said.
  package let contents: RequestContents?
  /// Whether a refusal is recorded.
  package let recordsRefusal: Bool
  /// How its result is encoded, if it is kept.
  package let encode: (@Sendable (Value) -> [UInt8])?

  package init(
    id: RequestID, contents: RequestContents?, recordsRefusal: Bool,
    encode: (@Sendable (Value) -> [UInt8])? = nil
  ) {
    self.id = id
    self.contents = contents
    self.recordsRefusal = recordsRefusal
    self.encode = encode
  }
}

extension SentRequest: Sendable {}

// The horizon.
extension Database {
  /// Raises the horizon of requests, before whose births they are forgotten: on every replica, for good.
  ///
  /// It is a whole millisecond, and does not pass this replica's clock. What is below it is dropped by ``dropExpired(limit:wall:)``.
  ///
  /// - Returns: the version to be stored; `nil` if the horizon is there already.
  /// - Throws: ``/MerganserModel/StorageError``, if stored rows cannot be read.
  public mutating func raiseHorizon(
    to time: HybridTime, wall: HybridTime
  ) throws -> StoredVersion? {
    let time = HybridTime(milliseconds: min(time, max(wall, clock.latest)).milliseconds)
    guard try snapshot.horizon ?? .zero < time else { return nil }
    return try run(request: nil, clearance: Clearance(scope: .everywhere), wall: wall) { tx in
      try tx[horizonTable, requestHorizonKey].join(Max(time))
    }.version
  }

  /// Deletes rows of requests that were born before the horizon, at most `limit` of them.
  ///
  /// Nothing depends on it but room: they are not shown any more, nor asked.
  ///
  /// - Returns: how many were deleted, and the version to be stored.
  /// - Throws: ``/MerganserModel/StorageError``, if stored rows cannot be read.
  public mutating func dropExpired(
    limit: Int, wall: HybridTime
  ) throws -> (count: Int, version: StoredVersion?) {
    let expired = try snapshot.expiredRequests(limit: limit)
    if expired.isEmpty { return (0, nil) }
    let (_, version) = try run(
      request: nil, clearance: Clearance(scope: .everywhere), wall: wall
    ) { tx in
      for request in expired { try tx[requestTable, request].delete() }
    }
    return (expired.count, version)
  }
}

extension Snapshot {
  /// The first requests that have rows and were born before the horizon.
  ///
  /// - Complexity: O(*n*) in the number of rows whose ids come before the horizon's as bytes do.
  fileprivate func expiredRequests(limit: Int) throws -> [RequestID] {
    guard let horizon = try horizon, limit > 0 else { return [] }
    let end = RequestID.prefix(bornAt: horizon)
    var expired: [RequestID] = []
    var keys = try rows(of: requestTable).keys()
    while expired.count < limit, let key = try keys.next(),
      key.lexicographicallyPrecedes(end)
    {
      let request = try RequestID(keyEncoded: key)
      if let birth = request.birth, birth < horizon { expired += try forgettable(with: request) }
    }
    return expired
  }

  /// A request whose row may be dropped, with those of what has ended its holds; none as long as one of these has not
  /// ended.
  ///
  /// What ended a hold goes with its request, and not before: it would be ended once more.
  private func forgettable(with request: RequestID) throws -> [RequestID] {
    func held(_ request: RequestID) throws -> [RequestID] {
      try record(of: request)?.heldCalls.compactMap { request.followUp(at: $0.holder) } ?? []
    }
    if let followed = request.followed, try held(followed).contains(request) { return [] }
    let ends = try held(request)
    for end in ends where try !(record(of: end)?.isProcessed ?? false) { return [] }
    return [request] + ends
  }
}

extension Item where Value == RequestRecord {
  /// Notes what the transaction's replica came to with a request, now, as itself or as the primary of a group.
  func note(
    _ outcome: RequestOutcome, of contents: RequestContents?, by executor: RequestExecutor? = nil
  ) throws {
    let author = try open().author
    try join(
      RequestRecord(
        RequestExecution(
          time: author.time, executor: executor ?? .replica(author.replica), contents: contents,
          outcome: outcome)))
  }
}

extension Item where Value: LatticeStore, Value.Store == Value {
  /// Joins something into the row, creating it if it is not there; what is joined is the delta.
  func join(_ part: Value) throws {
    try update { store, _ in
      store.merge(part)
      return Causal(part, context: [])
    }
  }
}

extension Database {
  /// The request that a version answers, if it has committed more than once.
  func executedTwice(by version: Version) throws(StorageError) -> DoubleExecution? {
    guard let request = version.request else { return nil }
    do {
      // Most have one incarnation, and one commit in it.
      let number = try catalog.number(of: requestTable)
      let row = try state.tables[number].row(request.keyEncoded(), as: RequestRecord.self)
      let commits = row?.incarnations.reduce(0) { $0 + $1.store.commits.count } ?? 0
      guard commits > 0, try commits > 1 || snapshot.count(earlierRequestTable) > 0 else {
        return nil
      }
      return try snapshot.executedTwice(request)
    } catch let error as StorageError {
      throw error
    } catch {
      // Only what is asked of a schema's own tables fails in another way.
      return nil
    }
  }
}
