import Dispatch
import MerganserSync
import MerganserDatabase
import MerganserModel
import MerganserTypes
import Synchronization

/// The thin concurrent shell over a database and its storage: one writer, any number of readers.
///
/// Jobs are run one after the other on a queue of its own, which no cooperative thread waits for. All
/// that are waiting at a time are stored together: one flush to disk serves them all, and none of them is
/// told that it has happened, nor shown to any reader, before that. If the storage fails, the database
/// goes back to where it was before them.
final class Host: Sendable {
  /// Something to be done by the writer.
  ///
  /// It appends what is to be stored, and returns what to do once that is durable, or has failed.
  typealias Job = @Sendable (inout Database, inout [StoredVersion]) -> Completion
  typealias Completion = @Sendable (StorageError?) -> Void

  private struct Watchers {
    var count = 0
    var isClosed = false
    var continuations: [Int: AsyncStream<Snapshot>.Continuation] = [:]
  }

  private struct Inbox {
    var jobs: [Job] = []
    var isDraining = false
    var isClosed = false
  }

  let storage: any VersionStorage
  let wall: @Sendable () -> HybridTime
  private let writer = DispatchQueue(label: "merganser.writer")
  private let inbox = Mutex(Inbox())
  /// What readers see: all of it is durable.
  private let published: Mutex<Snapshot>
  private let watchers = Mutex(Watchers())
  /// Held by the writer while it works, and by nobody else.
  let database: Mutex<Database>
  let upkeep = Mutex(Upkeep())
  let observers = Observers()
  /// The states that the replica is being sent.
  let states = IncomingStates()

  init(
    _ database: Database, storage: any VersionStorage, wall: @escaping @Sendable () -> HybridTime
  ) {
    self.storage = storage
    self.wall = wall
    self.database = Mutex(database)
    published = Mutex(database.snapshot)
  }

  var current: Snapshot { published.withLock { $0 } }

  /// The snapshots from now on, the current one first, until the host is closed; who is slow misses some, and
  /// never the last.
  func snapshots() -> AsyncStream<Snapshot> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: Snapshot.self, bufferingPolicy: .bufferingNewest(1))
    let number = watchers.withLock { watchers in
      watchers.count += 1
      continuation.yield(current)
      if watchers.isClosed {
        continuation.finish()
      } else {
        watchers.continuations[watchers.count] = continuation
      }
      return watchers.count
    }
    continuation.onTermination = { [weak self] _ in
      self?.watchers.withLock { _ = $0.continuations.removeValue(forKey: number) }
    }
    return stream
  }

  /// Shows readers a database; watchers, if there are versions in it that they were not shown.
  func publish(_ database: Database) {
    let snapshot = database.snapshot
    watchers.withLock { watchers in
      let last = published.withLock { published in
        defer { published = snapshot }
        return published
      }
      if watchers.continuations.isEmpty || last.vector == snapshot.vector { return }
      for continuation in watchers.continuations.values { continuation.yield(snapshot) }
    }
  }

  /// Stores which versions are set aside, and how many dependencies could not be verified; called by the writer.
  ///
  /// If that fails, they are forgotten when the replica is closed, and whoever has the versions offers them
  /// again.
  func keep(_ reception: Database.Reception) {
    do throws(StorageError) {
      let step = try CheckpointStep(keeping: reception) { () throws(StorageError) in
        try storage.stateForWriter()
      }
      if let step { try storage.store(step) }
    } catch {
      observers.tell(.upkeepFailed(error))
    }
  }

  /// Has the writer run `job` after those before it.
  func submit(_ job: @escaping Job) {
    enum Next { case wait, drain, refuse }
    let next: Next = inbox.withLock { inbox in
      if inbox.isClosed { return .refuse }
      inbox.jobs.append(job)
      if inbox.isDraining { return .wait }
      inbox.isDraining = true
      return .drain
    }
    switch next {
    case .wait: break
    case .drain: writer.async { self.drain() }
    case .refuse: writer.async { self.refuse(job, .closed(path: "the replica")) }
    }
  }

  /// Has a job come to nothing: it sees a copy, and what it wrote goes nowhere.
  func refuse(_ job: Job, _ error: StorageError) {
    var (copy, versions) = (database.withLock { $0 }, [StoredVersion]())
    job(&copy, &versions)(error)
  }

  /// Runs `body` on the writer between two groups.
  func interrupt(_ body: @escaping @Sendable (Host) -> Void) {
    writer.async { body(self) }
  }

  /// Runs `body` on the writer between two groups, and waits for it; not to be called on the writer.
  func onWriterNow<Value>(_ body: (Host) throws -> Value) rethrows -> Value {
    try writer.sync { try body(self) }
  }

  /// Whether no further jobs are taken.
  var isClosed: Bool { inbox.withLock { $0.isClosed } }

  /// Refuses all further jobs, and runs `completion` once those before are done and stored.
  ///
  /// What is just being put in the storage's place comes to its end before; a state that is still on its way
  /// does not.
  func close(_ completion: @escaping @Sendable (Result<Void, StorageError>) -> Void) {
    inbox.withLock { $0.isClosed = true }
    states.afterwards { self.closeNow(completion) }
  }

  private func closeNow(_ completion: @escaping @Sendable (Result<Void, StorageError>) -> Void) {
    writer.async {
      let result = Result { () throws(StorageError) in try self.completeCheckpoint() }
      let continuations = self.watchers.withLock { watchers in
        watchers.isClosed = true
        return watchers.continuations
      }
      for continuation in continuations.values { continuation.finish() }
      completion(result)
    }
  }

  private func drain() {
    while true {
      let hasMore = upkeep.withLock { $0.isDue }
      let jobs: [Job] = inbox.withLock { inbox in
        defer { inbox.jobs = [] }
        if inbox.jobs.isEmpty, !hasMore { inbox.isDraining = false }
        return inbox.jobs
      }
      if jobs.isEmpty, !hasMore { return }
      var rest = jobs[...]
      while !rest.isEmpty {
        commitGroup(of: &rest)
        keepUp()
      }
      if jobs.isEmpty { keepUp() }
    }
  }
}
