import MerganserConfluence
import MerganserDatabase
import MerganserModel
import MerganserTypes

private let kind = "of the same kinds"

// Counters and sets.
extension ConfluenceCase {
  static func furtherCounts() throws(SchemaError) -> [ConfluenceCase] {
    try counts() + likes() + sets()
  }

  private static func counts() throws(SchemaError) -> [ConfluenceCase] {
    let votes = OneTable("at most 2 votes", of: GCounter.self) {
      try ($0[$1, "v"]?.count ?? 0) <= 2
    }
    let even = OneTable("the count is even", of: GCounter.self) {
      try ($0[$1, "v"]?.count ?? 0) % 2 == 0
    }
    let low = OneTable("at most 2 errors in a row", of: ResettableCounter.self) {
      try ($0[$1, "e"]?.exactValue ?? 0) <= 2
    }
    let rights = DeclaredTable(keys: String.self, of: EscrowCounter.self) { Bounds($0, in: 0...3) }
    let balance = DeclaredTable(keys: String.self, of: PNCounter.self) {
      Limit("no balance below 0", on: $0, atLeast: 0)
    }
    return [
      try ConfluenceCase(
        48, title: "at most 2 votes, counted before each", verdict: .refuted, source: kind,
        schema: votes
      ) {
        DeclaredTransaction("vote") { tx in
          if try tx[votes.rows, "v"].value.map(\.count) ?? 0 < 2 {
            try tx[votes.rows, "v"].increment()
          }
        }
      },
      try ConfluenceCase(
        49, title: "a count that grows by two", verdict: .closes, source: kind, schema: even
      ) {
        DeclaredTransaction("pair") { tx in
          if try tx[even.rows, "v"].value.map(\.count) ?? 0 < 2 {
            try tx[even.rows, "v"].increment(by: 2)
          }
        }
      },
      try ConfluenceCase(
        50, title: "a counter that both sides raise", verdict: .refuted, source: kind, schema: low,
        start: { tx in try tx[low.rows, "e"].increment() }
      ) {
        DeclaredTransaction("fail") { tx in
          if try tx[low.rows, "e"].value.map(\.exactValue) ?? 0 < 2 {
            try tx[low.rows, "e"].increment()
          }
        }
      },
      try ConfluenceCase(
        51, title: "a counter that is only reset", verdict: .closes, source: kind, schema: low,
        start: { tx in try tx[low.rows, "e"].increment(by: 2) }
      ) { DeclaredTransaction("succeed") { tx in try tx[low.rows, "e"].reset() } },
      try ConfluenceCase(
        52, title: "a bounded counter within rights", verdict: .byInvariant, source: kind,
        schema: rights
      ) {
        DeclaredTransaction("up") { tx in try tx[rights.rows, "r"].increment() }
        DeclaredTransaction("down") { tx in try tx[rights.rows, "r"].decrement() }
      },
      try ConfluenceCase(
        53, title: "withdrawals in one order, deposits anywhere", verdict: .byInvariant,
        source: kind, schema: balance
      ) {
        DeclaredTransaction("deposit") { tx in try tx[balance.rows, "b"].increment() }
        DeclaredTransaction("withdraw") { tx in try tx[balance.rows, "b"].decrement() }
          .placed(.ordered)
      },
    ]
  }

  private static func likes() throws(SchemaError) -> [ConfluenceCase] {
    let likes = TwoTables(
      "the count is that of the likes", of: GSet<String>.self, and: GCounter.self
    ) { try Int128($0[$1, "post"]?.count ?? 0) == Int128($0[$2, "post"]?.count ?? 0) }
    @Sendable func like(_ tx: borrowing Transaction, by name: String) throws {
      if try tx[likes.one, "post"].value.map({ $0.contains(name) }) ?? false { return }
      try tx[likes.one, "post"].insert(name)
      try tx[likes.two, "post"].increment()
    }
    return [
      try ConfluenceCase(
        54, title: "likes and their count, by anybody", verdict: .refuted, source: kind,
        schema: likes
      ) {
        DeclaredTransaction("like", over: ["ann", "bob"]) { tx, name in try like(tx, by: name) }
      },
      try ConfluenceCase(
        55, title: "likes and their count, each by its replica", verdict: .closes, source: kind,
        schema: likes
      ) { DeclaredTransaction("like") { tx in try like(tx, by: tx.replica.description) } },
    ]
  }

