import Merganser
import MerganserDatabase
import MerganserLog
import TestSupport
import Testing

/// Versions of format 1, which do not say which histories they rest on, on every road.
///
/// They are taken only where an option says so, and the refusal names it.
@Suite struct UnverifiedVersionsTests {
  private struct Notes: Schema {
    let notes = Table<String, ORSet<String>>("notes")
  }

  private let schema = Notes()
  private let founder = ReplicaID(high: 0, low: 1)
  private let author = ReplicaID(high: 0, low: 2)

  /// A version as programs wrote it that knew format 1 alone.
  private func ofFormat1(_ version: StoredVersion) throws -> StoredVersion {
    // Flags and schema stand behind the time; one replica, no dependencies, no request, no extensions.
    var bytes = version.payload
    try #require(bytes[0] == 2 && bytes[28] == 1 && bytes[45...47] == [0, 0, 0])
    bytes.remove(at: 47)
    bytes.removeSubrange(19..<28)
    bytes[0] = 1
    return try StoredVersion(origin: version.origin, payload: bytes)
  }

  /// Two versions that follow each other, of the formats that are asked for.
  private func versions(_ formats: [UInt8]) throws -> [StoredVersion] {
    var database = Database(
      catalog: try Catalog(schema), replica: author, founder: founder)
    let notes = schema.notes
    var versions: [StoredVersion] = []
    for format in formats {
      // Links hold: the later version is made behind the one that is stored.
      let wall = HybridTime(milliseconds: 1000)
      let made = try #require(
        try database.transact(wall: wall) { try $0[notes, "n"].insert("\(format)") }.version)
      versions.append(format == 1 ? try ofFormat1(made) : made)
    }
    return versions
  }

  /// A replica whose log was written by an earlier program.
  private func earlier() throws -> Replica<Notes> {
    let storage = MemoryStorage()
    try storage.append(try versions([1]))
    return try Replica(schema, joining: founder, id: author, storage: storage)
  }

  private var options: ReplicaOptions {
    var options = ReplicaOptions(durability: .survivesProcessCrash)
    options.takesUnverifiedVersions = true
    return options
  }

  private var refusal: ReplicationError { .unverifiable(origin: author, sequence: 1) }

  @Test func replicasInMemoryAndOnDiskTakeThemWhereTheyAreToldTo() async throws {
    let earlier = try earlier()
    let folder = try TemporaryFolder()
    let unwilling = [
      try Replica(schema, id: founder),
      try await Replica.open(schema, at: folder.path + "/unwilling", joining: founder),
    ]
    for replica in unwilling {
      let report = try await replica.sync(with: earlier)
      #expect(report.refused == [refusal] && report.received == 0)
    }
    #expect("\(refusal)".contains("takesUnverifiedVersions"))
    #expect("\(refusal)".contains("--take-unverified"))
    let storage = MemoryStorage(takesUnverifiedVersions: true)
    let willing = [
      try Replica(schema, joining: founder, storage: storage),
      try await Replica.open(
        schema, at: folder.path + "/willing", joining: founder, options: options),
    ]
    for replica in willing {
      let report = try await replica.sync(with: earlier)
      #expect(report.refused.isEmpty && report.received == 1)
      #expect(try replica.snapshot[schema.notes, "n"].map(Array.init) == ["1"])
    }
    // A bundle of it, too; and after a state was adopted.
    try await earlier.export(to: folder.path + "/bundle")
    #expect(try await unwilling[1].import(from: folder.path + "/bundle").refused == [refusal])
    try await willing[1].close()
    let again = try await Replica.open(
      schema, at: folder.path + "/again", joining: founder, options: options)
    let other = try Replica(schema, joining: founder)
    try await other.write { try $0[schema.notes, "o"].insert("o") }
    try await again.adopt(await other.state())
    #expect(try await again.import(from: folder.path + "/bundle").received == 1)
    try await again.close()
    try await unwilling[1].close()
  }

  @Test func aStoreThatNobodyHasOpenTakesThemWhereItIsOpenedSo() async throws {
    let earlier = try earlier()
    let folder = try TemporaryFolder()
    let path = folder.path + "/store"
    try await Replica.open(schema, at: path, id: founder).close()
    var store = try LogStore.open(at: path)
    #expect(try await sync(StorePeer(store), with: earlier).refused == [refusal])
    try store.close()
    store = try LogStore.open(at: path, options: options)
    let report = try await sync(StorePeer(store), with: earlier)
    #expect(report.refused.isEmpty && report.received == 1)
    try store.close()
  }

  /// Not behind a version of a later format by the same origin, also when that one was truncated.
  @Test func neverBehindALaterFormat() async throws {
    let made = try versions([2, 1])
    let storage = MemoryStorage(
      checkpointInterval: 1, retainedVersions: 0, takesUnverifiedVersions: true)
    let replica = try Replica(schema, joining: founder, storage: storage)
    #expect(try await replica.apply([made[0]]).applied == [made[0]])
    for _ in 0..<500 where try replica.log().truncatedTo[author] == nil {
      try await Task.sleep(for: .milliseconds(2))
    }
    #expect(try replica.log().truncatedTo[author] == made[0].head)
    let refused = try await replica.apply([made[1]])
    #expect(
      refused.refused
        == [.unverifiable(origin: author, sequence: made[1].sequences.lowerBound)])
  }
}
