import Foundation
import Merganser

/// A branch in a process of its own that is killed while it writes.
struct KilledBranch {
  /// What the process had said before it ended.
  struct Outcome: Sendable {
    var process: Int32
    /// The orders whose outcome was acknowledged, with what the branch held then, in the order in which
    /// they were.
    var acknowledged: [Acknowledgement]
    /// The orders that were under way.
    var underWay: [DemoWorkload.Order]
  }

  /// One line of the process's output.
  struct Acknowledgement: Sendable, Codable {
    /// The order's number at its branch.
    var number: Int
    var isPaid: Bool
    var stock: DemoBranch.Stock
  }

  /// How many orders are under way at any time.
  static let concurrency = 8

  let directory: String
  let place: Place
  let workload: DemoWorkload
  /// The number of the first order.
  let first: Int

  /// Starts the process, kills it when it has acknowledged `count` orders, and reads the rest of what it
  /// had said by then.
  func run(killAfter count: Int, heard: (Acknowledgement) -> Void) throws -> Outcome {
    let process = Process()
    process.executableURL = VerificationProcess.executable
    process.arguments = [
      "demo-branch", "--place", "\(place.rawValue)", "--seed", "\(workload.seed)", "--first",
      "\(first)", "--", directory,
    ]
    let output = Pipe()
    process.standardOutput = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    var acknowledged: [Acknowledgement] = []
    var rest = Data()
    // Nothing follows the last whole line but what the process was saying when it was killed.
    while case let data = output.fileHandleForReading.availableData, !data.isEmpty {
      rest += data
      while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
        let line = try JSONDecoder().decode(Acknowledgement.self, from: rest[..<end])
        rest = Data(rest[(end + 1)...])
        acknowledged.append(line)
        heard(line)
        if acknowledged.count == count { kill(process.processIdentifier, SIGKILL) }
      }
    }
    process.waitUntilExit()
    guard process.terminationReason == .uncaughtSignal, process.terminationStatus == SIGKILL else {
      throw Failure("\(place.name)'s process ended by itself (\(process.terminationStatus))")
    }
    let said = Set(acknowledged.map(\.number))
    // It begins so many orders, and then one more for each that it has acknowledged.
    let open = (first..<first + acknowledged.count + Self.concurrency).filter { !said.contains($0) }
    return Outcome(
      process: process.processIdentifier, acknowledged: acknowledged,
      underWay: open.map { workload.order($0, at: place) })
  }
}

/// What the process runs: orders, several at a time, each acknowledged by a line when it is durable.
struct WritingBranch: Sendable {
  let branch: DemoBranch
  let workload: DemoWorkload
  let first: Int

  /// Writes until it is killed, or has written more than anybody asks for.
  func run() async throws {
    try await withThrowingTaskGroup(of: KilledBranch.Acknowledgement.self) { group in
      var next = first
      func begin() {
        let order = workload.order(next, at: branch.place)
        let number = next
        next += 1
        group.addTask {
          let result = try await branch.execute(order)
          var isPaid = false
          if case .committed = result { isPaid = true }
          return KilledBranch.Acknowledgement(
            number: number, isPaid: isPaid, stock: try branch.stock())
        }
      }
      for _ in 0..<KilledBranch.concurrency { begin() }
      while let acknowledgement = try await group.next() {
        try JSONOutput.print(acknowledgement, onOneLine: true)
        fflush(nil)
        if next - first < 100_000 { begin() }
      }
    }
  }
}
