import MerganserConfluence
import MerganserModel
import MerganserTypes
import Testing

/// A schema of two tables, and a condition over both.
private struct Both<One: Replicated, Two: Replicated>: Schema {
  let one = Table<Int, One>("one")
  let two = Table<Int, Two>("two")
  private let condition: @Sendable (One?, Two?) -> Bool

  init(_: One.Type, _: Two.Type, holds condition: @escaping @Sendable (One?, Two?) -> Bool) {
    self.condition = condition
  }

  var invariants: [any Invariant] {
    let (one, two, condition) = (one, two, condition)
    Custom("they agree", over: [one, two]) { try condition($0[one, 1], $0[two, 1]) }
  }
}

/// What one transaction writes in several places stands or falls together, unless something tells these apart.
@Suite struct WrittenTogetherTests {
  /// Whether it breaks, and a search over what is shown does not say otherwise.
  private func breaks(
    _ schema: some Schema,
    start: @escaping @Sendable (borrowing Transaction) throws -> Void = { _ in },
    @TransactionsBuilder transactions: () -> [AnyDeclaredTransaction]
  ) throws -> Bool {
    let workload = try Workload("case", of: schema, start: start, transactions: transactions)
    let shown = try ShownStates(of: workload, replicas: 3)
    #expect(shown?.kept.isEmpty ?? true)
    return try !Analysis(workload, within: Budget(configurations: 20_000)).counterexamples.isEmpty
  }

  private let registers = Both(LWWRegister<Int>.self, LWWRegister<Int>.self) {
    ($0?.value ?? 0) <= ($1?.value ?? 9)
  }

