import MerganserDatabase
import MerganserModel
import MerganserTypes

/// What a simulated replica's disk holds, whatever becomes of the processes that use it.
///
/// It is used by one thread.
final class SimulatedDisk: @unchecked Sendable {
  /// What a disk held at one moment.
  struct Image {
    let kept: MemoryStorage
    let identity: StoreIdentity
    let acceptedTime: HybridTime
    /// The block that was damaged, as a copy of the files has it.
    let damage: DamagedBlock.Contents?
  }

  /// What becomes of one of the writes that follow.
  struct Plan {
    /// How many writes go well before it.
    var writes: Int
    let outcome: Outcome
    /// Whether what is written is there nevertheless.
    let isKept: Bool
  }

  /// How a write ends that does not go well.
  enum Outcome { case failure, doubt, crash }

  private(set) var kept: MemoryStorage
  private(set) var identity: StoreIdentity
  private(set) var acceptedTime = HybridTime.zero
  /// Which of the processes that used it one after the other uses it now.
  private(set) var session = 0
  /// Whether that process has ended in the middle of a write.
  private(set) var hasCrashed = false
  /// Whether nothing more is taken until it is opened again.
  private(set) var isInDoubt = false
  /// The block that is damaged, if one is.
  private(set) var damage: DamagedBlock?
  /// Whether it has room for nothing.
  var isFull = false
  /// What becomes of one of the next writes.
  var plan: Plan?
  /// What has gone wrong at writes since it was asked last.
  private var faults: [SimulationFault] = []
  private let guarantees: Guarantees
  private let witness: Witness
  /// What was there before the last append: without flushes that is what a crash leaves.
  private var beforeLastAppend: MemoryStorage?

  /// A disk that holds something.
  ///
  /// - Parameters:
  ///   - kept: what it holds.
  ///   - identity: whose it is.
  ///   - witness: who sees what is put on it.
  ///   - guarantees: what is promised.
  ///   - session: how many processes its site had before.
  init(
    _ kept: MemoryStorage, identity: StoreIdentity, witness: Witness, guarantees: Guarantees,
    session: Int = 0
  ) {
    self.session = session
    self.kept = kept
    self.identity = identity
    self.witness = witness
    self.guarantees = guarantees
  }

  /// The storage of the next process that uses the disk.
  ///
  /// - Throws: ``/MerganserModel/StorageError/damaged(place:reason:)``, if what describes the store is damaged.
  func open(keepingRequests lifetime: Duration?) throws(StorageError) -> SimulatedStorage {
    end()
    try damage?.checkRecords()
    return SimulatedStorage(self, session: session, requestLifetime: lifetime)
  }

  /// Ends the process that uses it; whatever it does is of no avail from now on.
  func end() {
    session += 1
    hasCrashed = false
    isInDoubt = false
    plan = nil
    if let before = beforeLastAppend.take(), !guarantees.contains(.flushedAppends) { kept = before }
  }

  /// What the disk holds now.
  func image() throws(StorageError) -> Image {
    Image(
      kept: try copy(of: kept), identity: identity, acceptedTime: acceptedTime,
      damage: damage?.contents)
  }

  /// Damages a block of what the disk holds.
  func damageBlock(by draw: inout Draw) throws(StorageError) {
    damage = DamagedBlock(try DamagedBlock.Contents(drawnFrom: kept, by: &draw))
  }

  /// What the disk holds, as a process reads it.
  func snapshot() throws(StorageError) -> any VersionSnapshot {
    let whole = try kept.snapshot()
    guard let damage else { return whole }
    return DamagedSnapshot(whole: whole, block: damage)
  }

  /// Replaces what the disk holds by an earlier image, of which `replica` is to go on; `nil` for the one that it was.
  func restore(_ image: Image, as replica: ReplicaID?) throws(StorageError) {
    kept = try copy(of: image.kept)
    identity = image.identity
    acceptedTime = image.acceptedTime
    beforeLastAppend = nil
    damage = image.damage.map { DamagedBlock($0) }
    if let replica, guarantees.contains(.newIdentities) { identity.replica = replica }
  }

  /// Has what the disk holds go on as another replica.
  func renew(as replica: ReplicaID) { identity.replica = replica }

