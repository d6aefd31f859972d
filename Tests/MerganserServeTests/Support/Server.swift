#if Network
  import CommandSupport
  import Foundation
  import TestSupport
  import Testing

  /// A command that runs until it is told to end, and what it says meanwhile.
  final class Server: Sendable {
    let process: Process
    private let output: Lines
    private let errors: Lines

    /// Starts the command.
    init(_ arguments: [String], of program: URL = Command.executable, in folder: TemporaryFolder)
      throws
    {
      process = Process()
      process.executableURL = program
      process.arguments = arguments
      process.currentDirectoryURL = URL(filePath: folder.path)
      process.standardInput = FileHandle.nullDevice
      let (out, err) = (Pipe(), Pipe())
      process.standardOutput = out
      process.standardError = err
      try process.run()
      output = Lines(out)
      errors = Lines(err)
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    /// `merganser serve`, without TLS.
    static func serving(
      _ store: String, with more: String..., at address: String = "tcp://127.0.0.1:0",
      in folder: TemporaryFolder
    ) throws -> Server {
      try Server(["serve", store, "--listen", address, "--plaintext"] + more, in: folder)
    }

    /// Where it listens, as it says.
    var address: String { get async { await after("listening at ") } }

    /// What stands behind `beginning` in a line of its output, once there is one.
    func after(_ beginning: String) async -> String {
      guard let line = await output.line(where: { $0.hasPrefix(beginning) }) else {
        Issue.record("it has ended: \(errors.all)")
        return ""
      }
      return String(line.dropFirst(beginning.count))
    }

    /// A line of its log that has `text` in it, once there is one.
    @discardableResult
    func logs(_ text: String) async -> String {
      guard let line = await errors.line(where: { $0.contains(text) }) else {
        Issue.record("it has ended, and has not logged \"\(text)\": \(errors.all)")
        return ""
      }
      return line
    }

    /// Sends it a signal.
    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Has it stand still, until it is killed; none of its threads runs when this returns.
    func stop() {
      send(SIGSTOP)
      var info = siginfo_t()
      waitid(P_PID, id_t(process.processIdentifier), &info, Int32(WSTOPPED | WNOWAIT))
    }

    /// Sends it a signal, and waits for its end; its exit status, or the number of the signal that has ended it.
    @discardableResult
    func end(by signal: Int32 = SIGTERM) -> Int32 {
      send(signal)
      process.waitUntilExit()
      return process.terminationStatus
    }

    /// All that it has logged until now.
    var log: [String] { errors.all }
  }

  /// The lines that come by a pipe.
  private final class Lines: @unchecked Sendable {
    private let condition = NSCondition()
    private var lines: [String] = []
    private var hasEnded = false

    init(_ pipe: Pipe) {
      Thread.detachNewThread { [self] in
        var rest = ""
        while true {
          let data = pipe.fileHandleForReading.availableData
          if data.isEmpty { break }
          rest += String(decoding: data, as: UTF8.self)
          var parts = rest.components(separatedBy: "\n")
          rest = parts.removeLast()
          change { lines += parts }
        }
        change { hasEnded = true }
      }
    }

    var all: [String] {
      condition.lock()
      defer { condition.unlock() }
      return lines
    }

    private func change(_ body: () -> Void) {
      condition.lock()
      body()
      condition.broadcast()
      condition.unlock()
    }

    /// The first line that is as it should be, once it is there; `nil` if all have come.
    func line(where isWanted: @escaping @Sendable (String) -> Bool) async -> String? {
      await withCheckedContinuation { continuation in
        Thread.detachNewThread { [self] in
          condition.lock()
          while !hasEnded, !lines.contains(where: isWanted) { condition.wait() }
          let found = lines.first(where: isWanted)
          condition.unlock()
          continuation.resume(returning: found)
        }
      }
    }
  }
#endif
