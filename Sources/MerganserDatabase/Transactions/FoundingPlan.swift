package import MerganserModel
package import MerganserTypes

/// The plan that a database was founded by, and who has its seats.
package struct FoundingPlan: Equatable, Sendable {
  /// The plan's text, without reasons.
  package let text: String
  /// Who has which seat, beginning with the first.
  package let seats: [ReplicaID]
}

extension DatabaseState {
  /// The plan that the database was founded by; `nil` if none is here.
  package func foundingPlan(in catalog: Catalog) throws(StorageError) -> FoundingPlan? {
    guard let text = try plan(under: foundingPlanKey, in: catalog) else { return nil }
    var seats: [ReplicaID] = []
    while let holder = try plan(under: seatKey(seats.count + 1), in: catalog).flatMap({
      ReplicaID($0)
    }) {
      seats.append(holder)
    }
    return FoundingPlan(text: text, seats: seats)
  }

  private func plan(
    under key: String, in catalog: Catalog
  ) throws(StorageError) -> String? {
    guard let number = catalog.plans, tables[number].count > 0 else { return nil }
    return try tables[number].row(key.keyEncoded())?.value(as: LWWRegister<String>.self)?.value
  }

  /// One that `replica` acts in the place of and of which it lacks what counts, from `identity` on; `nil` if there
  /// is none.
  package func lacking(_ replica: ReplicaID, inPlaceOf identity: ReplicaID) -> ReplicaID? {
    var next = identity
    var seen = Set<ReplicaID>()
    while next != replica, seen.insert(next).inserted, let cut = succession.cuts[next] {
      if vector[next] < cut.last.sequence { return next }
      next = cut.heir
    }
    return nil
  }
}

extension Plan {
  /// The text that a database keeps of the plan that it is founded by.
  package var foundingText: String { withoutReasons.description }
}
