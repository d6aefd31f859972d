import MerganserSync
import MerganserDatabase
public import MerganserModel
import MerganserSync
import MerganserTypes

/// What came of importing a bundle.
public struct ImportReport: Hashable, Sendable {
  /// How many versions were taken in.
  public var received = 0
  /// How many were here already.
  public var known = 0
  /// Whether the bundle's state was taken in, as versions before its first were lacking.
  public var tookState = false
  /// How many versions were set aside, as they rest on another branch of some replica's history.
  public var setAside = 0
  /// How many dependencies of versions that were taken in could not be verified by their hashes, and how many
  /// histories could not be compared with those of a state that was taken in.
  public var unverified = 0
  /// What was not taken in, and why; the first ``/MerganserSync/SyncReport/limit`` of these.
  public var refused: [ReplicationError] = []
  /// How much more was not taken in.
  public var furtherRefusals = 0
}

extension Replica {
  /// Takes in what a bundle carries.
  ///
  /// The file is read twice: all of it is checked before anything is taken in. Importing it again changes
  /// nothing.
  ///
  /// - Parameters:
  ///   - location: the bundle's file.
  ///   - removals: how many rows the bundle's state may remove, as the user has accepted.
  ///   - progress: is told how many bytes of how many were read, in both readings together.
  /// - Returns: what came of it.
  /// - Throws: ``/MerganserSync/BundleError``: the file is damaged, or it continues from
  ///   versions that are not here yet; ``/MerganserModel/ReplicationError``: it is of another database
  ///   or schema. Nothing has happened then. What storages throw, and
  ///   ``/MerganserModel/ReplicationError/unreadable(origin:sequence:row:)``, if a row cannot be read
  ///   here; what was taken in until then stays.
  @discardableResult
  public func `import`(
    from location: some FileLocation, acceptingRemovals removals: Int = 0,
    progress: @escaping @Sendable (_ read: Int, _ all: Int) -> Void = { _, _ in }
  ) async throws -> ImportReport {
    let path = try location.checkedPath()
    return try await importBundle(from: path, acceptingRemovals: removals, progress: progress)
  }
}

extension StorePeer {
  /// Takes in what a bundle carries.
  ///
  /// As ``Replica/import(from:acceptingRemovals:progress:)``.
  @discardableResult
  public func `import`(
    from location: some FileLocation, acceptingRemovals removals: Int = 0,
    progress: @escaping @Sendable (_ read: Int, _ all: Int) -> Void = { _, _ in }
  ) async throws -> ImportReport {
    let path = try location.checkedPath()
    return try await importBundle(from: path, acceptingRemovals: removals, progress: progress)
  }
}

extension Peer {
  /// Takes in what a bundle carries.
  @discardableResult
  package func importBundle(
    from path: String, acceptingRemovals removals: Int = 0,
    progress: @escaping @Sendable (_ read: Int, _ all: Int) -> Void = { _, _ in }
  ) async throws -> ImportReport {
    let greeting = try await greeting()
    let check = try await onBlockingThread {
      try BundleCheck(of: path, for: greeting) { progress($0, 2 * $1) }
    }
    if let fork = try await comparison(with: check.passes).fork { throw fork }
    if let growth = check.growth { try await grow(to: growth) }
    var report = ImportReport()
    let reader = try BundleReader(path) { progress($0 + $1, 2 * $1) }
    var vector = greeting.vector
    while let frame = try await onBlockingThread({ try reader.nextFrame() }) {
      switch frame {
      case .state(let header) where check.needsState:
        let parts = AsyncThrowingStream { try await onBlockingThread { try reader.nextPart() } }
        var state = StateStream(header: header, parts: parts)
        state.meeting = Meeting(with: check.sender)
        state.acceptedRemovals = removals
        try await adopt(state)
        report.tookState = true
        // Which versions the state rests on where it goes further, only whoever made it could tell.
        report.unverified +=
          header.heads.filter { origin, head in
            (1..<head.sequence).contains(vector[origin])
          }.count
        vector.merge(header.vector)
      case .versions(let versions):
        let new = versions.filter { $0.sequences.upperBound > vector[$0.origin] }
        report.known += versions.count - new.count
        let reception = try await apply(new, of: Meeting(with: check.sender))
        report.received += reception.applied.count
        let room = max(0, SyncReport.limit - report.refused.count)
        report.refused += reception.refused.prefix(room)
        report.furtherRefusals +=
          max(0, reception.refused.count - room) + reception.furtherRefusals
        report.setAside += reception.setAside.count
        report.unverified += reception.unverified
      default: break
      }
    }
    try report.refused.throwIfPeersPart()
    return report
  }
}

