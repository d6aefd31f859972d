import MerganserModel
import MerganserTypes
import TestSupport
import Testing

/// A row that was created apart is deleted as one row, and a write to it holds whichever of its creations lives on.
@Suite struct IncarnationDeletionTests {
  @Test(arguments: incarnationSubjects.indices)
  func aDeletionReachesEveryCreation(_ index: Int) throws {
    for seed in 0..<10 { try incarnationSubjects[index].checkDeletion(UInt64(seed)) }
  }

  @Test(
    .exercises([
      "a creation that lives on": 180,
      "a store of dots, which is not asked": 100,
    ]), arguments: incarnationSubjects.indices)
  func aWriteReachesWhicheverCreationLivesOn(_ index: Int) throws {
    for seed in 0..<20 { try incarnationSubjects[index].checkSurvival(UInt64(seed)) }
  }
}

extension TypeCluster {
  /// Two replicas create the row apart and write to it by some mutators; the third sees both.
  mutating func createApart(
    _ mutators: [IncarnationSubject.Mutator<Value>], random: inout SplitMix
  ) throws {
    for place in 0..<2 {
      try write(place) { try $0.create() }
      for _ in 0..<Int.random(in: 0...3, using: &random) {
        let (mutator, number) = IncarnationSubject.pick(mutators, random: &random)
        try write(place) { try mutator($0, number) }
      }
      try give(from: place, to: 2)
    }
  }
}

extension IncarnationSubject {
  typealias Mutator<Value: Replicated> = @Sendable (Item<Int, Value>, Int) throws -> Void

  /// Checks that a deletion deletes all that it sees, also on who has seen one creation alone.
  static func checkDeletion<Value: Replicated>(
    _ seed: UInt64, mutators: [Mutator<Value>]
  ) throws {
    var random = SplitMix(seed: seed)
    var cluster = try TypeCluster(Value.self)
    try cluster.createApart(mutators, random: &random)
    try cluster.write(2) { try $0.delete() }
    try cluster.exchange()
    for place in 0..<3 {
      #expect(try cluster.value(place) == nil, "\(Value.typeName), seed \(seed)")
    }
  }

  /// Checks that a write to two creations holds in the one that lives on, where the other is deleted by who has
  /// seen that alone.
  ///
  /// That is so where what is written is a part that joins with whatever it meets, as in a lattice that has no
  /// dots and counts nothing; what lives by a dot lives in one creation.
  static func checkSurvival<Value: Replicated>(
    _ seed: UInt64, show: (Value) throws -> String, mutators: [Mutator<Value>]
  ) throws {
    for deleting in 0..<2 {
      var random = SplitMix(seed: seed)
      var cluster = try TypeCluster(Value.self)
      try cluster.createApart(mutators, random: &random)
      let both = try #require(try cluster.store(2, joining: true))
      let living = try #require(try cluster.store(1 - deleting, joining: true))
      let (mutator, number) = pick(mutators, random: &random)
      var model = try TypeCluster(Value.self, as: [99])
      try model.hold(both)
      try model.write(0) { try mutator($0, number) }
      let written = try #require(try model.store(0, joining: true))
      guard let wanted = joined(living, from: both, to: written) else {
        Exercised.count("a store of dots, which is not asked")
        return
      }
      Exercised.count("a creation that lives on")
      try cluster.write(2) { try mutator($0, number) }
      try cluster.write(deleting) { try $0.delete() }
      try cluster.exchange()
      for place in 0..<3 {
        #expect(
          try cluster.value(place).map(show) == show(Value(wanted)),
          "\(Value.typeName), seed \(seed), deleting \(deleting)")
      }
    }
  }

  /// A store with what a write changed of another one; `nil` for a store of dots.
  private static func joined<Store>(_ store: Store, from before: Store, to after: Store) -> Store? {
    func join<Lattice: LatticeStore>(_ lattice: Lattice) -> Store? {
      guard let before = before as? Lattice, let after = after as? Lattice else { return nil }
      var result = lattice
      result.merge(after.delta(since: before))
      return result as? Store
    }
    guard let lattice = store as? any LatticeStore else { return nil }
    return join(lattice)
  }
}
