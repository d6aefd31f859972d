#if os(Linux)
  import MerganserDatabase
  import MerganserLog
  import TestSupport
  import Testing

  #if canImport(Glibc)
    import Glibc
  #else
    import Musl
  #endif

  @Suite("The power's end, and disks that fail", .serialized)
  struct FaultTests {
    /// A folder in memory, where there is one: what is tested here waits for no disk.
    private func folder() throws -> TemporaryFolder {
      try TemporaryFolder(in: access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp")
    }

    private func crash(
      recording command: String, seed: UInt64, states: Int
    ) throws -> (output: String, end: ChildProcess.End) {
      let folder = try folder()
      mkdir(folder.path(of: "run"), 0o755)
      mkdir(folder.path(of: "state"), 0o755)
      let trace = folder.path(of: "trace")
      let recorded = try ChildProcess.run(command, folder.path(of: "run"), trace, "\(seed)", "60")
      #expect(recorded.end == .exit(0), "\(recorded.output)")
      return try ChildProcess.run(
        "crash", folder.path(of: "state"), trace, "\(seed)", "\(states)")
    }

    @Test(arguments: 1...UInt64(tortureFactor))
    func whatWasAcknowledgedSurvivesThePowersEnd(seed: UInt64) throws {
      let (output, end) = try crash(
        recording: "record", seed: seed, states: tortureFactor > 1 ? 2000 : 400)
      #expect(end == .exit(0), "seed \(seed): \(output)")
      #expect(output.contains(" states, 0 faults"), "seed \(seed): \(output)")
    }

    /// The same check finds a store that does not wait for the disk: it can see a lie.
    @Test func whatWasNotWaitedForDoesNot() throws {
      // What was lost may be a page that LMDB needs, and end the process that looks.
      var isFound = false
      for seed in 1...8 as ClosedRange<UInt64> where !isFound {
        let (output, end) = try crash(recording: "record-hasty", seed: seed, states: 300)
        #expect(end != .exit(0), "seed \(seed)")
        isFound = end == .exit(1) && output.contains("it holds neither")
      }
      #expect(isFound)
    }

    /// A file system in memory of 6 MB; `nil` where this user may have none.
    private static func smallDisk() -> String? {
      var template = Array("/tmp/merganser-disk-XXXXXX".utf8CString)
      guard mkdtemp(&template) != nil else { return nil }
      let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
      if mount("none", path, "tmpfs", 0, "size=6m") == 0 { return path }
      rmdir(path)
      return nil
    }

    private static func remove(_ disk: String) {
      umount2(disk, Int32(MNT_DETACH))
      rmdir(disk)
    }

    /// Whether this user may have a small disk.
    private static let mayMount: Bool = {
      guard let disk = smallDisk() else { return false }
      remove(disk)
      return true
    }()

    @Test(.enabled(if: mayMount, "needs the right to mount"))
    func aDiskThatIsFull() throws {
      let disk = try #require(Self.smallDisk())
      defer { Self.remove(disk) }
      // In a process of its own: one that is just being started here holds removed files open.
      let (output, end) = try ChildProcess.run("full-disk", disk)
      #expect(end == .exit(0), "\(output)")
      #expect(output == "3 rounds\n")
    }

    @Test(.enabled(if: mayMount, "needs the right to mount"))
    func aDiskWithLittleRoom() throws {
      let disk = try #require(Self.smallDisk())
      defer { Self.remove(disk) }
      let (output, end) = try ChildProcess.run("small-rooms", disk)
      #expect(end == .exit(0), "\(output)")
      #expect(output == "all rooms\n")
    }

    @Test(.enabled(if: mayMount, "needs the right to mount"))
    func readOnlyMedia() throws {
      let disk = try #require(Self.smallDisk())
      defer { Self.remove(disk) }
      let path = disk + "/s"
      try LogStore.create(at: path, identity: identity()).close()
      #expect(try ChildProcess.run("write", path, "4", "30").end == .exit(0))
      let expected = try ChildProcess.run("read", path).output
      unlink(path + "/000001.mdb-lock")
      #expect(mount("none", disk, "tmpfs", UInt(MS_REMOUNT | MS_RDONLY), "size=6m") == 0)
      #expect(try ChildProcess.run("read", path).output == expected)
      #expect(try ChildProcess.run("verify", path).output == "[]\n")
      #expect(try ChildProcess.run("open", path).output.contains("can only be read"))
      let reading = try LogStore.openForReading(at: path)
      defer { reading.close() }
      #expect(reading.isInUse == false)
      let folder = try TemporaryFolder()
      try reading.backup(to: folder.path(of: "b"))
      #expect(try LogStore.verify(at: folder.path(of: "b")).isSound)
    }

    @Test func everyCallFailsInTurn() throws {
      let folder = try folder()
      let (output, end) = try ChildProcess.run(
        "faulty", folder.path, tortureFactor > 1 ? "1" : "10", "\(tortureFactor)")
      #expect(end == .exit(0), "\(output)")
      #expect(output.contains(" trials, 0 faults"), "\(output)")
    }
  }
#endif
