package import MerganserModel
package import MerganserTypes

// Local parts of requests: what is taken when a request is submitted, and used or given back once it has ended.
extension Database {
  /// Submits a call of a declared transaction to the order, with its local part if it has one.
  ///
  /// - Parameters:
  ///   - transaction: what is to run.
  ///   - arguments: its arguments, encoded.
  ///   - lifetime: for how long it may be open.
  ///   - request: the request's id.
  ///   - admission: what the plan lets it do.
  ///   - wall: what the wall clock shows.
  ///   - limited: bounds how long a transaction runs.
  /// - Returns: what it asks for, and the version to be stored; none if the same was submitted before, or has been
  ///   processed.
  /// - Throws: ``/MerganserModel/OrderError``; ``/MerganserModel/RequestError/fromTheFuture(_:_:)``;
  ///   ``/MerganserModel/StorageError``; what the local part throws.
  package mutating func submit(
    _ transaction: AnyDeclaredTransaction, arguments: [UInt8], lifetime: Duration,
    as request: RequestID, by admission: Admission, wall: HybridTime,
    limited: TransactionLimiter
  ) throws -> (contents: RequestContents, version: StoredVersion?) {
    let part = transaction.localPart
    if part != nil, request.home == nil, request.birth == nil {
      throw OrderError.noBirth(request)
    }
    let call = OrderedCall(
      transaction, on: arguments, lifetime: lifetime, submittedAt: replica)
    let version = try submit(call, as: request, within: admission.requestBudget, wall: wall) {
      database throws in
      guard let part else { return nil }
      for name in part.names {
        _ = try admission.localPart(
          name, of: call, at: database.replica, in: database.state, of: database.catalog)
      }
      var work = try admission.localPart(
        part.hold, of: call, at: database.replica, in: database.state, of: database.catalog)
      if let body = work?.body { work?.body = limited(body) }
      return work
    }
    return (RequestContents(call), version)
  }

  /// A hold that could not be ended.
  package struct StuckHold {
    package let request: RequestID
    package let error: any Error
  }

  /// Ends holds of this replica whose requests have ended: what was taken is used, or given back.
  ///
  /// - Parameters:
  ///   - admission: what the plan lets them do.
  ///   - limit: how many are ended at most.
  ///   - wall: what the wall clock shows.
  ///   - limited: bounds how long a transaction runs.
  /// - Returns: the versions to be stored, and the holds that could not be ended and are tried again.
  /// - Throws: ``/MerganserModel/StorageError``.
  package mutating func endHolds(
    by admission: Admission, limit: Int, wall: HybridTime, limited: TransactionLimiter
  ) throws -> (versions: [StoredVersion], stuck: [StuckHold]) {
    try noteOpenRequests()
    var versions: [StoredVersion] = []
    var stuck: [StuckHold] = []
    let ended = openRequests?.endedHolds { holder in
      state.succession.holder(for: holder) == replica
        && state.lacking(replica, inPlaceOf: holder) == nil
    }
    for hold in ended ?? [] {
      if try snapshot.isEnded(hold) {
        openRequests?.remove(hold)
        continue
      }
      let before = self
      do {
        if let version = try end(hold, by: admission, wall: wall, limited: limited) {
          versions.append(version)
        }
      } catch let error as StorageError {
        throw error
      } catch {
        self = before
        stuck.append(StuckHold(request: hold.request, error: error))
      }
      if versions.count >= limit { break }
    }
    return (versions, stuck)
  }

  /// Ends one hold.
  ///
  /// - Returns: the version to be stored; `nil` if this program does not have its code.
  private mutating func end(
    _ hold: OpenHold, by admission: Admission, wall: HybridTime, limited: TransactionLimiter
  ) throws -> StoredVersion? {
    let record = try snapshot.record(of: hold.request)
    let held = record?.heldCalls.first {
      $0.holder == hold.holder && state.succession.isInLine($0.author, of: hold.holder)
    }
    guard let held, let outcome = record?.outcome(of: held) else {
      openRequests?.remove(hold)
      return nil
    }
    let call = held.call
    guard let declared = admission.declared(call.transaction), declared.edition == call.edition,
      let part = declared.localPart
    else { return nil }
    var work: RequestedWork?
    if let name = part.followUp(of: outcome) {
      work = try admission.localPart(
        name, of: call, at: replica, in: state, of: catalog)
      if work == nil { return nil }
    }
    let body = work.map { limited($0.body) }
    let version = try run(
      request: hold.end, clearance: work?.clearance ?? Clearance(scope: .everywhere), wall: wall
    ) { tx in
      try body?(tx)
      try tx[requestTable, hold.end].note(.committed(result: nil), of: nil)
    }.version
    if let excess = version?.excess { throw excess }
    openRequests?.remove(hold)
    return version
  }
}
