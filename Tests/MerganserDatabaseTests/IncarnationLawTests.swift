import MerganserDatabase
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
      _: Value.Type, _ write: (Item<Int, Value>) throws -> Void, _ isThere: (Value) -> Bool
    ) throws {
      for deleting in 0..<2 {
        var cluster = try TypeCluster(Value.self)
        try cluster.write(0) { try $0.create() }
        try cluster.write(1) { try $0.create() }
        try cluster.give(from: 0, to: 2)
        try cluster.give(from: 1, to: 2)
        try cluster.write(2, write)
        try cluster.write(deleting) { try $0.delete() }
        try cluster.exchange()
        for place in 0..<3 {
          #expect(try cluster.value(place).map(isThere) == true, "\(Value.typeName)")
        }
      }
    }
    try check(LWWRegister<Int>.self, { try $0.set(7) }, { $0.value == 7 })
    try check(Max<Int>.self, { try $0.observe(7) }, { $0.value == 7 })
    try check(Min<Int>.self, { try $0.observe(7) }, { $0.value == 7 })
    try check(GSet<Int>.self, { try $0.insert(7) }, { $0.contains(7) })
    try check(LWWSet<Int>.self, { try $0.insert(7) }, { $0.contains(7) })
    try check(TwoPhaseSet<Int>.self, { try $0.insert(7) }, { $0.contains(7) })
    try check(
      GMap<Int, GSet<Int>>.self, { try $0.update(1) { set, _ in set.insert(7) } },
      { $0[1].contains(7) })
    try check(
      Pair<PNCounter, GSet<Int>>.self, { try $0.updateSecond { set, _ in set.insert(7) } },
      { $0.second.contains(7) })
    try check(
      Lexicographic<Max<Int>, GSet<Int>>.self, { try $0.raise(Max(7)) }, { $0.first == Max(7) })
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

/// A schema of one table of a type.
struct OneTable<Value: Replicated>: Schema {
  let rows = Table<Int, Value>("rows")
}

/// Three replicas of a database of one table, of which one row is used.
struct TypeCluster<Value: Replicated> {
  let schema = OneTable<Value>()
  private(set) var replicas: [Database]
  private(set) var logs: [[StoredVersion]]
  private(set) var wall = HybridTime(milliseconds: 1000)
  /// The time of the version that was written last.
  private(set) var time = HybridTime.zero

  init(_: Value.Type, as numbers: [UInt64] = [1, 2, 3]) throws {
    let catalog = try Catalog(schema)
    let founder = ReplicaID(high: 0, low: 1)
    replicas = numbers.map {
      Database(catalog: catalog, replica: ReplicaID(high: 0, low: $0), founder: founder)
    }
    logs = Array(repeating: [], count: numbers.count)
  }

  mutating func write(_ place: Int, _ body: (Item<Int, Value>) throws -> Void) throws {
    wall = HybridTime(milliseconds: wall.milliseconds + 1)
    let rows = schema.rows
    let version = try replicas[place].transact(wall: wall) { try body($0[rows, 1]) }.version
    guard let version else { return }
    logs[place].append(version)
    let decoded = try version.decoded()
    time = decoded.time
    for write in decoded.writes {
      let delta = try decoded.delta(of: write, as: Value.Store.self)
      #expect(Self.hasOneHomePerDot(delta.store.incarnations.map(\.store)), "\(Value.typeName)")
    }
  }

  /// Gives the first replica, which holds nothing, a row of one creation with a store that others may have
  /// written, as part of a state.
  mutating func hold(_ store: Value.Store) throws {
    let creator = ReplicaID(high: 0, low: 98)
    let row = BinaryEncoder.standalone { encoder in
      encoder.encode(count: 1)
      Dot(creator, 1).encode(to: &encoder)
      [Dot]().encode(to: &encoder)
      store.encode(to: &encoder)
    }
    var heads = [creator: Head(sequence: 1, hash: 1)]
    for number in 1...3 {
      heads[ReplicaID(high: 0, low: UInt64(number))] = Head(sequence: 1000, hash: 1)
    }
    var transfer = StateTransfer(replicas[0].snapshot)
    let header = StateHeader(heads: heads, time: wall, tables: transfer.header.tables)
    try replicas[0].beginAdoption(of: header, wall: wall)
    while var part = try transfer.next() {
      if part.table == schema.rows.name {
        part.rows = [StatePart.Row(key: 1.keyEncoded(), bytes: row)]
      }
      try replicas[0].adopt(part)
    }
    _ = try replicas[0].completeAdoption()
  }

  /// Lets all replicas take in all that there is.
  mutating func exchange() throws {
    for _ in replicas.indices {
      for (from, to) in replicas.indices.flatMap({ from in replicas.indices.map { (from, $0) } })
      where from != to {
        try give(from: from, to: to)
      }
    }
    for replica in replicas {
      #expect(try replica.snapshot.digest == replicas[0].snapshot.digest)
    }
  }

