import Merganser
import MerganserLog
import TestSupport
import Testing

/// A replica's id is chosen when its store is made, and roles need no id at all.
@Suite struct IdentityTests {
  struct Names: Schema {
    let names = Table<Int, LWWRegister<String>>("names")
    let hours = Table<Int, LWWRegister<Int>>("hours")

    var invariants: [any Invariant] {
      Unique("names differ", on: names, by: .owner(.founder)) { _, name in name }
      NoOverlap("hours are apart", on: hours, by: .owner(.founder)) { _, hour in
        (resource: "all", from: Int64(hour), to: Int64(hour + 1))
      }
    }
  }

  let schema = Names()

  @Test func aNewStoreHasTheIdThatItIsGiven() async throws {
    let folder = try TemporaryFolder()
    let (id, other) = (ReplicaID.random(), ReplicaID.random())
    let path = folder.path + "/a"
    let first = try await Replica.open(schema, at: path, id: id)
    #expect(first.id == id && first.founder == id)
    try await first.close()
    for expected in [nil, id] {
      let again = try await Replica.open(schema, at: path, id: expected)
      #expect(again.id == id)
      try await again.close()
    }
    await #expect {
      try await Replica.open(schema, at: path, id: other)
    } throws: { error in
      guard case OpenError.otherReplica(path, other, id, nil) = error else { return false }
      return "\(error)".contains("\(id)") && "\(error)".contains("\(other)")
    }
    let joined = try await Replica.open(schema, at: folder.path + "/b", joining: id, id: other)
    #expect(joined.id == other && joined.founder == id)
  }

  @Test func aCopyHasNotTheIdOfItsOriginal() async throws {
    let folder = try TemporaryFolder()
    let id = ReplicaID.random()
    let first = try await Replica.open(schema, at: folder.path + "/a", id: id)
    try await first.backup(to: folder.path + "/backup")
    await #expect {
      try await Replica.open(schema, at: folder.path + "/backup", id: id)
    } throws: { error in
      guard case OpenError.otherReplica(_, id, _, .copied) = error else { return false }
      return true
    }
    let copy = try await Replica.open(schema, at: folder.path + "/backup")
    #expect(copy.id != id && copy.founder == id)
  }

  /// Restored, the founder is another replica: the original may still give names out.
  @Test func aRestoredFounderGivesNothingOut() async throws {
    let folder = try TemporaryFolder()
    let original = try await Replica.open(schema, at: folder.path + "/a")
    try await original.write { [schema] tx in
      try tx[schema.names, 1].set("ann")
      try tx[schema.hours, 1].set(9)
    }
    try await original.backup(to: folder.path + "/backup")
    let restored = try await Replica.open(schema, at: folder.path + "/backup")
    let member = try Replica(schema, joining: original.founder)
    for replica in [restored, member] {
      await #expect(
        throws: TransactionError.ownedElsewhere(
          "bob", by: original.id, invariant: "names differ", table: "names")
      ) {
        try await replica.write { [schema] in try $0[schema.names, 2].set("bob") }
      }
      await #expect(
        throws: TransactionError.ownedElsewhere(
          "all", by: original.id, invariant: "hours are apart", table: "hours")
      ) {
        try await replica.write { [schema] in try $0[schema.hours, 2].set(10) }
      }
    }
    try await original.write { [schema] tx in
      try tx[schema.names, 2].set("bob")
      try tx[schema.hours, 2].set(10)
    }
    for replica in [restored, member] { try await original.sync(with: replica) }
    try await restored.sync(with: member)
    for replica in [restored, member] {
      #expect(try replica.snapshot.digest == original.snapshot.digest)
      #expect(try replica.snapshot.violations().isEmpty)
    }
  }
}
