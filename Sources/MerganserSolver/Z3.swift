import Foundation
public import MerganserConfluence

extension Solver {
  /// The z3 that is on the path, as a process for each question; `nil` if there is none.
  ///
  /// - Parameters:
  ///   - path: the folders in which to look, separated by colons; the environment's `PATH` if none are
  ///     named.
  ///   - seconds: how long a question may take; then it has no answer.
  /// - Returns: a solver, if there is a z3.
  public static func z3(
    path: String? = nil, seconds: Int = 5
  ) -> Solver? {
    let path = path ?? ProcessInfo.processInfo.environment["PATH"] ?? ""
    let found = path.split(separator: ":").map { "\($0)/z3" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
    guard let found else { return nil }
    return Solver(name: "z3") { problem in
      let process = Process()
      process.executableURL = URL(fileURLWithPath: found)
      process.arguments = ["-in", "-smt2", "-T:\(seconds)"]
      let input = Pipe()
      let output = Pipe()
      process.standardInput = input
      process.standardOutput = output
      try process.run()
      try input.fileHandleForWriting.write(contentsOf: Data(problem.utf8))
      try input.fileHandleForWriting.close()
      let answer = try output.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      return String(bytes: answer, encoding: .utf8) ?? ""
    }
  }
}