  /// Lets one replica take in all that another one has.
  mutating func give(from: Int, to: Int) throws {
    let reception = try replicas[to].receive(logs[from], wall: wall)
    #expect(reception.refused.isEmpty)
    logs[to] += reception.applied
  }

  func value(_ place: Int) throws -> Value? { try replicas[place].snapshot[schema.rows, 1] }

  /// What each of the row's creations holds.
  private func stores(_ place: Int) throws -> [Value.Store] {
    try replicas[place].snapshot.state.tables.flatMap {
      try $0.row(1.keyEncoded(), as: Value.Store.self)?.incarnations.map(\.store) ?? []
    }
  }

  /// Whether what lives by a dot lives in one of the row's creations.
  func hasOneHomePerDot(_ place: Int) throws -> Bool { Self.hasOneHomePerDot(try stores(place)) }

  private static func hasOneHomePerDot(_ stores: [Value.Store]) -> Bool {
    var homes: [Dot: Int] = [:]
    for (home, store) in stores.enumerated() {
      var isShared = false
      store.forEachDot { dot in
        if let other = homes.updateValue(home, forKey: dot), other != home { isShared = true }
      }
      if isShared { return false }
    }
    return true
  }

  /// What the row's creations show together, as the store of one: their join, or what their type makes of them.
  func store(_ place: Int, joining: Bool) throws -> Value.Store? {
    let stores = try stores(place)
    guard var store = stores.first else { return nil }
    for other in stores.dropFirst() {
      if joining {
        store.merge(other, seen: CausalContext(), otherSeen: CausalContext())
      } else {
        Value.unite(&store, with: other, for: .reading)
      }
    }
    return store
  }
}

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
  /// whose writes count for what another one of them stood beside is made again in part with one writer `alone`.
  init<Value: Replicated>(
    _: Value.Type, showing show: @escaping @Sendable (Value) throws -> String,
    counting count: (@Sendable (Value) throws -> Int64)? = nil, joins: Bool? = nil,
    alone: Bool = false, _ mutators: [@Sendable (Item<Int, Value>, Int) throws -> Void]
  ) {
    name = Value.typeName
    let joins = joins ?? (count == nil)
    check = { seeds in
      var effective: Set<Int> = []
      for seed in seeds {
        effective.formUnion(
          try Self.check(seed, show, count ?? { _ in 0 }, joins: joins, mutators))
      }
      #expect(effective == Set(mutators.indices), "\(Value.typeName): the mutators that change it")
    }
    checkDeletion = { seed in try Self.checkDeletion(seed, mutators) }
    let isLattice = joins && count == nil
    checkSurvival = { seed in if isLattice { try Self.checkSurvival(seed, show, mutators) } }
    checkOrphan = { seed in try Self.checkOrphan(seed, show, mutators) }
    checkRepetition = { seed in try Self.checkRepetition(seed, show, mutators) }
    checkRefusals = { seed in try RefusedHistory(seed, mutators, alone: alone).check(show) }
  }

  /// Checks the law with one seed, and returns which mutators changed what is shown.
  private static func check<Value: Replicated>(
    _ seed: UInt64, _ show: (Value) throws -> String, _ count: (Value) throws -> Int64, joins: Bool,
    _ mutators: [@Sendable (Item<Int, Value>, Int) throws -> Void]
  ) throws -> Set<Int> {
    var random = DatabaseRandom(state: seed)
    var cluster = try TypeCluster(Value.self)
    var effective: Set<Int> = []
    var counted: Int64 = 0
    func write(_ place: Int, _ body: (Item<Int, Value>) throws -> Void) throws {
      let before = try cluster.value(place).map(count) ?? 0
      try cluster.write(place, body)
      counted += (try cluster.value(place).map(count) ?? 0) - before
    }
    // Some of them create the row apart, and write to it.
    for place in 0..<3 where Int.random(in: 0..<4, using: &random) > 0 {
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let (mutator, number) = pick(mutators, &random)
        try write(place) {
          try $0.create()
          try mutator($0, number)
        }
      }
    }
    try cluster.exchange()
    for step in 0..<4 {
      let place = Int.random(in: 0..<3, using: &random)
      let ((which, mutator), number) = pick(Array(mutators.enumerated()), &random)
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
    _ mutators: [Mutator], _ random: inout DatabaseRandom
  ) -> (Mutator, Int) {
    let place = Int.random(in: mutators.indices, using: &random)
    return (mutators[place], Int.random(in: 0..<3, using: &random))
  }
}

/// A generator whose every sequence follows from its seed.
struct DatabaseRandom: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }
}
