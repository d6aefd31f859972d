import MerganserModel
import MerganserTypes
import Testing

/// A row that was created apart is written as the one value that it shows.
///
/// Whatever its type, a mutator gives what it gives on a row of one creation with that value. What is counted
/// anywhere counts, whoever counts in however many creations.
@Suite struct IncarnationLawTests {
  @Test(arguments: incarnationSubjects.indices)
  func aMutatorWritesToTheValueThatIsRead(_ index: Int) throws {
    try incarnationSubjects[index].check(0..<30)
  }

  /// What a stored schema can name is under the law.
  @Test func everyTypeThatCanStandInATableIsUnderTheLaw() {
    let names = Set(incarnationSubjects.map { String($0.name.prefix { $0 != "<" }) })
    let types: [any Replicated.Type] = [
      GCounter.self, PNCounter.self, ResettableCounter.self, EscrowCounter.self,
      EnableWinsFlag.self, DisableWinsFlag.self, LWWRegister<Int>.self, MVRegister<Int>.self,
      GSet<Int>.self, ORSet<Int>.self, RWSet<Int>.self, LWWSet<Int>.self, TwoPhaseSet<Int>.self,
      Max<Int>.self, Min<Int>.self, GMap<Int, GCounter>.self, ORMap<Int, ORSet<Int>>.self,
      Incarnated<GCounter>.self, Pair<GCounter, GCounter>.self,
      Lexicographic<Max<Int>, GCounter>.self,
    ]
    for type in types { #expect(names.contains(String(type.typeName.prefix { $0 != "<" }))) }
  }

  @Test func aLatticeIsItsOwnStore() {
    #expect(Tally.Store.self == Tally.self)
  }

  @Test func aRegisterWithManyValuesIsSetOnce() throws {
    var cluster = try TypeCluster(MVRegister<Int>.self)
    try cluster.write(0) { try $0.set(1) }
    try cluster.write(1) { try $0.set(2) }
    try cluster.exchange()
    #expect(try cluster.value(0)?.values == [1, 2])
    try cluster.write(0) { try $0.set(7) }
    try cluster.exchange()
    for place in 0..<3 { #expect(try cluster.value(place)?.values == [7]) }
  }

  /// Of a row that was created twice, one creation is deleted by who has not seen the other: what was written to
  /// both is still there.
  @Test func aWriteReachesTheCreationThatLivesOn() throws {
    func check<Value: Replicated>(
      _: Value.Type, write: (Item<Int, Value>) throws -> Void, isThere: (Value) -> Bool
    ) throws {
      for deleting in 0..<2 {
        var cluster = try TypeCluster(Value.self)
        try cluster.write(0) { try $0.create() }
        try cluster.write(1) { try $0.create() }
        try cluster.give(from: 0, to: 2)
        try cluster.give(from: 1, to: 2)
        try cluster.write(2, body: write)
        try cluster.write(deleting) { try $0.delete() }
        try cluster.exchange()
        for place in 0..<3 {
          #expect(try cluster.value(place).map(isThere) == true, "\(Value.typeName)")
        }
      }
    }
    try check(LWWRegister<Int>.self, write: { try $0.set(7) }, isThere: { $0.value == 7 })
    try check(Max<Int>.self, write: { try $0.observe(7) }, isThere: { $0.value == 7 })
    try check(Min<Int>.self, write: { try $0.observe(7) }, isThere: { $0.value == 7 })
    try check(GSet<Int>.self, write: { try $0.insert(7) }, isThere: { $0.contains(7) })
    try check(LWWSet<Int>.self, write: { try $0.insert(7) }, isThere: { $0.contains(7) })
    try check(TwoPhaseSet<Int>.self, write: { try $0.insert(7) }, isThere: { $0.contains(7) })
    try check(
      GMap<Int, GSet<Int>>.self, write: { try $0.update(1) { set, _ in set.insert(7) } },
      isThere: { $0[1].contains(7) })
    try check(
      Pair<PNCounter, GSet<Int>>.self, write: { try $0.updateSecond { set, _ in set.insert(7) } },
      isThere: { $0.second.contains(7) })
    try check(
      Lexicographic<Max<Int>, GSet<Int>>.self, write: { try $0.raise(Max(7)) },
      isThere: { $0.first == Max(7) })
  }

  @Test func aWriteThatIsConcurrentWithTheOneThatUnitesStands() throws {
    var cluster = try TypeCluster(ORSet<Int>.self)
    try cluster.write(0) { try $0.insert(1) }
    try cluster.write(1) { try $0.insert(1) }
    try cluster.exchange()
    try cluster.write(0) { try $0.remove(1) }
    try cluster.write(1) { try $0.insert(1) }
    try cluster.write(2) { try $0.insert(3) }
    try cluster.exchange()
    for place in 0..<3 { #expect(try cluster.value(place).map(Set.init) == [1, 3]) }
  }

  /// Many writes in one transaction to a row that was created apart, read in between.
  @Test func manyWritesInOneTransactionReachAllCreations() throws {
    var cluster = try TypeCluster(ORMap<Int, Incarnated<PNCounter>>.self)
    for place in 0..<3 {
      try cluster.write(place) { row in
        for key in 0..<4 {
          try row.update(key) { try $0.write(as: &$1) { try $0.increment(by: 1, as: $1.replica) } }
        }
      }
    }
    try cluster.exchange()
    try cluster.write(1) { row in
      for key in 0..<4 {
        #expect(try row.value?[key]?.value?.value == 3)
        try row.update(key) { try $0.write(as: &$1) { try $0.decrement(by: 2, as: $1.replica) } }
        #expect(try row.value?[key]?.value?.value == 1)
      }
      try row.remove(0)
      #expect(try row.value?.count == 3)
    }
    try cluster.exchange()
    for place in 0..<3 {
      #expect(try cluster.value(place)?[0] == nil)
      for key in 1..<4 { #expect(try cluster.value(place)?[key]?.value?.value == 1) }
    }
  }
}
