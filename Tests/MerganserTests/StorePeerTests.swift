import Merganser
import MerganserDatabase
import MerganserLog
import TestSupport
import Testing

/// A store that no replica has open goes on as it was opened, whatever it takes in.
@Suite struct StorePeerTests {

  private struct Notes: Schema {
    let notes = Table<String, LWWRegister<String>>("notes")
  }

  private struct LaterNotes: Schema {
    let notes = Table<String, LWWRegister<String>>("notes")
    let tags = Table<String, ORSet<String>>("tags")
  }

  private let notes = Notes()
  private let folder: TemporaryFolder
  private let path: String
  /// Half an hour ahead of others.
  private let ahead: Replica<Notes>

  init() async throws {
    folder = try TemporaryFolder()
    path = folder.path + "/store"
    ahead = try Replica(notes, options: ReplicaOptions(wall: Wall(ahead: 1_800_000).time))
    try await Replica.open(
      notes, at: path, joining: ahead.founder, options: ReplicaOptions(wall: Wall().time)
    ).close()
  }

  private func write(_ name: String) async throws {
    try await ahead.write { [notes] in try $0[notes.notes, name].set(name) }
  }

  private func peer(of store: LogStore, drift: Duration) throws -> StorePeer {
    try StorePeer(
      store, options: ReplicaOptions(toleratedDrift: drift, wall: Wall().time))
  }

  private func takeVersions(_ peer: StorePeer) async throws -> (applied: Int, refused: Int) {
    let vector = try await peer.greeting().vector
    var (applied, refused) = (0, 0)
    for try await batch in ahead.versions(beyond: vector) {
      let reception = try await peer.apply(batch, of: Meeting(with: ahead.id))
      applied += reception.applied.count
      refused += reception.refused.count
    }
    return (applied, refused)
  }

  /// Times of states are accepted as far ahead as those of versions, and so are those that come behind a schema.
  @Test func theDriftIsKept() async throws {
    try await write("a")
    let store = try LogStore.open(at: path)
    let strict = try peer(of: store, drift: .seconds(1700))
    let error = await #expect(throws: ReplicationError.self) {
      try await strict.adopt(await ahead.state())
    }
    guard case .stateFromTheFuture? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(try await takeVersions(strict) == (0, 1))
    let later = try Catalog(LaterNotes()).description
    try await strict.grow(to: later)
    #expect(try await takeVersions(strict) == (0, 1))

    let lenient = try peer(of: store, drift: .seconds(1900))
    try await lenient.adopt(await ahead.state())
    #expect(try store.snapshot().vector == ahead.snapshot.vector)
    try store.close()
  }

  /// A schema is taken over, and times are accepted as before.
  @Test func theDriftOutlivesAGrowth() async throws {
    try await write("a")
    let store = try LogStore.open(at: path)
    let lenient = try peer(of: store, drift: .seconds(1900))
    try await lenient.grow(to: try Catalog(LaterNotes()).description)
    #expect(try await takeVersions(lenient) == (1, 0))
    try store.close()
  }

  /// What rests on another branch is stored before the peer is answered.
  @Test func whatIsSetAsideIsStored() async throws {
    let author = ReplicaID.random()
    func version(_ text: String) throws -> StoredVersion {
      var database = Database(
        catalog: try Catalog(notes), replica: author, founder: ahead.founder)
      let written = try database.transact(wall: HybridTime(milliseconds: 1000)) { [notes] in
        try $0[notes.notes, "n"].set(text)
      }
      return try #require(written.version)
    }
    let (first, other) = (try version("one"), try version("another"))
    var store = try LogStore.open(at: path)
    let one = try StorePeer(store)
    #expect(try await one.apply([first]).applied == [first])
    #expect(try await one.apply([other]).setAside.map(\.version) == [other])
    try store.close()
    store = try LogStore.open(at: path)
    var kept: [StoredVersion] = []
    try store.snapshot().state.forEachSetAside { kept.append($0.version) }
    #expect(kept == [other])
    #expect(try await StorePeer(store).apply([other]).setAside.isEmpty)
    try store.close()
  }
}
