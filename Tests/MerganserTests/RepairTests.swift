import Merganser
import MerganserLog
import Synchronization
import TestSupport
import Testing

/// Rows that break a new check are told, all of them, and repaired on the way.
@Suite struct RepairTests {
  /// Tables of each type that consists of writes, of which none may hold "bad" once they are checked.
  struct Shop: Schema {
    let names = Table<Int, LWWRegister<String>>("names")
    let notes = Table<String, MVRegister<String>>("notes")
    let tags = Table<Path<String, Int>, ORSet<String>>("tags")
    let seen = Table<UInt64, GSet<String>>("seen")
    var isChecked = false

    var invariants: [any Invariant] {
      if isChecked {
        Check("a name is good", on: names) { $1 != "bad" }
        Check("a note is good", on: notes) { $1 != "bad" }
        Check("a tag is good", on: tags) { $1 != "bad" }
        Check("what was seen is good", on: seen) { $1 != "bad" }
      }
    }
  }

  /// The same with a table more, in which a repair says what it did.
  struct Larger: Schema {
    let names = Table<Int, LWWRegister<String>>("names")
    let notes = Table<String, MVRegister<String>>("notes")
    let tags = Table<Path<String, Int>, ORSet<String>>("tags")
    let seen = Table<UInt64, GSet<String>>("seen")
    let repaired = Table<Int, LWWRegister<String>>("repaired")

    var invariants: [any Invariant] { Check("a name is good", on: names) { $1 != "bad" } }
  }

  struct Stop: Error {}

  let shop = Shop()
  let checked = Shop(isChecked: true)

  private func fill(_ replica: Replica<Shop>, names: Int) async throws {
    try await replica.write { [shop] tx in
      for number in 0..<names {
        try tx[shop.names, number].set(number.isMultiple(of: 3) ? "good" : "bad")
      }
      for (place, text) in ["good", "bad"].enumerated() {
        try tx[shop.notes, text].set(text)
        try tx[shop.tags, Path("t", child: place)].insert("good")
        try tx[shop.tags, Path("t", child: place)].insert(text)
        try tx[shop.seen, UInt64(place)].insert(text)
      }
    }
  }

  private func repair(_ tx: borrowing Transaction, broken: BrokenRows) throws {
    for key in broken.keys(of: shop.names) { try tx[shop.names, key].set("repaired") }
    for key in broken.keys(of: shop.notes) { try tx[shop.notes, key].set("repaired") }
    for key in broken.keys(of: shop.tags) { try tx[shop.tags, key].remove("bad") }
    for key in broken.keys(of: shop.seen) { try tx[shop.seen, key].delete() }
  }

  /// What is told of the store's rows when it is opened with the checks, which must fail.
  private func told(at path: String) async throws -> BrokenRows {
    do {
      _ = try await Replica.open(checked, at: path)
      Issue.record("it was opened")
      return BrokenRows()
    } catch OpenError.brokenRows(_, let rows) {
      return rows
    }
  }

