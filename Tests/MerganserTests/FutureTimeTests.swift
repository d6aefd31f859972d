import Merganser
import MerganserDatabase
import MerganserLog
import Synchronization
import TestSupport
import Testing

/// A clock was ahead once: what it wrote is refused until it is accepted, and then all goes on as before.
@Suite struct FutureTimeTests {
  struct Notes: Schema {
    let notes = Table<String, LWWRegister<String>>("notes")
  }

  let schema = Notes()

  private func write(_ text: String, replica: Replica<Notes>) async throws {
    try await replica.write { [schema] tx in try tx[schema.notes, text].set(text) }
  }

  private func expectAll(_ count: Int, at replicas: Replica<Notes>...) throws {
    for replica in replicas { #expect(try replica.snapshot.count(schema.notes) == count) }
  }

  /// What a meeting refused because of its time, by origin.
  private func origins(refusedBy report: SyncReport) -> [ReplicaID] {
    report.refused.compactMap { error in
      if case .fromTheFuture(let origin, _, _) = error { origin } else { nil }
    }
  }

  @Test func branchesThatWereAllAheadGoOnTogether() async throws {
    let walls = [Wall(ahead: Wall.year), Wall(ahead: Wall.year)]
    let one = try Replica(schema, options: ReplicaOptions(wall: walls[0].time))
    let other = try Replica(
      schema, joining: one.founder, options: ReplicaOptions(wall: walls[1].time))
    try await write("a", replica: one)
    try await one.sync(with: other)
    // Each goes on apart for some minutes less than is tolerated.
    for (wall, replica) in zip(walls, [one, other]) {
      wall.set(ahead: Wall.year + 200_000)
      try await write("by \(replica.id)", replica: replica)
      wall.set()
    }
    #expect(try await one.sync(with: other).refused.isEmpty)
    try expectAll(3, at: one, other)
    for replica in [one, other] { try await write("later by \(replica.id)", replica: replica) }
    #expect(try await one.sync(with: other).refused.isEmpty)
    try expectAll(5, at: one, other)
    #expect(one.snapshot.time.milliseconds <= Wall.now + Wall.year + 200_010)
  }

  @Test func branchesThatWereAheadApartAcceptEachOther() async throws {
    let walls = [Wall(ahead: Wall.year), Wall(ahead: 3 * Wall.year)]
    let one = try Replica(schema, options: ReplicaOptions(wall: walls[0].time))
    let other = try Replica(
      schema, joining: one.founder, options: ReplicaOptions(wall: walls[1].time))
    for (wall, replica) in zip(walls, [one, other]) {
      try await write("by \(replica.id)", replica: replica)
      wall.set()
    }
    // What is behind the latest time here is taken.
    let report = try await one.sync(with: other)
    #expect(origins(refusedBy: report) == [other.id] && report.sent == 1)
    try await one.acceptTimes(upTo: other.snapshot.time)
    #expect(try await one.sync(with: other).refused.isEmpty)
    try expectAll(2, at: one, other)
  }

  @Test func whatIsAcceptedIsNotTakenBack() throws {
    let (later, earlier) = (HybridTime(milliseconds: 5000), HybridTime(milliseconds: 3000))
    var tolerance = TimeTolerance()
    for time in [later, earlier] { try tolerance.accept(upTo: time) }
    #expect(tolerance.accepted == later)
    let folder = try TemporaryFolder()
    let id = ReplicaID.random()
    let store = try LogStore.create(
      at: folder.path + "/s",
      identity: StoreIdentity(
        replica: id, founder: id, schema: try Catalog(schema).description))
    for time in [later, earlier] { try store.acceptTimes(upTo: time) }
    #expect(store.acceptedTime == later)
    try store.close()
  }

  enum Since: CaseIterable, Sendable { case setRight, restarted, restored }

  @Test(arguments: Since.allCases)
  func oneThatWasAheadIsTakenOnceItsTimesAreAccepted(_ since: Since) async throws {
    let folder = try TemporaryFolder()
    let (ahead, right) = (Wall(ahead: 4 * Wall.year), Wall())
    let founder = try await Replica.open(
      schema, at: folder.path + "/a", options: ReplicaOptions(wall: right.time))
    try await write("first", replica: founder)
    var late = try await Replica.open(
      schema, at: folder.path + "/b", joining: founder.founder,
      options: ReplicaOptions(wall: ahead.time))
    try await late.sync(with: founder)
    try await write("ahead", replica: late)
    ahead.set()
    switch since {
    case .setRight: break
    case .restarted:
      try await late.close()
      late = try await .open(
        schema, at: folder.path + "/b", options: ReplicaOptions(wall: ahead.time))
    case .restored:
      try await late.backup(to: folder.path + "/backup")
      try await late.close()
      late = try await .open(
        schema, at: folder.path + "/backup", options: ReplicaOptions(wall: ahead.time))
    }
    try await write("since", replica: late)
    for _ in 0..<2 {
      let report = try await founder.sync(with: late)
      #expect(origins(refusedBy: report).count == 1 && report.received == 0)
      guard case .fromTheFuture(_, _, let future)? = report.refused.first else {
        Issue.record("\(report.refused)")
        continue
      }
      #expect(future.ahead / Wall.year == 4 || future.ahead / Wall.year == 3)
      let text = "\(report.refused[0])"
      #expect(text.contains("300 s are tolerated") && text.contains("acceptTimes(upTo:)"))
    }
    try await founder.acceptTimes(upTo: late.snapshot.time)
    #expect(try await founder.sync(with: late).refused.isEmpty)
    try expectAll(3, at: founder, late)
    // From here on nothing is in the way, in either direction, and after a restart.
    try await write("by the founder", replica: founder)
    #expect(try await late.sync(with: founder).refused.isEmpty)
    try await write("by the late one", replica: late)
    try await founder.close()
    let again = try await Replica.open(
      schema, at: folder.path + "/a", options: ReplicaOptions(wall: right.time))
    #expect(try await late.sync(with: again).refused.isEmpty)
    try expectAll(5, at: again, late)
    #expect(try again.snapshot.digest == late.snapshot.digest)
  }

  @Test func inAChainEachAccepts() async throws {
    let ahead = Wall(ahead: Wall.year)
    let first = try Replica(schema, options: ReplicaOptions(wall: ahead.time))
    let (middle, last) = (
      try Replica(schema, joining: first.founder, options: ReplicaOptions(wall: Wall().time)),
      try Replica(schema, joining: first.founder, options: ReplicaOptions(wall: Wall().time))
    )
    try await write("ahead", replica: first)
    ahead.set()
    try await middle.acceptTimes(upTo: first.snapshot.time)
    try await middle.sync(with: first)
    try await write("by the middle", replica: middle)
    try await write("by the last", replica: last)
    #expect(origins(refusedBy: try await last.sync(with: middle)) == [first.id])
    try expectAll(1, at: last)
    try expectAll(3, at: middle)
    try await last.acceptTimes(upTo: middle.snapshot.time)
    #expect(try await last.sync(with: middle).refused.isEmpty)
    try await first.sync(with: middle)
    try expectAll(3, at: first, middle, last)
  }

  @Test func whatIsAcceptedIsKeptByTheStore() async throws {
    let folder = try TemporaryFolder()
    let ahead = Wall(ahead: Wall.year)
    let first = try Replica(schema, options: ReplicaOptions(wall: ahead.time))
    try await write("ahead", replica: first)
    ahead.set()
    let path = folder.path + "/b"
    var second = try await Replica.open(
      schema, at: path, joining: first.founder, options: ReplicaOptions(wall: Wall().time))
    try await second.acceptTimes(upTo: first.snapshot.time)
    try await second.compact()
    // An earlier time takes nothing back.
    try await second.acceptTimes(upTo: .zero)
    try await second.close()
    second = try await .open(schema, at: path, options: ReplicaOptions(wall: Wall().time))
    #expect(try await second.sync(with: first).refused.isEmpty)
    try expectAll(1, at: second)
    await #expect(throws: TimeError.self) {
      try await second.acceptTimes(upTo: HybridTime(bits: .max))
    }
  }

