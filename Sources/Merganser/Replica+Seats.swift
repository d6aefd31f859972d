import MerganserDatabase
import MerganserModel
public import MerganserTypes

// Seats: who runs what a plan lets run by a search of so many replicas.
extension Replica {
  /// Who has which seat of the plan, beginning with the first, which is the founder's.
  ///
  /// What the plan lets run by a search of so many replicas runs at these alone; at the heir of one that has ended,
  /// in its place. Where nothing rests on a search of so many, there are no seats, and all replicas run it.
  ///
  /// - Throws: ``/MerganserModel/StorageError``, if stored rows cannot be read.
  public var seats: [ReplicaID] {
    get throws {
      let snapshot = snapshot
      return try snapshot.state.foundingPlan(in: snapshot.catalog)?.seats ?? []
    }
  }

  /// Gives a replica the next seat of the plan.
  ///
  /// The founder does, or its heir.
  /// It cannot be taken back: whoever takes the place of a replica that is lost (``succeed(_:)``) has its seat.
  ///
  /// - Throws: ``/MerganserModel/PlanError/noSeatLeft(replicas:)``,
  ///   ``/MerganserModel/PlanError/hasSeat(_:seat:)``,
  ///   ``/MerganserModel/PlanError/seatsGivenElsewhere(at:)``, and what ``write(_:body:)`` throws.
  public func giveSeat(to receiver: ReplicaID) async throws {
    let wall = wall
    let plan = admission.plan
    try await run { database in
      ((), try database.giveSeat(to: receiver, of: plan, wall: wall()))
    }
  }
}