  private func copy(of storage: MemoryStorage) throws(StorageError) -> MemoryStorage {
    guard let copy = try storage.shadow() as? MemoryStorage else {
      throw .unusable(path: Self.path, reason: "it cannot be copied")
    }
    return copy
  }

  /// What has gone wrong at writes since this was asked last.
  func takeFaults() -> [SimulationFault] {
    defer { faults.removeAll() }
    return faults
  }

  static let path = "the simulated disk"

  /// Writes something in the name of a session's process, all of it or nothing.
  func write<Value>(
    in session: Int, body: () throws(StorageError) -> Value
  ) throws(StorageError) -> Value {
    try check(session)
    if isInDoubt { throw .inDoubt(path: Self.path, reason: "an earlier write is in doubt") }
    if isFull {
      if !faults.contains(.fullDisk) { faults.append(.fullDisk) }
      throw .diskFull(path: Self.path)
    }
    guard var plan else { return try body() }
    if plan.writes > 0 {
      plan.writes -= 1
      self.plan = plan
      return try body()
    }
    self.plan = nil
    if plan.isKept, plan.outcome != .failure { _ = try body() }
    switch plan.outcome {
    case .failure:
      faults.append(.failedWrite)
      throw .unusable(path: Self.path, reason: "a write failed")
    case .doubt:
      faults.append(.doubtfulWrite)
      isInDoubt = true
      throw .inDoubt(path: Self.path, reason: "a flush failed")
    case .crash:
      faults.append(.crashInStep)
      hasCrashed = true
      throw .closed(path: Self.path)
    }
  }

  /// Stores a part of a checkpoint; without the guarantee that it is whole, a crash leaves half of it.
  func store(_ step: CheckpointStep, in session: Int) throws(StorageError) {
    let isTorn =
      plan.map { $0.writes <= 0 && $0.outcome == .crash } == true
      && !guarantees.contains(.wholeSteps) && !isFull && !isInDoubt && session == self.session
    if isTorn {
      kept.store(CheckpointStep(Array(step.changes.prefix(step.changes.count / 2))))
    }
    try write(in: session) {
      kept.store(step)
      damage = damage?.outlasting(step)
    }
  }

  /// Refuses a process that has ended.
  func check(_ session: Int) throws(StorageError) {
    guard session == self.session, !hasCrashed else { throw .closed(path: Self.path) }
  }

  func append(_ versions: [StoredVersion]) throws(StorageError) {
    if !guarantees.contains(.flushedAppends) { beforeLastAppend = try copy(of: kept) }
    var heads = try kept.snapshot().heads
    // The last block of an origin is read, and written anew with what comes behind.
    for version in versions {
      if let head = heads[version.origin] {
        try damage?.checkVersions(of: version.origin, in: head.sequence...head.sequence)
      }
    }
    try kept.append(versions)
    for version in versions {
      witness.note(version, behind: heads)
      heads[version.origin] = version.head
    }
  }

  /// Truncates the log, as far as one step takes it.
  func truncate() throws(StorageError) -> Bool {
    guard guarantees.contains(.truncatedLogs) else { return false }
    return try changing { () throws(StorageError) in try kept.truncate() }
  }

  /// Takes the last versions of an origin out of the log.
  func retract(_ origin: ReplicaID, to end: Head?) throws(StorageError) {
    try changing { () throws(StorageError) in try kept.retract(origin, to: end) }
  }

  /// Takes versions out, which are read before: nothing is changed where a block of these is damaged.
  private func changing<Value>(
    _ body: () throws(StorageError) -> Value
  ) throws(StorageError) -> Value {
    guard let damage else { return try body() }
    let before = try copy(of: kept)
    let value = try body()
    do throws(StorageError) {
      try damage.checkReading(from: before.snapshot(), to: kept.snapshot())
    } catch {
      kept = before
      throw error
    }
    return value
  }

  /// Takes over what a copy has.
  func replace(with shadow: SimulatedShadow) throws(StorageError) {
    try kept.replace(with: shadow.kept)
    damage = shadow.damage
  }

  func updateSchema(_ schema: SchemaDescription) { identity.schema = schema }

  func acceptTimes(upTo time: HybridTime) { acceptedTime = time }
}
