public import MerganserDatabase
public import MerganserModel
import MerganserTypes

// What a client does that moves from replica to replica.
extension Replica {
  /// Reads what a client's session has seen, and perhaps more.
  ///
  /// - Parameters:
  ///   - session: what the client has seen; the snapshot is taken in.
  ///   - limit: how long to wait for what is missing here.
  /// - Returns: the current snapshot, which has all that the session has seen.
  /// - Throws: ``SessionError``; ``/MerganserModel/StorageError``; `CancellationError`. The session is as before then.
  public func read(
    in session: inout SessionToken, within limit: Duration
  ) async throws -> Snapshot {
    let snapshot = try await reach(session, by: Deadline(in: limit))
    try session.merge(snapshot.token)
    return snapshot
  }

  /// Runs a transaction behind all that a client's session has seen.
  ///
  /// ```swift
  /// try await lisbon.write(in: &session, acknowledgedBy: .majority, within: .seconds(2)) { tx in
  ///   try tx[bank.accounts, "alice"].increment(by: 100)
  /// }
  /// ```
  ///
  /// - Parameters:
  ///   - scope: where the invariants are known to hold afterwards.
  ///   - session: what the client has seen; what is written is taken in, also where it is not acknowledged in time.
  ///   - acknowledgement: who is to hold it.
  ///   - limit: how long to wait for what is missing here, and for others to acknowledge. Storing it here takes as long as it
  ///     takes.
  ///   - body: the transaction, as in ``write(_:body:)``.
  /// - Returns: what `body` returned.
  /// - Throws: ``SessionError/notAcknowledged(holders:needed:)``: the write stands then. Otherwise nothing has happened:
  ///   other cases of ``SessionError``; `CancellationError`; what ``write(_:body:)`` throws.
  @discardableResult
  public func write<Value: Sendable>(
    _ scope: Scope = .everywhere, in session: inout SessionToken,
    acknowledgedBy acknowledgement: Acknowledgement = .here, within limit: Duration,
    body: @escaping @Sendable (borrowing Transaction) throws -> Value
  ) async throws -> Value {
    let deadline = Deadline(in: limit)
    let before = try await reach(session, by: deadline)
    let (value, written) = try await writeVersion(scope, body: body)
    guard let written else {
      try session.merge(before.token)
      return value
    }
    // It comes behind all that is here.
    session = written
    try await acknowledged(written, by: acknowledgement, until: deadline)
    return value
  }

  /// Runs a transaction, and returns when so many replicas hold what it wrote.
  ///
  /// - Parameters:
  ///   - scope: where the invariants are known to hold afterwards.
  ///   - acknowledgement: who is to hold it, as far as this replica has met them itself.
  ///   - limit: how long to wait for others. Storing it here takes as long as it takes.
  ///   - body: the transaction, as in ``write(_:body:)``.
  /// - Returns: what `body` returned.
  /// - Throws: ``SessionError/notAcknowledged(holders:needed:)``: the write stands then, also if the task was cancelled meanwhile.
  ///   What ``write(_:body:)`` throws.
  @discardableResult
  public func write<Value: Sendable>(
    _ scope: Scope = .everywhere, acknowledgedBy acknowledgement: Acknowledgement,
    within limit: Duration, body: @escaping @Sendable (borrowing Transaction) throws -> Value
  ) async throws -> Value {
    let deadline = Deadline(in: limit)
    let (value, written) = try await writeVersion(scope, body: body)
    if let written { try await acknowledged(written, by: acknowledgement, until: deadline) }
    return value
  }

  /// Does something behind all that a client's session has seen: performs or submits what is declared, or writes by a request.
  ///
  /// ```swift
  /// let receipt = try await porto.run(in: &session, within: .seconds(2)) { replica in
  ///   try await replica.submit(shop.sell, "teapot", 2)
  /// }
  /// ```
  ///
  /// - Parameters:
  ///   - session: what the client has seen; all that is here afterwards is taken in, also if `body` throws.
  ///   - limit: how long to wait for what is missing here.
  ///   - body: what is done.
  /// - Returns: what `body` returned.
  /// - Throws: ``SessionError``; ``/MerganserModel/StorageError``; `CancellationError`; what `body` throws.
  public func run<Value>(
    in session: inout SessionToken, within limit: Duration,
    body: (Replica<S>) async throws -> Value
  ) async throws -> Value {
    _ = try await reach(session, by: Deadline(in: limit))
    let result = await Result(catching: { try await body(self) })
    try session.merge(snapshot.token)
    return try result.get()
  }

  /// Waits until so many replicas hold what a token names.
  ///
  /// - Parameters:
  ///   - token: the token.
  ///   - acknowledgement: who is to hold it.
  ///   - limit: how long to wait.
  /// - Returns: who is known to hold it, this replica among them.
  /// - Throws: ``SessionError/notAcknowledged(holders:needed:)``; other cases of ``SessionError`` where it is not here.
  @discardableResult
  public func acknowledged(
    _ token: SessionToken, by acknowledgement: Acknowledgement, within limit: Duration
  ) async throws -> Set<ReplicaID> {
    let deadline = Deadline(in: limit)
    _ = try await reach(token, by: deadline)
    return try await acknowledged(token, by: acknowledgement, until: deadline)
  }
}

