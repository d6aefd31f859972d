import Foundation
import Merganser
import MerganserDatabase
import MerganserLog
import TestSupport
import Testing

/// Healing where some clock is an hour behind the others: whatever step fails for it, nothing is ended that lives, and
/// nothing is lost that is not told.
@Suite final class HealingClockTests {
  private struct Notes: Schema {
    let notes = Table<String, ORSet<String>>("notes")
    let names = Table<String, LWWRegister<String>>("names")
  }

  private static let hour: UInt64 = 3_600_000
  private let schema = Notes()
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func path(_ name: String) -> String { folder.path(of: name) }

  private func options(_ wall: Wall) -> ReplicaOptions { ReplicaOptions().with(wall: wall.time) }

  /// A copy of a replica's log in a folder, under its identity.
  private func copy(
    _ replica: Replica<Notes>, to name: String, by wall: Wall
  ) async throws -> Replica<Notes> {
    let store = try LogStore.create(
      at: path(name),
      identity: StoreIdentity(
        replica: replica.id, founder: replica.founder, schema: try Catalog(schema).description))
    let reader = try replica.log().versions(of: replica.id, after: 0)
    while let version = try reader.next() { try store.append([version]) }
    try store.close()
    return try await Replica.open(schema, at: path(name), options: options(wall))
  }

  /// A founder whose copy writes an element and a register on a branch of its own, at the copy's clock, and what the
  /// founder wrote at its own.
  private func fork(
    founder: Wall, copy wall: Wall
  ) async throws -> (kept: Replica<Notes>, copy: Replica<Notes>) {
    let (notes, names) = (schema.notes, schema.names)
    let kept = try Replica(schema, options: options(founder))
    try await kept.write { try $0[notes, "n"].insert("common") }
    let copy = try await copy(kept, to: "copy", by: wall)
    try await kept.write { try $0[notes, "n"].insert("kept") }
    try await copy.write { try $0[notes, "n"].insert("copied") }
    try await copy.write { try $0[names, "n"].set("copied") }
    return (kept, copy)
  }

  private func heal(
    from healthy: Replica<Notes>, by wall: Wall
  ) async throws -> HealingReport {
    try await Replica.heal(
      schema, at: path("copy"), into: path("healed"), from: healthy, options: options(wall))
  }

  private func expectHealed(_ kept: Replica<Notes>, by wall: Wall) async throws {
    let healed = try await Replica.open(schema, at: path("healed"), options: options(wall))
    for _ in 0..<2 { #expect(try await healed.sync(with: kept).refused.isEmpty) }
    #expect(try healed.snapshot.digest == kept.snapshot.digest)
    #expect(try kept.snapshot[schema.notes, "n"]?.sorted() == ["common", "copied", "kept"])
    #expect(try kept.snapshot[schema.names, "n"]?.value == "copied")
    try await healed.close()
  }

  /// The new store's clock is behind what the healthy side holds, which it does not take.
  @Test func aNewStoreThatTakesNothingEndsNothing() async throws {
    let (now, behind) = (Wall(ahead: Self.hour), Wall())
    let first = try Replica(schema, options: options(now))
    let member = try await Replica.open(
      schema, at: path("member"), joining: first.id, options: options(now))
    try await first.write { [schema] in try $0[schema.notes, "n"].insert("common") }
    try await member.sync(with: first)
    // The founder was set back, and goes on.
    try await member.close()
    let restored = try await copy(first, to: "copy", by: now)
    let kept = try await Replica.open(schema, at: path("member"), options: options(now))
    try await first.write { [schema] in try $0[schema.notes, "n"].insert("kept") }
    try await kept.sync(with: first)
    try await restored.write { [schema] in try $0[schema.notes, "n"].insert("copied") }
    try await restored.write { [schema] in try $0[schema.names, "n"].set("copied") }
    try await restored.close()
    let before = try kept.snapshot.digest
    let error = try await #require(throws: HealingError.self) {
      try await heal(from: kept, by: behind)
    }
    guard case .incomplete(_, let writes) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(writes[first.id] == kept.snapshot.vector[first.id])
    #expect(try kept.snapshot.digest == before && kept.snapshot.cuts.isEmpty)
    #expect(!FileManager.default.fileExists(atPath: path("healed")))
    // With a clock that is right it goes well.
    let report = try await heal(from: kept, by: now)
    #expect(report.offered == 2 && report.refused.isEmpty && report.isSynced)
    #expect(kept.snapshot.cuts[first.id]?.last.sequence == kept.snapshot.vector[first.id])
    try await expectHealed(kept, by: now)
    try await kept.close()
  }

  /// The healthy side's clock is behind what the new store makes again: that is told, and comes once the clock is set.
  @Test func aHealthySideThatTakesNothingIsSaidToLackIt() async throws {
    let (now, behind) = (Wall(ahead: Self.hour), Wall())
    let (kept, copy) = try await fork(founder: behind, copy: now)
    try await copy.close()
    let report = try await heal(from: kept, by: now)
    #expect(report.offered == 2 && report.refused.isEmpty && !report.isSynced)
    behind.set(ahead: Self.hour)
    try await expectHealed(kept, by: now)
  }

  /// The branch was written by a clock that was ahead: what is made again of it is later than it was, on any clock.
  @Test func aBranchOfAFastClockIsMadeAgain() async throws {
    let (now, ahead) = (Wall(), Wall(ahead: Self.hour))
    let (kept, copy) = try await fork(founder: now, copy: ahead)
    try await copy.close()
    let report = try await heal(from: kept, by: now)
    #expect(report.offered == 2 && report.refused.isEmpty, "\(report.refused)")
    now.set(ahead: Self.hour)
    try await expectHealed(kept, by: now)
  }

  /// What rests on nothing of the branch is handed over, and refused where the clock is behind it: its own replica
  /// brings it later.
  @Test func whatIsHandedOverWaitsForTheClock() async throws {
    let (now, behind) = (Wall(ahead: Self.hour), Wall())
    let (kept, copy) = try await fork(founder: behind, copy: now)
    let free = try Replica(schema, joining: kept.id, options: options(now))
    try await free.write { [schema] in try $0[schema.notes, "free"].insert("free") }
    // It is not on the branch of the store that has its version.
    let reader = try free.log().versions(of: free.id, after: 0)
    while let version = try reader.next() { _ = try await copy.apply([version]) }
    try await copy.close()
    let report = try await heal(from: kept, by: now)
    #expect(report.handedOver == 0 && report.offered == 2 && report.refused.isEmpty)
    behind.set(ahead: Self.hour)
    #expect(try await kept.sync(with: free).refused.isEmpty)
    try await expectHealed(kept, by: now)
    #expect(try kept.snapshot[schema.notes, "free"].map(Array.init) == ["free"])
  }
}
