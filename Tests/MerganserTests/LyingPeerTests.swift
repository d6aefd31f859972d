import Foundation
import Merganser
import MerganserSync
import MerganserDatabase
import MerganserModel
import MerganserLog
import TestSupport
import Testing

/// Whatever a member hands over, malformed in whichever field: the honest replica refuses it or takes what is
/// sound, goes on writing, meets others, and opens again as it was.
@Suite struct LyingPeerTests {
  private struct Shop: Schema {
    let stock = Table<String, EscrowCounter>("stock")
    let tags = Table<String, ORSet<String>>("tags")
    var invariants: [any Invariant] { Bounds(stock, in: 0...) }
  }

  /// What a lie changes, and its name.
  struct Lie: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let change: @Sendable (inout LyingPeer, _ victim: ReplicaID) -> Void

    init(_ name: String, change: @escaping @Sendable (inout LyingPeer, ReplicaID) -> Void) {
      testDescription = name
      self.change = change
    }
  }

  private static let stranger = ReplicaID(high: 9, low: 9)

  private static func greeting(
    _ name: String, change: @escaping @Sendable (inout Greeting, ReplicaID) -> Void
  ) -> Lie {
    Lie("greeting: \(name)") { peer, victim in peer.greets = { change(&$0, victim) } }
  }

  static let greetings: [Lie] = [
    greeting("the victim's own id") { $0.replica = $1 },
    greeting("another's id") { greeting, _ in greeting.replica = stranger },
    greeting("another database") { greeting, _ in greeting.founder = stranger },
    greeting("a plan") { greeting, _ in greeting.plan = 7 },
    greeting("a table named twice") { greeting, _ in
      greeting.schema.tables.append(greeting.schema.tables[0])
    },
    greeting("a table of another type") { greeting, _ in
      let table = greeting.schema.tables[0]
      greeting.schema.tables[0] = SchemaDescription.Table(
        name: table.name, key: table.key, value: "GCounter")
    },
    greeting("a table of no type") { greeting, _ in
      greeting.schema.tables.append(
        SchemaDescription.Table(name: "x", key: "]<>", value: "ORSet<<"))
    },
    greeting("a name that is no name") { greeting, _ in
      greeting.schema.tables.append(
        SchemaDescription.Table(name: "\u{1B}[2J\0", key: "Int", value: "GCounter"))
    },
    greeting("a name of a million bytes") { greeting, _ in
      greeting.schema.tables.append(
        SchemaDescription.Table(
          name: String(repeating: "x", count: 1_000_000), key: "Int", value: "GCounter"))
    },
    greeting("a hundred thousand tables") { greeting, _ in
      greeting.schema.tables += (0..<100_000).map {
        SchemaDescription.Table(name: "t\($0)", key: "Int", value: "GCounter")
      }
    },
    greeting("an invariant that nobody knows") { greeting, _ in
      greeting.schema.invariants.append(
        SchemaDescription.Invariant(kind: "Magic", name: "m", parameters: ["\0"]))
    },
    greeting("an invariant without parameters") { greeting, _ in
      greeting.schema.invariants[0].parameters = []
    },
    greeting("no schema") { greeting, _ in
      greeting.schema = SchemaDescription(tables: [], invariants: [])
    },
    greeting("a head 0") { $0.heads[$1] = Head(sequence: 0, hash: 0) },
    greeting("the victim's head at the end") {
      $0.heads[$1] = Head(sequence: Dot.maximumSequence, hash: 1)
    },
    greeting("the victim's head behind the end") { $0.heads[$1] = Head(sequence: .max, hash: 1) },
    greeting("the victim's head with another hash") { $0.heads[$1]?.hash ^= 1 },
    greeting("a stranger's head at the end") { greeting, _ in
      greeting.heads[stranger] = Head(sequence: Dot.maximumSequence, hash: 1)
    },
    greeting("a stranger's head behind the end") { greeting, _ in
      greeting.heads[stranger] = Head(sequence: .max, hash: 1)
    },
    greeting("no heads") { greeting, _ in greeting.heads = [:] },
    greeting("two hundred thousand heads") { greeting, _ in
      for number in 1...200_000 {
        greeting.heads[ReplicaID(high: 7, low: UInt64(number))] = Head(sequence: 1, hash: 1)
      }
    },
    greeting("a truncation at the end") { $0.truncatedTo[$1] = .max },
    greeting("a truncation of a stranger's") { greeting, _ in greeting.truncatedTo[stranger] = .max
    },
    greeting("the victim's end") {
      $0.cuts[$1] = Cut(last: Head(sequence: 1, hash: 1), heir: stranger, decided: 0)
    },
    greeting("a cut behind the end") { greeting, _ in
      greeting.cuts[stranger] = Cut(
        last: Head(sequence: .max, hash: 1), heir: stranger, decided: .max)
    },
    greeting("a hundred thousand cuts") { greeting, _ in
      for number in 1...100_000 {
        greeting.cuts[ReplicaID(high: 7, low: UInt64(number))] = Cut(
          last: Head(sequence: 1, hash: 1), heir: stranger, decided: 0)
      }
    },
  ]

  private static func versions(
    _ name: String, change: @escaping @Sendable ([StoredVersion]) throws -> [[StoredVersion]]
  ) -> Lie {
    Lie("versions: \(name)") { peer, _ in peer.writes = change }
  }

  /// The versions with the payload of each changed, where it can still be one.
  private static func payloads(
    _ name: String, change: @escaping @Sendable (inout [UInt8]) -> Void
  ) -> Lie {
    versions(name) { versions in
      [
        versions.compactMap { version in
          var payload = version.payload
          change(&payload)
          return try? StoredVersion(origin: version.origin, payload: payload)
        }
      ]
    }
  }

  static let histories: [Lie] = [
    versions("none") { _ in [] },
    versions("empty batches") { [[], $0, []] },
    versions("each twice") { [$0, $0] },
    versions("the last first") { [$0.reversed()] },
    versions("in a stranger's name") { versions in
      [try versions.map { try StoredVersion(origin: stranger, payload: $0.payload) }]
    },
    versions("without the first") { [Array($0.dropFirst())] },
    payloads("cut short") { $0.removeLast($0.count / 2) },
    payloads("with bytes behind them") { $0 += [1, 2, 3] },
    payloads("of another format") { $0[0] = 9 },
    payloads("of format 1") { $0[0] = 1 },
    payloads("with a byte changed in the middle") { $0[$0.count / 2] ^= 0xFF },
    payloads("from the end of time") { payload in
      for place in 11..<19 { payload[place] = 0xFF }
    },
    payloads("with another hash before them") { $0[3] ^= 1 },
    Lie("versions: broken off") { peer, _ in peer.breaksOff = true },
    Lie("comparison: a fork") { peer, victim in
      peer.compares = { $0.fork = .forkedHistory(origin: victim, sequence: 1) }
    },
    Lie("comparison: nothing is known") { peer, victim in
      peer.compares = { $0.unknown = [victim, stranger] }
    },
    Lie("reception: everything is refused") { peer, victim in
      peer.answers = { reception in
        reception.applied = []
        for _ in 0..<5000 {
          reception.refuse(
            .malformed(
              origin: victim, sequence: .max, reason: String(repeating: "x", count: 1000)))
        }
      }
    },
  ]

  private static func state(
    _ name: String, change: @escaping @Sendable (inout LyingPeer, ReplicaID) -> Void
  ) -> Lie {
    Lie("state: \(name)") { peer, victim in
      // All of the log is said to be gone.
      peer.greets = { greeting in
        greeting.truncatedTo = VersionVector(greeting.heads)
      }
      change(&peer, victim)
    }
  }

  static let states: [Lie] = [
    state("broken off") { peer, _ in peer.breaksOff = true },
    state("without parts") { peer, _ in peer.rows = { _ in [] } },
    state("without its last part") { peer, _ in peer.rows = { $0.dropLast() } },
    state("with each part twice") { peer, _ in peer.rows = { $0.flatMap { [$0, $0] } } },
    state("with parts in another order") { peer, _ in peer.rows = { $0.reversed() } },
    state("of another table") { peer, _ in
      peer.rows = { parts in parts.map { change($0) { $0.table = "x" } } }
    },
    state("with a part that begins elsewhere") { peer, _ in
      peer.rows = { parts in parts.map { change($0) { $0.behind = [1] } } }
    },
    state("with a part that ends before its rows") { peer, _ in
      peer.rows = { parts in parts.map { change($0) { $0.last = [0] } } }
    },
    state("with rows in another order") { peer, _ in
      peer.rows = { parts in parts.map { change($0) { $0.rows.reverse() } } }
    },
    state("with rows twice") { peer, _ in
      peer.rows = { parts in parts.map { change($0) { $0.rows += $0.rows } } }
    },
    state("with a key of 5,000 bytes") { peer, _ in
      peer.rows = { parts in
        parts.map { part in
          change(part) { part in
            for place in part.rows.indices {
              part.rows[place].key += [UInt8](repeating: 65, count: 5000)
            }
          }
        }
      }
    },
    state("with rows that are none") { peer, _ in
      peer.rows = { parts in
        parts.map { part in
          change(part) { part in
            for place in part.rows.indices { part.rows[place].bytes = [1, 2, 3] }
          }
        }
      }
    },
    state("with rows cut short") { peer, _ in
      peer.rows = { parts in
        parts.map { part in
          change(part) { part in
            for place in part.rows.indices { part.rows[place].bytes.removeLast() }
          }
        }
      }
    },
    state("with a row that names a stranger's writes") { peer, _ in
      peer.heads = { $0.heads = $0.heads.filter { $0.value.sequence > 3 } }
    },
    state("whose header names no table") { peer, _ in peer.heads = { $0.tables = [] } },
    state("whose header names a table that there is not") { peer, _ in
      peer.heads = { $0.tables = ["nobody's"] }
    },
    state("from the end of time") { peer, _ in peer.heads = { $0.time = HybridTime(bits: .max) } },
    state("with a head 0") { peer, _ in
      peer.heads = { $0.heads[stranger] = Head(sequence: 0, hash: 0) }
    },
    state("with a head behind the end") { peer, _ in
      peer.heads = { $0.heads[stranger] = Head(sequence: .max, hash: 0) }
    },
    state("beyond the victim's own history") { peer, victim in
      peer.heads = { $0.heads[victim] = Head(sequence: Dot.maximumSequence, hash: 0) }
    },
    state("on another branch of the victim's history") { peer, victim in
      peer.heads = { $0.heads[victim]?.hash ^= 1 }
    },
  ]

  private static func change(
    _ part: StatePart, body: (inout StatePart) -> Void
  ) -> StatePart {
    var part = part
    body(&part)
    return part
  }

  @Test(arguments: greetings) func noGreetingBreaksAnything(_ lie: Lie) async throws {
    try await expectNothingBreaks(by: lie)
  }

  @Test(arguments: histories) func noHistoryBreaksAnything(_ lie: Lie) async throws {
    try await expectNothingBreaks(by: lie)
  }

  @Test(arguments: states) func noStateBreaksAnything(_ lie: Lie) async throws {
    try await expectNothingBreaks(by: lie)
  }

  private func expectNothingBreaks(by lie: Lie) async throws {
    let (shop, folder) = (Shop(), try TemporaryFolder())
    let path = folder.path + "/victim"
    var victim = try await Replica.open(shop, at: path)
    let friend = try Replica(shop, joining: victim.id)
    try await victim.write { tx in
      for number in 0..<20 { try tx[shop.tags, "\(number)"].insert("x") }
      try tx[shop.stock, "a"].increment(by: 10)
    }
    try await victim.sync(with: friend)
    let other = try Replica(shop, joining: victim.id)
    try await other.sync(with: friend)
    for number in 0..<5 { try await other.write { try $0[shop.tags, "o\(number)"].insert("y") } }
    try await victim.write { try $0[shop.tags, "v"].insert("z") }

    var peer = LyingPeer(honest: other)
    lie.change(&peer, victim.id)
    for _ in 0..<2 {
      do { _ = try await sync(victim, with: peer) } catch {
        // Whatever it is, a person can read it, and no terminal obeys it.
        let text = "\(error)"
        #expect(!text.isEmpty && text.utf8.count < 4000, "\(text.prefix(300))")
        #expect(
          !text.unicodeScalars.contains { $0.value < 32 && $0 != "\n" }, "\(text.prefix(300))")
      }
    }
    // It goes on: it writes, meets honest replicas, and opens again as it was.
    try await victim.write { try $0[shop.stock, "a"].decrement(by: 1) }
    for _ in 0..<2 {
      try await victim.sync(with: other)
      try await victim.sync(with: friend)
    }
    #expect(try victim.snapshot[shop.stock, "a"]?.value == 9)
    #expect(try victim.snapshot[shop.tags, "o4"].map(Array.init) == ["y"])
    #expect(try victim.snapshot.digest == friend.snapshot.digest)
    let digest = try victim.snapshot.digest
    try await victim.close()
    victim = try await Replica.open(shop, at: path)
    #expect(try victim.snapshot.digest == digest)
    try await victim.write { try $0[shop.tags, "again"].insert("z") }
    #expect(try victim.snapshot.violations().isEmpty)
    try await victim.close()
  }
}
