import MerganserConfluence
import MerganserModel
import MerganserTypes
import Testing

/// What reads more of a state than it shows, the names of replicas and times, is not said to hold by a search that tries
/// few of them.
@Suite struct HiddenReadTests {
  private struct Marks: Schema {
    let notes = Table<Int, LWWRegister<Int>>("notes")
    let values = Table<Int, MVRegister<Int>>("values")
    let marks = Table<Int, LWWRegister<Int>>("marks")
    let names = Table<Int, LWWRegister<ReplicaID>>("names")
    var readsTimes = false

    var invariants: [any Invariant] {
      if readsTimes {
        Custom("not both are of today", over: [marks]) { [marks] in
          let times = try [$0[marks, 1]?.time, $0[marks, 2]?.time].compactMap { $0?.milliseconds }
          return times.filter { $0 > 1_000_000_000 }.count < 2
        }
      } else {
        Custom("not both are marked", over: [marks]) { [marks] in
          try $0[marks, 1]?.value != 1 || $0[marks, 2]?.value != 1
        }
      }
    }
  }

  /// Marks a row where a condition holds; two do so apart, and break the invariant, as soon as it ever holds.
  private func mark(
    _ schema: Marks,
    where condition: @escaping @Sendable (borrowing Transaction) throws -> Bool
  ) -> AnyDeclaredTransaction {
    AnyDeclaredTransaction(
      DeclaredTransaction("mark", over: [1, 2]) { tx, key in
        let holds = try condition(tx)
        try tx[schema.marks, key].set(holds ? 1 : 0)
      })
  }

  private func isConfluent(
    _ schema: Marks,
    start: @escaping @Sendable (borrowing Transaction) throws -> Void = { _ in },
    @TransactionsBuilder transactions: () -> [AnyDeclaredTransaction]
  ) throws -> Bool {
    let workload = try Workload("marks", of: schema, start: start, transactions: transactions)
    return try Analysis(workload, within: Budget(replicas: 3, configurations: 4000)).isConfluent
  }

  @Test func eitherOfTwoReplicasMayHaveTheLesserName() throws {
    let founder = Workload.replicas[0]
    let schema = Marks()
    for isLess in [true, false] {
      let workload = try Workload(
        "marks", of: schema,
        start: { tx in for key in [1, 2] { try tx[schema.marks, key].set(0) } }
      ) {
        mark(schema) { tx in
          let name = tx.replica
          return name == founder || (name < founder) == isLess
        }
      }
      let analysis = try Analysis(workload, within: Budget(replicas: 2, configurations: 4000))
      let found = try #require(analysis.counterexamples.first)
      #expect(found.replicas == 2)
      #expect(try found.replay() == found.violation)
      #expect("\(found)".contains("A: mark(1)") && "\(found)".contains("B: mark(2)"))
    }
  }

  @Test func severalNamesMayLieBehindTheFounders() async throws {
    let founder = Workload.replicas[0]
    let schema = Marks()
    let workload = try Workload(
      "marks", of: schema,
      start: { tx in for key in [1, 2] { try tx[schema.marks, key].set(0) } }
    ) {
      // One replica marks one row.
      AnyDeclaredTransaction(
        DeclaredTransaction("mark", over: [1, 2]) { tx, key in
          let name = tx.replica
          guard name > founder, try tx[schema.marks, 3 - key].value?.value == 0 else { return }
          try tx[schema.marks, key].set(1)
        })
    }
    // Of two, either is the only one behind it.
    #expect(try Analysis(workload, within: Budget(replicas: 2)).isConfluent)
    let found = try #require(Analysis(workload).counterexamples.first)
    #expect(try found.replay() == found.violation)
  }

