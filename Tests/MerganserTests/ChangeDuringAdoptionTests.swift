import Dispatch
import Merganser
import MerganserDatabase
import Synchronization
import Testing

/// What changes while a state is being merged into a copy counts when the copy takes its place.
@Suite(.timeLimit(.minutes(10))) struct ChangeDuringAdoptionTests {
  private struct Notes: Schema {
    let notes = Table<String, LWWRegister<String>>("notes")
  }

  private struct LaterNotes: Schema {
    let notes = Table<String, LWWRegister<String>>("notes")
    let tags = Table<String, ORSet<String>>("tags")
  }

  private let notes = Notes()

  /// Takes a state in, and runs `change` when all of it is in the copy.
  private func adopt(
    _ state: StateStream, to replica: Replica<Notes>, over storage: PausingStorage,
    during change: () async throws -> Void
  ) async throws {
    let task = Task { try await replica.adopt(state) }
    await storage.pause.isReached()
    try await change()
    storage.pause.goOn()
    try await task.value
  }

  /// A schema that was taken over meanwhile stays: the state is adopted anew, under it.
  @Test func theSchemaThatGrewStays() async throws {
    let storage = PausingStorage()
    let lisbon = try Replica(notes)
    try await lisbon.write { [notes] in try $0[notes.notes, "n"].set("from Lisbon") }
    let porto = try Replica(notes, joining: lisbon.founder, storage: storage)
    let later = try Replica(LaterNotes(), joining: lisbon.founder)
    try await later.write { try $0[LaterNotes().tags, "t"].insert("later") }
    let schema = try await later.greeting().schema
    try await adopt(await lisbon.state(), to: porto, over: storage) {
      try await porto.grow(to: schema)
    }
    #expect(try await porto.greeting().schema == schema)
    #expect(try porto.snapshot[notes.notes, "n"]?.value == "from Lisbon")
    // It keeps the rows of the table that it does not have in code, and hands them on.
    let report = try await porto.sync(with: later)
    #expect(report.received == 1 && report.refused.isEmpty)
    #expect(try porto.snapshot.digest == later.snapshot.digest)
  }

  /// Times that were accepted meanwhile stay accepted.
  @Test func acceptedTimesStay() async throws {
    let storage = PausingStorage()
    let lisbon = try Replica(notes, options: ReplicaOptions(wall: Wall().time))
    try await lisbon.write { [notes] in try $0[notes.notes, "n"].set("from Lisbon") }
    let ahead = try Replica(
      notes, joining: lisbon.founder, options: ReplicaOptions(wall: Wall(ahead: Wall.year).time))
    try await ahead.write { [notes] in try $0[notes.notes, "m"].set("from the future") }
    let porto = try Replica(
      notes, joining: lisbon.founder, storage: storage, options: ReplicaOptions(wall: Wall().time))
    try await adopt(await lisbon.state(), to: porto, over: storage) {
      try await porto.acceptTimes(upTo: ahead.snapshot.time)
    }
    let report = try await porto.sync(with: ahead)
    #expect(report.received == 1 && report.refused.isEmpty)
    #expect(try porto.snapshot.count(notes.notes) == 2)
  }
}

/// Stops the first who comes by, until it may go on.
private final class Pause: Sendable {
  private let isUsed = Mutex(false)
  private let semaphore = DispatchSemaphore(value: 0)
  private let (reached, signal) = AsyncStream<Void>.makeStream()

  /// Stops who calls it, if it is the first.
  func stop() {
    let isFirst = isUsed.withLock { isUsed in
      defer { isUsed = true }
      return !isUsed
    }
    guard isFirst else { return }
    signal.yield()
    semaphore.wait()
  }

  /// Returns once somebody has been stopped.
  func isReached() async {
    for await _ in reached { return }
  }

  func goOn() { semaphore.signal() }
}

/// A storage in memory whose first copy stops when the rows of a state are in it.
private final class PausingStorage: ShadowStorage {
  let pause: Pause
  private let kept: MemoryStorage

  init(_ kept: MemoryStorage = MemoryStorage(), pause: Pause = Pause()) {
    (self.kept, self.pause) = (kept, pause)
  }

  var waitsForDisk: Bool { false }

  func append(_ versions: [StoredVersion]) throws(StorageError) { try kept.append(versions) }

  func snapshot() throws(StorageError) -> any VersionSnapshot { try kept.snapshot() }

  func shadow() throws(StorageError) -> (any ShadowStorage)? {
    guard let shadow = try kept.shadow() as? MemoryStorage else { return nil }
    return PausingStorage(shadow, pause: pause)
  }

  func advance(to heads: [ReplicaID: Head]) throws(StorageError) {
    pause.stop()
    try kept.advance(to: heads)
  }

  func replace(with shadow: any ShadowStorage) throws(StorageError) {
    guard let shadow = shadow as? PausingStorage else { return }
    try kept.replace(with: shadow.kept)
  }

  func discard() {}
}
