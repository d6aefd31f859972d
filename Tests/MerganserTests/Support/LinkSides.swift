import Merganser
import MerganserDatabase
import MerganserSync
import Testing

/// The two sides of links in tests of one machine.
enum LinkSides {
  static let ours = ReplicaID(high: 0, low: 1)
  static let theirs = ReplicaID(high: 0, low: 2)

  /// How many bytes the other side takes ahead of what it has stored.
  static let window = 1 << 16

  static func greeting(_ replica: ReplicaID, window: Int? = window) throws -> Greeting {
    var greeting = Greeting(
      replica: replica, founder: ours, schema: try Catalog(Bank()).description, heads: [:])
    greeting.window = window
    return greeting
  }

  /// A side that has met the other, which links too.
  static func side(_ limits: SyncLimits = SyncLimits()) throws -> SyncSide {
    var side = try SyncSide(try greeting(ours, window: nil), limits: limits, isLink: true)
    try meet(&side, messages: 1)
    return side
  }

  /// Has a side meet the other one, which says its end behind so many messages.
  static func meet(
    _ side: inout SyncSide, messages: Int, as other: Greeting? = nil
  ) throws {
    try side.hear(.greeting(try other ?? greeting(theirs)))
    if side.failure != nil { return }
    try side.step(.compared(HistoryComparison()))
    try side.step(.readAll)
    try side.hear(.end(messages: messages))
    try side.hear(.outcome(SyncOutcome()))
    if side.failure != nil { return }
    #expect(side.said { if case .met = $0 { true } else { false } })
    #expect(side.machine.stage == .live)
  }

  /// Has the other side call a side, which holds so much, for a meeting, at which it says something of itself.
  static func meetAgain(
    _ side: inout SyncSide, holding heads: [ReplicaID: Head] = [:], as other: Greeting? = nil
  ) throws {
    try side.hear(.again)
    if side.failure != nil { return }
    var own = try greeting(ours, window: nil)
    own.heads = heads
    try side.step(.began(own))
    try meet(&side, messages: side.encoder.count + 1, as: other)
  }

  /// Versions of a replica, one after the other, each with so many bytes and some more.
  static func versions(
    of replica: ReplicaID, count: Int, size: Int = 10
  ) throws -> [StoredVersion] {
    var database = Database(catalog: try Catalog(Bank()), replica: replica, founder: ours)
    let bank = Bank()
    return try (0..<count).map { number in
      let (_, version) = try database.transact(wall: .zero) { tx in
        try tx[bank.accounts, "\(number)"].increment(by: 1)
        try tx[bank.owners, "\(number)"].set(String(repeating: "x", count: size))
      }
      database.noteStored()
      return try #require(version)
    }
  }
}
