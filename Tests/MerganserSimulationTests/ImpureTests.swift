import Merganser
import MerganserSimulation
import Synchronization
import Testing

/// A transaction that depends on something besides what it reads and draws.
@Suite struct ImpureTests {
  private struct Tallies: Schema {
    let tallies = Table<String, PNCounter>("tallies")
  }

  private struct TooMuch: Error {}

  private func simulation(
    by amount: @escaping @Sendable (inout Draw) -> Int64
  ) throws -> Simulation {
    let tallies = Tallies()
    var simulation = try Simulation(of: tallies) {
      SimulatedTransaction("count") { tx, draw in
        try tx[tallies.tallies, "all"].increment(by: amount(&draw))
      }
    }
    simulation.checks = [
      SimulationCheck("no tally is above 100") { snapshot in
        for (_, tally) in try snapshot.rows(tallies.tallies) where try tally.value > 100 {
          throw TooMuch()
        }
      }
    ]
    simulation.events = 100
    simulation.faults = .none
    return simulation
  }

  @Test func whatDoesNotRepeatIsSaid() throws {
    let clock = Clock()
    let simulation = try simulation { _ in clock.tick() }
    let failure = try #require(throws: SimulationFailure.self) { try simulation.run(seed: 1) }
    #expect(!failure.isRepeatable)
    #expect(failure.description.contains("It does not repeat"))
    let replayed = try #require(throws: SimulationFailure.self) {
      try simulation.replay(seed: 1, schedule: failure.schedule)
    }
    #expect(!replayed.isRepeatable)
  }

  @Test func whatRepeatsIsNot() throws {
    let simulation = try simulation { draw in draw.number(in: 1...60) }
    let failure = try #require(throws: SimulationFailure.self) { try simulation.run(seed: 1) }
    #expect(failure.isRepeatable)
    #expect(!failure.description.contains("It does not repeat"))
    #expect(failure.schedule.count <= 4, "\(failure)")
  }

  /// A clock that never shows a time twice.
  private final class Clock: Sendable {
    private let ticks = Mutex<Int64>(0)

    func tick() -> Int64 {
      ticks.withLock { ticks in
        ticks += 1
        return ticks
      }
    }
  }
}
