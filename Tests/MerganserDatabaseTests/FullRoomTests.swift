import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

/// What of a log cannot be applied and has no room leaves the log, with all that comes behind it: what is kept of a
/// history has no gap.
@Suite struct FullRoomTests {
  private struct House: Schema {
    let tags = Table<String, ORSet<String>>("tags")
  }

  private let house = House()
  private let catalog: Catalog
  private let own = ReplicaID(high: 0, low: 1)
  private let origin = ReplicaID(high: 0, low: 2)
  private let other = ReplicaID(high: 0, low: 3)
  private let wall = HybridTime(milliseconds: 1000)

  init() throws { catalog = try Catalog(house) }

  private func database(_ id: ReplicaID) -> Database {
    Database(catalog: catalog, replica: id, founder: own)
  }

  /// A version that follows another.
  private func version(
    behind previous: StoredVersion?, links: [Dependency] = [], delta: [UInt8],
    replicas: [ReplicaID]? = nil
  ) -> StoredVersion {
    let sequence = (previous?.head.sequence ?? 0) + 1
    return StoredVersion(
      origin: origin, sequences: sequence...sequence, time: wall,
      terms: VersionTerms(schema: catalog.fingerprint), dependencies: links,
      previousHash: previous?.hash ?? 0, replicas: replicas ?? [origin],
      writes: [RowDelta(table: "tags", key: "t".keyEncoded(), delta: delta)])
  }

  /// A version, and behind it 63 that take nearly all of the room, one that has none, and small ones.
  private func log(behind first: StoredVersion) -> [StoredVersion] {
    var log = [first]
    for size in Array(repeating: 1 << 20, count: 63) + [2 << 20, 10, 10] {
      log.append(version(behind: log.last, delta: [UInt8](repeating: 7, count: size)))
    }
    return log
  }

  private func recovered(
    _ versions: [StoredVersion]
  ) throws -> (database: Database, recovery: Recovery) {
    let storage = MemoryStorage()
    for version in versions { try storage.append([version]) }
    var database = database(own)
    let recovery = try database.recover(judging: storage.snapshot())
    return (database, recovery)
  }

  @Test func whatIsSetAsideHasNoGap() throws {
    let log = log(behind: version(behind: nil, delta: [9, 9]))
    let (database, recovery) = try recovered(log)
    #expect(recovery.setAside.map(\.version) == Array(log[..<64]))
    #expect(database.setAsideCount == 64)
    #expect(recovery.ends.map(\.origin) == [origin] && database.heads.isEmpty)
  }

  @Test func whatWaitsHasNoGap() throws {
    // It removes what nobody has written here.
    let tags = house.tags
    var (writer, remover) = (database(other), database(origin))
    let never = try writer.transact(wall: wall) { try $0[tags, "t"].insert("never") }.version
    _ = try remover.receive([try #require(never)], wall: wall)
    let removed = try remover.transact(wall: wall) { try $0[tags, "t"].remove("never") }.version
    let removal = try #require(removed)
    let read = try removal.decoded()
    let delta = try #require(Array(read.writes).first).delta
    let lying = version(behind: nil, delta: Array(delta), replicas: read.replicas)
    let (database, recovery) = try recovered(log(behind: lying))
    #expect(recovery.waiting == 64 && database.waitingCount == 64)
    #expect(recovery.setAside.isEmpty && recovery.ends.map(\.origin) == [origin])
  }
}
