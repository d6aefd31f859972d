import MerganserTypes
import TestSupport
import Testing

/// The change that a replica made can be made once more by another, and then shows the same.
@Suite struct RepeatChangeTests: TypeVisitor {
  func visit<Value: Decomposable & BinaryCodable, Shown: Equatable>(
    _ type: Value.Type, showing show: (Value) -> Shown, mutators: [Mutator<Value>]
  ) {
    var random = SplitMix(seed: 41)
    let replicas = (1...3).map { ReplicaID(high: 0, low: $0) }
    let heir = ReplicaID(high: 0, low: 9)
    for round in UInt64(1)...120 {
      var time = UInt64(1)
      func mutate(_ value: inout Value, as replica: ReplicaID, count: Int) {
        for _ in 0..<count {
          time += 1
          let mutator = mutators[Int.random(in: 0..<mutators.count, using: &random)]
          // What is refused has changed nothing.
          _ = try? mutator(&value, replica, HybridTime(milliseconds: time), &random)
        }
      }
      func author(_ value: Value) -> Author {
        // After all of this replica's writes, as a database numbers them.
        Author(heir, nextSequence: 1000, time: HybridTime(milliseconds: time + 1))
      }
      var values = replicas.map { _ in Value() }
      for _ in 0..<round % 6 {
        let place = Int.random(in: 0..<3, using: &random)
        mutate(&values[place], as: replicas[place], count: 4)
        values[(place + 1) % 3].merge(values[place])
      }
      let before = values[0]
      var after = before
      mutate(&after, as: replicas[0], count: Int(round % 4) + 1)

      var repeated = before
      var writer = author(before)
      do {
        let delta = try repeated.repeatChange(from: before, to: after, by: &writer)
        #expect(show(repeated) == show(after), "\(type), round \(round)")
        #expect(before.merging(delta) == repeated, "\(type), round \(round)")
      } catch {
        Issue.record("\(type), round \(round): \(error)")
      }

      // On another branch the change is concurrent with what stands there, and its delta is all of it.
      var branch = before
      mutate(&branch, as: replicas[0], count: 3)
      branch.merge(values[1])
      let known = branch
      writer = author(branch)
      do {
        let delta = try branch.repeatChange(from: before, to: after, by: &writer)
        #expect(known.merging(delta) == branch, "\(type), round \(round)")
        #expect(known.isCovered(by: branch), "\(type), round \(round)")
        // Without a change there is nothing to be done.
        let same = branch
        let nothing = try branch.repeatChange(from: after, to: after, by: &writer)
        #expect(branch == same, "\(type), round \(round)")
        #expect(nothing.isBottom || nothing.isCovered(by: same), "\(type), round \(round)")
      } catch {
        Issue.record("\(type), round \(round): \(error)")
      }
    }
  }

  @Test func everyTypeDoes() throws { try visitEveryType(self) }

