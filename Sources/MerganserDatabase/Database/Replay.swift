import MerganserModel
import MerganserTypes

/// A log that is applied version by version, and what of it cannot be applied.
///
/// At most one version of each origin waits, as what comes behind it waits for it. Those that wait are asked again
/// when nothing else goes on.
struct Replay {
  private let own: ReplicaID
  /// How far versions of others were applied before; `nil` if all were.
  private let applied: VersionVector?
  private var merge: CausalMerge
  /// By origin: the version that cannot be applied yet, and why.
  private var waiting: [ReplicaID: (version: Version, obstacle: VersionObstacle)] = [:]
  /// Those of them that are still to be asked again.
  private var retried: [Version] = []
  /// Whether anything was applied since they were asked last.
  private var hasProgress = false
  /// Whether what was applied before is to be applied although it names what is not here.
  private var isForcing = false
  /// The versions that are refused, in the order in which they were found.
  private var refused: [(version: Version, error: ReplicationError)] = []

  /// The replay of what `snapshot` holds beyond a vector.
  init(
    _ snapshot: any VersionSnapshot, beyond vector: VersionVector, of own: ReplicaID,
    applied: VersionVector?
  ) throws(StorageError) {
    self.own = own
    self.applied = applied
    merge = try CausalMerge(snapshot, beyond: vector)
  }

  /// Whether a version was applied before.
  private func wasApplied(_ version: Version) -> Bool {
    guard let applied, version.origin != own else { return true }
    return version.sequences.upperBound <= applied[version.origin]
  }

  /// What is asked of a version.
  func asking(of version: Version) -> Database.Asking {
    if version.origin == own || isForcing { return .nothing }
    return wasApplied(version) ? .whatIsNamed : .everything
  }

  /// The next version to be applied; `nil` if none can be.
  mutating func next(after vector: VersionVector) throws(StorageError) -> Version? {
    if let version = try merge.next(after: vector) { return version }
    while !waiting.isEmpty {
      if let version = retried.popLast() { return version }
      isForcing = !hasProgress
      hasProgress = false
      retried = waiting.values.map(\.version).filter { !isForcing || wasApplied($0) }
      if retried.isEmpty { return nil }
      retried.sort { $0.origin > $1.origin }
    }
    return nil
  }

  /// Notes what became of a version.
  ///
  /// - Throws: ``/MerganserModel/StorageError``, if it is refused and was applied before, as own versions rest on it.
  mutating func note(
    _ obstacle: VersionObstacle?, to version: Version
  ) throws(StorageError) {
    switch obstacle {
    case nil:
      hasProgress = true
      isForcing = false
      if !waiting.isEmpty { waiting[version.origin] = nil }
    case .refused(let error)?:
      if wasApplied(version) { throw StorageError(error, of: version.stored) }
      waiting[version.origin] = nil
      refused.append((version, error))
    case let obstacle?: waiting[version.origin] = (version, obstacle)
    }
  }
}

// What of a log cannot be applied.
extension Replay {
  /// What is left of one origin.
  private struct Rest {
    let origin: ReplicaID
    /// Its first version, if that was read.
    let first: (version: Version, obstacle: VersionObstacle)?
    /// Why it is set aside; `nil` if it waits.
    let reason: String?
  }

  /// Sets aside what is refused and what rests on it, and has the rest wait.
  ///
  /// - Returns: what is left out.
  /// - Throws: ``/MerganserModel/StorageError/damaged(place:reason:)``, if what a version depends on is missing, or an own one
  ///   rests on what cannot be applied.
  mutating func complete(_ database: inout Database) throws(StorageError) -> Recovery {
    var recovery = Recovery()
    let vector = database.state.vector
    var rests = refused.map { version, error in
      Rest(origin: version.origin, first: (version, .refused(error)), reason: "\(error)")
    }
    try addDependents(to: &rests, after: vector)
    let dead = Set(rests.map(\.origin))
    for (origin, first) in waiting.sorted(by: { $0.key < $1.key }) where !dead.contains(origin) {
      rests.append(Rest(origin: origin, first: first, reason: nil))
    }
    try addDependents(to: &rests, after: vector)
    let known = Set(rests.map(\.origin))
    if let stuck = merge.left.first(where: { !known.contains($0.origin) }) {
      throw .damaged(
        place: "version \(stuck.name)", reason: "a version that it depends on is not in the log")
    }
    for rest in rests {
      recovery.refused += rest.first.map { [$0.obstacle.error(about: $0.version)] } ?? []
      recovery.ends.append((rest.origin, database.state.head(of: rest.origin)))
      try leaveOut(rest, of: &database, recovery: &recovery)
    }
    // What rests on another leaves the log before that one.
    recovery.ends.reverse()
    return recovery
  }

  /// Adds what rests on versions of the given origins that are not applied.
  private func addDependents(
    to rests: inout [Rest], after vector: VersionVector
  ) throws(StorageError) {
    var asides: [ReplicaID: Bool] = [:]
    for rest in rests { asides[rest.origin] = rest.reason != nil }
    var count = 0
    while count < asides.count {
      count = asides.count
      for version in merge.left where asides[version.origin] == nil {
        let missing = version.dependencies.first { $1 > vector[$0] && asides[$0] != nil }
        guard let missing, let isAside = asides[missing.0] else { continue }
        let ground = Dot(missing.0, sequence: missing.1)
        if version.origin == own {
          throw .damaged(
            place: "version \(version.name)",
            reason: "it rests on \(ground), which cannot be applied; heal from another replica")
        }
        asides[version.origin] = isAside
        rests.append(
          Rest(
            origin: version.origin, first: nil,
            reason: isAside
              ? "version \(version.name) rests on \(ground), which is set aside" : nil))
      }
    }
  }

  /// Sets aside what is left of an origin, or has it wait.
  private mutating func leaveOut(
    _ rest: Rest, of database: inout Database, recovery: inout Recovery
  ) throws(StorageError) {
    var next = rest.first?.version
    var reason = rest.reason
    if next == nil { next = try merge.nextLeft(of: rest.origin) }
    var obstacle = rest.first?.obstacle
    while let version = next {
      if let text = reason {
        let aside = SetAsideVersion(version: version.stored, reason: text)
        switch database.setAside.insert(aside) {
        case .new: recovery.setAside.append(aside)
        case .known: break
        case .noRoom: return
        }
        reason = "it comes behind version \(version.name), which is set aside"
      } else {
        guard database.wait(version, for: obstacle) else { return }
        recovery.waiting += 1
      }
      obstacle = nil
      next = try merge.nextLeft(of: rest.origin)
    }
  }
}

extension Database {
  /// Has a version wait for what keeps it from being applied, and for what it depends on; tells whether there was
  /// room.
  fileprivate mutating func wait(_ version: Version, for obstacle: VersionObstacle?) -> Bool {
    var needed = version.needed
    switch obstacle {
    case .held(_, let reason)?:
      held.add(version.stored, until: reason)
      return true
    case .early(let more)?: needed.merge(more)
    case .refused?, nil: break
    }
    return early.add(version.stored, needing: needed, vector: state.vector)
  }
}

extension VersionObstacle {
  /// What is said of a version that it keeps from being applied.
  fileprivate func error(about version: Version) -> ReplicationError {
    switch self {
    case .refused(let error), .held(let error, _): error
    case .early(let needed):
      .malformed(
        origin: version.origin, sequence: version.sequences.lowerBound,
        reason: "it names writes that are not here, up to \(needed)")
    }
  }
}

extension Version {
  /// Its first write, by which messages name it.
  fileprivate var name: Dot { Dot(origin, sequence: sequences.lowerBound) }
}
