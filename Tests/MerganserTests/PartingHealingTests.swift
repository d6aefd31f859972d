import Merganser
import MerganserLog
import TestSupport
import Testing

/// A relay has taken what a program that checks more refuses: how it comes together with the others again.
@Suite struct PartingHealingTests {
  /// A program, and an earlier one of the same schema whose check lets more pass.
  private struct Notes: Schema {
    let notes = Table<String, LWWRegister<String>>("notes")
    let tags = Table<String, ORSet<String>>("tags")
    var limit = 10

    var invariants: [any Invariant] {
      Check("a note is short", on: notes) { [limit] _, note in note.utf8.count < limit }
    }
  }

  /// What keeps the relay from setting the version aside when the later program opens its store.
  enum Ground: CaseIterable {
    case nothing, ownWrites, checkpoint
  }

  private let strict = Notes()
  private let lax = Notes(limit: 1000)
  private let folder: TemporaryFolder
  private let founder: Replica<Notes>

  init() async throws {
    folder = try TemporaryFolder()
    founder = try Replica(strict)
    try await founder.write { [strict] in try $0[strict.notes, "first"].set("short") }
  }

  private func path(_ name: String) -> String { folder.path + "/" + name }

  private var note: String { "far too long a note" }

  /// Opens a store by a program, or makes it.
  private func open(
    _ name: String, by program: Notes, rows: Bool = false
  ) async throws -> Replica<Notes> {
    var options = ReplicaOptions(durability: .survivesProcessCrash)
    options.checkpointInterval = rows ? 0 : nil
    return try await Replica.open(
      program, at: path(name), joining: founder.founder, options: options)
  }

  /// The store of a relay that has taken a note which is too long, from a member that runs the earlier program.
  private func relay(_ ground: Ground) async throws -> (author: Replica<Notes>, id: ReplicaID) {
    let author = try await open("author", by: lax)
    try await author.sync(with: founder)
    try await author.write { [lax, note] in try $0[lax.notes, "long"].set(note) }
    var relay = try await open("relay", by: lax, rows: ground == .checkpoint)
    let id = relay.id
    if ground != .ownWrites {
      // No program has the store open when the note comes.
      try await relay.close()
      let store = try LogStore.open(at: path("relay"))
      #expect(try await sync(StorePeer(store), with: author).refused.isEmpty)
      try store.close()
      guard ground == .checkpoint else { return (author, id) }
      relay = try await open("relay", by: lax, rows: true)
      // A checkpoint has the note before anything is written.
      try await relay.sync(with: author)
      try await founder.write { [strict] in try $0[strict.notes, "second"].set("short") }
      try await relay.sync(with: founder)
    } else {
      try await relay.sync(with: author)
      try await relay.write { [lax] in try $0[lax.tags, "t"].insert("of the relay") }
    }
    try await relay.close()
    return (author, id)
  }

  private func expectEqual(_ replicas: Replica<Notes>...) async throws {
    for _ in 0..<2 {
      for one in replicas {
        for other in replicas where one !== other {
          let report = try await one.sync(with: other)
          #expect(report.refused.isEmpty && report.partings.isEmpty, "\(report)")
        }
      }
    }
    for replica in replicas {
      #expect(try replica.snapshot.digest == replicas[0].snapshot.digest)
      #expect(try replica.snapshot.violations().isEmpty)
      #expect(try replica.snapshot[strict.notes, "long"] == nil)
    }
  }

  /// The store alone is opened by the later program, or it leaves its branch.
  @Test(arguments: Ground.allCases) func aRelayAndTheOthersEndEqual(ground: Ground) async throws {
    let (author, id) = try await relay(ground)
    var relay = try await open("relay", by: strict, rows: ground == .checkpoint)
    let report = try await founder.sync(with: relay)
    if ground == .nothing {
      #expect(report.refused.isEmpty && report.partings.isEmpty)
      #expect(try relay.log().heads[author.id] == nil)
    } else {
      let parting = try #require(report.partings.first)
      #expect(parting.holder == id && parting.refuser == founder.id)
      #expect(parting.reason.origin == author.id)
      // It goes on as often as they meet.
      #expect(try await founder.sync(with: relay).partings == report.partings)
      try await relay.close()
      let healing = try await Replica.heal(
        strict, at: path("relay"), into: path("relay2"), from: founder, offering: [author.id])
      #expect(healing.offered == (ground == .ownWrites ? 1 : 0))
      #expect(healing.refused.map(\.origin) == [author.id])
      #expect(healing.refused.first?.reason.contains("a note is short") == true)
      #expect(healing.refused.first?.writes.first?.contains(note) == true)
      relay = try await open("relay2", by: strict)
      #expect(relay.id != id && relay.snapshot.cuts.keys.contains(id))
    }
    try await expectEqual(founder, relay)
    let tags = try founder.snapshot[strict.tags, "t"].map(Array.init)
    #expect(tags == (ground == .ownWrites ? ["of the relay"] : nil))
    // Who wrote the note holds it, and leaves it, too.
    try await author.close()
    let healing = try await Replica.heal(
      strict, at: path("author"), into: path("author2"), from: relay)
    #expect(healing.refused.count == 1 && healing.offered == 0)
    let healed = try await open("author2", by: strict)
    try await expectEqual(founder, relay, healed)
    try await healed.write { [strict] in try $0[strict.notes, "last"].set("short") }
    try await expectEqual(founder, relay, healed)
    for replica in [relay, healed] { try await replica.close() }
    for name in ["relay", "author", "author2"] + (ground == .nothing ? [] : ["relay2"]) {
      #expect(try LogStore.verify(at: path(name)).findings.isEmpty)
    }
  }
}
