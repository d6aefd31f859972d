import Foundation
import Merganser
import MerganserDatabase
import MerganserLog
import TestSupport
import Testing

/// A replica's store of today's format, as it was when the format was new: every later version of the program
/// must show its rows.
///
/// It was made by ``GoldenStore/make(at:)``; what it holds is kept beside it, as text. It has a row of every type
/// under every kind of key, and what stands beside rows: versions that are set aside, the hashes of truncated ones
/// that a peer lacks, the end of an identity, requests, and a double that was not acknowledged.
@Suite struct GoldenReplicaTests {
  private static var golden: String {
    URL(filePath: #filePath).deletingLastPathComponent().path + "/Golden/format-3"
  }

  private func text(_ path: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
  }

  @Test func itsRowsAreThere() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/copy"
    try FileManager.default.copyItem(atPath: Self.golden, toPath: path)
    #expect(try text(path + "/CURRENT").contains("format 3\n"))
    let expected = try text(path + "/CONTENTS")
    #expect(try GoldenStore.contents(of: path) == expected)
    let verification = try LogStore.verify(at: path)
    #expect(verification.findings.map(\.description) == [])
    #expect(verification.truncated > 0)

    // It goes on, as a replica of its own since it is a copy.
    let schema = GoldenStore.Everything()
    let replica = try await Replica.open(schema, at: path)
    #expect(replica.id != GoldenStore.id)
    #expect(try replica.snapshot.violations().isEmpty)
    try await replica.write { try $0[schema.grown, "g"].increment(by: 1) }
    let other = try Replica(schema, joining: replica.founder)
    try await other.sync(with: replica)
    #expect(try other.snapshot.digest == replica.snapshot.digest)
    try await replica.close()
    #expect(try LogStore.verify(at: path).isSound)
  }

  /// What is made anew holds the same.
  @Test func aStoreThatIsMadeTodayHoldsTheSame() async throws {
    let folder = try TemporaryFolder()
    try await GoldenStore.make(at: folder.path + "/new")
    #expect(
      try GoldenStore.contents(of: folder.path + "/new") == text(Self.golden + "/CONTENTS"))
  }
}

/// The store that is kept.
enum GoldenStore {
  static let id = ReplicaID(high: 3, low: 2)
  private static let founder = ReplicaID(high: 3, low: 1)

  /// A table of every type, and the invariants that need a table of their own.
  struct Everything: Schema {
    let grown = Table<String, GCounter>("grown")
    let counts = Table<Int, PNCounter>("counts")
    let totals = Table<String, PNCounter>("totals")
    let resettable = Table<UInt64, ResettableCounter>("resettable")
    let accounts = Table<String, EscrowCounter>("accounts")
    let names = Table<Path<String, Int>, LWWRegister<String>>("names")
    let values = Table<ReplicaID, MVRegister<Int>>("values")
    let enabled = Table<RequestID, EnableWinsFlag>("enabled")
    let disabled = Table<Int, DisableWinsFlag>("disabled")
    let grow = Table<Int, GSet<String>>("grow")
    let twoPhase = Table<Int, TwoPhaseSet<Int>>("two phase")
    let sets = Table<Int, ORSet<Int>>("sets")
    let removing = Table<Int, RWSet<Int>>("removing")
    let lasting = Table<Int, LWWSet<Int>>("lasting")
    let greatest = Table<Int, Max<Int>>("greatest")
    let least = Table<Int, Min<Int>>("least")
    let maps = Table<Int, ORMap<String, ORSet<Int>>>("maps")
    let growing = Table<Int, GMap<Int, GCounter>>("growing")
    let incarnated = Table<Int, Incarnated<GCounter>>("incarnated")
    let pairs = Table<Int, Pair<GCounter, GSet<Int>>>("pairs")
    let ordered = Table<Int, Lexicographic<Max<Int>, GCounter>>("ordered")

    var invariants: [any Invariant] {
      Bounds(accounts, in: (-5)...1000)
      ForeignKey("a name has a count", from: names, to: grown, onDelete: .cascade)
      Unique("a name is one row's", on: names, by: .owner(.founder)) { _, name in name }
      SumOf("the counts' total", of: counts, in: totals) { _ in "all" }
    }
  }

  /// Writes something to a row of every table.
  private static func fill(_ replica: Replica<Everything>, number: Int) async throws {
    let all = Everything()
    let amount = Int64(number)
    try await replica.write { tx in
      try tx[all.grown, "g"].increment(by: amount)
      try tx[all.counts, 1].increment(by: amount)
      try tx[all.totals, "all"].increment(by: amount)
      try tx[all.resettable, 1].increment(by: amount)
      try tx[all.values, id].set(number)
      try tx[all.enabled, RequestID(1)].enable()
      try tx[all.disabled, 1].disable()
      try tx[all.grow, 1].insert("\(number)")
      try tx[all.twoPhase, 1].insert(number)
      try tx[all.sets, 1].insert(number)
      try tx[all.removing, 1].insert(number)
      try tx[all.lasting, 1].insert(number)
      try tx[all.greatest, 1].observe(number)
      try tx[all.least, 1].observe(number)
      try tx[all.maps, 1].update("m") { $0.insert(number, as: &$1) }
      try tx[all.growing, 1].update(number) { try $0.increment(by: 2, as: $1.replica) }
      try tx[all.incarnated, 1].write { try $0.increment(by: amount, as: $1.replica) }
      try tx[all.pairs, 1].updateFirst { try $0.increment(by: amount, as: $1.replica) }
      try tx[all.ordered, 1].raise(Max(number))
    }
  }

