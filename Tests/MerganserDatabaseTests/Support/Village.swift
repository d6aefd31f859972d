import MerganserModel
import MerganserTypes
import TestSupport

/// A schema with every kind of invariant, over so few names, hours and rows that transactions meet.
struct Village: Schema {
  static let replicas = (1...3).map { ReplicaID(high: 0, low: UInt64($0)) }
  static func owner(_ number: Int) -> ReplicaID { replicas[Int(number.magnitude % 3)] }
  /// The hours that a number stands for, some longer than others.
  static func hours(_ number: Int) -> Range<Int64> {
    let hour = Int64(number.magnitude % 10)
    return hour..<hour + 1 + Int64(number.magnitude % 3)
  }

  let names = Table<Int, LWWRegister<Int>>("names")
  let plates = Table<Int, MVRegister<Int>>("plates")
  let tickets = Table<Path<ReplicaID, Int>, LWWRegister<Int>>("tickets")
  let slots = Table<Int, ORSet<Int>>("slots")
  let houses = Table<Int, LWWRegister<Int>>("houses")
  let rooms = Table<Path<Int, Int>, LWWRegister<Int>>("rooms")
  let beds = Table<Path<Path<Int, Int>, Int>, LWWRegister<Int>>("beds")
  let desks = Table<Path<Path<Int, Int>, Int>, LWWRegister<Int>>("desks")
  let lamps = Table<Path<Path<Int, Int>, Int>, LWWRegister<Int>>("lamps")
  let savings = Table<Int, PNCounter>("savings")
  let parts = Table<Path<Int, Int>, PNCounter>("parts")
  let totals = Table<Int, PNCounter>("totals")
  let invoices = Table<Int, LWWRegister<Int>>("invoices")
  let stock = Table<Int, EscrowCounter>("stock")
  let flags = Table<Int, LWWRegister<Int>>("flags")
  /// Whether there are more invariants than those without which rows would not be the same.
  var isStrict = true
  /// Which of the invariants stand that forbid rooms to go, each a bit.
  var strictness = 3

  var invariants: [any Invariant] {
    Bounds(stock, in: 0...)
    ForeignKey("a room's house", from: rooms, to: houses, onDelete: .cascade)
    ForeignKey("a bed's room", from: beds, to: rooms, onDelete: .cascade)
    if isStrict {
      Check("no name is 13", on: names) { _, name in name != 13 }
      Unique("names", on: names) { _, name in name }
      Unique("plates", on: plates, by: .owner(Self.owner)) { _, plate in plate }
      Unique("tickets", generated: tickets)
      NoOverlap("slots", on: slots, by: .owner(Self.owner)) { _, slot in
        let hours = Self.hours(slot)
        return (resource: slot / 10, from: hours.lowerBound, to: hours.upperBound)
      }
      Unique("rooms", on: rooms, by: .owner(Self.owner)) { _, number in number }
      NoOverlap("beds", on: beds) { _, bed in
        (resource: bed / 10, from: Self.hours(bed).lowerBound, to: Self.hours(bed).upperBound)
      }
      if strictness & 1 != 0 {
        ForeignKey("a desk's room", from: desks, to: rooms, onDelete: .restrict)
      }
      if strictness & 2 != 0 {
        ForeignKey("a lamp's room", from: lamps, to: rooms, onDelete: .touch)
      }
      Limit("savings", on: savings, atLeast: 0)
      SumOf("totals", of: parts, in: totals) { $0.parent }
      Sequential("invoices", on: invoices)
      Custom("at most two flags", over: [flags]) { [flags] in try $0.count(flags) <= 2 }
    }
  }
}

/// Why a transaction took itself back.
struct ChangedItsMind: Error {}

extension Village {
  /// How many kinds of things there are to do.
  static let kinds = 13

  /// Some of many things to do, one after the other: `steps` at most, of the given kinds.
  func act(
    _ tx: borrowing Transaction, dice: inout SplitMix, atMost steps: UInt64 = 3,
    of kinds: [Int] = Array(0..<kinds)
  ) throws {
    for _ in 0...dice.next() % steps {
      try step(tx, kind: kinds[Int(dice.next() % UInt64(kinds.count))], dice: &dice)
    }
    if dice.next() % 16 == 0 { throw ChangedItsMind() }
  }

