import MerganserDatabase
import MerganserModel
import MerganserTypes

// How the writer stores what jobs wrote. What is appended has happened, whatever fails behind it: that is
// maintenance, told to observers and tried again.
extension Writer {
  /// What jobs wrote that are stored together.
  private struct Group {
    /// How many bytes are gathered, unless the last job alone wrote more.
    private static let limit = 1 << 20

    private(set) var versions: [StoredVersion] = []
    /// The jobs that were run, and how many of the versions are there once theirs are.
    private(set) var callers: [(end: Int, job: any Job)] = []
    /// The last job, if a version that it wrote is larger than a storage takes.
    private(set) var failed: (job: any Job, error: StorageError)?
    private var bytes = 0

    var isFull: Bool { bytes >= Self.limit || failed != nil }

    /// Runs a job, and keeps what it wrote.
    mutating func run(_ job: any Job, on database: inout Database) {
      let start = versions.count
      job.run(on: &database, writing: &versions)
      for place in start..<versions.count {
        let size = versions[place].payload.count
        bytes += size
        if size > StoredVersion.maximumSize {
          versions.removeSubrange(start...)
          failed = (job, .tooLarge(size: size, limit: StoredVersion.maximumSize))
          return
        }
      }
      callers.append((versions.count, job))
    }

    /// As many of the versions behind the first `start` as `limit` bytes hold, and how many these have.
    func part(from start: Int, limit: Int) -> (range: Range<Int>, bytes: Int) {
      var end = start
      var bytes = 0
      while end < versions.count {
        let size = versions[end].payload.count
        guard end == start || bytes + size <= limit else { break }
        bytes += size
        end += 1
      }
      return (start..<end, bytes)
    }
  }

  /// Runs the jobs that `next` gives, as many as are stored together, and stores what they wrote.
  ///
  /// What is more than one append takes is stored in several. If one of them fails, those before it have
  /// happened, and their callers are told so.
  func commitGroup(_ next: () -> (any Job)?) {
    var group = Group()
    var order: OrderJob?
    var result: (stored: Int, failure: StorageError?) = (0, nil)
    var voids: [VoidRow] = []
    do throws(StorageError) {
      try database.withLock { database throws(StorageError) in
        try catchUp(&database)
        let before = database
        while !group.isFull, let job = next() { group.run(job, on: &database) }
        if group.failed == nil, let job = orderJob(for: database) {
          order = job
          group.run(job, on: &database)
        }
        result = append(group, lag: database.bytesSinceCheckpoint)
        if result.failure != nil || group.failed != nil, guarantees.contains(.takenBack) {
          // What is stored stays in memory, and the rest is taken back.
          database = before
          let stored = Array(group.versions[..<result.stored])
          if !stored.isEmpty { maintenance.withLock { $0.footing = .lacking(stored) } }
          do throws(StorageError) { try catchUp(&database) } catch { return tellMaintenance(error) }
        }
        guard result.stored > 0 || !guarantees.contains(.takenBack) else { return }
        database.noteStored()
        voids = newVoids(in: database, since: before, by: group.versions.prefix(result.stored))
        renew(&database)
        publish(database)
      }
    } catch {
      // Nothing can be decided by a state that lacks what is stored.
      next()?.fail(error)
      return observers.tell(.storingFailed(error))
    }
    for (end, job) in group.callers {
      if let failure = result.failure, end > result.stored {
        job.fail(failure)
      } else {
        job.finish()
      }
    }
    if let (job, error) = group.failed { job.fail(result.failure ?? error) }
    if !voids.isEmpty { observers.tell(.voided(voids)) }
    if let order, order.isMoreOpen, result.failure == nil { submit(orderJob) }
  }

  /// The rows that are void by what a group wrote, or with it, where somebody is told.
  ///
  /// What cannot be read now is told by whoever reads it.
  private func newVoids(
    in database: Database, since before: Database, by versions: ArraySlice<StoredVersion>
  ) -> [VoidRow] {
    if !database.voidsRows || observers.isEmpty { return [] }
    return
      (try? database.newVoids(since: before, by: versions, limit: Database.Reception.limit)) ?? []
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
      observers.tell(.maintenanceFailed(error))
    }
  }

  /// Stores what a group wrote; tells how many of its versions are stored, and what failed.
  private func append(_ group: Group, lag: Int) -> (stored: Int, failure: StorageError?) {
    var stored = 0
    let limit = type(of: storage).maximumBatchSize
    while stored < group.versions.count {
      let (range, bytes) = group.part(from: stored, limit: limit)
      let start = ContinuousClock.now
      do throws(StorageError) {
        // The array itself as an invariant: a copy counts every version's references.
        try storage.append(
          range.count == group.versions.count ? group.versions : Array(group.versions[range]))
      } catch {
        observers.tell(.storingFailed(error))
        return (stored, error)
      }
      let told = group.callers.count { $0.end <= range.upperBound }
      let before = stored == 0 ? 0 : group.callers.count { $0.end <= stored }
      stored = range.upperBound
      observers.tell(
        .stored(
          ReplicaEvent.StoredGroup(
            callers: told - before, versions: range.count, bytes: bytes,
            duration: ContinuousClock.now - start, lag: lag)))
    }
    return (stored, nil)
  }

  /// Takes in what is stored and not in memory.
  private func catchUp(_ database: inout Database) throws(StorageError) {
    switch maintenance.withLock({ $0.footing }) {
    case .current: return
    case .behind: renew(&database)
    case .lacking(let versions):
      var next = database
      try next.recover(beyondCheckpointFrom: AppendedVersions(versions))
      database = next
      let isStored = storage.checkpointInterval != nil
      maintenance.withLock { $0.footing = isStored ? .behind : .current }
      renew(&database)
    }
  }
}

/// Versions that were appended to a storage, as its last.
private struct AppendedVersions: VersionSnapshot {
  private var logs: [ReplicaID: [StoredVersion]] = [:]

  init(_ versions: [StoredVersion]) {
    for version in versions { logs[version.origin, default: []].append(version) }
  }

  var heads: [ReplicaID: Head] { logs.compactMapValues { $0.last?.head } }

  func versions(of origin: ReplicaID, after sequence: UInt64) -> any VersionReader {
    Reader((logs[origin] ?? [])[...].drop { $0.sequences.upperBound <= sequence })
  }

  private final class Reader: VersionReader {
    private var rest: ArraySlice<StoredVersion>

    init(_ rest: ArraySlice<StoredVersion>) { self.rest = rest }

    func next() -> StoredVersion? { rest.popFirst() }
  }
}
