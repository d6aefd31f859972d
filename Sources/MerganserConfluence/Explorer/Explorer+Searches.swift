// Searches of a workload: of each way to own values, under names in each order, with fewer exchanges of replicas where
// they make a difference.
extension Explorer {
  /// Searches a workload within a budget.
  ///
  /// - Parameters:
  ///   - workload: what is searched.
  ///   - budget: how far.
  ///   - progress: is told now and then how far the search has come; it returns false to stop it.
  /// - Returns: what was found, and how the search ended.
  /// - Throws: what the start throws, or a condition; ``ExplorationError``, if there are more replicas,
  ///   invariants, calls, or rows at the start than a search tells apart.
  public static func explore(
    _ workload: Workload, within budget: Budget = Budget(),
    progress: ((Progress) -> Bool)? = nil
  ) throws -> Exploration {
    try explore(
      workload, within: budget, in: SearchSession(within: budget), progress: progress)
  }

  /// Searches a workload, with others that do so much work together.
  static func explore(
    _ workload: Workload, within budget: Budget, in session: SearchSession,
    progress: ((Progress) -> Bool)?
  ) throws -> Exploration {
    try budget.check()
    guard workload.owners == nil, !workload.ownedValues.isEmpty else {
      return try exploreNamed(workload, within: budget, in: session, progress: progress)
    }
    let ways = workload.ownerships(among: budget.replicas)
    var found: Exploration?
    for owners in ways ?? [[:]] {
      var owned = workload
      owned.owners = owners
      var rest = budget
      rest.configurations = max(budget.configurations - (found?.configurations ?? 0), 1)
      let one = try exploreNamed(owned, within: rest, in: session, progress: progress)
      found = found?.joined(with: one) ?? one
      if one.ending == .cancelled || budget.stopsAtFirstViolation && one.ending == .refuted {
        break
      }
    }
    guard var found else {
      return try exploreNamed(workload, within: budget, in: session, progress: progress)
    }
    if ways == nil, found.ending == .closed {
      found.ending = .bounded("\(found.configurations) configurations and one way to own values")
    }
    return found
  }

  /// Searches a workload; where replicas are not exchanged, with the founder's name in each place among theirs.
  private static func exploreNamed(
    _ workload: Workload, within budget: Budget, in session: SearchSession,
    progress: ((Progress) -> Bool)?
  ) throws -> Exploration {
    let space: StateSpace
    var found: Exploration
    (found, space) = try searched(
      workload, within: budget, in: session, progress: progress, visiting: nil)
    guard budget.isReduced, budget.variesNames, found.symmetries == 1 else { return found }
    for other in workload.otherNames(of: budget.replicas)
    where found.ending == .closed {
      // Where all that was done comes out the same, so does what is made of it.
      if try space.isRepeated(of: other, replicas: budget.replicas, in: session) { continue }
      found = found.joined(
        with: try explore(other, within: budget, in: session, progress: progress, visiting: nil))
    }
    return found
  }

  /// Searches a workload, and tells afterwards what the join of all replicas was in the configurations
  /// that were visited, each state once.
  static func explore(
    _ workload: Workload, within budget: Budget, in session: SearchSession,
    progress: ((Progress) -> Bool)?, visiting: ((WorkloadOrigin) -> Void)?
  ) throws -> Exploration {
    try searched(workload, within: budget, in: session, progress: progress, visiting: visiting)
      .found
  }

  /// Searches a workload, and gives the states as well that it has come by.
  private static func searched(
    _ workload: Workload, within budget: Budget, in session: SearchSession,
    progress: ((Progress) -> Bool)?, visiting: ((WorkloadOrigin) -> Void)?
  ) throws -> (found: Exploration, space: StateSpace) {
    try budget.check()
    try ExplorationError.check("invariants", count: workload.invariants.count, in: 0...63)
    let calls = workload.transactions.reduce(0) { $0 + $1.calls.count }
    try ExplorationError.check("calls of transactions", count: calls, in: 0...65_536)
    guard budget.isReduced else {
      var explorer = Explorer(
        workload, budget: budget, session: session,
        symmetry: .none(of: budget.replicas + budget.relays))
      let found = try explorer.search(progress)
      if let visiting { try explorer.forEachJoin(visiting) }
      return (found, explorer.space)
    }
    let ladder = ReplicaSymmetry.ladder(of: budget.replicas, relays: budget.relays)
    for symmetry in ladder.dropLast() {
      do {
        var explorer = Explorer(workload, budget: budget, session: session, symmetry: symmetry)
        return (try explorer.search(progress), explorer.space)
      } catch is StateOrbits.Difference {
        continue
      }
    }
    var explorer = Explorer(
      workload, budget: budget, session: session, symmetry: ladder[ladder.count - 1])
    return (try explorer.search(progress), explorer.space)
  }
}