  @Test func namesOfRowsAreComparedInEachOrder() throws {
    let schema = Marks()
    let holds = try isConfluent(schema, start: { tx in try tx[schema.notes, 3].set(1) }) {
      DeclaredTransaction("write", over: [1, 2]) { tx, key in
        if try !tx[schema.notes, key].exists { try tx[schema.notes, key].set(1) }
      }
      mark(schema) { tx in
        guard let first = try tx[schema.notes, 3].value?.replica,
          let one = try tx[schema.notes, 1].value?.replica,
          let other = try tx[schema.notes, 2].value?.replica
        else { return false }
        return one != other && one > first && other > first
      }
    }
    #expect(!holds)
  }

  @Test func numbersOfWritesAreNoneOfASearch() throws {
    let schema = Marks()
    let holds = try isConfluent(schema) {
      DeclaredTransaction("one") { tx in
        if try !tx[schema.values, 1].exists { try tx[schema.values, 1].set(1) }
      }
      .placed(.ordered)
      DeclaredTransaction("two") { tx in
        guard try tx[schema.values, 1].exists, try !tx[schema.values, 2].exists else { return }
        try tx[schema.values, 2].set(1)
      }
      mark(schema) { tx in
        guard let one = try tx[schema.values, 1].value?.versions.first?.dot,
          let two = try tx[schema.values, 2].value?.versions.first?.dot
        else { return false }
        return one.sequence > two.sequence
      }
    }
    #expect(!holds)
  }

  @Test func partsOfTimesAreNoneOfASearch() throws {
    let schema = Marks()
    let holds = try isConfluent(
      schema, start: { tx in for key in [1, 2] { try tx[schema.notes, key].set(0) } }
    ) {
      DeclaredTransaction("write", over: [1, 2]) { tx, key in
        if try tx[schema.notes, key].value?.value == 0 { try tx[schema.notes, key].set(1) }
      }
      mark(schema) { tx in
        let one = try tx[schema.notes, 1].value?.time
        let other = try tx[schema.notes, 2].value?.time
        guard let one, let other, one < other else { return false }
        return one.counter > other.counter
      }
    }
    #expect(!holds)
  }

  @Test func whoIsLentTheAuthorHasAskedWhereItRuns() throws {
    let schema = Marks()
    let workload = try Workload("marks", of: schema) {
      DeclaredTransaction("write") { tx in
        var name = ReplicaID.random()
        try tx[schema.values, 1].update { store, author in
          name = author.replica
          return store.set(1, as: &author)
        }
        try tx[schema.names, 1].set(name)
      }
      mark(schema) { tx in try tx[schema.values, 1].value?.values == [2] }
    }
    let plan = try Planning(Analysis(workload)).plan
    #expect(plan.entries["write"]?.basis != .search(replicas: nil))
  }