  @Test func allAreToldAndRepaired() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/a"
    let before = try await Replica.open(shop, at: path)
    try await fill(before, names: 6000)
    try await before.close()
    let told = try await told(at: path)
    #expect(told.count == 4003 && told.violations.count == 100)
    #expect(told.violations.first?.table == "names" && told.violations.first?.key == "1")
    #expect(told.keys(of: shop.names).prefix(3) == [1, 2, 4])
    #expect("\(told)".contains("4003 rows") && "\(told)".contains("and 3993 more"))
    let sizes = Mutex<[Int]>([])
    let after = try await Replica.open(
      checked, at: path,
      repairing: { tx, broken in
        sizes.withLock { $0.append(broken.violations.count) }
        try repair(tx, broken: broken)
      })
    #expect(sizes.withLock { $0 } == [1000, 1000, 1000, 1000, 3])
    #expect(try after.snapshot.violations().isEmpty)
    #expect(try after.snapshot[shop.names, 3]?.value == "good")
    #expect(try after.snapshot[shop.names, 4]?.value == "repaired")
    #expect(try after.snapshot[shop.notes, "bad"]?.values == ["repaired"])
    #expect(try after.snapshot[shop.tags, Path("t", child: 1)].map { Array($0) } == ["good"])
    #expect(try after.snapshot.count(shop.seen) == 1)
    let digest = try after.snapshot.digest
    try await after.close()
    // It is recorded, and asked no more.
    let again = try await Replica.open(
      checked, at: path, repairing: { _, _ in Issue.record("there is nothing to repair") })
    #expect(try again.snapshot.digest == digest)
  }

  @Test func whatIsNotRepairedIsTold() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/a"
    let before = try await Replica.open(shop, at: path)
    try await fill(before, names: 30)
    try await before.close()
    // One that forgets a table.
    await #expect {
      try await Replica.open(
        checked, at: path,
        repairing: { tx, broken in
          for key in broken.keys(of: shop.names) { try tx[shop.names, key].set("repaired") }
        })
    } throws: { error in
      guard case OpenError.brokenRows(_, let rows) = error else { return false }
      return rows.count == 3 && rows.violations.map(\.table) == ["notes", "seen", "tags"]
    }
    // One that writes what breaks the check again: nothing of it happens.
    await #expect(throws: InvariantViolation.self) {
      try await Replica.open(
        checked, at: path, repairing: { tx, _ in try tx[shop.notes, "bad"].set("bad") })
    }
    // The program that wrote the rows goes on as before.
    let older = try await Replica.open(shop, at: path)
    #expect(try older.snapshot[shop.names, 1]?.value == "repaired")
    try await older.write { [shop] in try $0[shop.names, 1].set("bad") }
    try await older.close()
    try await Replica.open(checked, at: path, repairing: repair).close()
  }

  @Test func aRepairThatStopsHalfWayLeavesAStoreThatIsOpened() async throws {
    let folder = try TemporaryFolder()
    let (path, larger) = (folder.path + "/a", Larger())
    let before = try await Replica.open(shop, at: path)
    try await fill(before, names: 6000)
    try await before.close()
    let rounds = Mutex(0)
    await #expect(throws: Stop.self) {
      try await Replica.open(
        larger, at: path,
        repairing: { tx, broken in
          let round = rounds.withLock { count in
            count += 1
            return count
          }
          if round > 2 { throw Stop() }
          for key in broken.keys(of: larger.names) {
            try tx[larger.names, key].set("repaired")
            try tx[larger.repaired, key].set("it was bad")
          }
        })
    }
    // The earlier program keeps what was written to the table that it does not know.
    let older = try await Replica.open(shop, at: path)
    #expect(try older.snapshot[shop.names, 1]?.value == "repaired")
    #expect(try older.snapshot[shop.names, 5999]?.value == "bad")
    try await older.close()
    let after = try await Replica.open(
      larger, at: path,
      repairing: { tx, broken in
        for key in broken.keys(of: larger.names) { try tx[larger.names, key].delete() }
      })
    #expect(try after.snapshot.count(larger.repaired) == 2000)
    #expect(try after.snapshot.count(larger.names) == 4000)
    #expect(try after.snapshot.violations().isEmpty)
  }

  @Test func twoReplicasMeetOnceBothHaveRepaired() async throws {
    let folder = try TemporaryFolder()
    let (one, two) = (folder.path + "/one", folder.path + "/two")
    let first = try await Replica.open(shop, at: one)
    try await fill(first, names: 10)
    let second = try await Replica.open(shop, at: two, joining: first.founder)
    try await second.sync(with: first)
    // What only the second has.
    try await second.write { [shop] in try $0[shop.names, 100].set("bad") }
    try await first.close()
    let repaired = try await Replica.open(checked, at: one, repairing: repair)
    let lacks = ReplicationError.uncheckedInvariant("a name is good", lackedBy: second.id)
    await #expect(throws: lacks) { try await second.sync(with: repaired) }
    await #expect(throws: lacks) { try await repaired.sync(with: second) }
    #expect("\(lacks)".contains("\(second.id)") && "\(lacks)".contains("repairing:"))
    try await second.export(to: folder.path + "/bundle")
    await #expect(throws: lacks) { try await repaired.import(from: folder.path + "/bundle") }
    try await second.close()
    let both = try await Replica.open(checked, at: two, repairing: repair)
    try await both.sync(with: repaired)
    #expect(try both.snapshot.digest == repaired.snapshot.digest)
    for replica in [both, repaired] {
      #expect(try replica.snapshot.violations().isEmpty)
      #expect(try replica.snapshot[shop.names, 100]?.value == "repaired")
    }
  }
}
