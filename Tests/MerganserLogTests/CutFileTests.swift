#if os(Linux)
  import MerganserModel
  import MerganserLog
  import TestSupport
  import Testing

  #if canImport(Glibc)
    import Glibc
  #else
    import Musl
  #endif

  /// A data file that somebody cuts short while the store is open.
  @Suite struct CutFileTests {
    private func store(in folder: TemporaryFolder) throws -> String {
      let path = folder.path(of: "s")
      try LogStore.create(at: path, identity: identity()).close()
      #expect(try ChildProcess.run("write", path, "4", "60").end == .exit(0))
      return path
    }

    @Test(
      arguments: [
        "append", "store", "snapshot", "read", "compact", "backup", "close",
      ], [0, 1, 50, 99])
    func whatBeginsLaterIsRefused(use: String, percent: Int) throws {
      let folder = try TemporaryFolder()
      let path = try store(in: folder)
      let (output, end) = try ChildProcess.run("cut", path, "\(percent)", use)
      #expect(end == .exit(3), "\(output)")
      #expect(output.contains("was cut short to"), "\(output)")
      // Nobody has made it longer again, with zeros where pages were.
      let error = #expect(throws: StorageError.self) { try LogStore.open(at: path).close() }
      if case .damaged = error { return }
      Issue.record("it ends with \(String(describing: error))")
    }

    /// What has begun before may end the process, and shows nothing that is not so.
    @Test(arguments: [0, 1]) func whatHasBegunEndsTheProcess(percent: Int) throws {
      let folder = try TemporaryFolder()
      let path = try store(in: folder)
      let (output, end) = try ChildProcess.run("cut", path, "\(percent)", "old")
      #expect(end == .signal(SIGBUS) || end == .exit(3), "\(output)")
    }
  }
#endif