  @Test func whatIsHandedOnLateIsSearched() throws {
    let schema = Marks()
    let workload = try Workload("crossing", of: Crossing()) {
      DeclaredTransaction("up", over: [1, 2]) { tx, key in
        let other = try tx[schema.marks, 3 - key].value?.value
        switch try tx[schema.marks, key].value?.value {
        case nil: try tx[schema.marks, key].set(1)
        case 1 where other == nil: try tx[schema.marks, key].set(2)
        case 2 where other == 1: try tx[schema.marks, key].set(3)
        default: break
        }
      }
      .placed(.owned(byArgument: 0))
    }
    let found = try #require(
      try Analysis(workload, within: Budget(replicas: 2)).counterexamples.first)
    // One carries what was written before.
    #expect(found.replicas == 3)
    #expect(try found.replay() == found.violation)
  }

  private struct Crossing: Schema {
    let marks = Table<Int, LWWRegister<Int>>("marks")

    var invariants: [any Invariant] {
      Custom("not all is 3", over: [marks]) { [marks] in
        try $0[marks, 1]?.value != 3 || $0[marks, 2]?.value != 3
      }
    }
  }

  @Test func valuesSideBySideHaveAnOrderOfTheirOwn() throws {
    let schema = Marks()
    let holds = try isConfluent(schema, start: { tx in try tx[schema.values, 1].set(0) }) {
      DeclaredTransaction("one") { tx in try tx[schema.values, 1].set(1) }.placed(.ordered)
      DeclaredTransaction("two") { tx in
        if try tx[schema.values, 1].value?.values.first == 0 { try tx[schema.values, 1].set(2) }
      }
      mark(schema) { tx in try tx[schema.values, 1].value?.values == [1, 2] }
    }
    #expect(!holds)
    var (one, other) = (MVRegister<Int>(), MVRegister<Int>())
    one.set(2, as: ReplicaID(high: 1, low: 0))
    other.set(1, as: ReplicaID(high: 2, low: 0))
    one.merge(other)
    #expect(one.values == [1, 2])
  }

  @Test func namesThatAreCompared() throws {
    let schema = Marks()
    let asked = try isConfluent(schema) {
      DeclaredTransaction("lead") { tx in try tx[schema.names, 1].set(tx.replica) }
        .placed(.ordered)
      mark(schema) { tx in
        let replica = tx.replica
        return try tx[schema.names, 1].value?.value.map { replica < $0 } ?? false
      }
    }
    #expect(!asked)
    let written = try isConfluent(schema) {
      DeclaredTransaction("lead") { tx in try tx[schema.notes, 1].set(1) }.placed(.ordered)
      DeclaredTransaction("follow") { tx in try tx[schema.notes, 2].set(1) }
      mark(schema) { tx in
        guard let one = try tx[schema.notes, 1].value?.replica,
          let two = try tx[schema.notes, 2].value?.replica
        else { return false }
        return two < one
      }
    }
    #expect(!written)
  }

  @Test func bitsOfNames() throws {
    let schema = Marks()
    #expect(try !isConfluent(schema) { mark(schema) { tx in tx.replica.low != 0 } })
    let shards = try Workload("shards", of: Shards()) {
      DeclaredTransaction("count") { tx in
        try tx[Shards().rows, Int(tx.replica.low % 64)].set(1)
      }
    }
    #expect(try !Analysis(shards, within: Budget(replicas: 3, configurations: 4000)).isConfluent)
  }

  private struct Shards: Schema {
    let rows = Table<Int, LWWRegister<Int>>("rows")
    var invariants: [any Invariant] {
      Custom("one shard", over: [rows]) { [rows] in try $0.count(rows) <= 1 }
    }
  }

  /// Whoever asks which replica it is was searched for these replicas, and not for any number.
  @Test func whoAsksForItsNameIsNotOfAnyNumber() throws {
    let schema = Marks()
    let workload = try Workload("marks", of: schema) {
      mark(schema) { tx in tx.replica == ReplicaID(high: 7, low: 7) }
    }
    let plan = try Planning(Analysis(workload)).plan
    #expect(plan.entries["mark"]?.basis != .search(replicas: nil), "\(plan)")
  }

  @Test func timesThatAreComputedWith() throws {
    let schema = Marks()
    let set = DeclaredTransaction("set") { tx in try tx[schema.notes, 1].set(1) }
    for set in [AnyDeclaredTransaction(set), set.placed(.ordered)] {
      #expect(
        try !isConfluent(schema) {
          set
          mark(schema) { tx in
            (try tx[schema.notes, 1].value?.time?.milliseconds ?? 0) > 1_000_000_000
          }
        })
    }
    // Its own time, read where it has just been written.
    #expect(
      try !isConfluent(schema) {
        mark(schema) { tx in
          try tx[schema.notes, 1].set(1)
          return (try tx[schema.notes, 1].value?.time?.milliseconds ?? 0) > 1_000_000_000
        }
      })
    let timed = Marks(readsTimes: true)
    let workload = try Workload("times", of: timed) {
      DeclaredTransaction("set", over: [1, 2]) { tx, key in try tx[timed.marks, key].set(1) }
    }
    let analysis = try Analysis(workload, within: Budget(replicas: 3, configurations: 4000))
    #expect(!analysis.isConfluent)
    #expect("\(analysis.verdicts)".contains("computes with those of what it reads"))
    #expect(try Planning(analysis).plan.entries["set"]?.way == .ordered)
  }
}
