import MerganserDatabase
import MerganserLog
import MerganserModel
import MerganserTypes

// Taking another replica's state in, and other work on a copy of what is here.
extension Writer {
  /// The work on copies that there is.
  struct Copies {
    /// Whether one is at work.
    fileprivate var isAtWork = false
    fileprivate var waiting: [any CopyWork] = []
    /// What is done once none is at work.
    fileprivate var afterwards: [@Sendable () -> Void] = []

    /// Takes out the work that is next; without one, none is at work any more.
    fileprivate mutating func next() -> (any CopyWork)? {
      if waiting.isEmpty {
        isAtWork = false
        return nil
      }
      return waiting.removeFirst()
    }
  }

  /// Joins a state of another replica in, and returns when that is durable.
  ///
  /// All of it is received first, however long that takes: everything else goes on. Reads and writes also go on
  /// while it is merged. If anything fails, nothing has happened.
  ///
  /// - Parameters:
  ///   - state: the state.
  ///   - policy: whose states are adopted, and how much they may remove.
  /// - Throws: ``/MerganserModel/ReplicationError``; ``/MerganserModel/StorageError``; what reading it throws.
  func adopt(_ state: StateStream, under policy: AdoptionPolicy) async throws {
    let header = state.header
    let wall = wall()
    // Refused before anything is received.
    let limit = try await onBlockingThread { [self] in
      try admit(header, from: state.meeting.peer, under: policy)
    }
    let spool = try await states.receive(
      state, in: (storage as? LogStore)?.path, limit: limit)
    defer { spool.end() }
    try await withCheckedThrowingContinuation { continuation in
      submit(
        StateAdoption(
          of: header, by: state.meeting, wall: wall, in: spool, under: policy,
          acceptingRemovals: state.acceptedRemovals
        ) { continuation.resume(with: $0) })
    }
  }

  /// Checks that a state is adopted here that begins to come.
  ///
  /// - Returns: how many bytes it may have.
  /// - Throws: ``/MerganserModel/ReplicationError``; ``/MerganserModel/StorageError``.
  func admit(
    _ header: StateHeader, from sender: ReplicaID?, under policy: AdoptionPolicy
  ) throws -> Int {
    try policy.check(sender)
    try database.withLock { $0 }.check(header, wall: wall(), history: storage)
    return try storage.stateLimit(under: policy)
  }

  /// Gives back to the disk what the store's file does not need.
  func compact(_ store: LogStore) async throws {
    try await withCheckedThrowingContinuation { continuation in
      submit(Compaction(of: store) { continuation.resume(with: $0) })
    }
  }

  /// Has work on a copy done, behind what was submitted before.
  func submit(_ work: any CopyWork) {
    let begins = copies.withLock { copies in
      if copies.isAtWork { copies.waiting.append(work) } else { copies.isAtWork = true }
      return copies.waiting.isEmpty
    }
    if begins { make(work, at: .betweenGroups) }
  }

  /// Runs `body` once no work on a copy is under way.
  func afterCopies(_ body: @escaping @Sendable () -> Void) {
    let isFree = copies.withLock { copies in
      if copies.isAtWork { copies.afterwards.append(body) }
      return !copies.isAtWork
    }
    if isFree { body() }
  }

  /// Has the next step of a work made.
  private func make(_ work: any CopyWork, at place: StepPlace) {
    if place == .besideGroups, let copying {
      copying.async { self.makeStep(of: work) }
    } else {
      between { $0.makeStep(of: work) }
    }
  }

  private func makeStep(of work: any CopyWork) {
    if let place = work.step(on: self) { return make(work, at: place) }
    var afterwards: [@Sendable () -> Void] = []
    let next = copies.withLock { copies in
      let next = copies.next()
      if next == nil { swap(&afterwards, &copies.afterwards) }
      return next
    }
    if let next { make(next, at: .betweenGroups) }
    for body in afterwards { body() }
  }
}
