public import MerganserModel
public import MerganserTypes

// Versions of other replicas, and our own when they are read back.
extension Database {
  /// What became of versions that were offered.
  public struct Reception: Sendable {
    /// What has been applied, in an order in which it can be stored.
    public var applied: [StoredVersion] = []
    /// The last version of each origin that was offered, and was here before.
    package internal(set) var known: [ReplicaID: Head] = [:]
    /// What is to be kept and not applied: it rests on another branch of some replica's history.
    public var setAside: [SetAsideVersion] = []
    /// Which of those that were set aside before are kept no more, as what came by other peers takes their room:
    /// the keys under which they are stored, and how many of ``setAside`` came before.
    package private(set) var displaced: [(key: [UInt8], position: Int)] = []
    /// What cannot be applied, and why; the first ``limit`` of these.
    public private(set) var refused: [ReplicationError] = []
    /// How much more was refused.
    public private(set) var furtherRefusals = 0
    /// Requests that are known now to have committed more than once.
    public var executedTwice: [DoubleExecution] = []
    /// How many dependencies of applied versions could not be verified: neither the log nor its spine has the
    /// hashes of the versions that they name.
    public var unverified = 0

    /// How many refusals are listed: a peer that offers nonsense for ever fills no memory.
    public static let limit = 1000

    /// What became of nothing.
    public init() {}

    /// Notes that something cannot be applied.
    package mutating func refuse(_ error: ReplicationError) {
      if refused.count < Self.limit {
        refused.append(error.shortened)
      } else {
        furtherRefusals += 1
      }
    }

    /// Notes that a version is set aside, and others no more, which are stored under the given keys.
    package mutating func note(setAside version: SetAsideVersion, displacing keys: [[UInt8]]) {
      displaced += keys.map { ($0, setAside.count) }
      setAside.append(version)
    }
  }

  /// Applies versions of other replicas: those whose dependencies are here, and what waited for them.
  ///
  /// A version that was applied before changes nothing. One that comes too early waits, in memory, and
  /// is offered again by the next exchange if it is forgotten. One that rests on another branch of some
  /// replica's history than the one that is here is set aside.
  ///
  /// - Parameters:
  ///   - versions: what another replica offers.
  ///   - peer: which one, as it says itself; `nil` where that is not known. What cannot be applied yet counts for
  ///     it, as the peers share the room for that.
  ///   - wall: what the wall clock shows.
  ///   - history: the log, which is asked for the hashes of earlier versions.
  /// - Returns: what became of each version.
  /// - Throws: ``/MerganserModel/StorageError``, if stored rows or the log cannot be read. Nothing has been applied then.
  public mutating func receive(
    _ versions: [StoredVersion], from peer: ReplicaID? = nil, wall: HybridTime,
    history: any VersionHistory = NoHistory()
  ) throws(StorageError) -> Reception {
    try receive(versions, of: Meeting(with: peer), wall: wall, history: history)
  }

  /// As ``receive(_:from:wall:history:)``, of a replica that this one has met.
  package mutating func receive(
    _ versions: [StoredVersion], of meeting: Meeting, wall: HybridTime,
    history: any VersionHistory
  ) throws(StorageError) -> Reception {
    var reception = Reception()
    let before = self
    do throws(StorageError) {
      var lately = LatelyRead()
      let peer = known(meeting.peer)
      // What waited for those that are applied.
      var open: [OfferedVersion] = []
      for version in versions {
        try receive(
          version, of: meeting, from: peer, wall: wall, history: history, reception: &reception,
          lately: &lately, open: &open)
        while let offered = open.popLast() {
          try receive(
            offered.version, of: Meeting(with: offered.peer), from: offered.peer, wall: wall,
            history: history, reception: &reception, lately: &lately, open: &open)
        }
      }
    } catch {
      self = before
      throw error
    }
    return reception
  }

