import MerganserSimulation
import Testing

/// Replicas that sync at random.
@Suite struct SpreadTests {
  @Test func aVersionComesToAllInAFewRounds() throws {
    let simulation = try Simulation.market()
    let visit = try #require(simulation.number(ofTransaction: "visit"))
    let spread = try simulation.spread(among: 16, seed: 1, writing: visit)
    for rounds in [spread.gathering, spread.spreading] {
      #expect(rounds.last?.informed == 16)
      // Each round makes at least half as many again know of it, but for bad luck.
      #expect(rounds.count <= 8)
      #expect(rounds.allSatisfy { $0.syncs == 16 && $0.messages > 0 && $0.bytes > 0 })
      #expect(zip(rounds, rounds.dropFirst()).allSatisfy { $0.informed <= $1.informed })
    }
  }

  @Test func whatTransactionThereIsHasANumber() throws {
    let simulation = try Simulation.market()
    #expect(simulation.number(ofTransaction: "nothing") == nil)
  }
}
