import Foundation

/// A verification in a process of its own.
struct VerificationProcess {
  let store: String

  /// Runs it, and tells what it found; that it was ended by a signal is a fault of the store, too.
  func run() throws -> VerificationReport {
    let process = Process()
    process.executableURL = Self.executable
    process.arguments = ["verify-here", "--", store]
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice
    try process.run()
    // What it says on standard error is short; its output is read first.
    let found = output.fileHandleForReading.readDataToEndOfFile()
    let complaint = String(
      decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    if process.terminationReason == .uncaughtSignal {
      return VerificationReport(
        place: "LMDB's own pages",
        reason: """
          reading them ended the process by signal \(process.terminationStatus) \
          (\(String(cString: strsignal(process.terminationStatus)))); restore a backup, or join the \
          database anew and let another replica fill the store
          """)
    }
    guard process.terminationStatus == EXIT_SUCCESS else {
      let line = complaint.trimmingCharacters(in: .whitespacesAndNewlines)
      throw Failure(line.hasPrefix("merganser: ") ? String(line.dropFirst(11)) : line)
    }
    return try JSONDecoder().decode(VerificationReport.self, from: found)
  }

  /// This program.
  static var executable: URL {
    #if os(Linux)
      URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    #else
      Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
    #endif
  }
}
