package import MerganserConfluence
import MerganserDatabase
package import MerganserModel
import MerganserTypes
import TestSupport

/// A schema of two tables with invariants and transactions, made of a seed.
package struct RandomSchema<One: RandomValue, Two: RandomValue>: TransactionSchema {
  package let one = Table<String, One>("one")
  package let two = Table<String, Two>("two")
  private let parts: RandomParts

  init(_ parts: RandomParts, one: One.Type, two: Two.Type) { self.parts = parts }

  package var invariants: [any Invariant] {
    for condition in parts.conditions { for one in invariant(condition) { one } }
  }

  private func invariant(_ condition: RandomParts.Condition) -> [any Invariant] {
    let (one, two) = (one, two)
    let limit = condition.limit
    switch condition.shape {
    case .atMost:
      return [
        Custom(condition.name, over: [one]) { try ($0[one, "a"].map(One.measure) ?? 0) <= limit }
      ]
    case .atLeast:
      return [
        Custom(condition.name, over: [one]) {
          try $0[one, "a"].map { One.measure($0) >= limit } ?? true
        }
      ]
    case .sumAtMost:
      return [
        Custom(condition.name, over: [one]) {
          try ($0[one, "a"].map(One.measure) ?? 0) + ($0[one, "b"].map(One.measure) ?? 0) <= limit
        }
      ]
    case .notBoth:
      return [
        Custom(condition.name, over: [one, two]) {
          let (left, right) = (
            try $0[one, "a"].map(One.measure) ?? 0, try $0[two, "a"].map(Two.measure) ?? 0
          )
          return left <= 0 || right <= 0
        }
      ]
    case .implies:
      return [
        Custom(condition.name, over: [one, two]) {
          try $0[one, "a"] == nil || $0[two, "a"] != nil
        }
      ]
    case .notMore:
      return [
        Custom(condition.name, over: [one, two]) {
          try ($0[one, "a"].map(One.measure) ?? 0) <= ($0[two, "a"].map(Two.measure) ?? 0) + limit
        }
      ]
    case .reference(let cascades):
      return [
        ForeignKey(condition.name, from: one, to: two, onDelete: cascades ? .cascade : .restrict)
      ]
    case .declared: return Self.declared(condition, table: one)
    }
  }

  /// The invariant that suits a type of rows.
  private static func declared(
    _ condition: RandomParts.Condition, table: Table<String, One>
  ) -> [any Invariant] {
    let limit = condition.limit
    func unique<Value: ConsistsOfWrites>(_ table: Table<String, Value>) -> [any Invariant]
    where Value.Written: TableKey {
      switch limit % 3 {
      case 0: [Unique(condition.name, on: table) { _, written in written }]
      case 1: [Quota(condition.name, atMost: 2, of: table) { _, written in written }]
      default: [Check(condition.name, on: table) { _, _ in true }]
      }
    }
    if let table = table as? Table<String, GCounter> {
      return [Limit(condition.name, on: table, atMost: Int64(limit + 1))]
    }
    if let table = table as? Table<String, PNCounter> {
      return [
        limit % 2 == 0
          ? Limit(condition.name, on: table, atLeast: -Int64(limit))
          : Limit(condition.name, on: table, atMost: Int64(limit))
      ]
    }
    if let table = table as? Table<String, LWWRegister<Int>> { return unique(table) }
    if let table = table as? Table<String, MVRegister<Int>> { return unique(table) }
    if let table = table as? Table<String, GSet<Int>> { return unique(table) }
    if let table = table as? Table<String, ORSet<Int>> { return unique(table) }
    return [
      Custom(condition.name, over: [table]) { try ($0[table, "b"].map(One.measure) ?? 0) <= limit }
    ]
  }

  package var transactions: [AnyDeclaredTransaction] {
    for call in parts.transactions {
      DeclaredTransaction(call.name, over: call.arguments) { tx, argument in
        for step in call.steps { try run(step, argument: argument, tx: tx) }
      }.placed(call.placement)
    }
  }

  private func run(
    _ step: RandomParts.Step, argument: Int, tx: borrowing Transaction
  ) throws {
    let key = step.isKeyedByArgument ? ["a", "b", "c", "d"][argument % 4] : step.key
    if step.table == 0 {
      try run(step, item: tx[one, key], argument: argument)
    } else {
      try run(step, item: tx[two, key], argument: argument)
    }
  }

  private func run<Value: RandomValue>(
    _ step: RandomParts.Step, item: Item<String, Value>, argument: Int
  ) throws {
    switch step.action {
    case .write(let number): try Value.writes[number % Value.writes.count].write(item, argument)
    case .create: if try !item.exists { try item.create() }
    case .delete: if try item.exists { try item.delete() }
    }
  }

  package func start(_ tx: borrowing Transaction) throws {
    for key in parts.startOne { try tx[one, key].create() }
    for key in parts.startTwo { try tx[two, key].create() }
    guard parts.large > 0 else { return }
    for element in 100..<100 + parts.large {
      if let table = one as? Table<String, ORSet<Int>> { try tx[table, "a"].insert(element) }
      if let table = one as? Table<String, RWSet<Int>> { try tx[table, "a"].insert(element) }
      if let table = one as? Table<String, GSet<Int>> { try tx[table, "a"].insert(element) }
    }
  }

  func workload(_ name: String) throws -> Workload {
    try Workload(name, of: self, start: start)
  }
}

