import Dispatch
import MerganserDatabase
import MerganserModel
import MerganserTypes
import Synchronization

/// The thin concurrent shell over a database and its storage: one writer, any number of readers.
///
/// A machine that is stepped: each step stores a group of jobs, does one thing between groups, or does a bounded part of
/// maintenance. Jobs are run one after the other. All that are waiting at a time are stored together: one flush to disk
/// serves them all, and none of them is told that it has happened, nor shown to any reader, before that. If the storage
/// fails, the database goes back to where it was before them.
///
/// Steps are made on a queue of the writer's own, which no cooperative thread waits for. Where the storage does not
/// wait for a disk, and nobody else is at work, a job is run by the thread that brings it.
final class Writer: Sendable {
  /// Who makes the steps.
  enum Stepping {
    /// The writer itself, on a queue of its own, whenever there is something to do.
    case onQueue
    /// Whoever calls ``Writer/step()``.
    case byHand
  }

  private enum Entry {
    case job(any Job)
    /// Something to be done between two groups.
    case between(@Sendable (Writer) -> Void)
  }

  private struct Inbox {
    var entries: [Entry] = []
    /// Jobs that were taken out and found no room in the last group.
    var rest: ArraySlice<any Job> = []
    /// Whether somebody makes steps, or has been asked to.
    var isAtWork = false
    var isClosed = false
    /// How many jobs were run by the threads that brought them.
    var turns = 0
    /// Whether a part of maintenance follows next, behind a group.
    var owesMaintenance = false

    var isEmpty: Bool { entries.isEmpty && rest.isEmpty && !owesMaintenance }

    /// Takes out the jobs up to the next thing between groups.
    mutating func jobs() -> ArraySlice<any Job> {
      if !rest.isEmpty {
        defer { rest = [] }
        return rest
      }
      var jobs: [any Job] = []
      for case .job(let job) in entries.prefix(while: { if case .job = $0 { true } else { false } })
      { jobs.append(job) }
      entries.removeFirst(jobs.count)
      return jobs[...]
    }
  }

  let storage: any VersionStorage
  /// What is promised: all, but in simulations.
  let guarantees: Guarantees
  let wall: @Sendable () -> HybridTime
  /// About how many bytes one step of maintenance stores.
  let portion: Int
  private let queue: DispatchQueue?
  /// Where the steps are made that others go on beside; `nil` if those are made by hand, too.
  let copying: DispatchQueue?
  private let inbox = Mutex(Inbox())
  private let readers: Readers
  /// Held by whoever makes a step while it works, and by nobody else.
  let database: Mutex<Database>
  let maintenance = Mutex(Maintenance())
  let copies = Mutex(Copies())
  let observers = Observers()
  /// Rings whenever a peer has said what it holds, or something that came was set aside.
  let met = Bell()
  /// The states that the replica is being sent.
  let states = IncomingStates()
  /// What it takes to run what is ordered, and to vote.
  let ordering: Ordering

  init(
    _ database: Database, storage: any VersionStorage, ordering: Ordering,
    wall: @escaping @Sendable () -> HybridTime, stepping: Stepping = .onQueue,
    portion: Int = 1 << 18
  ) {
    self.portion = portion
    self.ordering = ordering
    self.storage = storage
    self.wall = wall
    guarantees = database.guarantees
    queue = stepping == .onQueue ? DispatchQueue(label: "merganser.writer") : nil
    copying = stepping == .onQueue ? DispatchQueue(label: "merganser.copies") : nil
    self.database = Mutex(database)
    readers = Readers(database.snapshot)
    // What was open when the replica was closed.
    keepOrder(of: database)
  }

  /// Has done what a database brings for the order that did not come with a group.
  func keepOrder(of database: Database) {
    if let job = orderJob(for: database) { submit(job) }
  }

  /// What is done for the order behind a group.
  var orderJob: OrderJob {
    let observers = observers
    return OrderJob(ordering, history: storage) { observers.tell(.holdStuck($0, $1)) }
  }

  /// What is done for the order behind a group; `nil` if there is no order.
  func orderJob(for database: Database) -> OrderJob? {
    database.hasOrder(admission: ordering.admission) || ordering.change.withLock { $0 != nil }
      ? orderJob : nil
  }

  /// What readers see: all of it is durable.
  var current: Snapshot { readers.current }

  /// The snapshots from now on, the current one first, until the writer is closed; who is slow misses some, and
  /// never the last.
  func snapshots() -> AsyncStream<Snapshot> { readers.snapshots() }

  /// Shows readers a database.
  func publish(_ database: Database) { readers.publish(database.snapshot) }

