package import MerganserModel
package import MerganserTypes

/// A type of rows that random programs write to.
package protocol RandomValue: Replicated {
  /// What a transaction does to a row.
  typealias Write = @Sendable (_ row: Item<String, Self>, _ argument: Int) throws -> Void

  /// The writes, each with its name.
  static var writes: [(name: String, write: Write)] { get }

  /// What conditions compare of a row.
  static func measure(_ value: Self) -> Int
}

/// The types.
package let randomValues: [any RandomValue.Type] = [
  GCounter.self, PNCounter.self, ResettableCounter.self, LWWRegister<Int>.self,
  FWWRegister<Int>.self,
  MVRegister<Int>.self, Max<Int>.self, Min<Int>.self, EnableWinsFlag.self, DisableWinsFlag.self,
  GSet<Int>.self, ORSet<Int>.self, RWSet<Int>.self, LWWSet<Int>.self, TwoPhaseSet<Int>.self,
]

extension GCounter: RandomValue {
  package static var writes: [(name: String, write: Write)] {
    [
      (
        "count up to 2",
        { row, _ in if try row.value.map(measure) ?? 0 < 2 { try row.increment() } }
      ),
      (
        "count by the argument up to 3",
        { row, argument in
          if try row.value.map(measure) ?? 0 < 3 { try row.increment(by: Int64(argument + 1)) }
        }
      ),
    ]
  }

  package static func measure(_ value: GCounter) -> Int { Int(truncatingIfNeeded: value.count) }
}

extension PNCounter: RandomValue {
  package static var writes: [(name: String, write: Write)] {
    [
      (
        "up to 2",
        { row, _ in if try row.value.map(measure) ?? 0 < 2 { try row.increment() } }
      ),
      (
        "down to -1",
        { row, _ in if try row.value.map(measure) ?? 0 > -1 { try row.decrement() } }
      ),
      (
        "up by the argument from below 2",
        { row, argument in
          if try row.value.map(measure) ?? 0 < 2 { try row.increment(by: Int64(argument + 1)) }
        }
      ),
    ]
  }

  package static func measure(_ value: PNCounter) -> Int { Int(truncatingIfNeeded: value.count) }
}

extension ResettableCounter: RandomValue {
  package static var writes: [(name: String, write: Write)] {
    [
      (
        "up to 1",
        { row, _ in if try row.value.map(measure) ?? 0 < 1 { try row.increment() } }
      ),
      (
        "reset",
        { row, _ in if try row.value.map(measure) ?? 0 > 0 { try row.reset() } }
      ),
    ]
  }

  package static func measure(_ value: ResettableCounter) -> Int {
    Int(truncatingIfNeeded: value.exactValue)
  }
}

extension LWWRegister<Int>: RandomValue {
  package static var writes: [(name: String, write: Write)] {
    [
      ("set to 1", { row, _ in try row.set(1) }),
      ("set to the argument", { row, argument in try row.set(argument) }),
      (
        "set where there is none", { row, argument in if try !row.exists { try row.set(argument) } }
      ),
      (
        "set twice",
        { row, argument in
          try row.set(argument + 1)
          try row.set(argument)
        }
      ),
    ]
  }

  package static func measure(_ value: LWWRegister<Int>) -> Int { value.value ?? 0 }
}

extension FWWRegister<Int>: RandomValue {
  package static var writes: [(name: String, write: Write)] {
    [
      ("claim 1", { row, _ in try row.set(1) }),
      ("claim the argument", { row, argument in try row.set(argument) }),
    ]
  }

  package static func measure(_ value: FWWRegister<Int>) -> Int { value.value ?? 0 }
}

extension MVRegister<Int>: RandomValue {
  package static var writes: [(name: String, write: Write)] {
    [
      ("assign 1", { row, _ in try row.set(1) }),
      ("assign the argument", { row, argument in try row.set(argument) }),
    ]
  }

  package static func measure(_ value: MVRegister<Int>) -> Int { value.values.max() ?? 0 }
}

extension Max<Int>: RandomValue {
  package static var writes: [(name: String, write: Write)] {
    [("see at least the argument", { row, argument in try row.observe(argument) })]
  }

  package static func measure(_ value: Max<Int>) -> Int { value.value ?? 0 }
}

extension Min<Int>: RandomValue {
  package static var writes: [(name: String, write: Write)] {
    [("see at most the argument", { row, argument in try row.observe(argument) })]
  }

  package static func measure(_ value: Min<Int>) -> Int { value.value ?? 0 }
}

extension EnableWinsFlag: RandomValue {
  package static var writes: [(name: String, write: Write)] {
    [("enable", { row, _ in try row.enable() }), ("disable", { row, _ in try row.disable() })]
  }

  package static func measure(_ value: EnableWinsFlag) -> Int { value.isEnabled ? 1 : 0 }
}

extension DisableWinsFlag: RandomValue {
  package static var writes: [(name: String, write: Write)] {
    [("enable", { row, _ in try row.enable() }), ("disable", { row, _ in try row.disable() })]
  }

  package static func measure(_ value: DisableWinsFlag) -> Int { value.isEnabled ? 1 : 0 }
}

extension GSet<Int>: RandomValue {
  package static var writes: [(name: String, write: Write)] {
    [
      ("insert the argument", { row, argument in try row.insert(argument) }),
      (
        "insert the argument among fewer than 2",
        { row, argument in
          if try row.value.map(measure) ?? 0 < 2 { try row.insert(argument) }
        }
      ),
    ]
  }

  package static func measure(_ value: GSet<Int>) -> Int { value.count }
}

extension ORSet<Int>: RandomValue {
  package static var writes: [(name: String, write: Write)] {
    [
      ("insert the argument", { row, argument in try row.insert(argument) }),
      ("remove the argument", { row, argument in try row.remove(argument) }),
      (
        "insert the argument among fewer than 2",
        { row, argument in
          if try row.value.map(measure) ?? 0 < 2 { try row.insert(argument) }
        }
      ),
    ]
  }

  package static func measure(_ value: ORSet<Int>) -> Int { value.count }
}

extension RWSet<Int>: RandomValue {
  package static var writes: [(name: String, write: Write)] {
    [
      ("insert the argument", { row, argument in try row.insert(argument) }),
      ("remove the argument", { row, argument in try row.remove(argument) }),
    ]
  }

  package static func measure(_ value: RWSet<Int>) -> Int { value.elements.count }
}

extension LWWSet<Int>: RandomValue {
  package static var writes: [(name: String, write: Write)] {
    [
      ("insert the argument", { row, argument in try row.insert(argument) }),
      ("remove the argument", { row, argument in try row.remove(argument) }),
    ]
  }

  package static func measure(_ value: LWWSet<Int>) -> Int { value.elements.count }
}

extension TwoPhaseSet<Int>: RandomValue {
  package static var writes: [(name: String, write: Write)] {
    [
      ("insert the argument", { row, argument in try row.insert(argument) }),
      (
        "remove the argument",
        { row, argument in
          if try row.value?.elements.contains(argument) ?? false { try row.remove(argument) }
        }
      ),
    ]
  }

  package static func measure(_ value: TwoPhaseSet<Int>) -> Int { value.elements.count }
}
