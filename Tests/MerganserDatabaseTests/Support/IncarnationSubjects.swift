import MerganserDatabase
import MerganserTypes

/// All types that can stand in a table, and some that users could write.
let incarnationSubjects: [IncarnationSubject] =
  counterSubjects + registerSubjects + setSubjects + compositeSubjects + userSubjects

private let counterSubjects: [IncarnationSubject] = [
  IncarnationSubject(
    GCounter.self, showing: { "\(try $0.value)" }, counting: { try $0.value },
    mutators: [{ try $0.increment(by: Int64($1)) }]),
  IncarnationSubject(
    PNCounter.self, showing: { "\(try $0.value)" }, counting: { try $0.value },
    mutators: [{ try $0.increment(by: Int64($1)) }, { try $0.decrement(by: Int64($1)) }]),
  IncarnationSubject(
    ResettableCounter.self, showing: { "\(try $0.value)" }, counting: { try $0.value },
    alone: true,
    mutators: [
      { try $0.increment(by: Int64($1)) }, { try $0.decrement(by: Int64($1)) },
      { row, _ in try row.reset() },
    ]),
  IncarnationSubject(
    EscrowCounter.self, showing: { "\(try $0.value)" }, counting: { try $0.value },
    mutators: [{ try $0.increment(by: Int64($1)) }, { try $0.decrement(by: Int64($1)) }]),
]

private let registerSubjects: [IncarnationSubject] = [
  IncarnationSubject(
    LWWRegister<Int>.self, showing: { "\($0.value ?? -1)" }, mutators: [{ try $0.set($1) }]),
  IncarnationSubject(
    FWWRegister<Int>.self, showing: { "\($0.value ?? -1)" }, writesOnce: true,
    mutators: [{ try $0.set($1) }]),
  IncarnationSubject(
    MVRegister<Int>.self, showing: { "\($0.values.sorted())" },
    mutators: [{ try $0.set($1) }, { row, _ in try row.resolve { $0.map(\.value).max() ?? 0 } }]),
  IncarnationSubject(
    EnableWinsFlag.self, showing: { $0.description },
    mutators: [{ row, _ in try row.enable() }, { row, _ in try row.disable() }]),
  IncarnationSubject(
    DisableWinsFlag.self, showing: { $0.description },
    mutators: [{ row, _ in try row.enable() }, { row, _ in try row.disable() }]),
  IncarnationSubject(
    Max<Int>.self, showing: { $0.description }, mutators: [{ try $0.observe($1) }]),
  IncarnationSubject(
    Min<Int>.self, showing: { $0.description }, mutators: [{ try $0.observe($1) }]),
]

private let setSubjects: [IncarnationSubject] = [
  IncarnationSubject(
    GSet<Int>.self, showing: { $0.description }, mutators: [{ try $0.insert($1) }]),
  IncarnationSubject(
    ORSet<Int>.self, showing: { $0.description },
    mutators: [{ try $0.insert($1) }, { try $0.remove($1) }]),
  IncarnationSubject(
    RWSet<Int>.self, showing: { $0.description },
    mutators: [{ try $0.insert($1) }, { try $0.remove($1) }]),
  IncarnationSubject(
    LWWSet<Int>.self, showing: { $0.description },
    mutators: [{ try $0.insert($1) }, { try $0.remove($1) }]),
  IncarnationSubject(
    TwoPhaseSet<Int>.self, showing: { $0.description },
    mutators: [{ try $0.insert($1) }, { try $0.remove($1) }]),
]

private let compositeSubjects: [IncarnationSubject] = [
  IncarnationSubject(
    GMap<Int, PNCounter>.self, showing: { "\($0)" },
    counting: { try $0.entries.values.reduce(0) { $0 + (try $1.value) } },
    mutators: [{ try $0.update($1) { try $0.increment(by: 2, as: $1.replica) } }]),
  IncarnationSubject(
    GMap<Int, TwoPhaseSet<Int>>.self,
    showing: { "\($0.entries.filter { !$0.value.elements.isEmpty }.sorted { $0.key < $1.key })" },
    mutators: [
      { row, number in try row.update(number) { set, _ in set.insert(number) } },
      { row, number in try row.update(number) { set, _ in set.remove(number) } },
    ]),
  IncarnationSubject(
    ORMap<Int, ORSet<Int>>.self, showing: { "\($0)" },
    mutators: [
      { row, number in try row.update(number) { $0.insert(number, as: &$1) } },
      { row, number in try row.update(number) { $0.remove(number, as: &$1) } },
      { row, number in try row.remove(number) },
    ]),
  IncarnationSubject(
    ORMap<Int, Incarnated<PNCounter>>.self, showing: { "\($0)" },
    counting: { map in try (0..<3).reduce(0) { $0 + (try map[$1]?.value?.value ?? 0) } },
    mutators: [
      { try $0.update($1) { try $0.write(as: &$1) { try $0.increment(by: 2, as: $1.replica) } } },
      { try $0.remove($1) },
    ]),
  IncarnationSubject(
    ORMap<Int, ORMap<Int, MVRegister<Int>>>.self, showing: { "\($0)" },
    mutators: [
      { row, number in
        try row.update(0) { $0.update(number, as: &$1) { $0.set(number, as: &$1) } }
      },
      { row, number in try row.update(0) { $0.remove(number, as: &$1) } },
      { row, _ in try row.remove(0) },
    ]),
  IncarnationSubject(
    Incarnated<GCounter>.self, showing: { "\($0)" }, counting: { try $0.value?.value ?? 0 },
    mutators: [
      { row, number in try row.write { try $0.increment(by: Int64(number), as: $1.replica) } },
      { row, _ in try row.remove() },
    ]),
  IncarnationSubject(
    Incarnated<TwoPhaseSet<Int>>.self, showing: { "\($0)" },
    mutators: [
      { row, number in try row.write { set, _ in set.insert(number) } },
      { row, number in try row.write { set, _ in set.remove(number) } },
      { row, _ in try row.remove() },
    ]),
  IncarnationSubject(
    Pair<PNCounter, TwoPhaseSet<Int>>.self, showing: { "\($0)" }, counting: { try $0.first.value },
    mutators: [
      { row, number in try row.updateFirst { try $0.decrement(by: Int64(number), as: $1.replica) }
      },
      { row, number in try row.updateSecond { set, _ in set.insert(number) } },
      { row, number in try row.updateSecond { set, _ in set.remove(number) } },
    ]),
  IncarnationSubject(
    Pair<TwoPhaseSet<Int>, GMap<Int, GSet<Int>>>.self, showing: { "\($0)" },
    mutators: [
      { row, number in try row.updateFirst { set, _ in set.insert(number) } },
      { row, number in try row.updateFirst { set, _ in set.remove(number) } },
      { row, number in
        try row.updateSecond { map, _ in map.update(number) { set in set.insert(number) } }
      },
    ]),
  IncarnationSubject(
    Lexicographic<Max<Int>, GCounter>.self, showing: { "\($0)" }, joins: false, alone: true,
    mutators: [
      { try $0.raise(Max($1)) },
      { row, number in try row.updateSecond { try $0.increment(by: Int64(number), as: $1.replica) }
      },
    ]),
  IncarnationSubject(
    Lexicographic<Max<Int>, TwoPhaseSet<Int>>.self, showing: { "\($0)" }, alone: true,
    mutators: [
      { try $0.raise(Max($1)) },
      { row, number in try row.updateSecond { set, _ in set.insert(number) } },
      { row, number in try row.updateSecond { set, _ in set.remove(number) } },
    ]),
]

