package import MerganserModel
package import MerganserTypes

/// Offers versions of a history that was left once more, one after the other, as transactions of a database.
///
/// Each runs under the invariants, as a request whose id is the version's hash: so it counts once, whoever
/// offers it. What it commits to says where the version's dots lie now. Whoever offers what rests on it reads
/// that, also on another replica.
package struct HistoryRepeater {
  /// What became of a version.
  package enum Outcome: Equatable {
    /// It was made again.
    case committed
    /// It was offered before, with this outcome.
    case offeredBefore(RequestOutcome)
    /// An invariant refuses it, it is not this replica's to write, or the request that it answers was committed
    /// by another version.
    case refused(String)
    /// What it changed is not known any more, as the log was truncated.
    case unknown
  }

  private let repetition: Repetition

  /// What offers versions behind the beginning that both histories share.
  package init(common: VersionVector) {
    repetition = Repetition(common: Dictionary(uniqueKeysWithValues: common.map { ($0.0, $0.1) }))
  }

  /// Whether a version lies behind the beginning that both histories share.
  package func isBehindCommon(_ version: StoredVersion) -> Bool {
    version.sequences.upperBound > (repetition.common[version.origin] ?? 0)
  }

  /// Takes notice of a version that another replica is to offer, or has offered.
  ///
  /// - Returns: what became of it; `nil` if nobody has offered it, as far as is known here.
  /// - Throws: ``/MerganserModel/StorageError``.
  package func outcome(
    of version: StoredVersion, in snapshot: Snapshot
  ) throws -> RequestOutcome? {
    guard let outcome = try snapshot.outcome(of: RequestID(offering: version)) else { return nil }
    // Whoever recorded something else there has not made it again.
    if let places = (try? outcome.result(as: DotPlaces.self)) ?? nil {
      repetition.note(version.origin, madeAgainBy: places.replica)
      for (dot, place) in places.dots(of: version.origin) { repetition.note(dot, at: place) }
    }
    return outcome
  }

  /// Offers a version.
  ///
  /// - Parameters:
  ///   - step: the version, and what it changed.
  ///   - database: what makes it again.
  ///   - clearance: what a transaction of a scope may write.
  ///   - wall: what the wall clock shows.
  /// - Returns: what became of it, and the version to be stored.
  /// - Throws: ``/MerganserModel/StorageError``; ``/MerganserModel/SchemaError``; ``/MerganserModel/TransactionError/identityEnded(_:heir:)``.
  package func offer(
    _ step: LogWalk.Step, to database: inout Database,
    clearance: (Scope) -> Clearance, wall: HybridTime
  ) throws -> (outcome: Outcome, version: StoredVersion?) {
    let request = RequestID(offering: step.stored)
    if let outcome = try outcome(of: step.stored, in: database.snapshot) {
      return (.offeredBefore(outcome), nil)
    }
    guard let changes = try step.changes() else { return (.unknown, nil) }
    if let reason = try step.reasonNotToRunAgain(
      in: database.snapshot, by: database.replica)
    {
      return (
        .refused(reason),
        try database.note(.rejected(reason: reason), of: request, wall: wall)
      )
    }
    let origin = step.stored.origin
    let count = repetition.count
    let replica = database.replica
    repetition.note(origin, madeAgainBy: replica)
    let scope = try step.scope()
    do {
      let (result, version) = try database.transact(
        SentRequest<DotPlaces>(
          id: request, contents: nil, recordsRefusal: true, encode: { $0.result }),
        clearance: clearance(scope), wall: wall
      ) { [repetition] tx in
        try tx.repeatChanges(changes, of: origin, repetition: repetition)
        return DotPlaces(repetition.places(behind: count), of: replica)
      }
      switch result {
      case .committed: return (.committed, version)
      case .refused(let violation):
        repetition.goBack(to: count)
        return (.refused("\(violation)"), version)
      case .repeated(let outcome), .otherContents(let outcome):
        return (.offeredBefore(outcome), version)
      case .expired: return (.unknown, version)
      }
    } catch let error as StorageError {
      throw error
    } catch let error as TransactionError where error.isOfIdentity {
      throw error
    } catch {
      // It is not this replica's to write, or cannot be written: on every replica, so it is for good.
      repetition.goBack(to: count)
      let reason = database.reason(for: error)
      return (
        .refused(reason),
        try database.note(.rejected(reason: reason), of: request, wall: wall)
      )
    }
  }
}

extension Database {
  /// Why a version cannot be made again, and what to do about it.
  fileprivate func reason(for error: any Error) -> String {
    guard case TransactionError.reserved(let invariant, let table) = error else {
      return "\(error)"
    }
    return """
      the plan keeps "\(invariant)" by its declared transactions, which would not see this write to \
      \(table); perform the transaction again, an ordered one at the acting founder, \
      \(snapshot.actingFounder.shortDescription)
      """
  }
}

extension TransactionError {
  /// Whether nothing can be written at all.
  fileprivate var isOfIdentity: Bool {
    if case .identityEnded = self { true } else { false }
  }
}

