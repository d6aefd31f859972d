import MerganserDatabase
public import MerganserModel
public import MerganserTypes

// Transactions that count once, by the ids of their requests.
extension Replica {
  /// Runs a transaction that counts once, however often its request is sent to this replica.
  ///
  /// Replicas that have not met do not know each other's requests. One that is sent to several of them
  /// before they meet may commit at each; then the earlier commit answers from then on, and the double is
  /// reported (``ReplicaEvent/executedTwice(_:)``,
  /// ``/MerganserDatabase/Snapshot/executedTwice(limit:)``) until it is acknowledged. A request whose id
  /// names its home (``newRequest()``) commits there or nowhere, and so never twice; once the home has ended,
  /// its heir takes its place.
  ///
  /// - Parameters:
  ///   - request: the request's id.
  ///   - contents: what it asks for; the same id with other contents is answered so. Without them, nothing
  ///     is compared.
  ///   - scope: where the invariants are known to hold afterwards.
  ///   - recordsRefusal: whether an ``/MerganserModel/InvariantViolation`` refuses the request for good,
  ///     durably. If not, nothing is recorded, and the request may be tried again.
  ///   - body: the transaction; it runs on the writer, and neither waits nor keeps what it is given.
  /// - Returns: what came of it.
  /// - Throws: ``/MerganserModel/RequestError``; what ``write(_:body:)`` throws, but for violations. Nothing
  ///   has happened then, and the request may be sent again.
  public func write<Value: Sendable>(
    request: RequestID, contents: RequestContents? = nil, scope: Scope = .everywhere,
    recordsRefusal: Bool = false,
    body: @escaping @Sendable (borrowing Transaction) throws -> Value
  ) async throws -> RequestResult<Value> {
    let wall = wall
    let clearance = admission.clearance(scope)
    let body = admission.timed(body)
    let sent = SentRequest<Value>(
      id: request, contents: contents, recordsRefusal: recordsRefusal)
    return try await run { database in
      try database.transact(sent, clearance: clearance, wall: wall(), body: body)
    }
  }

  /// Runs a transaction that counts once, and keeps what it returns for whoever repeats the request:
  /// ``/MerganserModel/RequestOutcome/result(as:)`` gives it.
  ///
  /// Otherwise as ``write(request:contents:scope:recordsRefusal:body:)``.
  ///
  /// - Parameters:
  ///   - request: the request's id.
  ///   - contents: what it asks for.
  ///   - type: the type of the result, which has at most
  ///     ``/MerganserModel/RequestOutcome/maximumResultLength`` bytes.
  ///   - scope: where the invariants are known to hold afterwards.
  ///   - recordsRefusal: whether a refusal is for good.
  ///   - body: the transaction.
  /// - Returns: what came of it.
  /// - Throws: ``/MerganserModel/RequestError``; what ``write(_:body:)`` throws, but for violations.
  public func write<Value: Sendable & BinaryCodable>(
    request: RequestID, contents: RequestContents? = nil, keeping type: Value.Type,
    scope: Scope = .everywhere, recordsRefusal: Bool = false,
    body: @escaping @Sendable (borrowing Transaction) throws -> Value
  ) async throws -> RequestResult<Value> {
    let wall = wall
    let clearance = admission.clearance(scope)
    let body = admission.timed(body)
    let sent = SentRequest<Value>(
      id: request, contents: contents, recordsRefusal: recordsRefusal
    ) { $0.binaryEncoded() }
    return try await run { database in
      try database.transact(sent, clearance: clearance, wall: wall(), body: body)
    }
  }

  /// An id for a new request, whose home is this replica: it runs here, exactly once, or nowhere.
  ///
  /// If this replica ends (``succeed(_:)``), the request runs at its heir. What it ran itself and its heir does not
  /// know counts nowhere.
  public func newRequest() -> RequestID { RequestID.new(at: id, born: wall()) }

  /// Acknowledges that a request committed more than once, for all replicas.
  ///
  /// It is not reported any more, unless yet another commit of it becomes known.
  ///
  /// - Returns: whether there was something to acknowledge.
  /// - Throws: ``/MerganserModel/StorageError``.
  @discardableResult
  public func acknowledge(_ request: RequestID) async throws -> Bool {
    let wall = wall
    return try await run { database in
      let version = try database.acknowledge(request, wall: wall())
      return (version != nil, version)
    }
  }

