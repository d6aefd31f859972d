#if Network
  import Foundation
  import Merganser
  import Synchronization

  /// A branch in a process of its own, which answers questions, and may be killed.
  final class BranchProcess: Sendable {
    let name: String
    private let process: Mutex<Process>
    private let input: FileHandle
    private let lines: AsyncStream<String>

    /// Starts the process; returns once it has its store open.
    ///
    /// - Parameters:
    ///   - name: what it is called.
    ///   - namespace: the network namespace in which it runs.
    ///   - arguments: those of `merganser network-branch`.
    /// - Throws: ``Failure``, if it ends before; what starting a process throws.
    init(_ name: String, in namespace: String?, arguments: [String]) async throws {
      self.name = name
      let process = Process()
      var arguments = ["network-branch"] + arguments
      process.executableURL = VerificationProcess.executable
      if let namespace {
        arguments =
          ["netns", "exec", namespace, VerificationProcess.executable.path] + arguments
        process.executableURL = URL(fileURLWithPath: try System.path(of: "ip"))
      }
      process.arguments = arguments
      let (output, input) = (Pipe(), Pipe())
      process.standardOutput = output
      process.standardInput = input
      try process.run()
      self.process = Mutex(process)
      self.input = input.fileHandleForWriting
      lines = output.fileHandleForReading.lines
      _ = try await next()
    }

    /// The next answer.
    ///
    /// - Throws: ``Failure``, if the process has ended.
    func next() async throws -> BranchAnswer {
      var iterator = lines.makeAsyncIterator()
      guard let line = await iterator.next() else {
        throw Failure("\(name)'s process has ended by itself")
      }
      return try JSONDecoder().decode(BranchAnswer.self, from: Data(line.utf8))
    }

    /// Asks, without waiting for the answer.
    func tell(_ question: BranchQuestion) throws {
      try input.write(contentsOf: Data((JSONOutput.text(question) + "\n").utf8))
    }

    /// Asks, and returns the answer.
    @discardableResult
    func ask(_ question: BranchQuestion) async throws -> BranchAnswer {
      try tell(question)
      return try await next()
    }

    /// How the branch is.
    var state: BranchState {
      get async throws {
        guard let state = try await ask(.state).state else {
          throw Failure("\(name)'s process did not say how it is")
        }
        return state
      }
    }

    /// Kills the process at once, as `kill -9` does, and returns the answers that it had given by then.
    func kill() async throws -> [BranchAnswer] {
      process.withLock { process in
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
      }
      var answers: [BranchAnswer] = []
      for await line in lines {
        answers.append(try JSONDecoder().decode(BranchAnswer.self, from: Data(line.utf8)))
      }
      return answers
    }

    /// Has the process end in order.
    func end() async throws {
      try await ask(.end)
      process.withLock { $0.waitUntilExit() }
    }

    deinit {
      process.withLock { process in
        if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) }
      }
    }
  }

  extension FileHandle {
    /// The lines that can be read until its end, by a thread that waits for them; what is behind the last is left out.
    ///
    /// The C library's streams are not touched: nobody could flush one while it is waited for.
    var lines: AsyncStream<String> {
      let (lines, sink) = AsyncStream.makeStream(of: String.self)
      Thread.detachNewThread {
        var rest = Data()
        while case let data = self.availableData, !data.isEmpty {
          rest += data
          while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            sink.yield(String(decoding: rest[..<end], as: UTF8.self))
            rest = Data(rest[(end + 1)...])
          }
        }
        sink.finish()
      }
      return lines
    }
  }

  /// The programs of the system that namespaces need.
  enum System {
    /// Where a program is.
    static func path(of program: String) throws -> String {
      let folders = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"]
      guard
        let path = folders.map({ "\($0)/\(program)" })
          .first(where: FileManager.default.isExecutableFile)
      else { throw Failure("there is no program \(program) here") }
      return path
    }

    /// Runs a program, and refuses by what it says if it fails.
    static func run(_ program: String, with arguments: String...) throws {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: try path(of: program))
      process.arguments = arguments
      let errors = Pipe()
      process.standardError = errors
      process.standardOutput = FileHandle.nullDevice
      process.standardInput = FileHandle.nullDevice
      try process.run()
      let said = errors.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      guard process.terminationStatus == 0 else {
        let line = String(decoding: said, as: UTF8.self)
        throw Failure("\(program) \(arguments.joined(separator: " ")): \(line)")
      }
    }
  }
#endif
