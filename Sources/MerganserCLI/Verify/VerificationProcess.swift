import Foundation

/// A verification in a process of its own.
struct VerificationProcess {
  let store: String
  /// Whether a bar is to show how far it has come, once it has taken a second.
  var showsProgress = false
  /// Whether only the bytes are checked, and not what they come to.
  var checksOnlyBytes = false

  /// Runs it, and tells what it found; that it was ended by a signal is a fault of the store, too.
  func run() throws -> VerificationReport {
    let process = Process()
    process.executableURL = Self.executable
    process.arguments =
      ["verify-here"] + (showsProgress ? ["--progress"] : [])
      + (checksOnlyBytes ? ["--only-bytes"] : []) + ["--", store]
    let output = Pipe()
    let errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice
    try process.run()
    // What it says on standard error is short; its output is read first.
    let found = read(output.fileHandleForReading)
    let complaint = String(
      decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    if process.terminationReason == .uncaughtSignal {
      return VerificationReport(
        place: "LMDB's own pages",
        reason: """
          reading them ended the process by signal \(process.terminationStatus) \
          (\(String(cString: strsignal(process.terminationStatus))))
          """)
    }
    guard process.terminationStatus == EXIT_SUCCESS else {
      let line = complaint.trimmingCharacters(in: .whitespacesAndNewlines)
      throw Failure(line.hasPrefix("merganser: ") ? String(line.dropFirst(11)) : line)
    }
    return try JSONDecoder().decode(VerificationReport.self, from: found)
  }

  /// Refuses a store whose bytes are not what was written, before anything is made of it.
  static func refuseDamage(of store: String) throws {
    let report = try VerificationProcess(
      store: store, showsProgress: Terminal.isInteractive, checksOnlyBytes: true
    ).run()
    guard let fault = report.faults.first else { return }
    let rest = report.faults.count > 1 ? " and \(report.faults.count - 1) more" : ""
    throw Failure(
      """
      \(store) is damaged: \(fault.place): \(fault.reason)\(rest); nothing was done; merganser verify \
      \(store) says what to do
      """)
  }

  /// Reads its output to the end, shows its progress, and returns the last line.
  private func read(_ output: FileHandle) -> Data {
    var rest = Data()
    let bar = LateBar(of: "blocks and rows")
    defer { bar.finish() }
    while case let bytes = output.availableData, !bytes.isEmpty {
      rest += bytes
      while showsProgress, let end = rest.firstIndex(of: 10) {
        let numbers = String(decoding: rest[..<end], as: UTF8.self).split(separator: " ")
        guard numbers.count == 2, let now = Int(numbers[0]), let all = Int(numbers[1]) else {
          break
        }
        rest = Data(rest[rest.index(after: end)...])
        bar.reach(now, of: all)
      }
    }
    return rest
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