  private static func sets() throws(SchemaError) -> [ConfluenceCase] {
    let lock = OneTable("one holds the lock", of: ORSet<String>.self) {
      try ($0[$1, "lock"]?.count ?? 0) <= 1
    }
    let part = OneTable("who is admitted was invited", of: ORSet<String>.self) { snapshot, rows in
      let invited = Set(try snapshot[rows, "invited"].map(Array.init) ?? [])
      return try snapshot[rows, "admitted"].map { $0.allSatisfy(invited.contains) } ?? true
    }
    let admit = DeclaredTransaction("admit", over: ["ann", "bob"]) { tx, name in
      try tx[part.rows, "admitted"].insert(name)
    }
    let invite = DeclaredTransaction("invite", over: ["ann", "bob"]) { tx, name in
      try tx[part.rows, "invited"].insert(name)
    }
    let banned = TwoTables("no member is banned", of: ORSet<String>.self, and: GSet<String>.self) {
      snapshot, one, two in
      let banned = try snapshot[two, "list"]
      return try snapshot[one, "list"].map { !$0.contains { banned?.contains($0) ?? false } }
        ?? true
    }
    let join = DeclaredTransaction("join", over: ["ann"]) { tx, name in
      try tx[banned.one, "list"].insert(name)
    }
    let ban = DeclaredTransaction("ban", over: ["ann"]) { tx, name in
      try tx[banned.one, "list"].remove(name)
      try tx[banned.two, "list"].insert(name)
    }
    let few = OneTable("at most 2 of 2", of: LWWSet<String>.self) {
      try ($0[$1, "set"]?.elements.count ?? 0) <= 2
    }
    let spent = OneTable("at most 1 is spent", of: TwoPhaseSet<String>.self) {
      try ($0[$1, "set"]?.elements.count ?? 0) >= 1
    }
    return [
      try ConfluenceCase(
        56, title: "a lock that is free where one looks", verdict: .refuted, source: kind,
        schema: lock
      ) {
        DeclaredTransaction("take", over: ["ann", "bob"]) { tx, name in
          if try tx[lock.rows, "lock"].value.map(\.isEmpty) ?? true {
            try tx[lock.rows, "lock"].insert(name)
          }
        }
        DeclaredTransaction("give back") { tx in
          for name in try tx[lock.rows, "lock"].value?.sorted() ?? [] {
            try tx[lock.rows, "lock"].remove(name)
          }
        }
      },
      try ConfluenceCase(
        57, title: "who is admitted was invited, for good", verdict: .closes, source: kind,
        schema: part
      ) {
        invite
        admit
      },
      try ConfluenceCase(
        58, title: "who is admitted was invited, and may be uninvited", verdict: .refuted,
        source: kind, schema: part
      ) {
        invite
        admit
        DeclaredTransaction("uninvite", over: ["ann"]) { tx, name in
          try tx[part.rows, "invited"].remove(name)
        }
      },
      try ConfluenceCase(
        59, title: "who joins while banned", verdict: .refuted, source: kind, schema: banned
      ) {
        join
        ban
      },
      try ConfluenceCase(
        60, title: "who is banned, and does not join", verdict: .closes, source: kind,
        schema: banned, start: { tx in try tx[banned.one, "list"].insert("ann") }
      ) { ban },
      try ConfluenceCase(
        61, title: "a set of all that there is", verdict: .closes, source: kind, schema: few
      ) {
        DeclaredTransaction("insert", over: ["a", "b"]) { tx, element in
          try tx[few.rows, "set"].insert(element)
        }
        DeclaredTransaction("remove", over: ["a", "b"]) { tx, element in
          try tx[few.rows, "set"].remove(element)
        }
      },
      try ConfluenceCase(
        62, title: "one is left of a set that shrinks", verdict: .refuted, source: kind,
        schema: spent,
        start: { tx in for one in ["a", "b"] { try tx[spent.rows, "set"].insert(one) } }
      ) {
        DeclaredTransaction("spend", over: ["a", "b"]) { tx, element in
          if try tx[spent.rows, "set"].value?.elements.contains(element) ?? false {
            try tx[spent.rows, "set"].remove(element)
          }
        }
      },
    ]
  }
}