  private func step(_ tx: borrowing Transaction, kind: Int, dice: inout SplitMix) throws {
    func number(_ limit: Int) -> Int { Int(dice.next() % UInt64(limit)) }
    let (one, two) = (number(3), number(3))
    let room = Path(number(2), child: number(2))
    switch kind {
    case 0, 1:
      let name = number(24) == 0 ? 13 : number(5)
      try write(tx[names, one], other: tx[names, two], kind: number(8), new: name, read: \.value) {
        try $0.set($1)
      }
    case 2:
      try write(
        tx[plates, one], other: tx[plates, two], kind: number(8), new: number(5),
        read: \.values.first
      ) {
        try $0.set($1)
      }
    case 3, 4:
      switch number(6) {
      case 0: try tx[slots, one].delete()
      case 1: if try tx[slots, one].exists { try tx[slots, one].touch() }
      case 2:
        for slot in try tx[slots, one].value?.sorted() ?? [] { try tx[slots, one].remove(slot) }
      default: try tx[slots, one].insert(number(3) * 10 + number(10))
      }
    case 5:
      let ticket = Path(number(8) == 0 ? Self.owner(one) : tx.replica, child: two)
      try write(
        tx[tickets, ticket], other: tx[tickets, ticket], kind: number(8), new: one, read: \.value
      ) {
        try $0.set($1)
      }
    case 6:
      let house = try tx[houses, room.parent]
      try write(house, other: house, kind: number(8), new: one, read: \.value) { try $0.set($1) }
    case 7:
      let other = Path(number(2), child: number(2))
      try write(
        tx[rooms, room], other: tx[rooms, other], kind: number(8), new: number(6), read: \.value
      ) {
        try $0.set($1)
      }
    case 8:
      let (bed, other) = (
        Path(room, child: one), Path(Path(number(2), child: number(2)), child: two)
      )
      try write(
        tx[beds, bed], other: tx[beds, other], kind: number(8), new: number(20), read: \.value
      ) { try $0.set($1) }
    case 9:
      let row = Path(room, child: one)
      switch number(8) {
      case 0: try tx[desks, row].delete()
      case 1: try tx[lamps, row].delete()
      case 2, 3: try tx[desks, row].create()
      case 4: try tx[lamps, row].create()
      default:
        if try tx[rooms, room].exists { try tx[rooms, room].touch() }
        try tx[lamps, row].create()
      }
    case 10:
      switch number(6) {
      case 0: try tx[savings, one].delete()
      case 1, 2: try tx[savings, one].increment(by: Int64(two))
      case 3: try tx[savings, one].decrement(by: Int64(two))
      case 4: try tx[stock, one].increment(by: Int64(two))
      default:
        try tx[stock, one].decrement()
        if two == 0 { try tx[stock, one].delete() }
      }
    case 11:
      switch number(8) {
      case 0: try tx[parts, room].delete()
      case 1: try tx[parts, room].increment()
      default:
        try tx[parts, room].increment(by: Int64(one))
        try tx[totals, room.parent].increment(by: Int64(one))
      }
    default:
      switch number(6) {
      case 0: try tx[invoices, one + 1].delete()
      case 1, 2: try tx[invoices, one + 1].create()
      case 3: try tx[flags, one].delete()
      default: try tx[flags, one].create()
      }
    }
  }

  /// What can be done with a register: it is written, or written again as it is, it changes places with
  /// another, it goes, it goes and comes back, it is touched.
  private func write<Key, Value: ConsistsOfWrites>(
    _ item: Item<Key, Value>, other: Item<Key, Value>, kind: Int, new: Int,
    read: (Value) -> Int?, set: (Item<Key, Value>, Int) throws -> Void
  ) throws {
    let (mine, theirs) = (try item.value.flatMap(read), try other.value.flatMap(read))
    switch kind {
    case 0: try item.delete()
    case 1:
      try item.delete()
      try set(item, mine ?? new)
    case 2: if mine != nil { try item.touch() }
    case 3: try set(item, mine ?? new)
    case 4:
      try set(item, theirs ?? new)
      if let mine { try set(other, mine) }
    default: try set(item, new)
    }
  }
}