  /// Tells observers which requests committed more than once, at most a thousand of them.
  ///
  /// If they cannot be read, nobody is told: what was taken in stays, and the snapshot can be asked.
  func tellExecutedTwice() async {
    if writer.observers.isEmpty { return }
    let snapshot = snapshot
    let found = try? await onBlockingThread { try snapshot.executedTwice(limit: 1000) }
    for double in found ?? [] { writer.observers.tell(.executedTwice(double)) }
  }

  /// Tells observers of rows that are void, when a state was adopted.
  func tellVoids() async {
    if writer.observers.isEmpty { return }
    let snapshot = snapshot
    let found = try? await onBlockingThread {
      try snapshot.voidRows(limit: Database.Reception.limit)
    }
    if let found, !found.isEmpty { writer.observers.tell(.voided(found)) }
  }
}

// The horizon.
extension Replica {
  /// Forgets the requests that were born before a time, on every replica, for good.
  ///
  /// They are not shown, asked or run any more. One that is repeated is answered
  /// ``/MerganserModel/RequestResult/expired``.
  ///
  /// The horizon goes no further than the last version that is here of any other replica: one that stayed
  /// away longer may still hold a request from before it, which would have to be answered as unknown. Ids of
  /// a user's own have no birth, and are never forgotten.
  ///
  /// - Parameters:
  ///   - time: the time.
  ///   - absent: replicas whose last version it may pass, as they do not come again, or go on under
  ///     another id.
  /// - Returns: the horizon; `nil` if there is none yet.
  /// - Throws: ``/MerganserModel/StorageError``.
  @discardableResult
  public func raiseHorizon(
    to time: HybridTime, passing absent: Set<ReplicaID> = []
  ) async throws -> HybridTime? {
    let writer = writer
    let wall = wall
    let passed = absent.union([id])
    let limit = try await onBlockingThread {
      try writer.storage.snapshot().horizonLimit(passing: passed, founder: writer.current.founder)
    }
    let horizon = min(time, limit ?? time)
    try await run { database in
      ((), try database.raiseHorizon(to: horizon, wall: wall()))
    }
    var dropped: Int
    repeat {
      dropped = try await run { database in
        try database.dropExpired(limit: Writer.expiryBatch, wall: wall())
      }
    } while dropped >= Writer.expiryBatch
    return try snapshot.horizon
  }
}

extension VersionSnapshot {
  /// How far the horizon may go: to the time of the last version of any replica but those in `absent`.
  ///
  /// `nil` if there is no other replica. Nowhere, if the log no longer has somebody's last version. An order is no
  /// replica, and brings no requests that others do not know.
  func horizonLimit(
    passing absent: Set<ReplicaID>, founder: ReplicaID
  ) throws(StorageError) -> HybridTime? {
    var limit: HybridTime?
    for origin in heads.keys
    where !absent.contains(origin) && OrderOrigin.ends(of: origin, founder: founder) == nil {
      limit = min(limit ?? HybridTime(bits: .max), try lastTime(of: origin) ?? .zero)
    }
    return limit
  }
}

extension Writer {
  /// How many rows of expired requests are deleted by one version.
  static let expiryBatch = 500

  /// Raises the horizon so far as the storage asks for, with the next group, and deletes what is below it.
  ///
  /// It is tried again with the next checkpoint if it fails: nothing depends on it but room.
  func expireRequests(of database: Database) {
    guard let lifetime = storage.requestLifetime else { return }
    // Births are wall times, and the database's time is that of the clock that is furthest ahead.
    var horizon = min(wall(), database.snapshot.time).earlier(by: lifetime)
    do throws(StorageError) {
      let limit = try storage.snapshot().horizonLimit(
        passing: [database.replica], founder: database.founder)
      horizon = min(horizon, limit ?? horizon)
    } catch { return tellMaintenance(error) }
    let time = horizon
    submit(
      ValueJob { database, versions in
        if let version = try database.raiseHorizon(to: time, wall: .zero) {
          versions.append(version)
        }
      } keeping: {
        self.dropExpired()
      })
  }

  private func dropExpired() {
    submit(
      ValueJob { database, versions in
        let (count, version) = try database.dropExpired(limit: Self.expiryBatch, wall: .zero)
        if let version { versions.append(version) }
        return count
      } keeping: { count in
        if count >= Self.expiryBatch { self.dropExpired() }
      })
  }
}