  @Test func registersThatAreSetTogether() throws {
    let schema = registers
    let set = DeclaredTransaction("set", over: 0...2) { tx, from in
      try tx[schema.one, 1].set(from)
      try tx[schema.two, 1].set(from + 1)
    }
    #expect(try isConfluent(schema, replicas: 3, configurations: 1000) { set })
    // Of a value that is written again in one of them nothing shows, but it is later then.
    let again = DeclaredTransaction("again") { tx in
      guard let value = try tx[schema.one, 1].value?.value else { return }
      try tx[schema.one, 1].set(value)
    }
    #expect(
      try breaks(schema) {
        set
        again
      })
  }

  @Test func registersThatAreDeletedTogether() throws {
    let schema = Both(LWWRegister<Int>.self, LWWRegister<Int>.self) { $0?.value == $1?.value }
    let set = DeclaredTransaction("set", over: 0...1) { tx, value in
      for table in [schema.one, schema.two] { try tx[table, 1].set(value) }
    }
    #expect(
      try isConfluent(schema, replicas: 3, configurations: 1000) {
        set
        DeclaredTransaction("delete") { tx in
          for table in [schema.one, schema.two] { try tx[table, 1].delete() }
        }
      })
    #expect(
      try breaks(schema) {
        set
        DeclaredTransaction("create again") { tx in
          guard let value = try tx[schema.one, 1].value?.value else { return }
          try tx[schema.one, 1].delete()
          try tx[schema.one, 1].set(value)
        }
      })
  }

  private let sets = Both(ORSet<Int>.self, ORSet<Int>.self) {
    Set($0.map(Array.init) ?? []) == Set($1.map(Array.init) ?? [])
  }

  @Test func setsThatAreChangedTogether() throws {
    let schema = sets
    let change = DeclaredTransaction("change", over: [true, false]) { tx, inserting in
      for table in [schema.one, schema.two] {
        if inserting { try tx[table, 1].insert(1) } else { try tx[table, 1].remove(1) }
      }
    }
    #expect(try isConfluent(schema, replicas: 3, configurations: 1000) { change })
    // An element that is inserted again in one of them shows as before, and stands where the other one goes.
    let again = DeclaredTransaction("again") { tx in
      if try tx[schema.one, 1].value?.contains(1) == true { try tx[schema.one, 1].insert(1) }
    }
    #expect(
      try breaks(schema) {
        change
        again
      })
  }

  @Test func flagsAndValuesThatAreWrittenTogether() throws {
    let flags = Both(EnableWinsFlag.self, EnableWinsFlag.self) {
      ($0?.isEnabled ?? false) == ($1?.isEnabled ?? false)
    }
    #expect(
      try isConfluent(flags, replicas: 3, configurations: 1000) {
        DeclaredTransaction("switch", over: [true, false]) { tx, isOn in
          for table in [flags.one, flags.two] {
            if isOn { try tx[table, 1].enable() } else { try tx[table, 1].disable() }
          }
        }
      })
    let values = Both(MVRegister<Int>.self, MVRegister<Int>.self) {
      Set($0?.values ?? []) == Set($1?.values ?? [])
    }
    #expect(
      try isConfluent(values, replicas: 3, configurations: 1000) {
        DeclaredTransaction("set", over: 0...1) { tx, value in
          for table in [values.one, values.two] { try tx[table, 1].set(value) }
        }
      })
  }

  @Test func aRegisterAndWhatItsVersionWroteElsewhere() throws {
    let schema = Both(LWWRegister<Int>.self, ORSet<Int>.self) { last, kept in
      last?.value.map { kept?.contains($0) ?? false } ?? true
    }
    let set = DeclaredTransaction("set", over: 0...1) { tx, value in
      try tx[schema.one, 1].set(value)
      try tx[schema.two, 1].insert(value)
    }
    #expect(
      try isConfluent(schema, replicas: 3, configurations: 1000) {
        set
        DeclaredTransaction("prune") { tx in
          guard let value = try tx[schema.one, 1].value?.value else { return }
          try tx[schema.two, 1].remove(1 - value)
        }
      })
    // Who goes back to a value without inserting it again is tied to nothing.
    #expect(
      try breaks(schema) {
        set
        DeclaredTransaction("back") { tx in
          if try tx[schema.two, 1].value?.contains(0) == true { try tx[schema.one, 1].set(0) }
        }
        DeclaredTransaction("prune") { tx in
          guard let value = try tx[schema.one, 1].value?.value else { return }
          try tx[schema.two, 1].remove(1 - value)
        }
      })
  }

  @Test func aRegisterAmongConcurrentValues() throws {
    let schema = Both(LWWRegister<Int>.self, MVRegister<Int>.self) { last, all in
      last?.value.map { all?.values.contains($0) ?? false } ?? true
    }
    #expect(
      try isConfluent(schema, replicas: 3, configurations: 1000) {
        DeclaredTransaction("set", over: 0...1) { tx, value in
          try tx[schema.one, 1].set(value)
          try tx[schema.two, 1].set(value)
        }
      })
  }

  @Test func whatIsThereAtTheStartGoesForGood() throws {
    let schema = Both(ORSet<Int>.self, GSet<Int>.self) { left, taken in
      taken?.elements.allSatisfy { left?.contains($0) != true } ?? true
    }
    let start: @Sendable (borrowing Transaction) throws -> Void = { tx in
      for element in 1...7 { try tx[schema.one, 1].insert(element) }
    }
    let take = DeclaredTransaction("take") { tx in
      guard let least = try tx[schema.one, 1].value.map(Array.init)?.min() else { return }
      try tx[schema.one, 1].remove(least)
      try tx[schema.two, 1].insert(least)
    }
    #expect(try isConfluent(schema, replicas: 3, configurations: 1000, start: start) { take })
    let again = DeclaredTransaction("again") { tx in
      if try tx[schema.one, 1].value?.contains(1) == true { try tx[schema.one, 1].insert(1) }
    }
    #expect(
      try breaks(schema, start: start) {
        take
        again
      })
  }

  @Test func rightsBesideACondition() throws {
    struct Shop: Schema {
      let stock = Table<Int, EscrowCounter>("stock")
      let orders = Table<Int, GSet<Int>>("orders")
      var invariants: [any Invariant] {
        let (stock, orders) = (stock, orders)
        Bounds(stock, in: 0...)
        Custom("orders come of stock", over: [stock, orders]) {
          try $0[orders, 1] == nil || $0[stock, 1] != nil
        }
      }
    }
    let shop = Shop()
    #expect(
      try isConfluent(
        shop, replicas: 3, configurations: 1000, start: { try $0[shop.stock, 1].increment(by: 3) }
      ) {
        DeclaredTransaction("order", over: 1...2) { tx, number in
          try tx[shop.stock, 1].decrement()
          try tx[shop.orders, 1].insert(number)
        }
      })
  }

  @Test func keysOfAMap() throws {
    let schema = Both(ORMap<String, ORSet<Int>>.self, GSet<String>.self) { map, seen in
      map?.keys.allSatisfy { seen?.contains($0) ?? false } ?? true
    }
    let set = DeclaredTransaction("set", over: ["name"]) { tx, key in
      try tx[schema.one, 1].update(key) { $0.insert(1, as: &$1) }
      try tx[schema.two, 1].insert(key)
    }
    #expect(
      try isConfluent(schema, replicas: 3, configurations: 1000) {
        set
        DeclaredTransaction("clear", over: ["name"]) { tx, key in
          try tx[schema.one, 1].remove(key)
        }
      })
    // Whoever removes a key may have seen another part of its value than is here.
    let parts = Both(ORMap<String, ORSet<Int>>.self, GSet<Int>.self) { map, _ in
      map?["a"].map { $0.count == 2 } ?? true
    }
    #expect(
      try breaks(parts) {
        DeclaredTransaction("both") { tx in
          for element in 1...2 {
            try tx[parts.one, 1].update("a") { $0.insert(element, as: &$1) }
          }
        }
        DeclaredTransaction("clear") { tx in try tx[parts.one, 1].remove("a") }
        DeclaredTransaction("again") { tx in
          if try tx[parts.one, 1].value?["a"] != nil {
            try tx[parts.one, 1].update("a") { $0.insert(1, as: &$1) }
          }
        }
      })
  }

  @Test func partsOfAPair() throws {
    let schema = Both(Pair<LWWRegister<Int>, GSet<Int>>.self, GSet<Int>.self) { pair, seen in
      pair?.first.value.map { seen?.contains($0) ?? false } ?? true
    }
    #expect(
      try isConfluent(schema, replicas: 3, configurations: 1000) {
        DeclaredTransaction("set", over: 0...1) { tx, value in
          try tx[schema.one, 1].updateFirst { try $0.set(value, as: &$1) }
          try tx[schema.one, 1].updateSecond { set, _ in set.insert(value) }
          try tx[schema.two, 1].insert(value)
        }
      })
  }

  @Test func deletionsOfWhatOnlyGrows() throws {
    struct Points: Schema {
      let points = Table<Int, PNCounter>("points")
      var invariants: [any Invariant] { Limit("not below 0", on: points, atLeast: 0) }
    }
    let points = Points().points
    let gain = DeclaredTransaction("gain") { tx in try tx[points, 1].increment() }
    let forget = DeclaredTransaction("forget") { tx in try tx[points, 1].delete() }
    #expect(
      try isConfluent(Points(), replicas: 3, configurations: 1000) {
        gain
        forget
      })
    #expect(
      try breaks(Points()) {
        gain
        forget
        DeclaredTransaction("spend") { tx in
          if try tx[points, 1].value?.count ?? 0 > 0 { try tx[points, 1].decrement() }
        }
      })
  }
}
