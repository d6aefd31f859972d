import Foundation
import Merganser
import MerganserDatabase
import MerganserLog
import Synchronization
import TestSupport
import Testing

/// A call that throws has changed nothing, and one that returns has happened: in memory and on disk alike,
/// whatever fails behind the moment at which something is stored.
@Suite struct AfterAppendTests {
  let bank = Bank()

  /// What is done to a replica.
  enum Action: CaseIterable {
    case write, versions, state, schema
  }

  /// Where a replica's storage keeps things.
  enum Place: CaseIterable {
    case memory, disk
  }

  @Test(arguments: Action.allCases, Place.allCases)
  func everyStepFailsInTurn(action: Action, place: Place) async throws {
    var calls = 0
    while try await isReached(failing: calls, action: action, place: place) {
      calls += 1
      try #require(calls < 1000)
    }
    #expect(calls > (action == .write ? 12 : 2))
  }

  /// Does something while one call to the storage fails, and tells whether there were so many.
  private func isReached(failing calls: Int, action: Action, place: Place) async throws -> Bool {
    let (accounts, founder) = (bank.accounts, ReplicaID.random())
    let folder = try TemporaryFolder()
    let storage = FailingStorage(try kept(place, replica: founder, in: folder))
    let lisbon = try Replica(bank, id: founder, storage: storage)
    let porto = try Replica(bank, joining: founder)
    for number in 0..<20 {
      try await lisbon.write { try $0[accounts, "\(number)"].increment(by: 9) }
      try await porto.write { try $0[accounts, "p\(number)"].increment(by: 9) }
    }
    let grown = try Replica(Growing(), joining: founder)

    let before = lisbon.snapshot
    storage.fail(after: calls)
    var (done, failure) = (0, (any Error)?.none)
    // So many writes that rows are stored, and versions truncated, behind them.
    for _ in 0..<(action == .write ? 12 : 1) {
      do {
        switch action {
        case .write: try await lisbon.write { try $0[accounts, "0"].increment(by: 1) }
        case .versions: try await lisbon.sync(with: porto)
        case .state: try await lisbon.adopt(await porto.state())
        case .schema: try await lisbon.grow(to: grown.snapshot.catalog.description)
        }
        done += 1
      } catch { failure = error }
      // What is done behind the writer's back may meet the failure too.
      _ = try? await lisbon.status()
    }
    let isReached = storage.disarm()

    let after = lisbon.snapshot
    let place = "call \(calls): \(failure.map { "\($0)" } ?? "no failure")"
    switch action {
    case .write: #expect(after.vector[founder] == before.vector[founder] + UInt64(done), "\(place)")
    case .versions, .state: #expect((after.vector != before.vector) == (done == 1), "\(place)")
    case .schema:
      let hasGrown = after.catalog.description != before.catalog.description
      #expect(hasGrown == (done == 1), "\(place)")
    }
    try expectSame(lisbon, storage: storage, place: "call \(calls)")
    // It goes on, with no word of what failed.
    for number in 0..<20 {
      try await lisbon.write { try $0[accounts, "\(number)"].increment(by: 1) }
    }
    try await lisbon.sync(with: porto)
    try await lisbon.adopt(await porto.state())
    _ = try await lisbon.status()
    try expectSame(lisbon, storage: storage, place: "after call \(calls)")
    return isReached
  }

  private func kept(
    _ place: Place, replica: ReplicaID, in folder: TemporaryFolder
  ) throws -> any VersionStorage {
    switch place {
    case .memory: return MemoryStorage(checkpointInterval: 300, retainedVersions: 0)
    case .disk:
      var options = ReplicaOptions(durability: .survivesProcessCrash)
      options.checkpointInterval = 300
      options.retention = Retention(history: 0, backlog: 0)
      return try LogStore.create(
        at: folder.path + "/lisbon",
        identity: StoreIdentity(
          replica: replica, founder: replica, schema: Catalog(bank).description),
        options: options)
    }
  }

  /// Expects that what is stored comes to what the replica has in memory.
  private func expectSame(
    _ replica: Replica<Bank>, storage: FailingStorage, place: String
  ) throws {
    let snapshot = replica.snapshot
    var stored = Database(
      catalog: snapshot.catalog, replica: replica.id, founder: replica.founder)
    try stored.recover(from: storage.kept.snapshot())
    #expect(stored.snapshot.vector == snapshot.vector, "\(place)")
    #expect(try stored.snapshot.digest == snapshot.digest, "\(place)")
    if let store = storage.kept as? LogStore {
      #expect(store.identity.schema == snapshot.catalog.description, "\(place)")
    }
  }

