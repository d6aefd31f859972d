import MerganserModel
import MerganserTypes
import TestSupport
import Testing

/// A type under the law: its mutators, given a small number to choose by, and what a value shows.
struct IncarnationSubject: Sendable {
  let name: String
  /// Checks that a mutator writes to the value that is read, and that each mutator changes it with some seed.
  let check: @Sendable (Range<UInt64>) throws -> Void
  /// Checks that a deletion of the row reaches all its creations.
  let checkDeletion: @Sendable (UInt64) throws -> Void
  /// Checks that a write reaches the creation that lives on.
  let checkSurvival: @Sendable (UInt64) throws -> Void
  /// Checks that a row which lost what it refers to is written as none.
  let checkOrphan: @Sendable (UInt64) throws -> Void
  /// Checks that a history which is made again gives what it gave.
  let checkRepetition: @Sendable (UInt64) throws -> Void
  /// Checks that of a history which is made again in part, what was refused leaves nothing.
  let checkRefusals: @Sendable (UInt64) throws -> Void

  /// A type with its mutators, and what a value shows.
  ///
  /// Of a type that counts, `count` is what a value counts: it changes by what each write changes of it. The
  /// creations of any other show their join together, unless it is said that the type `joins` nothing. A type
  /// whose writes count for what another one of them stood beside is made again in part with one writer `alone`. What
  /// a type that `writesOnce` shows is changed by none of its mutators any more.
  init<Value: Replicated>(
    _: Value.Type, showing show: @escaping @Sendable (Value) throws -> String,
    counting count: (@Sendable (Value) throws -> Int64)? = nil, joins: Bool? = nil,
    alone: Bool = false, writesOnce: Bool = false,
    mutators: [@Sendable (Item<Int, Value>, Int) throws -> Void]
  ) {
    name = Value.typeName
    let joins = joins ?? (count == nil)
    check = { seeds in
      var effective: Set<Int> = []
      for seed in seeds {
        effective.formUnion(
          try Self.check(
            seed, show: show, count: count ?? { _ in 0 }, joins: joins, mutators: mutators))
      }
      #expect(
        effective == (writesOnce ? [] : Set(mutators.indices)),
        "\(Value.typeName): the mutators that change it")
    }
    checkDeletion = { seed in try Self.checkDeletion(seed, mutators: mutators) }
    let isLattice = joins && count == nil
    checkSurvival = { seed in
      if isLattice { try Self.checkSurvival(seed, show: show, mutators: mutators) }
    }
    checkOrphan = { seed in try Self.checkOrphan(seed, show: show, mutators: mutators) }
    checkRepetition = { seed in try Self.checkRepetition(seed, show: show, mutators: mutators) }
    checkRefusals = { seed in try RefusedHistory(seed, mutators: mutators, alone: alone).check(show)
    }
  }

  /// Checks the law with one seed, and returns which mutators changed what is shown.
  private static func check<Value: Replicated>(
    _ seed: UInt64, show: (Value) throws -> String, count: (Value) throws -> Int64, joins: Bool,
    mutators: [@Sendable (Item<Int, Value>, Int) throws -> Void]
  ) throws -> Set<Int> {
    var random = SplitMix(seed: seed)
    var cluster = try TypeCluster(Value.self)
    var effective: Set<Int> = []
    var counted: Int64 = 0
    func write(_ place: Int, body: (Item<Int, Value>) throws -> Void) throws {
      let before = try cluster.value(place).map(count) ?? 0
      try cluster.write(place, body: body)
      counted += (try cluster.value(place).map(count) ?? 0) - before
    }
    // Some of them create the row apart, and write to it.
    for place in 0..<3 where Int.random(in: 0..<4, using: &random) > 0 {
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let (mutator, number) = pick(mutators, random: &random)
        try write(place) {
          try $0.create()
          try mutator($0, number)
        }
      }
    }
    try cluster.exchange()
    for step in 0..<4 {
      let place = Int.random(in: 0..<3, using: &random)
      let ((which, mutator), number) = pick(Array(mutators.enumerated()), random: &random)
      var expected = try TypeCluster(Value.self, as: [99])
      if let store = try cluster.store(place, joining: joins) {
        try expected.hold(store)
      }
      let shown = try expected.value(0).map(show)
      #expect(try cluster.value(place).map(show) == shown, "\(Value.typeName), seed \(seed)")
      try expected.write(0) { try mutator($0, number) }
      try write(place) { try mutator($0, number) }
      let wanted = try expected.value(0).map(show)
      if wanted != shown { effective.insert(which) }
      let comment: Comment = "\(Value.typeName), seed \(seed), step \(step)"
      #expect(try cluster.value(place).map(show) == wanted, comment)
      try cluster.exchange()
      for place in 0..<3 {
        #expect(try cluster.value(place).map(show) == wanted, comment)
        #expect(try cluster.value(place).map(count) ?? 0 == counted, comment)
        #expect(try cluster.hasOneHomePerDot(place), comment)
      }
    }
    return effective
  }

  static func pick<Mutator>(
    _ mutators: [Mutator], random: inout SplitMix
  ) -> (Mutator, Int) {
    let place = Int.random(in: mutators.indices, using: &random)
    return (mutators[place], Int.random(in: 0..<3, using: &random))
  }
}
