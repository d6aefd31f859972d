#if os(Linux)
  import Foundation
  import TestSupport
  import Testing

  /// Operations that change several files, on disks that fail, and in processes that are killed or fork.
  @Suite struct DiskFaultTests {
    /// How `ReplicaWorkload` ends in a process of its own, and what it prints.
    private func run(_ arguments: [String]) throws -> (output: String, status: Int32) {
      let (process, output) = (Process(), Pipe())
      process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appending(path: "ReplicaWorkload")
      process.arguments = arguments
      process.standardOutput = output
      try process.run()
      let bytes = output.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      #expect(process.terminationReason == .exit)
      return (String(decoding: bytes, as: UTF8.self), process.terminationStatus)
    }

    /// One call of each function fails in each way; with `MERGANSER_TORTURE`, every call.
    @Test(arguments: ["bundle", "bundleWithRows", "sync", "adopt", "adoptInUse", "compact"])
    func everyFailureIsAnErrorAfterWhichAllGoesOn(operation: String) throws {
      let memory = FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm" : "/tmp"
      let folder = "\(memory)/merganser-\(UUID().uuidString)"
      defer { try? FileManager.default.removeItem(atPath: folder) }
      let isLong = ProcessInfo.processInfo.environment["MERGANSER_TORTURE"] != nil
      let (output, status) = try run(["trials", operation, folder, isLong ? "all" : "few"])
      #expect(status == 0, "\(output)")
      #expect(output.contains(", 0 findings"), "\(output)")
      if isLong { print(operation, output) }
    }

    @Test func forkedProcessesAreRefused() throws {
      let folder = try TemporaryFolder()
      let (output, status) = try run(["fork", folder.path])
      #expect(status == 0, "\(output)")
    }
  }
#endif