  @Test func aStateIsRefusedAndAcceptedLikeVersions() async throws {
    let folder = try TemporaryFolder()
    var options = ReplicaOptions(durability: .survivesProcessCrash)
    options.checkpointInterval = 1000
    options.retention = Retention(history: 0, backlog: 0)
    let ahead = Wall(ahead: Wall.year)
    let first = try await Replica.open(
      schema, at: folder.path + "/a", options: options.with(wall: ahead.time))
    for number in 0..<200 { try await write("\(number)", replica: first) }
    ahead.set()
    for _ in 0..<500 where try await first.greeting().truncatedTo == VersionVector() {
      try await Task.sleep(for: .milliseconds(10))
    }
    let second = try await Replica.open(
      schema, at: folder.path + "/b", joining: first.founder,
      options: ReplicaOptions(wall: Wall().time))
    do {
      try await second.sync(with: first)
      Issue.record("it was accepted")
    } catch ReplicationError.stateFromTheFuture(let future) {
      #expect(future.ahead > Wall.year / 2)
    }
    try await second.acceptTimes(upTo: first.snapshot.time)
    #expect(try await second.sync(with: first).receivedState)
    try expectAll(200, at: second)
    try await write("by the second", replica: second)
    #expect(try await first.sync(with: second).refused.isEmpty)
    try expectAll(201, at: first)
  }

