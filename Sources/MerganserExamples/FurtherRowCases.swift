import MerganserConfluence
import MerganserDatabase
import MerganserModel
import MerganserTypes

private let kind = "of the same kinds"

// Rows that refer to others, that are unique or few, and what takes several steps.
extension ConfluenceCase {
  private struct Family: Schema {
    let parents = Table<String, LWWRegister<String>>("parents")
    let children = Table<Path<String, Int>, LWWRegister<String>>("children")
    let deletion: ForeignKey.Deletion

    var invariants: [any Invariant] {
      ForeignKey("a child's parent", from: children, to: parents, onDelete: deletion)
    }

    var addParent: DeclaredTransaction<Void> {
      DeclaredTransaction("add parent") { tx in try tx[parents, "p"].set("p") }
    }

    var addChild: DeclaredTransaction<Void> {
      DeclaredTransaction("add child") { tx in try tx[children, Path("p", child: 1)].set("c") }
    }

    var deleteParent: DeclaredTransaction<Void> {
      DeclaredTransaction("delete parent") { tx in
        if try tx[parents, "p"].exists { try tx[parents, "p"].delete() }
      }
    }
  }

  private struct Election: Schema {
    let votes = Table<ReplicaID, FWWRegister<String>>("votes")
    let changed = Table<ReplicaID, LWWRegister<String>>("changed")
    let leaders = Table<String, EnableWinsFlag>("leaders")

    var invariants: [any Invariant] {
      let leaders = leaders
      Custom("one leads", over: [leaders]) { try $0.count(leaders) <= 1 }
    }
  }

  static func furtherRows() throws(SchemaError) -> [ConfluenceCase] {
    try families() + names() + elections() + auctions()
  }

  private static func families() throws(SchemaError) -> [ConfluenceCase] {
    let restricting = Family(deletion: .restrict)
    let cascading = Family(deletion: .cascade)
    let begin: @Sendable (borrowing Transaction) throws -> Void = {
      try $0[restricting.parents, "p"].set("p")
    }
    return [
      try ConfluenceCase(
        63, title: "parents and children that only come", verdict: .closes, source: kind,
        schema: restricting, start: begin
      ) {
        restricting.addParent
        restricting.addChild
      },
      try ConfluenceCase(
        64, title: "only the deletion of parents is ordered", verdict: .refuted, source: kind,
        schema: restricting, start: begin
      ) {
        restricting.addChild
        restricting.deleteParent.placed(.ordered)
      },
      try ConfluenceCase(
        65, title: "parents, children and deletions in one order", verdict: .closes, source: kind,
        schema: restricting, start: begin
      ) {
        restricting.addChild.placed(.ordered)
        restricting.deleteParent.placed(.ordered)
      },
      try ConfluenceCase(
        66, title: "children that go with their parent", verdict: .closes, source: kind,
        schema: cascading, start: { tx in try tx[cascading.parents, "p"].set("p") }
      ) {
        cascading.addChild
        cascading.deleteParent
      },
    ]
  }

