import Merganser
import MerganserSimulation
import XCTest

/// A list of tasks.
private struct Tasks: Schema {
  let tasks = Table<String, ORSet<String>>("tasks")
}

/// A simulation in XCTest: what it throws fails the test, and tells how to see it again.
final class XCTestTests: XCTestCase {
  func testNothingIsLost() throws {
    let tasks = Tasks()
    var simulation = try Simulation(of: tasks) {
      SimulatedTransaction("add") { tx, draw in
        try tx[tasks.tasks, "home"].insert(draw.pick("cook", "clean", "sleep"))
      }
      SimulatedTransaction("finish") { tx, draw in
        try tx[tasks.tasks, "home"].remove(draw.pick("cook", "clean", "sleep"))
      }
    }
    simulation.events = 100
    let report = try simulation.run(seeds: 1...3)
    XCTAssertEqual(report.runs, 3)
    XCTAssertGreaterThan(report.counts["commits"] ?? 0, 0)
  }
}
