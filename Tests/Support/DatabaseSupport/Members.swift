package import MerganserDatabase
package import MerganserModel
package import MerganserTypes

/// The members of one database whose number is their name; the first is the founder.
///
/// A suite that conforms gives the catalog, and has the helpers by which its members write, forge and read back.
package protocol HasMembers {
  var catalog: Catalog { get }
  /// The time at which the members write and receive.
  var wall: HybridTime { get }
}

/// A transaction of a test made no version.
package struct NothingWritten: Error {}

extension HasMembers {
  package var wall: HybridTime { HybridTime(milliseconds: 1000) }
  package var ids: [ReplicaID] { (0..<5).map { ReplicaID(high: 0, low: UInt64($0) + 1) } }

  /// A member that has nothing yet; of another program, where another catalog is given.
  package func member(_ number: Int, under other: Catalog? = nil) -> Database {
    Database(catalog: other ?? catalog, replica: ids[number], founder: ids[0])
  }

  /// The version that a transaction makes.
  package func write(
    _ database: inout Database, body: (borrowing Transaction) throws -> Void
  ) throws -> StoredVersion {
    let version = try database.transact(scope: .localOnly, wall: wall, body: body).version
    guard let version else { throw NothingWritten() }
    return version
  }

  /// A version as if under the schema of the members, with some of its parts exchanged.
  ///
  /// With another `first` sequence it has as many of them as before.
  package func forged(
    _ version: StoredVersion, origin: ReplicaID? = nil, sequences: ClosedRange<UInt64>? = nil,
    first: UInt64? = nil, time: HybridTime? = nil, scope: Scope = .everywhere, plan: UInt64 = 0,
    replicas: [ReplicaID]? = nil, links: [Dependency]? = nil, previousHash: UInt64? = nil,
    extensions: [VersionExtension] = [], writes: [RowDelta]? = nil
  ) throws -> StoredVersion {
    let read = try version.decoded()
    let moved = first.map { $0...$0 + UInt64(read.sequences.count - 1) }
    return StoredVersion(
      origin: origin ?? read.origin, sequences: sequences ?? moved ?? read.sequences,
      time: time ?? read.time,
      terms: VersionTerms(schema: catalog.fingerprint, plan: plan, scope: scope),
      dependencies: links ?? read.links, previousHash: previousHash ?? version.previousHash,
      extensions: extensions, replicas: replicas ?? read.replicas,
      writes: writes ?? Array(read.writes))
  }

  /// A version whose first row's delta is exchanged.
  package func forged(
    _ version: StoredVersion, links: [Dependency]? = nil, delta: [UInt8]
  ) throws -> StoredVersion {
    var writes = Array(try version.decoded().writes)
    writes[0].delta = ArraySlice(delta)
    return try forged(version, links: links, writes: writes)
  }

  /// What a version says that rests on another one.
  package func link(to version: StoredVersion) -> Dependency {
    Dependency(origin: version.origin, sequence: version.head.sequence, hash: version.hash)
  }

  /// What the log of a member comes to when it is read back.
  package func recovered(
    _ number: Int, versions: [StoredVersion]
  ) throws -> (database: Database, recovery: Recovery) {
    let storage = MemoryStorage()
    try storage.append(versions)
    var database = member(number)
    let recovery = try database.recover(judging: storage.snapshot())
    return (database, recovery)
  }
}
