import MerganserModel
import MerganserSimulation
import Testing

/// Each guarantee is missed where it is not given: a simulation that finds nothing has looked for it.
@Suite struct GuaranteeTests {
  struct Missing: Sendable, CustomTestStringConvertible {
    let name: String
    let guarantees: Guarantees
    let seeds: ClosedRange<UInt64>
    let found: Set<SimulatedGuarantee>
    /// What has to go wrong for it to be missed.
    var fault: SimulationFault?

    var testDescription: String { name }
  }

  static let missing = [
    Missing(
      name: "causal order", guarantees: .causalOrder, seeds: 1...10, found: [.causality]),
    Missing(
      name: "checked commits", guarantees: .checkedCommits, seeds: 1...20, found: [.invariants]),
    Missing(
      name: "taken back", guarantees: .takenBack, seeds: 1...20,
      found: [.atomicity, .durability], fault: .failedWrite),
    Missing(
      name: "followed again", guarantees: .followedAgain, seeds: 1...200,
      found: [.determinism, .recovery, .invariants], fault: .crashInStep),
    Missing(
      name: "checked bytes", guarantees: .checkedBytes, seeds: 1...200,
      found: [.identity, .determinism, .answers, .convergence], fault: .damage),
    Missing(
      name: "flushed appends", guarantees: .flushedAppends, seeds: 1...10, found: [.durability]),
    Missing(
      name: "whole steps", guarantees: .wholeSteps, seeds: 1...100, found: [.recovery],
      fault: .crashInStep),
    Missing(
      name: "new identities", guarantees: .newIdentities, seeds: 1...20,
      found: [.durability, .convergence, .identity]),
    Missing(
      name: "new identities, judged histories", guarantees: [.newIdentities, .judgedHistories],
      seeds: 1...20, found: [.durability, .convergence, .identity]),
  ]

  @Test(arguments: missing)
  func whatIsNotPromisedIsMissed(missing: Missing) throws {
    var simulation = try Simulation.market()
    simulation.guarantees.subtract(missing.guarantees)
    if let fault = missing.fault { simulation.faults[fault] = 60 }
    // What is not shrunk is found as well.
    simulation.shrinkingAttempts = 0
    var found: SimulationFailure?
    for seed in missing.seeds where found == nil {
      simulation.replicas = 3 + Int(seed % 5)
      do { try simulation.run(seed: seed) } catch { found = error }
    }
    let failure = try #require(found)
    #expect(missing.found.contains(failure.guarantee), "\(failure.guarantee): \(failure.evidence)")
    // With the guarantee the same schedule ends well, and without it as it did.
    #expect(throws: SimulationFailure.self) {
      try simulation.replay(seed: failure.seed, schedule: failure.schedule)
    }
    simulation.guarantees = .all
    try simulation.replay(seed: failure.seed, schedule: failure.schedule)
  }
}
