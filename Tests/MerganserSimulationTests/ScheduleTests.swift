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
    let short = shrunk(events, among: 3, attempts: 1000) { events in
      [17, 60, 61].allSatisfy { number in events.contains { $0.site == number } }
    }
    #expect(short.map(\.site) == [17, 60, 61])
  }

  @Test func noMoreIsTriedThanAskedFor() {
    var attempts = 0
    let events = (0..<100).map { SimulatedEvent(.step, site: $0) }
    let left = shrunk(events, among: 3, attempts: 7) { _ in
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

/// What shrinking makes simpler.
extension ScheduleTests {
  private func events(_ lines: String...) -> [SimulatedEvent] {
    lines.compactMap { SimulatedEvent($0) }
  }

  /// The pieces of a sync become one sync, steps become all that there is to do, and a site that joined one that was there.
  @Test func whatIsLeftIsSimple() {
    let long = events(
      "join 0 0 0", "write 3 0 1", "step 3 0 0", "step 3 0 0", "connect 3 1 0", "deliver 3 1 9",
      "deliver 1 3 0", "step 1 0 0", "deliver 3 1 0", "write 1 0 2")
    // It fails where two sites write the one behind the other, which it has met.
    let fails = { (events: [SimulatedEvent]) -> Bool in
      var wrote: Set<Int> = []
      var stored: Set<Int> = []
      var known: [Int: Int] = [:]
      var sites = 3
      for event in events {
        switch event.kind {
        case .join: sites += 1
        case .write where event.site < sites:
          if let from = known[event.site], from != event.site { return true }
          wrote.insert(event.site)
        case .step, .settle: if wrote.contains(event.site) { stored.insert(event.site) }
        case .sync where stored.contains(event.site): known[event.other] = event.site
        case .deliver where stored.contains(event.site): known[event.other] = event.site
        default: break
        }
      }
      return false
    }
    #expect(fails(long))
    let short = shrunk(long, among: 3, attempts: 1000, while: fails)
    #expect(fails(short))
    #expect(short.count == 4, "\(short)")
    #expect(short.allSatisfy { $0.site < 3 && $0.kind != .step }, "\(short)")
  }

  /// A schedule with one part of a sync after the other is one with a whole sync.
  @Test func aSyncIsWhole() {
    let parts = events(
      "connect 0 1 0", "deliver 0 1 5", "write 2 0 0", "step 1 0 0", "deliver 1 0 0", "step 2 0 0")
    #expect(
      Simplification.wholeSync.candidate(0, of: parts, among: 3)
        == events("write 2 0 0", "sync 0 1 0", "step 2 0 0"))
    #expect(Simplification.wholeSync.candidate(1, of: parts, among: 3) == nil)
  }

  /// What a site does that joined, another does, and later ones have the numbers before.
  @Test func aSiteIsAnother() {
    let joined = events("join 0 0 0", "copy 0 0 0", "write 3 9 9", "sync 4 3 0", "pass 0 0 3")
    #expect(
      Simplification.otherSite.candidate(5, of: joined, among: 3)
        == events("copy 0 0 0", "write 1 9 9", "sync 3 1 0", "pass 0 0 3"))
  }

  /// The table of faults is as wide as a terminal.
  @Test func theTableIsReadable() throws {
    var simulation = try Simulation.market()
    simulation.events = 60
    simulation.faults[.crash] = 300
    let lines = try simulation.run(seeds: 1...3).description.split(separator: "\n")
    #expect(lines.count > 30)
    for line in lines { #expect(line.count <= 80, "\(line)") }
  }
}