  private static func names() throws(SchemaError) -> [ConfluenceCase] {
    let names = DeclaredTable(keys: Int.self, of: LWWRegister<String>.self) {
      Unique("a name is one's", on: $0) { _, name in name }
    }
    let groups = DeclaredTable(keys: Int.self, of: LWWRegister<String>.self) {
      Quota("at most 2 in a group", atMost: 2, of: $0) { _, group in group }
    }
    let stays = DeclaredTable(keys: Path<String, Int>.self, of: LWWRegister<String>.self) {
      NoOverlap("stays are apart", on: $0) { key, _ in
        (resource: key.parent, from: Int64(key.child), to: Int64(key.child) + 2)
      }
    }
    let stay = DeclaredTransaction("stay", over: ["r", "s"], over: [1, 2]) { tx, room, night in
      if try tx[stays.rows, Path(room, child: night)].exists { return }
      try tx[stays.rows, Path(room, child: night)].set("x")
    }
    return [
      try ConfluenceCase(
        67, title: "two names are exchanged", verdict: .closes, source: kind, schema: names,
        start: { tx in
          try tx[names.rows, 1].set("a")
          try tx[names.rows, 2].set("b")
        }
      ) {
        DeclaredTransaction("exchange", over: [true, false]) { tx, isFirst in
          try tx[names.rows, 1].set(isFirst ? "a" : "b")
          try tx[names.rows, 2].set(isFirst ? "b" : "a")
        }
      },
      try ConfluenceCase(
        68, title: "names are taken that were free", verdict: .refuted, source: kind, schema: names
      ) {
        DeclaredTransaction("name", over: [1, 2], over: ["a"]) { tx, key, name in
          try tx[names.rows, key].set(name)
        }
      },
      try ConfluenceCase(
        69, title: "at most 2 in a group, by 3 who look first", verdict: .refuted, source: kind,
        replicas: 3, schema: groups
      ) {
        DeclaredTransaction("join", over: [1, 2, 3]) { tx, key in
          try tx[groups.rows, key].set("g")
        }
      },
      try ConfluenceCase(
        70, title: "stays of anybody", verdict: .refuted, source: kind, schema: stays
      ) { stay },
      try ConfluenceCase(
        71, title: "stays, each room with an owner", verdict: .closes, source: kind, schema: stays
      ) { stay.placed(.owned(byArgument: 0)) },
    ]
  }

  private static func elections() throws(SchemaError) -> [ConfluenceCase] {
    let election = Election()
    func lead(by votes: @escaping @Sendable (borrowing Transaction, ReplicaID) throws -> String?)
      -> DeclaredTransaction<String>
    {
      DeclaredTransaction("lead", over: ["ann", "bob"]) { tx, name in
        var count = 0
        for replica in Workload.replicas.prefix(3) where try votes(tx, replica) == name {
          count += 1
        }
        if count >= 2 { try tx[election.leaders, name].enable() }
      }
    }
    return [
      try ConfluenceCase(
        72, title: "a leader has two of three votes", verdict: .closes, source: kind, replicas: 3,
        schema: election
      ) {
        DeclaredTransaction("vote", over: ["ann", "bob"]) { tx, name in
          if try tx[election.votes, tx.replica].exists { return }
          try tx[election.votes, tx.replica].set(name)
        }
        lead { tx, replica in try tx[election.votes, replica].value?.value }
      },
      try ConfluenceCase(
        73, title: "a leader has two votes, which may change", verdict: .refuted, source: kind,
        replicas: 3, schema: election
      ) {
        DeclaredTransaction("vote", over: ["ann", "bob"]) { tx, name in
          try tx[election.changed, tx.replica].set(name)
        }
        lead { tx, replica in try tx[election.changed, replica].value?.value }
      },
    ]
  }

  private static func auctions() throws(SchemaError) -> [ConfluenceCase] {
    let auction = TwoTables(
      "the winner bid most", of: Max<Int>.self, and: FWWRegister<Int>.self
    ) { snapshot, one, two in
      guard let won = try snapshot[two, "lot"]?.value else { return true }
      return try won == snapshot[one, "lot"]?.value ?? 0
    }
    let bid = DeclaredTransaction("bid", over: [1, 2]) { tx, amount in
      if try tx[auction.two, "lot"].exists { return }
      try tx[auction.one, "lot"].observe(amount)
    }
    let close = DeclaredTransaction("close") { tx in
      if try tx[auction.two, "lot"].exists { return }
      try tx[auction.two, "lot"].set(try tx[auction.one, "lot"].value?.value ?? 0)
    }
    return [
      try ConfluenceCase(
        74, title: "an auction that anybody closes", verdict: .refuted, source: kind,
        schema: auction
      ) {
        bid
        close
      },
      try ConfluenceCase(
        75, title: "an auction in one order", verdict: .closes, source: kind, schema: auction
      ) {
        bid.placed(.ordered)
        close.placed(.ordered)
      },
    ]
  }
}
