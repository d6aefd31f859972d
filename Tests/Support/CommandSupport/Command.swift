package import Foundation
package import TestSupport

/// The built command `merganser`, run as a user runs it.
package enum Command {
  package struct Outcome {
    package var status: Int32
    package var output: String
    package var errors: String

    /// Whether it failed as it should: with one line on standard error, and nothing else.
    package var isOneLineFailure: Bool {
      status != 0 && errors.hasPrefix("merganser: ") && errors.hasSuffix("\n")
        && errors.filter(\.isNewline).count == 1 && errors.count > 20
    }
  }

  package static let executable: URL = {
    if let path = ProcessInfo.processInfo.environment["MERGANSER_COMMAND"] {
      return URL(fileURLWithPath: path)
    }
    let tests = Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }
    return (tests ?? URL(fileURLWithPath: CommandLine.arguments[0]))
      .deletingLastPathComponent().appendingPathComponent("merganser")
  }()

  /// Runs the command to its end, in a folder if one is named.
  package static func run(_ arguments: String..., in folder: TemporaryFolder? = nil) throws
    -> Outcome
  {
    try start(arguments, in: folder).finish()
  }

  /// Starts the command; it reads `input` on standard input, which is a file if `isFile`, and a pipe otherwise.
  package static func start(
    _ arguments: [String], of program: URL = executable, in folder: TemporaryFolder? = nil,
    input: String? = nil, isFile: Bool = false
  ) throws -> Running {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder.path) }
    // Files, so that it never waits for us to read.
    let streams = try TemporaryFolder()
    for name in ["out", "err"] {
      _ = FileManager.default.createFile(atPath: "\(streams.path)/\(name)", contents: nil)
    }
    process.standardOutput = FileHandle(forWritingAtPath: "\(streams.path)/out")
    process.standardError = FileHandle(forWritingAtPath: "\(streams.path)/err")
    let pipe = Pipe()
    if let input, isFile {
      try input.write(toFile: "\(streams.path)/in", atomically: true, encoding: .utf8)
      process.standardInput = FileHandle(forReadingAtPath: "\(streams.path)/in")
    } else {
      process.standardInput = input == nil ? FileHandle.nullDevice : pipe
    }
    try process.run()
    if let input, !isFile {
      try pipe.fileHandleForWriting.write(contentsOf: Data(input.utf8))
      try pipe.fileHandleForWriting.close()
    }
    return Running(process: process, streams: streams)
  }

  /// Runs the command by a shell, its streams redirected as `streams` says, for instance ">&-".
  package static func run(
    _ arguments: [String], streams: String, in folder: TemporaryFolder
  ) throws -> Outcome {
    let shell = URL(fileURLWithPath: "/bin/sh")
    return try start(
      ["-c", "exec \"$0\" \"$@\" \(streams)", executable.path] + arguments, of: shell, in: folder
    ).finish()
  }

  /// A command that is running.
  package struct Running {
    package let process: Process
    fileprivate let streams: TemporaryFolder

    /// Waits for its end.
    package func finish() throws -> Outcome {
      process.waitUntilExit()
      func text(_ name: String) throws -> String {
        try String(contentsOfFile: "\(streams.path)/\(name)", encoding: .utf8)
      }
      return Outcome(
        status: process.terminationStatus, output: try text("out"), errors: try text("err"))
    }
  }
}
