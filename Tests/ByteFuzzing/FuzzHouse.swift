import MerganserDatabase
import MerganserModel
import MerganserTypes

/// A schema with tables of most types, and invariants of every kind that a receiver looks at.
struct FuzzHouse: Schema {
  let accounts = Table<String, EscrowCounter>("accounts")
  let votes = Table<String, PNCounter>("votes")
  let resets = Table<String, ResettableCounter>("resets")
  let notes = Table<String, LWWRegister<String>>("notes")
  let drafts = Table<String, MVRegister<String>>("drafts")
  let tags = Table<String, ORSet<String>>("tags")
  let shelves = Table<String, ORMap<String, ORSet<UInt64>>>("shelves")
  let flags = Table<Int, EnableWinsFlag>("flags")
  let names = Table<Int, LWWRegister<String>>("names")
  let forms = Table<Path<ReplicaID, Int>, LWWRegister<Int>>("forms")
  let rooms = Table<String, GSet<Int>>("rooms")
  let beds = Table<Path<String, Int>, GCounter>("beds")
  let lamps = Table<Path<String, Int>, LWWRegister<Int>>("lamps")
  let slots = Table<Int, ORSet<Int>>("slots")

  /// Whether the invariants stand; without them it is what a program declares that keeps none.
  var hasInvariants = true

  var invariants: [any Invariant] {
    if hasInvariants {
      Bounds(accounts, in: 0...1000)
      Check("a note is short", on: notes) { _, note in note.utf8.count < 10 }
      Unique("a name is one row's", on: names, by: .owner(.founder)) { _, name in name }
      Unique("a form is its maker's", generated: forms)
      ForeignKey("a bed has a room", from: beds, to: rooms, onDelete: .cascade)
      ForeignKey("a lamp has a room", from: lamps, to: rooms, onDelete: .touch)
      NoOverlap("slots", on: slots) { _, slot in
        (resource: slot % 3, from: Int64(slot % 100), to: Int64(slot % 100) + 2)
      }
    }
  }

  static let house = FuzzHouse()
  /// The catalog of the schema; it is made once.
  static let catalog: Result<Catalog, any Error> = Result { try Catalog(FuzzHouse.house) }
  /// The same tables, for a program that keeps no invariants.
  static let lawless: Result<Catalog, any Error> = Result {
    try Catalog(FuzzHouse(hasInvariants: false))
  }
  static let wall = HybridTime(milliseconds: 1000)

  /// How many kinds of transactions there are.
  static let kinds = 18

  /// One of many small transactions.
  func act(_ tx: borrowing Transaction, kind: Int, number: Int) throws {
    let name = "\(number % 3)"
    switch kind {
    case 0: try tx[accounts, name].increment(by: 5)
    case 1: try tx[accounts, name].decrement(by: 2)
    case 2: try tx[accounts, name].transfer(1, of: .decrement, to: replicas[number % 4])
    case 3: try tx[votes, name].increment(by: Int64(number))
    case 4:
      if number % 2 == 0 { try tx[resets, name].reset() } else { try tx[resets, name].create() }
    case 5: try tx[notes, name].set("\(number)")
    case 6: try tx[drafts, name].set("\(number)")
    case 7: try tx[tags, name].insert("\(number)")
    case 8: try tx[tags, name].remove("\(number - 1)")
    case 9:
      try tx[shelves, name].update("\(number % 2)") { set, author in
        set.insert(UInt64(number), as: &author)
      }
    case 10:
      if number % 2 == 0 { try tx[flags, number % 2].disable() } else { try tx[flags, 0].enable() }
    case 11: try tx[names, number % 4].set("\(number % 5)")
    case 12: try tx[forms, Path(tx.replica, child: number % 3)].set(number)
    case 13: try tx[rooms, name].insert(number)
    case 14: try tx[rooms, name].delete()
    case 15: try tx[beds, Path(name, child: number % 2)].increment()
    case 16: try tx[lamps, Path(name, child: number % 2)].set(number)
    default: try tx[slots, number % 3].insert(number)
    }
  }

  /// Plans for these transactions.
  static func plans() throws -> [Plan] {
    let fingerprint = try catalog.get().fingerprint
    return [
      Plan(fingerprint: fingerprint, entries: [:]),
      Plan(
        fingerprint: fingerprint,
        searched: Plan.Searched(start: 5, sample: [1, 2]),
        entries: [
          "pay": Plan.Entry(
            way: .local, basis: .search(replicas: 3), invariants: ["a note is short"],
            writes: [Effect(.write, in: "notes"), Effect(.insert, in: "a b")], reads: ["names"],
            arguments: [["1", "ann"], []]),
          "open an account": Plan.Entry(
            way: .ordered, invariants: [], reason: "two replicas\nboth open it"),
        ]),
    ]
  }

  /// What two replicas write that keep the invariants, and a third that keeps none, each in turn.
  static func history(_ steps: Int) throws -> [StoredVersion] {
    let founder = replicas[0]
    var members = try (0..<3).map { number in
      Database(
        catalog: try (number < 2 ? catalog : lawless).get(), replica: replicas[number],
        founder: founder)
    }
    var versions: [StoredVersion] = []
    for step in 0..<steps {
      let number = step * 7 % 3
      if step % 4 == 0 { _ = try members[number].receive(versions, wall: wall) }
      let done = try? members[number].transact(scope: .localOnly, wall: wall) { tx in
        try house.act(tx, kind: step % kinds, number: step)
        try house.act(tx, kind: (step * 5 + 1) % kinds, number: step)
      }
      if let version = done?.version { versions.append(version) }
    }
    return versions
  }

  /// Pairs of versions of two replicas that keep no invariants: what one wrote, and what the other that saw it
  /// put in its place or took away.
  static func removals() throws -> [[StoredVersion]] {
    // Of each type whose writes have dots, and rows that go as a whole.
    try [(4, 4), (6, 6), (9, 9), (10, 10), (13, 14), (17, 17)].map { written, removing in
      var (one, other) = (
        Database(catalog: try lawless.get(), replica: replicas[3], founder: replicas[0]),
        Database(catalog: try lawless.get(), replica: replicas[2], founder: replicas[0])
      )
      let number = 2
      let first = try one.transact(wall: wall) { try house.act($0, kind: written, number: number) }
      let versions = [first.version].compactMap(\.self)
      _ = try other.receive(versions, wall: wall)
      let second = try other.transact(wall: wall) {
        try house.act($0, kind: removing, number: number)
      }
      return versions + [second.version].compactMap(\.self)
    }
  }
}