  /// The events that tell of a failure.
  private final class Failures: Sendable {
    let all = Mutex<[ReplicaEvent]>([])
    var count: Int { all.withLock { $0.count } }

    init(of replica: Replica<Bank>) {
      replica.observe { [weak self] event in
        switch event {
        case .maintenanceFailed, .storingFailed: self?.all.withLock { $0.append(event) }
        default: break
        }
      }
    }
  }

  private static var fewSnapshots: ReplicaOptions {
    var options = StateTransferTests.options
    options.maximumSnapshots = 10
    return options
  }

  /// Writes more than a checkpoint's worth, each write visible at once.
  private func write(_ replica: Replica<Bank>, name: String) async throws {
    let accounts = bank.accounts
    for number in 0..<100 {
      try await replica.write { try $0[accounts, "\(name) \(number)"].increment(by: 7) }
      #expect(try replica.snapshot[accounts, "\(name) \(number)"]?.value == 7)
    }
  }

  private func expectAll(_ names: [String], at path: String) async throws {
    let again = try await Replica.open(bank, at: path)
    #expect(try again.snapshot.count(bank.accounts) == 100 * names.count)
    try await again.close()
    #expect(try LogStore.verify(at: path).isSound)
  }

  @Test func allSnapshotsTakenHere() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/lisbon"
    let lisbon = try await Replica.open(bank, at: path, options: Self.fewSnapshots)
    let failures = Failures(of: lisbon)
    try await write(lisbon, name: "first")
    var kept: [any VersionSnapshot] = []
    while let snapshot = try? lisbon.log() { kept.append(snapshot) }
    #expect(kept.count > 5)
    // One is in reserve for the writer.
    try await write(lisbon, name: "second")
    #expect(failures.count == 0)
    // Of what readers hold nothing can be taken back: rows are not stored then, and writes go on.
    let held = lisbon.snapshot
    try await write(lisbon, name: "third")
    let last = lisbon.snapshot
    try await write(lisbon, name: "fourth")
    #expect(failures.count > 0)
    #expect(try held.count(bank.accounts) == 200)
    #expect(try last.count(bank.accounts) == 300)
    kept = []
    try await write(lisbon, name: "fifth")
    let before = failures.count
    try await write(lisbon, name: "sixth")
    #expect(failures.count == before)
    try await lisbon.close()
    try await expectAll(["first", "second", "third", "fourth", "fifth", "sixth"], at: path)
  }

  #if os(Linux)
    @Test func allSnapshotsTakenByAnotherProcess() async throws {
      let folder = try TemporaryFolder()
      let path = folder.path + "/lisbon"
      let lisbon = try await Replica.open(bank, at: path, options: Self.fewSnapshots)
      let porto = try Replica(bank, joining: lisbon.founder)
      let failures = Failures(of: lisbon)
      try await write(lisbon, name: "first")
      let (process, output, input) = (Process(), Pipe(), Pipe())
      process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appending(path: "LogWorkload")
      process.arguments = ["hold-snapshots", path]
      (process.standardOutput, process.standardInput) = (output, input)
      try process.run()
      _ = output.fileHandleForReading.availableData
      #expect(throws: StorageError.self) { try lisbon.log() }
      let held = lisbon.snapshot
      try await write(lisbon, name: "second")
      #expect(try held.count(bank.accounts) == 100)
      // What needs a snapshot says so, and changes nothing.
      await #expect(throws: StorageError.self) { try await lisbon.sync(with: porto) }
      try await write(lisbon, name: "third")
      try input.fileHandleForWriting.close()
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      try await write(lisbon, name: "fourth")
      let before = failures.count
      try await write(lisbon, name: "fifth")
      #expect(failures.count == before)
      try await lisbon.sync(with: porto)
      #expect(try porto.snapshot.digest == lisbon.snapshot.digest)
      try await lisbon.close()
      try await expectAll(["first", "second", "third", "fourth", "fifth"], at: path)
    }
  #endif
}
