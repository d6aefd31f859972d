import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

/// What refuses a version or a schema for good comes first, whatever else there is to find.
@Suite struct RefusalOrderTests {
  private struct Notes: Schema {
    let notes = Table<String, ORSet<String>>("notes")
    let short = Table<String, LWWRegister<String>>("short")
    let mine = Table<String, LWWRegister<String>>("mine")
    var keeps = true

    var invariants: [any Invariant] {
      if keeps {
        Unique("a name is the founder's", on: mine, by: .owner(.founder)) { _, name in name }
        Check("short", on: short) { _, note in note.count < 10 }
      }
    }
  }

  private let wall = HybridTime(milliseconds: 1)
  private let ids = (1...4).map { ReplicaID(high: 0, low: $0) }

  private func database(_ number: Int, keeps: Bool = true) throws -> Database {
    Database(
      catalog: try Catalog(Notes(keeps: keeps)), replica: ids[number], founder: ids[0])
  }

  /// A version that says that it was written under the invariants.
  private func version(_ replicas: [ReplicaID], writes: [RowDelta]) throws -> StoredVersion {
    StoredVersion(
      origin: ids[3], sequences: 1...2, time: HybridTime(milliseconds: 2),
      terms: VersionTerms(schema: try Catalog(Notes()).fingerprint, scope: .everywhere),
      dependencies: [], previousHash: 0, replicas: replicas, writes: writes)
  }

  /// Bytes that are no row are found behind a row that names what is not here yet.
  @Test func whatIsMalformedDoesNotWait() throws {
    let schema = Notes()
    var (one, other, receiver) = (try database(1), try database(2), try database(0))
    let made = try one.transact(wall: wall) { try $0[schema.notes, "a"].insert("x") }.version
    _ = try other.receive([try #require(made)], wall: wall)
    let removal = try other.transact(wall: wall) { try $0[schema.notes, "a"].remove("x") }.version
    let removed = try #require(removal).decoded()
    let write = try #require(Array(removed.writes).first)
    let early = try version(removed.replicas, writes: [write])
    #expect(try receiver.receive([early], wall: wall).refused.isEmpty)
    var fresh = try database(0)
    let bad = RowDelta(table: "notes", key: Array("z".utf8), delta: [0xFF])
    let reception = try fresh.receive(
      [try version(removed.replicas, writes: [write, bad])], wall: wall)
    guard case .malformed? = reception.refused.first else {
      Issue.record("found \(reception)")
      return
    }
  }

  /// A value that breaks an invariant by itself is found behind one that only an owner may write.
  @Test func whatBreaksAnInvariantDoesNotWait() throws {
    let schema = Notes()
    var (writer, receiver) = (try database(3, keeps: false), try database(0))
    let written = try writer.transact(wall: wall) { tx in
      try tx[schema.mine, "a"].set("taken")
      try tx[schema.short, "a"].set("far too long a note")
    }.version
    let read = try #require(written).decoded()
    let reception = try receiver.receive(
      [try version(read.replicas, writes: Array(read.writes))], wall: wall)
    guard case .breaksInvariant(_, _, "short", _)? = reception.refused.first else {
      Issue.record("found \(reception)")
      return
    }
  }

  /// A schema of others is refused by name at once, however much an invariant names that nobody knows.
  @Test func anInvariantThatNobodyKnowsCostsNothing() throws {
    let own = try Catalog(Notes()).description
    var told = own
    told.invariants.append(
      .init(kind: "Nothing", name: "n", parameters: (0..<200_000).map { "\($0)" }))
    let found = #expect(throws: ReplicationError.self) { try own.later(told) }
    guard case .malformedSchema(let reason)? = found else {
      Issue.record("found \(String(describing: found))")
      return
    }
    #expect(reason.contains("Nothing of 200000 parameters"))
    _ = told.hindrance(toGrowingFrom: own)
  }

  /// Many tables in a row of cascades, and many invariants that cannot lose a row of any.
  @Test func manyCascadesAreFollowed() throws {
    let names = (0..<1000).map { "t\($0)" }
    let tables = names.map { SchemaDescription.Table(name: $0, key: "Int", value: "GSet<Int>") }
    let cascades = zip(names, names.dropFirst()).map { parent, child in
      SchemaDescription.Invariant(
        kind: "ForeignKey", name: "\(child) below \(parent)",
        parameters: [child, parent, "cascade", "sameKey"])
    }
    let customs = (0..<200).map {
      SchemaDescription.Invariant(kind: "Custom", name: "custom \($0)", parameters: names)
    }
    let (old, new) = (
      SchemaDescription(tables: tables, invariants: cascades),
      SchemaDescription(tables: tables, invariants: cascades + customs)
    )
    #expect(new.hindrance(toGrowingFrom: old) != nil)
    let catalog = try Catalog(describing: old)
    let first = try #require(catalog.number(of: "t0"))
    #expect(catalog.tablesLosing(byDeletingFrom: first).count == 999)
  }
}
