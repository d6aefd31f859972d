import Testing

@testable import MerganserSimulation

/// Events as text, and schedules that are shrunk.
@Suite struct ScheduleTests {
  @Test(arguments: SimulatedEvent.Kind.allCases)
  func anEventIsItsText(kind: SimulatedEvent.Kind) {
    let event = SimulatedEvent(kind, site: 3, other: 12, amount: .max)
    #expect(SimulatedEvent(event.description) == event)
  }

  @Test(
    arguments: [
      "", "write", "write 1 2", "write 1 2 3 4", "write -1 2 x", "Write 1 2 3", "write 1 2 -3",
    ] as [String])
  func whatIsNoEventIsNone(text: String) {
    #expect(SimulatedEvent(text) == nil)
  }

  @Test func whatMattersIsLeft() {
    let events = (0..<100).map { SimulatedEvent(.step, site: $0) }
    let short = shrunk(events, attempts: 1000) { events in
      [17, 60, 61].allSatisfy { number in events.contains { $0.site == number } }
    }
    #expect(short.map(\.site) == [17, 60, 61])
  }

  @Test func noMoreIsTriedThanAskedFor() {
    var attempts = 0
    let events = (0..<100).map { SimulatedEvent(.step, site: $0) }
    let left = shrunk(events, attempts: 7) { _ in
      attempts += 1
      return false
    }
    #expect(attempts == 7)
    #expect(left == events)
  }

  @Test func aLaneDoesWhatNetworksDo() {
    var lane = Lane()
    for byte in 1...4 { lane.put([UInt8(byte), 0, 0]) }
    #expect(!lane.hasRoom)
    #expect(lane.take(1) == [1])
    #expect(lane.take() == [0, 0])
    lane.lose()
    lane.reorder()
    #expect(lane.pieces == [[4, 0, 0], [3, 0, 0]])
    lane.repeatFirst()
    #expect(lane.pieces.count == 3)
    var draw = Draw(seed: 1)
    lane.damage(by: &draw)
    #expect(lane.take() != [4, 0, 0])
    #expect(lane.take() == [4, 0, 0])
    lane.reorder()
    #expect(lane.pieces == [[0, 0], [3]])
    lane.hasEnded = true
    #expect(lane.take() == [0, 0] && lane.take() == [3] && lane.take() == nil)
    #expect(lane.hasNews)
  }

  /// A rate of a thousand is the most, and of nothing the least.
  @Test func ratesHaveARange() {
    var faults = SimulationFaults()
    #expect(faults.switchedOn == SimulationFault.allCases)
    faults[.crash] = -1
    faults[.loss] = 5000
    #expect(faults[.crash] == 0 && faults[.loss] == 1000)
    #expect(SimulationFaults.none.switchedOn.isEmpty)
  }
}
