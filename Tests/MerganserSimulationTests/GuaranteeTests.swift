import MerganserModel
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

  /// A primary that shows what it alone has accepted is missed where another one takes over meanwhile.
  @Test func whatIsShownBeforeItIsChosenIsMissed() throws {
    var schedule = ["sync 0 1 0", "sync 0 2 0", "write 1 3 1", "write 2 3 1"]
    let meetings = ["sync 0 1 0", "sync 0 2 0", "sync 1 2 0"]
    schedule += ["settle 1 0 0", "settle 2 0 0"] + meetings
    schedule += ["changeVoters 0 0 7", "settle 0 0 0"] + meetings + meetings
    // Nobody hears of this.
    schedule += ["write 0 0 1", "settle 0 0 0", "takeOver 1 0 0", "settle 1 0 0"]
    schedule += [String](repeating: "sync 1 2 0", count: 4)
    schedule += ["write 1 0 2", "settle 1 0 0"] + [String](repeating: "sync 1 2 0", count: 4)
    var simulation = try Simulation.registry()
    try simulation.replay(seed: 1, schedule: schedule)
    simulation.guarantees.subtract(.chosenOnly)
    let failure = try #require(throws: SimulationFailure.self) {
      try simulation.replay(seed: 1, schedule: schedule)
    }
    #expect([.identity, .decisions, .linearizability, .views].contains(failure.guarantee))
  }
}
