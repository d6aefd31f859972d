import Foundation

/// The built command `merganser`, run as a user runs it.
struct Command: Sendable {
  struct Outcome: Sendable {
    var status: Int32
    var output: String
    var errors: String
  }

  /// The command that `make test` built, or the one beside the tests.
  static let executable: URL = {
    if let path = ProcessInfo.processInfo.environment["MERGANSER_COMMAND"] {
      return URL(fileURLWithPath: path)
    }
    let tests = Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }
    let products = (tests ?? URL(fileURLWithPath: CommandLine.arguments[0]))
      .deletingLastPathComponent()
    return products.appendingPathComponent("merganser")
  }()

  /// Runs the command to its end.
  static func run(_ arguments: String...) throws -> Outcome {
    let process = try start(arguments)
    return process.finish()
  }

  /// Starts the command.
  static func start(_ arguments: [String]) throws -> Running {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    let folder = NSTemporaryDirectory() + "merganser-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for name in ["out", "err"] {
      _ = FileManager.default.createFile(atPath: "\(folder)/\(name)", contents: nil)
    }
    process.standardOutput = FileHandle(forWritingAtPath: "\(folder)/out")
    process.standardError = FileHandle(forWritingAtPath: "\(folder)/err")
    process.standardInput = FileHandle.nullDevice
    try process.run()
    return Running(process: process, folder: folder)
  }

  /// A command that is running; what it prints goes to files, so that it never waits for us.
  struct Running {
    let process: Process
    let folder: String

    func finish() -> Outcome {
      process.waitUntilExit()
      func text(_ name: String) -> String {
        (try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)) ?? ""
      }
      defer { try? FileManager.default.removeItem(atPath: folder) }
      return Outcome(
        status: process.terminationStatus, output: text("out"), errors: text("err"))
    }
  }
}

/// A folder that is gone after the test.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "merganser-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