  @Test func whatIsAcceptedDuringAnAdoptionIsKept() async throws {
    let folder = try TemporaryFolder()
    let first = try Replica(schema, options: ReplicaOptions(wall: Wall().time))
    for number in 0..<3 { try await write("\(number)", replica: first) }
    let second = try await Replica.open(
      schema, at: folder.path + "/b", joining: first.founder,
      options: ReplicaOptions(wall: Wall().time))
    let late = try Replica(
      schema, joining: first.founder, options: ReplicaOptions(wall: Wall(ahead: Wall.year).time))
    try await write("ahead", replica: late)
    let time = late.snapshot.time

    let state = await first.state()
    var collected: [StatePart] = []
    for try await part in state.parts { collected.append(part) }
    let parts = collected
    let next = Mutex(0)
    let stream = AsyncThrowingStream<StatePart, any Error> {
      let place = next.withLock { next in
        defer { next += 1 }
        return next
      }
      if place == 1 { try await second.acceptTimes(upTo: time) }
      return place < parts.count ? parts[place] : nil
    }
    try await second.adopt(StateStream(header: state.header, parts: stream))
    #expect(try await second.sync(with: late).refused.isEmpty)
    try expectAll(4, at: second)
    try await second.close()
    let store = try LogStore.open(at: folder.path + "/b")
    #expect(store.acceptedTime == time)
    try store.close()
  }

  /// Counters have no stamps: a clock takes notice of the time of the state.
  @Test func whoAdoptsAStateWritesLaterThanIt() async throws {
    struct Counts: Schema {
      let counts = Table<String, GCounter>("counts")
    }
    let counts = Counts().counts
    let first = try Replica(Counts(), options: ReplicaOptions(wall: Wall(ahead: 200_000).time))
    try await first.write { try $0[counts, "a"].increment(by: 1) }
    let second = try Replica(
      Counts(), joining: first.founder, options: ReplicaOptions(wall: Wall().time))
    try await second.adopt(await first.state())
    try await second.write { try $0[counts, "b"].increment(by: 1) }
    #expect(second.snapshot.time > first.snapshot.time)
  }

  @Test func storesRefuseWhatReplicasRefuse() async throws {
    let folder = try TemporaryFolder()
    let ahead = Wall(ahead: Wall.year)
    let first = try await Replica.open(
      schema, at: folder.path + "/a", options: ReplicaOptions(wall: ahead.time))
    for number in 0..<3 { try await write("\(number)", replica: first) }
    let reached = first.snapshot.time
    try await first.export(to: folder.path + "/bundle")
    let second = try await Replica.open(
      schema, at: folder.path + "/b", joining: first.founder,
      options: ReplicaOptions(wall: Wall().time))
    try await write("by the second", replica: second)
    try await first.close()
    try await second.close()
    let stores = try ["a", "b"].map { try LogStore.open(at: "\(folder.path)/\($0)") }
    func peer(_ place: Int, drift: Duration = .seconds(300)) throws -> StorePeer {
      try StorePeer(
        stores[place], options: ReplicaOptions(toleratedDrift: drift, wall: Wall().time))
    }
    let report = try await sync(peer(0), with: peer(1))
    #expect(origins(refusedBy: report).count == 1 && report.refused.count == 1)
    #expect(report.sent == 0 && report.received == 1)
    let imported = try await peer(1).import(from: folder.path + "/bundle")
    #expect(imported.received == 0 && imported.refused.count == 1)
    try stores[1].acceptTimes(upTo: reached)
    #expect(try await peer(1).import(from: folder.path + "/bundle").received == 3)
    #expect(try await sync(peer(0), with: peer(1)).refused.isEmpty)
    for store in stores { try store.close() }
    let again = try await Replica.open(
      schema, at: folder.path + "/b", options: ReplicaOptions(wall: Wall().time))
    try expectAll(4, at: again)
  }