extension LogWalk.Step {
  /// Looks whether the requests that the version answers may run once more on the branch that is kept.
  ///
  /// - Parameters:
  ///   - kept: what the branch that is kept has.
  ///   - replica: who would make the version again.
  /// - Returns: why one may not; `nil` if all may, or there are none.
  /// - Throws: ``/MerganserModel/StorageError``.
  fileprivate func reasonNotToRunAgain(
    in kept: Snapshot, by replica: ReplicaID
  ) throws -> String? {
    for request in try answeredRequests() {
      if let reason = try reasonNotToCommitAgain(request, in: kept) { return reason }
      if let reason = try reasonToOrderAgain(request) { return reason }
      guard let home = request.home else { continue }
      // Of whoever is not the home nor its heir others would hold the version for good, and all that follows.
      let place = kept.state.succession.holder(for: home)
      if place != replica { return "\(RequestError.runsElsewhere(request, at: place))" }
    }
    return nil
  }

  /// The requests that the version answers: one that makes another again answers what that did as well as its own.
  private func answeredRequests() throws -> [RequestID] {
    let version = try decoded()
    let own = version.request
    let others = try version.writes.compactMap { write -> RequestID? in
      guard write.table == requestTable.name,
        let request = RequestID(bytes: Array(write.key)), request != own,
        let now = try after?.record(of: request), now.isProcessed
      else { return nil }
      let earlier = try before?.record(of: request)
      let isSame = earlier?.commits == now.commits && earlier?.refusal == now.refusal
      return isSame ? nil : request
    }
    return [own].compactMap(\.self) + others
  }

  /// Says that a request ran in the order of the branch that is left; what was submitted is offered by itself, and runs in
  /// the order of the branch that is kept.
  private func reasonToOrderAgain(_ request: RequestID) throws -> String? {
    guard let now = try after?.record(of: request), now.isOrdered,
      try before?.record(of: request)?.isOrdered != true
    else { return nil }
    return """
      request \(request) ran in the order of the branch that was left; it is open again, and runs where the order goes on
      """
  }

  private func reasonNotToCommitAgain(
    _ request: RequestID, in kept: Snapshot
  ) throws -> String? {
    let earlier = try before?.record(of: request)?.commits.elements ?? []
    let commits = try after?.record(of: request)?.commits.elements ?? []
    guard let commit = commits.first(where: { !earlier.contains($0) }) else { return nil }
    if let birth = request.birth, let horizon = try kept.horizon, birth < horizon {
      return """
        request \(request) was born before the horizon of the branch that is kept, where nobody knows any more \
        whether it was committed
        """
    }
    guard case .processed(let outcome)? = try kept.record(of: request)?.answer(to: commit.contents),
      outcome.isCommitted
    else { return nil }
    return "request \(request) was committed on the branch that is kept, and counts once"
  }

  /// The scope under which the version was written.
  fileprivate func scope() throws(StorageError) -> Scope { try decoded().terms.scope }
}

/// Where the dots of a version lie that was made again: in runs.
struct DotPlaces: BinaryCodable {
  /// Dots in a row that lie in a row.
  private struct Run {
    var first: UInt64
    var place: UInt64
    var count: UInt64
  }

  /// Who made it again.
  let replica: ReplicaID
  private var runs: [Run] = []

  /// The places of a version's dots, all of which `replica` wrote.
  init(_ places: [(dot: Dot, place: Dot)], of replica: ReplicaID) {
    self.replica = replica
    for (dot, place) in places.sorted(by: { $0.dot < $1.dot }) {
      if let last = runs.last, last.first + last.count == dot.sequence,
        last.place + last.count == place.sequence
      {
        runs[runs.count - 1].count += 1
      } else {
        runs.append(Run(first: dot.sequence, place: place.sequence, count: 1))
      }
    }
  }

  /// The dots of a version of `origin`, each with its place.
  func dots(of origin: ReplicaID) -> [(Dot, Dot)] {
    runs.flatMap { run in
      (0..<run.count).map {
        (Dot(origin, sequence: run.first + $0), Dot(replica, sequence: run.place + $0))
      }
    }
  }

  /// Its bytes, if a request keeps as many.
  ///
  /// Without them, what was removed on the other history of what this version added there stays.
  var result: [UInt8] {
    let bytes = binaryEncoded()
    return bytes.count <= RequestOutcome.maximumResultLength
      ? bytes : DotPlaces([], of: replica).binaryEncoded()
  }

  func encode(to encoder: inout BinaryEncoder) {
    replica.encode(to: &encoder)
    encoder.encode(count: runs.count)
    for run in runs {
      for number in [run.first, run.place, run.count] { encoder.encode(varint: number) }
    }
  }

  init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    replica = try ReplicaID(from: &decoder)
    var total: UInt64 = 0
    for _ in 0..<(try decoder.decodeCount(minimumSize: 3)) {
      let start = decoder.offset
      let run = Run(
        first: try decoder.decodeVarint(), place: try decoder.decodeVarint(),
        count: try decoder.decodeVarint())
      total &+= run.count
      guard run.count <= Self.limit, total <= Self.limit, run.first <= Dot.maximumSequence,
        run.place <= Dot.maximumSequence
      else { throw .invalidValue(offset: start, expected: "a run of dots") }
      runs.append(run)
    }
  }

  /// How many dots a version can have written, by its size.
  private static let limit: UInt64 = 1 << 24
}
