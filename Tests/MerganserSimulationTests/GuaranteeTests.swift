import MerganserSimulation
import SimulationSupport
import Testing

/// Each guarantee is missed where it is not given: a simulation that finds nothing has looked for it.
@Suite struct GuaranteeTests {
  @Test(arguments: MissingGuarantee.all)
  func whatIsNotPromisedIsMissed(missing: MissingGuarantee) throws {
    let failure = try #require(
      try missing.firstFailure(among: missing.seed...missing.seed + 3))
    #expect(missing.found.contains(failure.guarantee), "\(failure.guarantee): \(failure.evidence)")
    // With the guarantee the same schedule ends well, and without it as it did.
    let simulation = try missing.simulation(seed: failure.seed)
    #expect(throws: SimulationFailure.self) {
      try simulation.replay(seed: failure.seed, schedule: failure.schedule)
    }
    try missing.replayWithAll(failure)
  }
}