  /// A type of a user's own that says nothing of this joins.
  private struct Highest: LatticeStore, Replicated, BinaryCodable {
    var number: UInt64 = 0
    var isBottom: Bool { number == 0 }
    mutating func merge(_ other: Highest) -> Bool {
      defer { number = max(number, other.number) }
      return other.number > number
    }
    func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool { true }
    func decomposed() -> [Highest] { isBottom ? [] : [self] }
    init() {}
    func encode(to encoder: inout BinaryEncoder) { number.encode(to: &encoder) }
    init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
      number = try UInt64(from: &decoder)
    }
  }

  @Test func aLatticeThatAsksNotWhoWroteJoins() throws {
    var (before, after, store) = (Highest(), Highest(), Highest())
    (before.number, after.number, store.number) = (3, 7, 5)
    var author = Author(ReplicaID(high: 0, low: 9), nextSequence: 1)
    let delta = try Highest.repeatChange(from: before, to: after, onto: &store, as: &author)
    #expect(store.number == 7)
    #expect(delta.store.number == 7)
    #expect(delta.context.isBottom)
  }

  /// A store of a user's own that says nothing of this keeps the dots of what came.
  private struct Shell: DotStore, BinaryCodable {
    var dots = CausalContext()
    init() {}
    var isBottom: Bool { dots.isBottom }
    func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool { true }
    func forEachDot(_ body: (Dot) -> Void) {
      dots.forEachRun { replica, run in
        for sequence in run { body(Dot(replica, sequence: sequence)) }
      }
    }
    mutating func merge(_ other: Shell, seen: CausalContext, otherSeen: CausalContext) -> Bool {
      let before = dots
      var alive = dots.intersection(other.dots)
      alive.merge(dots.subtracting(otherSeen))
      alive.merge(other.dots.subtracting(seen))
      dots = alive
      return dots != before
    }
    func encode(to encoder: inout BinaryEncoder) { dots.encode(to: &encoder) }
    init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
      dots = try CausalContext(from: &decoder)
    }
  }

  @Test func aStoreThatSaysNothingKeepsItsDots() throws {
    let a = ReplicaID(high: 0, low: 1)
    var (before, after, store) = (Shell(), Shell(), Shell())
    before.dots = [Dot(a, sequence: 1), Dot(a, sequence: 2), Dot(a, sequence: 3)]
    after.dots = [Dot(a, sequence: 2), Dot(a, sequence: 3), Dot(a, sequence: 4)]
    // Here 3 was removed meanwhile, and 9 was added.
    store.dots = [Dot(a, sequence: 1), Dot(a, sequence: 2), Dot(a, sequence: 9)]
    var author = Author(ReplicaID(high: 0, low: 9), nextSequence: 1)
    let delta = try store.repeatChange(from: before, to: after, as: &author)
    #expect(store.dots == [Dot(a, sequence: 2), Dot(a, sequence: 4), Dot(a, sequence: 9)])
    #expect(delta.context.contains(Dot(a, sequence: 1)))
    #expect(!delta.context.contains(Dot(a, sequence: 9)))
  }

  @Test func whatIsConcurrentStays() throws {
    let (a, heir) = (ReplicaID(high: 0, low: 1), ReplicaID(high: 0, low: 9))
    var set = ORSet<String>()
    set.insert("milk", as: a)
    var (after, branch) = (set, set)
    after.remove("milk", as: a)
    branch.insert("milk", as: a)
    var author = Author(heir, after: branch.context)
    try branch.repeatChange(from: set, to: after, by: &author)
    #expect(Array(branch) == ["milk"])

    var register = MVRegister<Int>()
    register.set(1, as: a)
    var (written, other) = (register, register)
    written.set(2, as: a)
    other.set(3, as: a)
    author = Author(heir, after: other.context)
    try other.repeatChange(from: register, to: written, by: &author)
    #expect(other.values.sorted() == [2, 3])
  }

  /// Where an update of a map's values is refused, nothing of it is done.
  @Test func aRefusalChangesNothing() throws {
    let (a, heir) = (ReplicaID(high: 0, low: 1), ReplicaID(high: 0, low: 9))
    var before = GMap<Int, GCounter>()
    try before.update(2) { try $0.increment(by: .max, as: heir) }
    var after = before
    try after.update(1) { try $0.increment(as: a) }
    try after.update(2) { try $0.increment(as: a) }
    var (store, author) = (before, Author(heir, nextSequence: 1))
    #expect(throws: LatticeError.amountOverflow(replica: heir, held: UInt64(Int64.max), amount: 1))
    {
      try store.repeatChange(from: before, to: after, by: &author)
    }
    #expect(store == before)

    var map = ORMap<Int, Incarnated<GCounter>>()
    try map.update(2, as: heir) {
      try $0.write(as: &$1) { try $0.increment(by: .max, as: $1.replica) }
    }
    var later = map
    for key in 1...2 {
      try later.update(key, as: a) { try $0.write(as: &$1) { try $0.increment(as: $1.replica) } }
    }
    let same = map
    author = Author(heir, after: map.context)
    #expect(throws: LatticeError.self) { try map.repeatChange(from: same, to: later, by: &author) }
    #expect(map == same)
    #expect(author.nextSequence == 2)
  }

  @Test func escrowIsRepeatedUnderRights() throws {
    let (a, b, heir) = (
      ReplicaID(high: 0, low: 1), ReplicaID(high: 0, low: 2), ReplicaID(high: 0, low: 9)
    )
    let terms = try EscrowTerms(lower: 0, upper: 10, founder: a)
    var before = EscrowCounter()
    try before.increment(by: 8, as: a, under: terms)
    try before.transfer(3, of: .decrement, as: a, to: heir, under: terms)
    var after = before
    try after.decrement(by: 2, as: a, under: terms)
    try after.transfer(1, of: .decrement, as: a, to: b, under: terms)
    // What others did on the way is theirs.
    try after.increment(by: 1, as: b, under: try EscrowTerms(lower: nil, upper: nil, founder: nil))

    var store = before
    let delta = try store.repeatChange(of: a, from: before, to: after, by: heir, under: terms)
    #expect(try store.value == 6)
    #expect(store.rights(toDecrementOf: heir, under: terms) == 0)
    #expect(store.rights(toDecrementOf: b, under: terms) == 1)
    #expect(before.merging(delta) == store)
    // Again there are no rights left for it, and nothing is done.
    let same = store
    #expect(throws: LatticeError.insufficientRights(needed: 2, available: 0)) {
      try store.repeatChange(of: a, from: before, to: after, by: heir, under: terms)
    }
    #expect(store == same)

    // At the upper bound the decrement has to come first.
    var full = EscrowCounter()
    try full.increment(by: 10, as: a, under: terms)
    try full.transfer(4, of: .decrement, as: a, to: heir, under: terms)
    var changed = full
    try changed.decrement(by: 3, as: a, under: terms)
    try changed.increment(by: 2, as: a, under: terms)
    var again = full
    try again.repeatChange(of: a, from: full, to: changed, by: heir, under: terms)
    #expect(try again.value == 9)
  }
}
