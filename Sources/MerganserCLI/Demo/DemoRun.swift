import Foundation
import Merganser

/// The demo's story, chapter by chapter.
struct DemoRun {
  let directory: String
  let workload: DemoWorkload
  var branches: [DemoBranch] = []
  var desks: [DeskBranch] = []
  var history = DemoHistory()
  var desk = DeskHistory()
  var outcome = DemoOutcome()
  /// What plain PN-counters would have done with the same orders.
  var plain: PlainBank?
  /// How many orders each branch has had.
  var counts = [0, 0, 0]

  init(directory: String, seed: UInt64) {
    self.directory = directory
    workload = DemoWorkload(seed: seed)
  }

  /// Tells and does everything; the report is the caller's.
  mutating func run() async throws -> DemoOutcome {
    Terminal.say("Merganser demo: a bank with three branches on disk, and one rule:")
    Terminal.say("no balance below zero, at any branch, at any moment.")
    try await found()
    try await dayWithLine()
    try await openDesks()
    try await cutLine()
    try await askDesks()
    try await killFaro()
    try await heal()
    try await decideRequests()
    try await dayAfter()
    try await audit()
    for branch in branches { try await branch.replica.close() }
    for desk in desks { try await desk.replica.close() }
    return outcome
  }

  mutating func chapter(_ title: String) {
    history.begin(title)
    Terminal.say()
    Terminal.say("\(history.phases.count)  \(title)")
  }

  /// Tells a paragraph, indented below its chapter's title.
  func tell(_ text: String, indent: Int = 3) {
    for line in text.wrapped(to: 79 - indent) {
      Terminal.say(String(repeating: " ", count: indent) + line)
    }
  }
}

/// What the demo came to.
struct DemoOutcome: Sendable {
  var accepted = 0
  var refused = 0
  var acknowledgedBeforeKill = 0
  var digests: [String] = []
  var holders: [UInt64: String] = [:]
  /// Balances after the line was back, and as plain PN-counters would have merged them.
  var merged: [UInt64: Int64] = [:]
  var plain: [UInt64: Int64] = [:]
}