  /// Takes in one version; what waited for it is added to `open`.
  private mutating func receive(
    _ candidate: StoredVersion, of meeting: Meeting, from peer: ReplicaID?, wall: HybridTime,
    history: any VersionHistory, reception: inout Reception, lately: inout LatelyRead,
    open: inout [OfferedVersion]
  ) throws(StorageError) {
    if let error = candidate.excess { return reception.refuse(error) }
    let decoded: Version
    do { decoded = try candidate.decoded() } catch {
      return reception.refuse(
        .malformed(
          origin: candidate.origin, sequence: candidate.sequences.lowerBound, reason: "\(error)"))
    }
    let verdict = try judge(
      decoded, of: meeting, wall: wall, history: history, unverified: &reception.unverified)
    switch verdict {
    case .applicable:
      switch try apply(decoded, lately: &lately) {
      case nil: break
      case .refused(let error) where error.isGrowing && !guarantees.contains(.askedAgain):
        return keepAside(candidate, for: error, from: peer, reception: &reception, open: &open)
      case .refused(let error): return reception.refuse(error)
      case .early(let needed):
        early.add(candidate, needing: needed, vector: state.vector, from: peer)
        return
      case .held(let error, _) where !guarantees.contains(.askedAgain):
        return keepAside(candidate, for: error, from: peer, reception: &reception, open: &open)
      case .held(let error, let reason):
        reception.refuse(error)
        return held.add(candidate, until: reason, from: peer)
      }
      reception.applied.append(candidate)
      if let request = decoded.request { try noteOpen(request) }
      if let double = try executedTwice(by: decoded) { reception.executedTwice.append(double) }
      if waitingCount > 0 {
        open += early.release(by: candidate.origin, vector: state.vector)
        open += held.release(by: decoded, in: catalog, succession: state.succession)
      }
    case .known:
      let before = reception.known[candidate.origin]?.sequence ?? 0
      if candidate.head.sequence > before { reception.known[candidate.origin] = candidate.head }
    case .early(let needed):
      early.add(candidate, needing: needed, vector: state.vector, from: peer)
    case .otherBranch(let error):
      keepAside(candidate, for: error, from: peer, reception: &reception, open: &open)
    case .refused(let error): reception.refuse(error)
    }
  }

  /// Sets a version aside; what waits for it is added to `open`.
  private mutating func keepAside(
    _ version: StoredVersion, for error: ReplicationError, from peer: ReplicaID?,
    reception: inout Reception, open: inout [OfferedVersion]
  ) {
    let aside = SetAsideVersion(version: version, reason: "\(error)")
    switch setAside.insert(aside, from: peer) {
    case .new(let displaced): reception.note(setAside: aside, displacing: displaced)
    case .noRoom: reception.refuse(error)
    case .known: return
    }
    // What waits for it may rest on it.
    open += early.release(waitingFor: version)
  }

  /// What is asked of a version before it is applied.
  enum Asking {
    /// All that the gate asks.
    case everything
    /// Whether the writes that it names are here; all else was asked when it was applied first.
    case whatIsNamed
    case nothing
  }

  /// Applies a version that follows what is here.
  ///
  /// - Parameters:
  ///   - version: the version.
  ///   - asking: what is asked of it.
  ///   - lately: what is reused from version to version.
  /// - Returns: what keeps it from being applied; nothing has changed then.
  /// - Throws: ``/MerganserModel/StorageError``, if stored rows cannot be read.
  mutating func apply(
    _ version: Version, asking: Asking = .everything, lately: inout LatelyRead
  ) throws(StorageError) -> VersionObstacle? {
    lately.latestStamp = .zero
    let gate =
      asking == .nothing
      ? nil
      : Gate(version, founder: founder, wasApplied: asking == .whatIsNamed)
    if !guarantees.contains(.rowsBeforeVector) {
      state.advance(version.origin, to: version.stored.head)
    }
    let obstacle = try state.apply(version, catalog: catalog, through: gate, lately: &lately)
    if let obstacle { return obstacle }
    advance(
      version.origin, to: version.stored.head, behind: version.sequences.lowerBound - 1)
    uncheckpointed += version.stored.payload.count
    if guarantees.contains(.laterTimes) {
      clock.observe(max(version.time, lately.latestStamp))
    }
    guard version.origin == replica else { return nil }
    for (origin, sequence) in version.dependencies {
      unseenByOwn[origin] = state.vector[origin] > sequence ? sequence : nil
    }
    return nil
  }
}

extension StoredVersion {
  /// What is said of a version that is longer than storages take; `nil` if it is not.
  package var excess: ReplicationError? {
    if payload.count <= Self.maximumSize { return nil }
    return .malformed(
      origin: origin, sequence: sequences.lowerBound,
      reason: "it has \(payload.count) bytes, and at most \(Self.maximumSize) are stored")
  }
}

extension ReplicationError {
  /// Whether what is asked may be answered otherwise once more has come.
  fileprivate var isGrowing: Bool {
    if case .unknownTable = self { true } else { false }
  }
}