  /// Makes the store.
  static func make(at path: String) async throws {
    let all = Everything()
    // It stands still, so that all times follow from what is written.
    let wall: @Sendable () -> HybridTime = { HybridTime(milliseconds: 1_767_225_600_000) }
    let storage = MemoryStorage()
    let first = try Replica(all, id: founder, storage: storage, options: ReplicaOptions(wall: wall))
    try await fill(first, number: 1)
    try await first.write { tx in
      try tx[all.accounts, "a"].increment(by: 40)
      try tx[all.names, Path("g", child: 1)].set("falcon")
    }
    let saved = MemoryStorage()
    let reader = try storage.snapshot().versions(of: founder, after: 0)
    while let version = try reader.next() { try saved.append([version]) }

    var options = ReplicaOptions(durability: .survivesProcessCrash)
    options.retention = Retention(history: 0, backlog: 0)
    let replica = try await Replica.open(
      all, at: path, joining: founder, id: id, options: options.with(wall: wall))
    // A peer that comes once, early.
    let early = try Replica(
      all, joining: founder, id: ReplicaID(high: 3, low: 3), options: ReplicaOptions(wall: wall))
    try await replica.sync(with: early)
    // A replica that creates the same rows, and is lost; it ran a request that runs here, too.
    let lost = try Replica(
      all, joining: founder, id: ReplicaID(high: 3, low: 4), options: ReplicaOptions(wall: wall))
    try await fill(lost, number: 2)
    try await fill(replica, number: 3)
    for one in [lost, replica] {
      _ = try await one.write(request: RequestID(7), keeping: Int64.self) { tx in
        try tx[all.grown, "twice"].increment(by: 1)
        return 8
      }
    }
    try await replica.sync(with: lost)
    try await replica.succeed(lost.id)
    try await replica.sync(with: first)
    _ = try await replica.write(
      request: RequestID(9), recordsRefusal: true
    ) { tx in
      try tx[all.accounts, "a"].decrement(by: 41)
    }
    try await fill(replica, number: 4)
    try await replica.write { tx in
      try tx[all.sets, 1].remove(1)
      try tx[all.grow, 1].touch()
      try tx[all.resettable, 1].reset()
    }

    // The founder's other branch, and who rests on it.
    let restored = try Replica(
      all, id: founder, storage: saved, options: ReplicaOptions(wall: wall))
    try await first.write { try $0[all.grow, 2].insert("kept") }
    try await replica.sync(with: first)
    try await restored.write { try $0[all.grow, 2].insert("left") }
    let other = try Replica(
      all, joining: founder, id: ReplicaID(high: 3, low: 5), options: ReplicaOptions(wall: wall))
    try await other.sync(with: restored)
    try await other.write { try $0[all.grow, 2].insert("rests on it") }
    let log = try other.log()
    var versions: [StoredVersion] = []
    for origin in log.heads.keys.sorted() {
      let reader = try log.versions(of: origin, after: 0)
      while let version = try reader.next() { versions.append(version) }
    }
    _ = try await replica.apply(versions)
    try await replica.close()

    // All of it is stored in rows, the log is truncated, and then goes on.
    options.checkpointInterval = 1
    let again = try await Replica.open(all, at: path, options: options.with(wall: wall))
    try await fill(again, number: 5)
    try await again.close()
    options.checkpointInterval = 1 << 30
    let store = try LogStore.open(at: path, options: options)
    while try store.truncate() {}
    try store.close()
    let last = try await Replica.open(all, at: path, options: options.with(wall: wall))
    try await fill(last, number: 6)
    try await last.close()
    let whole = try LogStore.open(at: path, options: options)
    try whole.compact()
    try whole.close()
  }

  /// What a store holds, as text.
  static func contents(of path: String) throws -> String {
    let reading = try LogStore.openForReading(at: path)
    defer { reading.close() }
    let log = try reading.snapshot()
    var database = Database(
      catalog: try Catalog(Everything()), replica: reading.identity.replica,
      founder: reading.identity.founder)
    try database.recover(from: log)
    var lines: [String] = []
    for table in reading.identity.schema.tables {
      for row in try database.snapshot.text(ofTable: table.name) {
        lines.append("\(table.name) \(row.key): \(row.value)")
      }
    }
    for (origin, end) in log.truncatedTo.sorted(by: { $0.key < $1.key }) {
      lines.append("\(origin) is truncated to \(end.sequence)")
      let known = try (1..<end.sequence).filter {
        try log.entry(of: origin, endingAt: $0) != .unknown
      }
      lines.append("\(origin) has ends up to there from \(known.first ?? end.sequence) on")
    }
    for (origin, head) in log.heads.sorted(by: { $0.key < $1.key }) {
      lines.append("\(origin) ends with \(head.sequence), \(head.hash)")
    }
    var aside: [String] = []
    try log.state.forEachSetAside { version in
      aside.append("set aside: \(version.version.origin) \(version.version.sequences)")
    }
    lines += aside.sorted()
    lines += database.snapshot.cuts.sorted { $0.key < $1.key }.map {
      "\($0.key) ended behind \($0.value.last.sequence), for \($0.value.heir)"
    }
    lines += try database.snapshot.executedTwice().map { "twice: \($0.request)" }
    lines.append("digest \(try database.snapshot.digest)")
    return lines.joined(separator: "\n") + "\n"
  }
}
