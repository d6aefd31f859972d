import Merganser
import MerganserSimulation
import Testing

/// A bank whose balances are read before they are written, as if nobody else wrote.
private struct CarelessBank: Schema {
  let balances = Table<String, PNCounter>("balances")
}

/// What a user's simulation finds, and how it tells.
@Suite struct PlantedBugTests {
  private let bank = CarelessBank()

  private func simulation() throws -> Simulation {
    let bank = bank
    var simulation = try Simulation(of: bank) {
      SimulatedTransaction("deposit") { tx, draw in
        try tx[bank.balances, draw.pick("ann", "bo")].increment(by: draw.number(in: 1...5))
      }
      SimulatedTransaction("withdraw", weight: 2) { tx, draw in
        let balance = try tx[bank.balances, draw.pick("ann", "bo")]
        let amount = draw.number(in: 1...9)
        if try balance.value?.value ?? 0 >= amount { try balance.decrement(by: amount) }
      }
    }
    simulation.checks = [
      SimulationCheck("no balance is negative") { snapshot in
        for (name, balance) in try snapshot.rows(bank.balances) where try balance.value < 0 {
          throw Negative(name: name)
        }
      }
    ]
    simulation.events = 200
    return simulation
  }

  private struct Negative: Error {
    let name: String
  }

  @Test func aWithdrawalThatAsksNobodyIsFound() throws {
    let simulation = try simulation()
    let failure = try #require(throws: SimulationFailure.self) {
      try simulation.run(seeds: 1...50)
    }
    #expect(failure.guarantee == .custom)
    #expect(failure.evidence.contains("no balance is negative"))
    // A deposit that two replicas have, and a withdrawal at each: no more is left, but for what makes them meet.
    #expect(failure.schedule.count < 20, "\(failure)")
    #expect(failure.schedule.count { $0.hasPrefix("write") } >= 3)
    let text = failure.description
    #expect(text.contains("withdraw"))
    #expect(text.contains("try simulation.replay("))
    for event in failure.schedule { #expect(text.contains("\"\(event)\",")) }
    // The schedule ends so again.
    let again = try #require(throws: SimulationFailure.self) {
      try simulation.replay(seed: failure.seed, schedule: failure.schedule)
    }
    #expect(again.evidence == failure.evidence)
    #expect(again.history == failure.history)
    // What is drawn is this schedule, and what its history tells.
    let record = simulation.record(of: failure)
    #expect(record.failure?.evidence == failure.evidence)
    #expect(record.lines.map(\.text) == failure.history)
    #expect(record.end == failure.schedule.count || record.calm != nil)
    #expect(record.marks.contains { $0.kind == .commit && $0.text.contains("withdraw") })
    #expect(
      record.messages.allSatisfy { $0.sent <= $0.arrived && $0.from != $0.to && $0.pieces > 0 })
    #expect(record.spans.allSatisfy { $0.begin <= $0.end && $0.end <= record.end })
  }

  /// A run is the same whether or not it is written down.
  @Test func whatIsRecordedIsTheRun() throws {
    var simulation = try simulation()
    simulation.checks = []
    let report = try simulation.run(seed: 3)
    let record = simulation.record(seed: 3)
    #expect(record.report == report)
    #expect(record.failure == nil && record.calm != nil)
    #expect(record.marks.count { $0.kind == .commit } == report.counts["commits"])
  }

  /// A line that is no event is told, and events that make no sense do nothing.
  @Test func anyScheduleIsOne() throws {
    let report = try simulation().replay(
      seed: 1,
      schedule: [
        "write 99 0 1", "write 0 99 1", "deliver 0 1 0", "deliver 1 1 0",
        "connect 0 0 0", "connect 0 99 0", "restore 0 0 0", "crash 0 0 0", "step 0 0 0",
        "crash 0 0 0", "start 0 99 0", "start 0 0 0", "forget 0 99 0", "lose 0 1 0",
        "copy 99 0 0", "block 0 99 0", "free 0 0 0",
      ])
    #expect(report.events == 17)
    for line in ["nothing", "write 0 0", "WRITE 0 0 1", "write 0 0 1\nwrite 0 0 1", ""] {
      let failure = try #require(
        #expect(throws: SimulationFailure.self) {
          try simulation().replay(seed: 1, schedule: ["write 0 0 1", line])
        })
      #expect(failure.guarantee == .schedule)
    }
  }
}
