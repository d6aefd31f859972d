import MerganserConfluence
import MerganserModel
import MerganserTypes
import Testing

/// Cases that try to lead the analysis astray: where what looks like a known kind is another.
@Suite struct AdversaryTests {
  private struct People: Schema {
    let people = Table<Int, LWWRegister<String>>("people")
    let keys = Table<Path<String, String>, GSet<Int>>("keys")
    var invariants: [any Invariant] {
      Unique("name and city together are one person's", on: people) { _, text in text }
    }
  }

  @Test func uniquenessOfTwoAttributes() throws {
    let people = People().people
    // Any two people can take one pair; where the pair is the key, it is one row, whoever writes it.
    #expect(
      try !isConfluent(People()) {
        DeclaredTransaction("register", over: 1...2, over: ["ann, bonn", "ann, köln"]) {
          tx, id, pair in
          if try !tx[people, id].exists { try tx[people, id].set(pair) }
        }
      })
    let keyed = Keyed()
    #expect(
      try isConfluent(keyed) {
        DeclaredTransaction("register", over: ["ann"], over: ["bonn", "köln"]) { tx, name, city in
          let row = try tx[keyed.people, Path(name, child: city)]
          if try !row.exists { try row.set(name + ", " + city) }
        }
      })
  }

  private struct Keyed: Schema {
    let people = Table<Path<String, String>, LWWRegister<String>>("people")
    var invariants: [any Invariant] {
      Unique("name and city together are one person's", on: people) { key, _ in key }
    }
  }

  private struct Chain: Schema {
    let houses = Table<String, GSet<Int>>("houses")
    let rooms = Table<Path<String, Int>, GSet<Int>>("rooms")
    let meters = Table<Path<Path<String, Int>, Int>, PNCounter>("meters")
    var last = ForeignKey.Deletion.cascade
    var invariants: [any Invariant] {
      ForeignKey("a room's house", from: rooms, to: houses, onDelete: .cascade)
      ForeignKey("a meter's room", from: meters, to: rooms, onDelete: last)
      Limit("no meter below 0", on: meters, atLeast: 0)
    }
    var meter: Path<Path<String, Int>, Int> { Path(Path("h", child: 1), child: 1) }
    var begin: @Sendable (borrowing Transaction) throws -> Void {
      { tx in
        try tx[houses, "h"].create()
        try tx[rooms, Path("h", child: 1)].create()
        try tx[meters, meter].increment()
      }
    }
    var count: DeclaredTransaction<Void> {
      DeclaredTransaction("count") { tx in
        let row = try tx[meters, meter]
        if try row.value?.value ?? 0 < 2, try tx[rooms, Path("h", child: 1)].exists {
          try row.increment()
        }
      }
    }
    var use: DeclaredTransaction<Void> {
      DeclaredTransaction("use") { tx in
        if try tx[meters, meter].exists { try tx[meters, meter].decrement() }
      }
    }
    var tearDown: DeclaredTransaction<Void> {
      DeclaredTransaction("tear down") { tx in try tx[houses, "h"].delete() }
    }
  }

  @Test func cascadesThroughTwoLevelsUnderALimit() throws {
    let chain = Chain()
    #expect(
      try isConfluent(chain, start: chain.begin) {
        chain.count
        chain.tearDown
      })
    #expect(
      try !isConfluent(chain, start: chain.begin) {
        chain.use
        chain.tearDown
      })
    // What a cascade takes in the middle, a restricting key still needs.
    let restricted = Chain(last: .restrict)
    #expect(
      try !isConfluent(restricted, start: restricted.begin) {
        restricted.count
        restricted.tearDown
        DeclaredTransaction("remove meter") { tx in
          try tx[restricted.meters, restricted.meter].delete()
        }
      })
  }

  private struct Sealed: Schema {
    let stages = Table<String, GSet<Int>>("stages")
    let notes = Table<String, GSet<String>>("notes")
    var invariants: [any Invariant] {
      let (stages, notes) = (stages, notes)
      Custom("nothing is noted at the third stage", over: [stages, notes]) {
        try $0[stages, "s"]?.count ?? 0 < 3 || $0[notes, "n"] == nil
      }
    }
  }

  @Test func threeStepsOnOneSide() throws {
    let (stages, notes) = (Sealed().stages, Sealed().notes)
    let workload = try Workload("sealed", of: Sealed()) {
      DeclaredTransaction("advance") { tx in
        let row = try tx[stages, "s"]
        try row.insert((row.value?.count ?? 0) + 1)
      }
      DeclaredTransaction("note") { tx in try tx[notes, "n"].insert("x") }
    }
    let found = try Explorer.explore(workload, within: Budget(replicas: 2))
    let counterexample = try #require(found.counterexamples.first)
    #expect(counterexample.steps.count == 5)
    try expectShown(counterexample)
  }

  private struct Lamps: Schema {
    let lamps = Table<Int, ORSet<Int>>("lamps")
    let most: Int
    var invariants: [any Invariant] {
      let (lamps, most) = (lamps, most)
      Custom("at most \(most) lamps are lit", over: [lamps]) {
        try $0[lamps, 0]?.count ?? 0 <= most
      }
    }
    var light: DeclaredTransaction<Void> {
      DeclaredTransaction("light") { tx in
        try tx[lamps, 0].insert(Workload.replicas.firstIndex(of: tx.replica) ?? 0)
      }
    }
  }

  @Test func whatTakesAMergeOfMerges() throws {
    // Two lamps are lit by any two replicas; the third takes a merge of what has been merged.
    let lamps = Lamps(most: 2)
    #expect(try isConfluent(lamps) { lamps.light })
    #expect(try !isConfluent(lamps, replicas: 3) { lamps.light })
    #expect(try !isConfluent(Lamps(most: 1)) { lamps.light })
  }

  private struct Hours: Schema {
    let hours = Table<Path<String, Int>, GSet<Int>>("hours")
    let length: Int
    var invariants: [any Invariant] {
      NoOverlap("hours are apart", on: hours) { [length] key, _ in
        (resource: key.parent, from: Int64(key.child), to: Int64(key.child + length))
      }
    }
    var book: DeclaredTransaction<Int> {
      DeclaredTransaction("book", over: 9...10) { tx, hour in
        let row = try tx[hours, Path("r", child: hour)]
        if try !row.exists { try row.insert(1) }
      }
    }
  }

  @Test func intervalsThatTouchDoNotOverlap() throws {
    // Half-open: 9..<10 and 10..<11 are apart, and two bookings of one hour are one row.
    #expect(try isConfluent(Hours(length: 1)) { Hours(length: 1).book })
    #expect(try !isConfluent(Hours(length: 2)) { Hours(length: 2).book })
    // An empty interval takes nothing.
    #expect(try isConfluent(Hours(length: 0)) { Hours(length: 0).book })
  }

  private struct Shift: Schema {
    let onCall = Table<Int, LWWRegister<Bool>>("on call")
    var invariants: [any Invariant] {
      let onCall = onCall
      Custom("somebody is on call", over: [onCall]) { snapshot in
        try snapshot.rows(onCall).contains { $0.value.value == true }
      }
    }
  }

  @Test func readingBeforeWritingIsNotEnough() throws {
    let onCall = Shift().onCall
    let start: @Sendable (borrowing Transaction) throws -> Void = { tx in
      for doctor in 1...2 { try tx[onCall, doctor].set(true) }
    }
    // Each sees that the other is there, and goes: write skew.
    let leave = DeclaredTransaction("leave", over: 1...2) { tx, doctor in
      guard try tx[onCall, 3 - doctor].value?.value == true else { return }
      try tx[onCall, doctor].set(false)
    }
    #expect(try !isConfluent(Shift(), start: start) { leave })
    // The first stays; that is no matter of order.
    let secondLeaves = DeclaredTransaction("leave", over: 2...2) { tx, doctor in
      guard try tx[onCall, 1].value?.value == true else { return }
      try tx[onCall, doctor].set(false)
    }
    #expect(try isConfluent(Shift(), start: start) { secondLeaves })
  }

  private struct Twins: Schema {
    let left = Table<Int, LWWRegister<Int>>("left")
    let right = Table<Int, LWWRegister<Int>>("right")
    var invariants: [any Invariant] {
      let (left, right) = (left, right)
      Custom("left is as right", over: [left, right]) { snapshot in
        try snapshot[left, 1]?.value == snapshot[right, 1]?.value
      }
    }
  }

  @Test func registersWrittenTogetherTieAlike() throws {
    let (left, right) = (Twins().left, Twins().right)
    let start: @Sendable (borrowing Transaction) throws -> Void = { tx in
      try tx[left, 1].set(0)
      try tx[right, 1].set(0)
    }
    let both = DeclaredTransaction("both", over: 1...2) { tx, value in
      try tx[left, 1].set(value)
      try tx[right, 1].set(value)
    }
    #expect(try isConfluent(Twins(), start: start) { both })
    // One that writes what differs only lets a later left stand beside another's right.
    let needed = DeclaredTransaction("needed", over: 1...2) { tx, value in
      if try tx[left, 1].value?.value != value { try tx[left, 1].set(value) }
      if try tx[right, 1].value?.value != value { try tx[right, 1].set(value) }
    }
    #expect(try isConfluent(Twins(), start: start) { needed })
    let copy = DeclaredTransaction("copy") { tx in
      try tx[right, 1].set(tx[left, 1].value?.value ?? 0)
    }
    #expect(
      try !isConfluent(Twins(), start: start) {
        both
        copy
      })
  }
}
