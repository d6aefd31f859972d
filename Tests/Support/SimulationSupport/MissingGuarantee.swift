package import MerganserModel
package import MerganserSimulation

/// Something that is promised and left out of a simulation, which has to miss it.
package struct MissingGuarantee: Sendable {
  /// What is left out, in a few words.
  package let name: String
  package let guarantees: Guarantees
  /// By what checks it is missed.
  package let found: Set<SimulatedGuarantee>
  /// The first seed that misses it.
  package let seed: UInt64
  /// What goes wrong more often than usual, for it to be missed soon.
  package let faults: [SimulationFault: Int]
  /// Whether it is left out of what an order is made of.
  package let isOrdered: Bool
  /// Whether it is missed by who meets whom, and when: three replicas meet all the time, and little else goes wrong.
  package let isOfMeetings: Bool
  /// Whether it is missed on links, which most connections are then.
  package let isOfLinks: Bool

  package init(
    _ name: String, without guarantees: Guarantees, found: Set<SimulatedGuarantee>, seed: UInt64,
    faults: [SimulationFault: Int] = [:], isOrdered: Bool = false, isOfMeetings: Bool = false,
    isOfLinks: Bool = false
  ) {
    self.name = name
    self.guarantees = guarantees
    self.found = found
    self.seed = seed
    self.faults = faults
    self.isOrdered = isOrdered
    self.isOfMeetings = isOfMeetings
    self.isOfLinks = isOfLinks
  }

  /// The market, or the registry, without what is left out, from a seed.
  package func simulation(seed: UInt64) throws -> Simulation {
    var simulation = try isOrdered ? Simulation.registry() : Simulation.market()
    simulation.guarantees.subtract(guarantees)
    simulation.replicas = 3 + Int(seed % 5)
    simulation.events = 200
    if isOrdered { simulation.orderChanges = 120 }
    if isOfMeetings {
      simulation.replicas = 3
      simulation.maximumReplicas = 3
      simulation.faults = .none
      simulation.meetings = 500
    }
    if isOfLinks {
      simulation.links = 900
      simulation.writesAtEnd = true
    }
    for (fault, rate) in faults { simulation.faults[fault] = rate }
    // What is not shrunk is found as well.
    simulation.shrinkingAttempts = 0
    return simulation
  }

  /// Looks for the first seed that misses it.
  ///
  /// - Parameter seeds: the seeds that are tried.
  /// - Returns: what was found; `nil` if none of them misses it.
  /// - Throws: what running throws besides failures.
  package func firstFailure(among seeds: ClosedRange<UInt64>) throws -> SimulationFailure? {
    for seed in seeds {
      do { try simulation(seed: seed).run(seed: seed) } catch let failure as SimulationFailure {
        return failure
      }
    }
    return nil
  }
}

extension MissingGuarantee {
  /// Runs the schedule of a failure again, with all that is promised: it ends well, unless something else is wrong.
  ///
  /// - Throws: ``/MerganserSimulation/SimulationFailure``.
  package func replayWithAll(_ failure: SimulationFailure) throws {
    var simulation = try simulation(seed: failure.seed)
    simulation.guarantees = .all
    try simulation.replay(seed: failure.seed, schedule: failure.schedule)
  }
}

extension MissingGuarantee: CustomStringConvertible {
  /// Its name.
  package var description: String { name }
}