/// What a random program is made of.
package struct RandomParts: Sendable, CustomStringConvertible {
  package enum Shape: Sendable {
    case atMost, atLeast, sumAtMost, notBoth, implies, notMore, declared
    case reference(cascades: Bool)
  }

  struct Condition: Sendable {
    let name: String
    let shape: Shape
    let limit: Int
  }

  enum Action: Sendable {
    case write(Int)
    case create
    case delete
  }

  struct Step: Sendable {
    let table: Int
    let key: String
    let isKeyedByArgument: Bool
    let action: Action
  }

  struct Call: Sendable {
    let name: String
    let arguments: [Int]
    let steps: [Step]
    let placement: Placement
  }

  var conditions: [Condition] = []
  var transactions: [Call] = []
  var startOne: [String] = []
  var startTwo: [String] = []
  /// How many elements the first set has at first.
  var large = 0

  init(_ random: inout SplitMix) {
    for number in 0..<Int.random(in: 1...2, using: &random) {
      let shape = Self.shapes.randomElement(using: &random) ?? .atMost
      let limit = Int.random(in: 0...3, using: &random)
      conditions.append(Condition(name: "condition \(number)", shape: shape, limit: limit))
    }
    if Int.random(in: 0..<2, using: &random) == 0 { startOne = ["a"] }
    if Int.random(in: 0..<2, using: &random) == 0 { startTwo = ["a"] }
    // What refers needs what it refers to.
    let refers = conditions.contains { if case .reference = $0.shape { true } else { false } }
    if refers { startTwo = startOne }
    if Int.random(in: 0..<10, using: &random) == 0, !startOne.isEmpty {
      large = [8, 9, 16, 63, 64, 70].randomElement(using: &random) ?? 9
    }
    for number in 0..<Int.random(in: 1...3, using: &random) {
      transactions.append(Self.call(number, random: &random))
    }
  }

  private static let shapes: [Shape] = [
    .atMost, .atLeast, .sumAtMost, .notBoth, .implies, .notMore, .declared, .declared,
    .reference(cascades: true), .reference(cascades: false),
  ]

  private static func call(_ number: Int, random: inout SplitMix) -> Call {
    let arguments = Array(0..<Int.random(in: 1...2, using: &random))
    let steps = (0..<Int.random(in: 1...2, using: &random)).map { _ in
      let chance = Int.random(in: 0..<10, using: &random)
      let action: Action =
        switch chance {
        case 0: .delete
        case 1: .create
        default: .write(Int.random(in: 0..<4, using: &random))
        }
      return Step(
        table: Int.random(in: 0..<3, using: &random) == 0 ? 1 : 0,
        key: Int.random(in: 0..<4, using: &random) == 0 ? "b" : "a",
        isKeyedByArgument: Int.random(in: 0..<5, using: &random) == 0, action: action)
    }
    let placement: Placement =
      switch Int.random(in: 0..<10, using: &random) {
      case 0: .ordered
      case 1: .owned(byArgument: 0)
      default: .everywhere
      }
    return Call(
      name: "transaction \(number)", arguments: arguments, steps: steps, placement: placement)
  }

  package var description: String {
    var lines = conditions.map { "  \($0.name): \($0.shape) \($0.limit)" }
    lines.append("  start: one \(startOne), two \(startTwo), large \(large)")
    for call in transactions {
      lines.append("  \(call.name) over \(call.arguments), \(call.placement)")
      for step in call.steps {
        let key = step.isKeyedByArgument ? "the argument" : step.key
        lines.append("    \(step.table == 0 ? "one" : "two") \(key): \(step.action)")
      }
    }
    return lines.joined(separator: "\n")
  }
}

/// A random program, whatever its types.
package struct RandomProgram {
  package let seed: UInt64
  package let schema: any TransactionSchema
  package let workload: Workload
  /// Transactions over the same tables that the program does not declare, some under the same names.
  package let others: [AnyDeclaredTransaction]
  package let text: String

  package init(seed: UInt64) throws {
    self.seed = seed
    var random = SplitMix(seed: seed)
    let one = randomValues.randomElement(using: &random) ?? GCounter.self
    let two = randomValues.randomElement(using: &random) ?? GCounter.self
    let parts = RandomParts(&random)
    let foreign = RandomParts(&random)
    func make<One: RandomValue, Two: RandomValue>(
      _: One.Type, _: Two.Type
    ) throws -> (any TransactionSchema, Workload, [AnyDeclaredTransaction]) {
      let schema = RandomSchema(parts, one: One.self, two: Two.self)
      return (
        schema, try schema.workload("program \(seed)"),
        RandomSchema(foreign, one: One.self, two: Two.self).transactions
      )
    }
    (schema, workload, others) = try make(one, two)
    text = "one: \(one), two: \(two)\n\(parts)"
  }
}