  /// Has `job` run after those before it.
  func submit(_ job: any Job) {
    let isTaken = enter { inbox in
      if !inbox.isClosed { inbox.entries.append(.job(job)) }
      return !inbox.isClosed
    }
    if !isTaken { job.fail(.closed(path: "the replica")) }
  }

  /// Runs a job on this thread, if the storage does not wait for a disk, and nobody else is at work.
  ///
  /// - Returns: whether it was run; it has happened then, or has failed.
  func runNow(_ job: any Job) -> Bool {
    guard !storage.waitsForDisk, queue != nil else { return false }
    let isFree = inbox.withLock { inbox in
      guard !inbox.isAtWork, !inbox.isClosed else { return false }
      inbox.isAtWork = true
      inbox.turns &+= 1
      return true
    }
    guard isFree else { return false }
    var next: (any Job)? = job
    commitGroup { next.take() }
    let isDone = inbox.withLock { inbox in
      inbox.owesMaintenance = storage.checkpointInterval != nil || !observers.isEmpty
      inbox.isAtWork = !inbox.isEmpty
      return !inbox.isAtWork
    }
    if !isDone { stepOnQueue() }
    return true
  }

  /// Whether so many jobs were run by the threads that brought them that it is others' turn.
  var isTurnOver: Bool { inbox.withLock { $0.turns % 32 == 0 } }

  /// Runs `body` between two groups, also of a writer that is closed.
  func between(_ body: @escaping @Sendable (Writer) -> Void) {
    _ = enter { inbox in
      inbox.entries.append(.between(body))
      return true
    }
  }

  /// Has maintenance done, whether or not anything is written.
  func maintain() {
    _ = enter { inbox in
      inbox.owesMaintenance = true
      return true
    }
  }

  /// Changes the inbox, and has steps made if nobody makes any.
  private func enter(_ body: (inout sending Inbox) -> Bool) -> Bool {
    let (result, begins) = inbox.withLock { inbox in
      let result = body(&inbox)
      let begins = !inbox.isAtWork && !inbox.isEmpty
      if begins { inbox.isAtWork = true }
      return (result, begins)
    }
    if begins { stepOnQueue() }
    return result
  }

  private func stepOnQueue() {
    queue?.async { while self.step() {} }
  }

  /// Does the next thing: a group, what is between groups, or a part of maintenance.
  ///
  /// - Returns: whether there is more to do.
  @discardableResult
  func step() -> Bool {
    enum Next {
      case group(ArraySlice<any Job>)
      case between(@Sendable (Writer) -> Void)
      case maintenance, nothing
    }
    let isDue = maintenance.withLock { $0.isDue }
    let next: Next = inbox.withLock { inbox in
      if inbox.owesMaintenance {
        inbox.owesMaintenance = false
        return .maintenance
      }
      if inbox.rest.isEmpty, case .between(let body)? = inbox.entries.first {
        inbox.entries.removeFirst()
        return .between(body)
      }
      let jobs = inbox.jobs()
      if !jobs.isEmpty { return .group(jobs) }
      // Behind the end the storage is closed.
      if isDue, !inbox.isClosed { return .maintenance }
      inbox.isAtWork = false
      return .nothing
    }
    switch next {
    case .group(var jobs):
      commitGroup { jobs.popFirst() }
      inbox.withLock { [jobs] inbox in
        inbox.rest = jobs
        inbox.owesMaintenance = true
      }
    case .between(let body): body(self)
    case .maintenance: keepUp()
    case .nothing: return false
    }
    return true
  }

  /// Runs `body` between two groups.
  func onWriter<Value: Sendable>(
    _ body: @escaping @Sendable (Writer) throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      between { writer in continuation.resume(with: Result { try body(writer) }) }
    }
  }

  /// Lets go of all that is not done, as if the process had ended here.
  func abandon() {
    inbox.withLock { inbox in
      inbox.isClosed = true
      inbox.entries = []
      inbox.rest = []
    }
    copies.withLock { $0 = Copies() }
  }

  /// Whether no further jobs are taken.
  var isClosed: Bool { inbox.withLock { $0.isClosed } }

  /// Refuses all further jobs, and runs `completion` once those before are done and stored.
  ///
  /// The copy that is being made comes to its end before; what waits for it fails, and so does a state that is still
  /// on its way.
  func close(_ completion: @escaping @Sendable (Result<Void, StorageError>) -> Void) {
    inbox.withLock { $0.isClosed = true }
    afterCopies {
      self.between { writer in
        let result = Result { () throws(StorageError) in try writer.completeCheckpoint() }
        writer.readers.end()
        completion(result)
      }
    }
  }
}
