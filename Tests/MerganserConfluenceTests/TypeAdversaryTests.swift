import MerganserConfluence
import MerganserModel
import MerganserTypes
import Testing

/// Cases that turn on what a type, a cascade or an owner does with concurrent writes.
@Suite struct TypeAdversaryTests {
  private struct Counts: Schema {
    let counts = Table<String, PNCounter>("counts")
    var invariants: [any Invariant] { Limit("never below 0", on: counts, atLeast: 0) }
    var up: DeclaredTransaction<Void> {
      DeclaredTransaction("up") { tx in
        if try !tx[counts, "c"].exists { try tx[counts, "c"].increment() }
      }
    }
    var down: AnyDeclaredTransaction {
      DeclaredTransaction("down") { tx in
        guard try tx[counts, "c"].exists else { return }
        try tx[counts, "c"].decrement(by: 2)
      }.placed(.ordered)
    }
    var delete: DeclaredTransaction<Void> {
      DeclaredTransaction("delete") { tx in try tx[counts, "c"].delete() }
    }
  }

  @Test func deletingACounterTakesBackWhatOthersCountOn() throws {
    let counts = Counts()
    // One replica alone counts down, of what two counted up; a deletion that saw one of them takes it.
    #expect(
      try !isConfluent(counts) {
        counts.up
        counts.down
        counts.delete
      })
    #expect(
      try isConfluent(counts) {
        counts.up
        counts.down
      })
  }

  private struct Meters: Schema {
    let houses = Table<String, GSet<Int>>("houses")
    let meters = Table<Path<String, Int>, PNCounter>("meters")
    var invariants: [any Invariant] {
      ForeignKey("a meter's house", from: meters, to: houses, onDelete: .cascade)
      Limit("no meter below 0", on: meters, atLeast: 0)
    }
  }

  @Test func aPlanKnowsWhatACascadeTakes() throws {
    // Nobody is seen to take a meter: a house is torn down only where there is none. Yet with it goes a
    // meter that was read elsewhere, on the strength of which the one who uses has used.
    let (houses, meters) = (Meters().houses, Meters().meters)
    let workload = try Workload("meters", of: Meters()) {
      DeclaredTransaction("build") { tx in try tx[houses, "h"].create() }
      DeclaredTransaction("count") { tx in
        if try tx[houses, "h"].exists { try tx[meters, Path("h", child: 1)].increment() }
      }
      DeclaredTransaction("use") { tx in
        let meter = try tx[meters, Path("h", child: 1)]
        if try meter.exists { try meter.decrement() }
      }
      DeclaredTransaction("tear down") { tx in
        if try !tx[meters, Path("h", child: 1)].exists { try tx[houses, "h"].delete() }
      }
    }
    let budget = Budget(replicas: 3, configurations: 1500)
    let plan = try Planning(Analysis(workload, within: budget), within: budget).plan
    #expect(plan.entries["use"]?.way == .ordered)
    #expect(plan.entries["tear down"]?.way == .ordered, "\(plan)")
  }

  private struct Named: Schema {
    let names = Table<Int, LWWRegister<String>>("names")
    var invariants: [any Invariant] {
      Unique(
        "names are unique", on: names, by: .owner({ $0 == "ann" ? Workload.replicas[0] : nil })
      ) {
        _, name in name
      }
    }
  }

  @Test func whoDoesNotOwnDoesNotTake() throws {
    // The database refuses what others than the owner take: nothing goes wrong, and no history says so.
    let names = Named().names
    #expect(
      try isConfluent(Named()) {
        DeclaredTransaction("take", over: 1...2, over: ["ann", "bob"]) { tx, id, name in
          if try !tx[names, id].exists { try tx[names, id].set(name) }
        }
      })
  }

  private struct Parts: Schema {
    let parts = Table<Path<String, Int>, PNCounter>("parts")
    let totals = Table<String, PNCounter>("totals")
    var invariants: [any Invariant] {
      SumOf("the total is the sum", of: parts, in: totals) { $0.parent }
    }
    var add: DeclaredTransaction<Void> {
      DeclaredTransaction("add") { tx in
        guard try tx[totals, "t"].value?.value ?? 0 < 2 else { return }
        try tx[parts, Path("t", child: 1)].increment()
        try tx[totals, "t"].increment()
      }
    }
  }

  @Test func viewsFromWhichRowsAreDeleted() throws {
    let parts = Parts()
    #expect(
      try !isConfluent(parts) {
        parts.add
        DeclaredTransaction("drop") { tx in
          let part = try tx[parts.parts, Path("t", child: 1)]
          guard let value = try part.value?.value else { return }
          try part.delete()
          try tx[parts.totals, "t"].decrement(by: value)
        }
      })
    // Set back to nothing instead of deleted, all is counted.
    #expect(
      try isConfluent(parts) {
        parts.add
        DeclaredTransaction("empty") { tx in
          let part = try tx[parts.parts, Path("t", child: 1)]
          guard let value = try part.value?.value, value > 0 else { return }
          try part.decrement(by: value)
          try tx[parts.totals, "t"].decrement(by: value)
        }
      })
  }

  private struct Small: Schema {
    let sets = Table<String, ORSet<String>>("sets")
    var invariants: [any Invariant] {
      let sets = sets
      Custom("at most two", over: [sets]) { try $0[sets, "s"]?.count ?? 0 <= 2 }
    }
    func add(_ elements: [String]) -> DeclaredTransaction<String> {
      DeclaredTransaction("add", over: elements) { tx, element in
        try tx[sets, "s"].insert(element)
      }
    }
  }

  @Test func setsOfAFewElements() throws {
    let small = Small()
    let one: @Sendable (borrowing Transaction) throws -> Void = { tx in
      try tx[small.sets, "s"].insert("a")
    }
    #expect(try isConfluent(small, start: one) { small.add(["a", "b"]) })
    #expect(try !isConfluent(small, start: one) { small.add(["b", "c"]) })
  }

  private struct Courses: Schema {
    let courses = Table<String, RWSet<String>>("courses")
    let kept = Table<String, ORSet<String>>("kept")
    let enrolled = Table<String, ORSet<String>>("enrolled")
    let removeWins: Bool
    var invariants: [any Invariant] {
      let (courses, kept, enrolled, removeWins) = (courses, kept, enrolled, removeWins)
      Custom("who is enrolled has a course", over: [courses, kept, enrolled]) { snapshot in
        if try snapshot[enrolled, "c"]?.isEmpty ?? true { return true }
        return removeWins
          ? try snapshot[courses, "c"]?.contains("c") ?? false
          : try snapshot[kept, "c"]?.contains("c") ?? false
      }
    }
    func has(_ tx: borrowing Transaction) throws -> Bool {
      removeWins
        ? try tx[courses, "c"].value?.contains("c") ?? false
        : try tx[kept, "c"].value?.contains("c") ?? false
    }
    func add(_ tx: borrowing Transaction) throws {
      if removeWins {
        try tx[courses, "c"].update { $0.insert("c", as: &$1) }
      } else {
        try tx[kept, "c"].insert("c")
      }
    }
    func begin(_ tx: borrowing Transaction) throws {
      try add(tx)
      try tx[enrolled, "c"].create()
    }
    var enroll: DeclaredTransaction<Void> {
      DeclaredTransaction("enroll") { tx in
        guard try has(tx), try tx[enrolled, "c"].value?.isEmpty ?? true else { return }
        try add(tx)
        try tx[enrolled, "c"].insert("ann")
      }
    }
    var leave: DeclaredTransaction<Void> {
      DeclaredTransaction("leave") { tx in try tx[enrolled, "c"].remove("ann") }
    }
    var close: DeclaredTransaction<Void> {
      DeclaredTransaction("close") { tx in
        guard try tx[enrolled, "c"].value?.isEmpty ?? true, try has(tx) else { return }
        if removeWins {
          try tx[courses, "c"].update { $0.remove("c", as: &$1) }
        } else {
          try tx[kept, "c"].remove("c")
        }
      }
    }
  }

  @Test(arguments: [false, true]) func addingWinsOrRemoving(removeWins: Bool) throws {
    // Who enrolls adds the course again: that wins over a concurrent end of it, or does not.
    let courses = Courses(removeWins: removeWins)
    let confluent = try isConfluent(courses, start: { tx in try courses.begin(tx) }) {
      courses.enroll
      courses.leave
      courses.close
    }
    #expect(confluent == !removeWins)
  }

  private struct Switches: Schema {
    let on = Table<Int, DisableWinsFlag>("disable wins")
    let lit = Table<Int, EnableWinsFlag>("enable wins")
    let disableWins: Bool
    var invariants: [any Invariant] {
      let (on, lit, disableWins) = (on, lit, disableWins)
      Custom("not both are on", over: [on, lit]) { snapshot in
        try !(1...2).allSatisfy { place in
          disableWins
            ? try snapshot[on, place]?.isEnabled ?? false
            : try snapshot[lit, place]?.isEnabled ?? false
        }
      }
    }
    func turn(_ tx: borrowing Transaction, place: Int, on isOn: Bool) throws {
      if disableWins {
        try tx[on, place].update { store, author in
          isOn ? store.clear() : store.mark(as: &author)
        }
      } else {
        try tx[lit, place].update { store, author in
          isOn ? store.mark(as: &author) : store.clear()
        }
      }
    }
  }

  @Test(arguments: [true, false]) func oneSwitchOrTheOther(disableWins: Bool) throws {
    let switches = Switches(disableWins: disableWins)
    let confluent = try isConfluent(
      switches, configurations: 50_000,
      start: { tx in for place in 1...2 { try switches.turn(tx, place: place, on: false) } }
    ) {
      DeclaredTransaction("choose", over: 1...2) { tx, place in
        try switches.turn(tx, place: place, on: true)
        try switches.turn(tx, place: 3 - place, on: false)
      }
    }
    #expect(confluent == disableWins)
  }

  private struct Values: Schema {
    let values = Table<Int, MVRegister<Int>>("values")
    var invariants: [any Invariant] {
      let values = values
      Custom("at most two values", over: [values]) { try $0[values, 1]?.values.count ?? 0 <= 2 }
    }
  }

  @Test func threeConcurrentValues() throws {
    let values = Values().values
    let start: @Sendable (borrowing Transaction) throws -> Void = { try $0[values, 1].set(0) }
    // Each writes its own, so that each that is concurrent shows.
    let set = DeclaredTransaction("set") { tx in
      try tx[values, 1].set(Workload.replicas.firstIndex(of: tx.replica) ?? 0)
    }
    #expect(try isConfluent(Values(), start: start) { set })
    #expect(try !isConfluent(Values(), replicas: 3, start: start) { set })
  }

  private struct Numbered: Schema {
    let numbers = Table<Int, GSet<Int>>("numbers")
    var invariants: [any Invariant] { Sequential("no gaps", on: numbers) }
  }

  @Test func numbersWithoutGapsInTurn() throws {
    let numbers = Numbered().numbers
    // Each takes the numbers of its own only, in whatever order they are tried: there are no gaps
    // exactly if they take turns, which each sees to before it goes on.
    #expect(
      try isConfluent(Numbered()) {
        DeclaredTransaction("take", over: [3, 1, 4, 2]) { tx, number in
          guard Workload.replicas[number % 2] == tx.replica else { return }
          try tx[numbers, number].create()
        }
      })
    #expect(
      try !isConfluent(Numbered()) {
        DeclaredTransaction("take", over: [3, 1, 2]) { tx, number in
          try tx[numbers, number].create()
        }
        DeclaredTransaction("give back", over: [2, 3, 1]) { tx, number in
          try tx[numbers, number].delete()
        }
      })
  }

  private struct Applied: Schema {
    let sets = Table<String, ORSet<Int>>("applied")
    var invariants: [any Invariant] {
      let sets = sets
      Custom("debits are credits", over: [sets]) { snapshot in
        try Set(snapshot[sets, "debits"] ?? .init()) == Set(snapshot[sets, "credits"] ?? .init())
      }
    }
    var apply: DeclaredTransaction<Int> {
      DeclaredTransaction("apply", over: 1...1) { tx, request in
        for side in ["debits", "credits"] { try tx[sets, side].insert(request) }
      }
    }
  }

  @Test func requestsThatAreCancelled() throws {
    let applied = Applied()
    let start: @Sendable (borrowing Transaction) throws -> Void = { tx in
      for side in ["debits", "credits"] { try tx[applied.sets, side].create() }
    }
    #expect(
      try isConfluent(applied, start: start) {
        applied.apply
        DeclaredTransaction("cancel", over: 1...1) { tx, request in
          for side in ["debits", "credits"] { try tx[applied.sets, side].remove(request) }
        }
      })
    // Applied again where one side has it only: what the other side took back stands alone.
    #expect(
      try !isConfluent(applied, start: start) {
        applied.apply
        DeclaredTransaction("renew the debit", over: 1...1) { tx, request in
          guard try tx[applied.sets, "debits"].value?.contains(request) == true else { return }
          try tx[applied.sets, "debits"].insert(request)
        }
        DeclaredTransaction("cancel", over: 1...1) { tx, request in
          for side in ["debits", "credits"] { try tx[applied.sets, side].remove(request) }
        }
      })
  }

  private struct Stock: Schema {
    let stock = Table<String, EscrowCounter>("stock")
    var invariants: [any Invariant] { Bounds(stock, in: 0...2) }
  }

  @Test func rightsThatGoRound() throws {
    let stock = Stock().stock
    #expect(
      try isConfluent(Stock(), replicas: 3, configurations: 3000) {
        DeclaredTransaction("up") { tx in try tx[stock, "s"].increment() }
        DeclaredTransaction("down") { tx in try tx[stock, "s"].decrement() }
        // To the next, who hands them on.
        for kind in [EscrowCounter.Direction.increment, .decrement] {
          DeclaredTransaction("hand on \(kind)") { tx in
            let place = Workload.replicas.firstIndex(of: tx.replica) ?? 0
            try tx[stock, "s"].transfer(1, of: kind, to: Workload.replicas[(place + 1) % 3])
          }
        }
      })
  }

  private struct Touched: Schema {
    let orders = Table<String, LWWRegister<String>>("orders")
    let lines = Table<Path<String, Int>, GSet<Int>>("lines")
    var invariants: [any Invariant] {
      ForeignKey("a line's order", from: lines, to: orders, onDelete: .touch)
    }
  }

  @Test func aChildThatDoesNotTouchItsParentIsNotMade() throws {
    let (orders, lines) = (Touched().orders, Touched().lines)
    let workload = try Workload("touch", of: Touched()) { tx in
      try tx[orders, "o"].create()
    } transactions: {
      DeclaredTransaction("add") { tx in try tx[lines, Path("o", child: 1)].create() }
      DeclaredTransaction("delete") { tx in try tx[orders, "o"].delete() }
    }
    let analysis = try Analysis(workload, within: Budget(replicas: 3))
    #expect(analysis.isConfluent)
    #expect(analysis.vacuous == ["add"])
    let error = #expect(throws: NotConfluent.self) { try expectConfluent(workload) }
    #expect(error?.description.contains("add never committed") == true)
  }
}