extension Replica {
  /// Runs a transaction, and tells what it wrote.
  private func writeVersion<Value: Sendable>(
    _ scope: Scope, body: @escaping @Sendable (borrowing Transaction) throws -> Value
  ) async throws -> (Value, SessionToken?) {
    let (wall, founder, id) = (wall, founder, id)
    let clearance = admission.clearance(scope)
    let body = admission.timed(body)
    return try await run { database in
      let (value, version) = try database.transact(clearance: clearance, wall: wall(), body: body)
      let token = version.map { SessionToken(founder: founder, heads: [id: $0.head]) }
      return ((value, token), version)
    }
  }

  /// Waits until all that a token names is here.
  private func reach(_ token: SessionToken, by deadline: Deadline) async throws -> Snapshot {
    try Task.checkCancellation()
    guard let database = token.founder else { return snapshot }
    guard database == founder else {
      throw SessionError.otherDatabase(ours: founder, theirs: database)
    }
    let now = snapshot
    // Comparing what is here is no waiting.
    if now.missing(of: token).isEmpty, try await isReached(token, in: now) { return now }
    let found = try await deadline.give { [self] in
      try await withThrowingTaskGroup(of: Snapshot.self) { group in
        group.addTask { [self] in
          for await snapshot in snapshots {
            if try await isReached(token, in: snapshot) { return snapshot }
          }
          throw StorageError.closed(path: "the replica")
        }
        // What is set aside changes no snapshot.
        group.addTask { [self] in
          for await _ in writer.met.rings() {
            try await refuse(snapshot.missing(of: token), of: token)
          }
          throw CancellationError()
        }
        defer { group.cancelAll() }
        guard let first = try await group.next() else { throw CancellationError() }
        return first
      }
    }
    if let found { return found }
    let last = snapshot
    let missing = last.missing(of: token)
    if missing.isEmpty, try await isReached(token, in: last) { return last }
    // There may be a better reason; a writer that waits for its disk is not waited for.
    _ = try await Deadline(in: .milliseconds(100)).give { [self] in
      try await refuse(missing, of: token)
    }
    throw SessionError.behind(
      missing: Array(missing.prefix(SessionError.limit)), count: missing.count)
  }

  /// Whether all that a token names is in a snapshot.
  ///
  /// - Throws: ``SessionError``, if it will never be.
  private func isReached(_ token: SessionToken, in snapshot: Snapshot) async throws -> Bool {
    let missing = snapshot.missing(of: token)
    if !missing.isEmpty {
      try await refuse(missing, of: token)
      return false
    }
    if snapshot.has(token) { return true }
    let storage = writer.storage
    try await onBlockingThread { try snapshot.compare(token) { try storage.snapshot() } }
    return true
  }

  /// - Throws: ``SessionError``, if what is missing will not come any more.
  private func refuse(_ missing: [SessionError.Missing], of token: SessionToken) async throws {
    let succession = snapshot.succession
    for version in missing {
      if let cut = succession.cuts[version.origin], cut.last.sequence < version.sequence {
        throw SessionError.beyondCut(
          origin: version.origin, sequence: version.sequence, cut: cut.last.sequence)
      }
    }
    let heads = token.heads
    let aside = try await writer.onWriter { writer in
      writer.database.withLock { database in
        missing.first { version in
          heads[version.origin].map { database.setAside.has($0, of: version.origin) } ?? false
        }
      }
    }
    if let aside {
      throw SessionError.setAside(origin: aside.origin, sequence: aside.sequence)
    }
  }

  @discardableResult
  private func acknowledged(
    _ token: SessionToken, by acknowledgement: Acknowledgement, until deadline: Deadline
  ) async throws -> Set<ReplicaID> {
    if acknowledgement == .here { return [id] }
    let members = acknowledgement == .majority ? snapshot.members(with: id) : nil
    let needed: Int =
      switch acknowledgement {
      case .here: 1
      case .replicas(let count): count
      case .majority: (members?.count ?? 1) / 2 + 1
      }
    let writer = writer
    let holders: @Sendable () -> Set<ReplicaID> = { [id] in
      let held = writer.storage.peers.holders(of: token).union([id])
      return members.map(held.intersection) ?? held
    }
    let found = try? await deadline.give {
      for await _ in writer.met.rings() {
        let held = holders()
        if held.count >= needed { return held }
      }
      return []
    }
    if let found, found.count >= needed { return found }
    throw SessionError.notAcknowledged(holders: holders().sorted(), needed: needed)
  }
}

extension KnownPeers {
  /// Who is known to hold all that a token names.
  fileprivate func holders(of token: SessionToken) -> Set<ReplicaID> {
    Set(
      peers.filter { _, peer in
        token.heads.allSatisfy { origin, head in peer.vector[origin] >= head.sequence }
      }.keys)
  }
}