/// The check of a bundle before it is taken in.
private struct BundleCheck {
  /// Who wrote it, as it says.
  let sender: ReplicaID
  /// Whether its state is to be taken in, too.
  let needsState: Bool
  /// The schema that is to be taken over first, as it grew from the one here.
  let growth: SchemaDescription?
  /// The last versions of what is here that the bundle's histories go through.
  private(set) var passes: [ReplicaID: Head] = [:]

  /// Reads a bundle to its end.
  ///
  /// - Throws: what speaks against taking it in.
  init(
    of path: String, for greeting: Greeting,
    progress: @escaping @Sendable (_ read: Int, _ all: Int) -> Void
  ) throws {
    let reader = try BundleReader(path, progress: progress)
    guard case .header(let header) = try reader.nextFrame() else { throw BundleError.notABundle }
    sender = header.replica
    let later = try Self.check(header, own: greeting)
    growth = later == greeting.schema ? nil : later
    let vector = greeting.vector
    var missing = VersionVector()
    for (origin, sequence) in header.beyond where sequence > vector[origin] {
      missing[origin] = sequence
    }
    needsState = header.carriesState && missing != VersionVector()
    var reached = header.beyond
    while let frame = try reader.nextFrame() {
      switch frame {
      case .state(let state):
        reached.merge(state.vector)
      case .versions(let versions):
        for version in versions {
          note(version, known: vector[version.origin])
          reached[version.origin] = max(reached[version.origin], version.sequences.upperBound)
        }
      default: break
      }
      try Self.checkCount(reached)
    }
    guard header.carriesState || missing == VersionVector() else {
      throw BundleError.tooEarly(missing: missing)
    }
    // Of our own writes we know all, unless somebody else was us.
    let own = reached[greeting.replica]
    let last = vector[greeting.replica]
    guard own <= last else {
      throw header.replica == greeting.replica
        ? ReplicationError.sameReplica(greeting.replica)
        : .beyondOwnHistory(origin: greeting.replica, sequence: own, last: last)
    }
  }

  /// Checks that no more origins are named than a database can have.
  private static func checkCount(_ vector: VersionVector) throws(ReplicationError) {
    let found = vector.replicas.count
    let limit = Database.maximumOrigins
    guard found > limit else { return }
    throw .exceedsLimit("replicas that have written in its bundle", found: found, limit: limit)
  }

  /// Notes how far a version's history is one of what is here.
  private mutating func note(_ version: StoredVersion, known: UInt64) {
    let before = Head(
      sequence: version.sequences.lowerBound - 1, hash: version.previousHash)
    for head in [before, version.head] where head.sequence >= 1 && head.sequence <= known {
      if head.sequence >= passes[version.origin]?.sequence ?? 0 { passes[version.origin] = head }
    }
  }

  /// Checks that what has written the bundle and who takes it in may meet.
  ///
  /// - Returns: the later of their schemas.
  private static func check(
    _ header: BundleHeader, own: Greeting
  ) throws(ReplicationError) -> SchemaDescription {
    guard header.founder == own.founder else {
      throw .otherDatabase(ours: own.founder, theirs: header.founder)
    }
    if let ours = own.plan, let theirs = header.plan, ours != theirs {
      throw .otherPlan(ours: ours, theirs: theirs)
    }
    if let schema = header.schema {
      return try own.schema.later(schema, between: own.replica, and: header.replica)
    }
    // Bundles of the first format have the fingerprint alone, and may be older than some system tables.
    let fingerprints = [own.schema, own.schema.withoutLaterSystemTables].map(\.fingerprint)
    guard fingerprints.contains(header.fingerprint) else {
      throw .otherSchema(ours: own.schema.fingerprint, theirs: header.fingerprint)
    }
    return own.schema
  }
}
