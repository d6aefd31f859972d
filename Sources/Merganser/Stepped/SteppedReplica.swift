package import MerganserDatabase
package import MerganserModel
package import MerganserSync
package import MerganserTypes

/// A replica whose writer makes a step only when it is told to: what a simulation drives.
///
/// Its database, its writer and what it does in a sync are those of a ``Replica``. Nothing here waits: whoever asks for
/// something is told what came of it during one of the steps that follow. It is used by one thread.
package final class SteppedReplica: @unchecked Sendable {
  /// What became of a transaction.
  package struct Answer: Sendable {
    /// The version that it wrote; `nil` if it wrote nothing.
    package let version: StoredVersion?
    /// What was answered, if it was sent as a request.
    package var result: RequestResult<Void>?
  }

  package typealias Answered = Result<Answer, any Error>

  /// The replica's identity.
  package let id: ReplicaID
  /// Which states of other replicas are adopted.
  let policy: AdoptionPolicy
  let writer: Writer
  private let admission: Admission

  /// Opens the replica whose storage is given.
  ///
  /// - Parameters:
  ///   - schema: the program's schema.
  ///   - catalog: the same, made ready.
  ///   - recorded: the later of that and the schema that the storage records.
  ///   - storage: where its versions go; what it holds already is read first.
  ///   - running: how the schema's declared transactions run.
  ///   - options: what is taken of other replicas, and the clock.
  ///   - portion: about how many bytes one step of maintenance stores.
  ///   - guarantees: what is promised.
  ///   - room: how many bytes there are for each kind of versions that are not applied; `nil` for as many as replicas have.
  /// - Throws: as ``Replica/open(_:at:joining:id:running:repairing:options:)``.
  package init(
    _ schema: some Schema, catalog: Catalog, recorded: Catalog, storage: any RecoverableStorage,
    running: Running, options: ReplicaOptions, portion: Int, guarantees: Guarantees,
    room: Int? = nil
  ) throws {
    let wall = options.wall ?? systemClock
    let opened = try OpenedStorage(
      storage, as: schema, catalog: catalog, recorded: recorded, at: "the simulated disk",
      running: running, options: options, wall: wall, guarantees: guarantees, room: room)
    id = opened.database.replica
    policy = options.adoption
    admission = opened.admission
    writer = Writer(
      opened.database, storage: storage, ordering: Ordering(opened.admission, wall: wall),
      wall: wall, stepping: .byHand, portion: portion)
  }

  /// What readers see.
  package var snapshot: Snapshot { writer.current }

  /// The database as it is in memory, between two steps.
  package var database: Database { writer.database.withLock { $0 } }

  /// What takes the writer several steps.
  package enum Work { case adoption, checkpoint, truncation }

  /// What the writer is at, beside groups; `nil` if that is nothing.
  package var work: Work? {
    writer.maintenance.withLock { maintenance in
      if maintenance.isHeld { return .adoption }
      return switch maintenance.phase {
      case .idle: nil
      case .storing: .checkpoint
      case .truncating: .truncation
      }
    }
  }

  /// Whether a part of what the writer does beside groups has failed, and is tried again behind the next group.
  package var hasFailed: Bool { failure != nil }

  /// Why a part of what the writer does beside groups has failed last; `nil` if it has not.
  package var failure: StorageError? { writer.maintenance.withLock { $0.failure } }

  /// Ends the replica where it stands: what was asked for and is not done is not done any more.
  package func abandon() { writer.abandon() }

  /// Makes the writer's next step.
  ///
  /// - Returns: whether there may be more to do.
  @discardableResult
  package func step() -> Bool { writer.step() }

  /// Runs a transaction in one of the next steps.
  package func write(
    _ body: @escaping @Sendable (borrowing Transaction) throws -> Void,
    completion: @escaping @Sendable (Answered) -> Void
  ) {
    let clearance = admission.clearance(.everywhere)
    run(completion) { database, wall in
      Answer(version: try database.transact(clearance: clearance, wall: wall, body: body).version)
    }
  }

  /// Runs a transaction that counts once, in one of the next steps.
  package func write(
    _ request: SentRequest<Void>, body: @escaping @Sendable (borrowing Transaction) throws -> Void,
    completion: @escaping @Sendable (Answered) -> Void
  ) {
    let clearance = admission.clearance(.everywhere)
    run(completion) { database, wall in
      let (result, version) = try database.transact(
        request, clearance: clearance, wall: wall, body: body)
      return Answer(version: version, result: result)
    }
  }

  /// Runs a call of a declared transaction in one of the next steps, as the plan says.
  package func perform(
    _ call: AnyDeclaredTransaction.Call, of transaction: AnyDeclaredTransaction,
    completion: @escaping @Sendable (Answered) -> Void
  ) {
    let admission = admission
    let id = id
    run(completion) { database, wall in
      let clearance = try admission.clearance(
        ofCall: transaction.name, arguments: call.arguments, at: id, in: database.state,
        of: database.catalog)
      return Answer(
        version: try database.transact(clearance: clearance, wall: wall, body: call.body).version)
    }
  }

  /// For how long requests may be open that are submitted here.
  package static let requestLifetime = Duration.seconds(3600)

  /// What a call of a declared transaction asks the order for here; `nil` if its arguments cannot be sent.
  package func ordered(
    _ call: AnyDeclaredTransaction.Call, of transaction: AnyDeclaredTransaction
  ) -> OrderedCall? {
    call.encoded().map {
      OrderedCall(transaction, on: $0, lifetime: Self.requestLifetime, submittedAt: id)
    }
  }

  /// Submits a call of a declared transaction to the order, in one of the next steps.
  package func submit(
    _ call: AnyDeclaredTransaction.Call, of transaction: AnyDeclaredTransaction,
    as request: RequestID, completion: @escaping @Sendable (Answered) -> Void
  ) {
    let admission = admission
    run(completion) { database, wall in
      guard let arguments = call.encoded() else {
        throw OrderError.argumentsNotCodable(transaction.name)
      }
      return Answer(
        version: try database.submit(
          transaction, arguments: arguments, lifetime: Self.requestLifetime, as: request,
          by: admission, wall: wall, limited: { $0 }
        ).version)
    }
  }

  /// What would become of an open request if it committed now; `nil` if it is not open, or waits for something.
  ///
  /// - Throws: ``/MerganserModel/StorageError``.
  package func tentativeOutcome(of request: RequestID) throws -> RequestOutcome? {
    var database = database
    try database.noteOpenRequests()
    let snapshot = database.snapshot
    guard let open = snapshot.open else { return nil }
    var tentative = TentativeState()
    _ = try tentative.read(
      snapshot, open: open, by: admission, wall: writer.wall(), limited: admission.timed)
    return tentative.outcomes[request]
  }

  /// Cancels a request, in one of the next steps.
  package func cancel(
    _ request: RequestID, completion: @escaping @Sendable (Answered) -> Void
  ) {
    run(completion) { database, wall in
      Answer(version: try database.cancel(request, wall: wall))
    }
  }

  /// Asks to be the primary of the order, in one of the next steps.
  package func takeOver(_ completion: @escaping @Sendable (Answered) -> Void) {
    runAll(completion) { database, wall in
      if try database.isSolePrimary { return [] }
      return try database.campaign(wall: wall)
    }
  }

  /// Has the next entry of the order change its voters, or who is primary, in one of the next steps; at a primary.
  package func changeOrder(
    voters: Set<ReplicaID>?, successor: ReplicaID?,
    completion: @escaping @Sendable (Answered) -> Void
  ) {
    let ordering = writer.ordering
    runAll(completion) { database, wall in
      let versions = try database.beginChange(wall: wall)
      ordering.change.withLock {
        $0 = Ordering.Change(voters: voters.map { OrderVoters($0) }, successor: successor)
      }
      return versions
    }
  }

  /// Ends an order of which a majority of voters is lost, in one of the next steps.
  package func endOrder(_ completion: @escaping @Sendable (Answered) -> Void) {
    runAll(completion) { database, wall in try database.endOrder(wall: wall) }
  }

  private func runAll(
    _ completion: @escaping @Sendable (Answered) -> Void,
    body: @escaping @Sendable (inout Database, HybridTime) throws -> [StoredVersion]
  ) {
    let wall = writer.wall
    ValueJob { database, versions in
      let written = try body(&database, wall())
      versions += written
      return Answer(version: written.last)
    }.submit(to: writer, completion: completion)
  }

  private func run(
    _ completion: @escaping @Sendable (Answered) -> Void,
    body: @escaping @Sendable (inout Database, HybridTime) throws -> Answer
  ) {
    let wall = writer.wall
    ValueJob { database, versions in
      let answer = try body(&database, wall())
      if let version = answer.version { versions.append(version) }
      return answer
    }.submit(to: writer, completion: completion)
  }

  /// Keeps nothing for a peer any more, in one of the next steps.
  package func forget(_ peer: ReplicaID) {
    writer.between { writer in
      // What fails is done again by whoever asks again.
      _ = try? writer.storage.forget(peer)
    }
    writer.maintain()
  }

  /// What the replica says of itself in a sync.
  package func greeting() throws(StorageError) -> Greeting {
    try writer.greeting(of: id, plan: admission.digest)
  }

  /// Compares the histories here with those that go through the given versions.
  package func comparison(
    with heads: [ReplicaID: Head]
  ) throws(StorageError) -> HistoryComparison {
    try writer.storage.snapshot().comparison(with: heads)
  }

  /// Takes a schema over, in one of the next steps.
  package func grow(
    to schema: SchemaDescription,
    completion: @escaping @Sendable (Result<Void, any Error>) -> Void
  ) {
    writer.between { writer in completion(Result { try writer.takeOver(schema) }) }
  }

  /// Takes another replica's state in, in the next steps, whatever it removes.
  package func adopt(
    stateOf other: SteppedReplica,
    completion: @escaping @Sendable (Result<Void, any Error>) -> Void
  ) throws {
    var transfer = StateTransfer(other.snapshot)
    let spool = try StateSpool(in: nil, limit: .max)
    while let part = try transfer.next() { try spool.append(part) }
    writer.submit(
      StateAdoption(
        of: transfer.header, by: Meeting(with: other.id), wall: writer.wall(), in: spool,
        under: policy, acceptingRemovals: .max, completion: completion))
  }

  /// Takes versions in that a peer offers, in one of the next steps.
  package func apply(
    _ versions: [StoredVersion], of meeting: Meeting = Meeting(with: nil),
    completion: @escaping @Sendable (Result<Database.Reception, any Error>) -> Void
  ) {
    writer.reception(of: versions, from: meeting).submit(to: writer, completion: completion)
  }
}