  @Test func theDriftIsAnOption() async throws {
    let ahead = Wall(ahead: 3_600_000)
    let first = try Replica(schema, options: ReplicaOptions(wall: ahead.time))
    try await write("ahead", replica: first)
    for (drift, isRefused, onDisk) in [
      (Duration.seconds(3500), true, false), (.seconds(3700), false, false),
      (.seconds(3500), true, true), (.seconds(3700), false, true),
    ] {
      let folder = try TemporaryFolder()
      let second =
        onDisk
        ? try await Replica.open(
          schema, at: folder.path + "/b", joining: first.founder,
          options: ReplicaOptions(toleratedDrift: drift, wall: Wall().time))
        : try Replica(
          schema, joining: first.founder,
          options: ReplicaOptions(toleratedDrift: drift, wall: Wall().time))
      let report = try await second.sync(with: first)
      #expect(report.refused.isEmpty != isRefused)
      if isRefused { #expect("\(report.refused)".contains("3500 s are tolerated")) }
    }
    for drift in [Duration.seconds(-1), .seconds(400 * 86_400)] {
      #expect(throws: TimeError.self) {
        try Replica(schema, options: ReplicaOptions(toleratedDrift: drift))
      }
      let folder = try TemporaryFolder()
      await #expect(throws: TimeError.self) {
        try await Replica.open(
          schema, at: folder.path + "/a", options: ReplicaOptions(toleratedDrift: drift))
      }
      #expect(try !LogStore.exists(at: folder.path + "/a"))
    }
  }

  /// What is here lets a time lie a second ahead of it, not the drift, however many versions come.
  @Test func versionsDoNotSetTheClockAheadByTheDriftEach() throws {
    let ids = (1...2).map { ReplicaID(high: 0, low: $0) }
    let start = Wall().time().milliseconds
    for (step, taken) in [(290_000 as UInt64, 1), (900, 10)] {
      var database = Database(catalog: try Catalog(schema), replica: ids[0], founder: ids[0])
      var writer = Database(catalog: try Catalog(schema), replica: ids[1], founder: ids[0])
      var versions: [StoredVersion] = []
      for number in 1...10 as ClosedRange<UInt64> {
        let wall = HybridTime(milliseconds: start + 290_000 + (number - 1) * step)
        let version = try writer.transact(wall: wall) {
          try $0[schema.notes, "\(number)"].set("")
        }.version
        versions.append(try #require(version))
      }
      let reception = try database.receive(versions, wall: HybridTime(milliseconds: start))
      #expect(reception.applied.count == taken)
    }
  }

  @Test func stepsEndBeforeTheTimes() throws {
    let ids = (1...2).map { ReplicaID(high: 0, low: $0) }
    var database = Database(catalog: try Catalog(schema), replica: ids[0], founder: ids[0])
    try database.acceptTimes(upTo: TimeTolerance.end)
    var (taken, hash): ([Bool], UInt64) = ([], 0)
    for step in 0..<3 as Range<UInt64> {
      // No honest replica writes so late.
      let version = StoredVersion(
        origin: ids[1], sequences: step + 1...step + 1,
        time: HybridTime(milliseconds: TimeTolerance.end.milliseconds + step * 200_000),
        previousHash: hash, replicas: [], writes: [])
      hash = version.hash
      taken.append(try database.receive([version], wall: .zero).refused.isEmpty)
    }
    #expect(taken == [true, true, false])
  }

  /// A wall that counts microseconds, or anything but milliseconds, shows times that nobody can accept.
  @Test(arguments: [UInt64.max & ~0xFFFF, .max, (1 << 63) + (301_000 << 16)])
  func whatNobodyCouldEverTakeIsNotWritten(bits: UInt64) async throws {
    let wall = HybridTime(bits: bits)
    let replica = try Replica(schema, options: ReplicaOptions(wall: { wall }))
    let error = TimeError.clockBeyondEnd(wall, end: TimeTolerance.end)
    await #expect(throws: error) { try await write("a", replica: replica) }
    await #expect(throws: error) {
      try await replica.write(request: RequestID(1)) { [schema] in
        try $0[schema.notes, "a"].set("a")
      }
    }
    #expect("\(error)".contains("counts milliseconds"))
    #expect(try replica.snapshot.count(schema.notes) == 0)
    // The last times that others can accept are written.
    let last = HybridTime(milliseconds: TimeTolerance.end.milliseconds)
    let writer = try Replica(schema, options: ReplicaOptions(wall: { last }))
    let reader = try Replica(schema, joining: writer.founder)
    try await write("a", replica: writer)
    try await reader.acceptTimes(upTo: last)
    #expect(try await reader.sync(with: writer).refused.isEmpty)
    try expectAll(1, at: writer, reader)
  }
}