/// A user's counter: creations add up.
///
/// It is its own store, though an initializer takes another one.
struct Tally: LatticeStore, Replicated, BinaryCodable {
  var votes = GCounter()

  init() {}
  init(_ votes: GCounter) { self.votes = votes }

  var isBottom: Bool { votes.isBottom }
  mutating func merge(_ other: Tally) -> Bool { votes.merge(other.votes) }
  func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool {
    votes.canBeWritten(by: replica, at: time)
  }
  func decomposed() -> [Tally] { votes.decomposed().map { Tally($0) } }
  func encode(to encoder: inout BinaryEncoder) { votes.encode(to: &encoder) }
  init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    votes = try GCounter(from: &decoder)
  }

  mutating func vote(_ count: Int64, as replica: ReplicaID) throws -> Tally {
    Tally(try votes.increment(by: count, as: replica))
  }

  /// Votes have names: what another identity's voters cast again is cast by the author.
  mutating func repeatChange(
    from before: Tally, to after: Tally, by author: inout Author
  ) throws(LatticeError) -> Tally {
    Tally(try votes.repeatChange(from: before.votes, to: after.votes, by: &author))
  }

  static func unite(_ store: inout Tally, with concurrent: Tally, for access: RowAccess) {
    GCounter.unite(&store.votes, with: concurrent.votes, for: access)
  }
}

/// A user's type whose content lives by dots: votes, and a title of which several can stand.
private struct Poll: Replicated {
  typealias Store = DotPair<DotMap<Int, DotSet>, DotFunction<Written<Int>>>
  let store: Store

  init(_ store: Store) { self.store = store }

  var text: String {
    "\(store.first.keys.sorted()) \(store.second.versions().map(\.value).sorted())"
  }
}

/// A user's type with dots beside a lattice that has none.
private struct Guests: Replicated {
  typealias Store = DotPair<ORSet<Int>.Store, TwoPhaseSet<Int>>
  let store: Store

  init(_ store: Store) { self.store = store }

  var text: String { "\(ORSet(store.first)) \(store.second)" }
}

private func left<First, Second>(_ change: Causal<First>) -> Causal<DotPair<First, Second>> {
  var pair = DotPair<First, Second>()
  pair.first = change.store
  return Causal(pair, context: change.context)
}

private func right<First, Second>(_ change: Causal<Second>) -> Causal<DotPair<First, Second>> {
  var pair = DotPair<First, Second>()
  pair.second = change.store
  return Causal(pair, context: change.context)
}

private let userSubjects: [IncarnationSubject] = [
  IncarnationSubject(
    Tally.self, showing: { "\(try $0.votes.value)" }, counting: { try $0.votes.value },
    mutators: [
      { row, number in
        try row.update { Causal(try $0.vote(Int64(number), as: $1.replica), context: []) }
      }
    ]),
  IncarnationSubject(
    Poll.self, showing: { $0.text },
    mutators: [
      { row, number in
        try row.update { left($0.first.update(number, as: &$1) { $0.mark(as: &$1) }) }
      },
      { row, number in try row.update { left($0.first.remove(number, as: &$1)) } },
      { row, number in try row.update { right($0.second.set(number, as: &$1)) } },
    ]),
  IncarnationSubject(
    Guests.self, showing: { $0.text },
    mutators: [
      { row, number in try row.update { left($0.first.insert(number, as: &$1)) } },
      { row, number in try row.update { left($0.first.remove(number, as: &$1)) } },
      { row, number in
        try row.update { store, _ in right(Causal(store.second.insert(number), context: [])) }
      },
      { row, number in
        try row.update { store, _ in right(Causal(store.second.remove(number), context: [])) }
      },
    ]),
]
