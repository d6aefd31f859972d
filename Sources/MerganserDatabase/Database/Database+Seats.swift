package import MerganserModel
package import MerganserTypes

extension Database {
  /// Commits, as the first version of a database, what stands in it at first, and the plan that it is founded by.
  ///
  /// - Parameters:
  ///   - plan: the plan.
  ///   - wall: what the wall clock shows.
  ///   - start: writes what stands in the database at first.
  /// - Returns: the version to be stored; `nil` if there is nothing to write, or this is not the founder, or not its
  ///   first version.
  /// - Throws: ``/MerganserModel/PlanError/startRefused(reason:)``.
  package mutating func found(
    by plan: Plan?, wall: HybridTime, start: (borrowing Transaction) throws -> Void
  ) throws(PlanError) -> StoredVersion? {
    guard replica == founder, heads.isEmpty else { return nil }
    do {
      return try transact(clearance: .start, wall: wall) { tx in
        try start(tx)
        guard let plan, plan.searched != nil else { return }
        try tx[planTable, foundingPlanKey].set(plan.foundingText)
        if plan.seatCount == nil { return }
        try tx[planTable, seatKey(1)].set(tx.replica.description)
      }.version
    } catch { throw .startRefused(reason: "\(error)") }
  }

  /// Has the database go on by a plan that widens the one by which it was founded.
  ///
  /// - Returns: the version to be stored; `nil` if it does not widen it, or this is not the founder or its heir.
  package mutating func widen(to plan: Plan?, wall: HybridTime) throws -> StoredVersion? {
    guard state.succession.holder(for: founder) == replica, let plan,
      let founding = try state.foundingPlan(in: catalog), founding.text != plan.foundingText,
      plan.widens(try Plan(parsing: founding.text))
    else { return nil }
    let founder = founder
    return try transact(scope: .localOnly, wall: wall) { tx in
      try tx[planTable, foundingPlanKey].set(plan.foundingText)
      // The first seat is the founder's, also where there were none before.
      if plan.seatCount == nil || !founding.seats.isEmpty { return }
      try tx[planTable, seatKey(1)].set(founder.description)
    }.version
  }

  /// Gives a replica one of the seats of a plan.
  ///
  /// - Returns: the version to be stored.
  /// - Throws: ``/MerganserModel/PlanError``.
  package mutating func giveSeat(
    to receiver: ReplicaID, of plan: Plan?, wall: HybridTime
  ) throws -> StoredVersion? {
    guard let plan, let seatCount = plan.seatCount else { throw PlanError.noSeats }
    let giver = state.succession.holder(for: founder)
    guard giver == replica else { throw PlanError.seatsGivenElsewhere(at: giver) }
    guard let founding = try state.foundingPlan(in: catalog), founding.text == plan.foundingText
    else { throw PlanError.otherFoundingPlan("what the plan searched") }
    if let lacking = state.lacking(replica, inPlaceOf: founder) {
      throw PlanError.behindCut("giving seats", of: lacking)
    }
    if let seat = founding.seats.firstIndex(of: receiver) {
      throw PlanError.hasSeat(receiver, seat: seat + 1)
    }
    guard founding.seats.count < seatCount else {
      throw PlanError.noSeatLeft(replicas: seatCount)
    }
    return try transact(scope: .localOnly, wall: wall) { tx in
      try tx[planTable, seatKey(founding.seats.count + 1)].set(receiver.description)
    }.version
  }
}
