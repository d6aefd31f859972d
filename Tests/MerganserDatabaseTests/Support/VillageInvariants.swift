import MerganserDatabase
import MerganserModel
import MerganserTypes

// The invariants of the village as anybody would read them: each looks at all rows, and nothing is indexed or
// remembered.
extension Village {
  /// The names of the invariants that a state breaks.
  func broken(in state: Snapshot) throws -> Set<String> {
    var broken: Set<String> = []
    func claim(_ name: String, holds: Bool) { if !holds { broken.insert(name) } }
    func areApart<Key>(_ rows: [(key: Key, value: [Int])], points: (Int) -> [Int]) -> Bool {
      let taken = rows.flatMap { Set($0.value.flatMap(points)) }
      return Set(taken).count == taken.count
    }
    func hours(_ number: Int) -> [Int] { Self.hours(number).map { number / 10 * 100 + Int($0) } }
    let names = try written(names, in: state)
    claim("no name is 13", holds: !names.contains { $0.1.contains(13) })
    claim("names", holds: areApart(names) { [$0] })
    claim("plates", holds: areApart(try written(plates, in: state)) { [$0] })
    claim("slots", holds: areApart(try written(slots, in: state), points: hours))
    let rooms = try written(rooms, in: state)
    claim("rooms", holds: areApart(rooms) { [$0] })
    let beds = try written(beds, in: state)
    claim("beds", holds: areApart(beds, points: hours))
    let houses = Set(try state.rows(houses).map(\.key))
    claim("a room's house", holds: rooms.allSatisfy { houses.contains($0.key.parent) })
    let there = Set(rooms.map(\.key))
    claim("a bed's room", holds: beds.allSatisfy { there.contains($0.key.parent) })
    if strictness & 1 != 0 {
      claim(
        "a desk's room", holds: try state.rows(desks).allSatisfy { there.contains($0.key.parent) })
    }
    if strictness & 2 != 0 {
      claim(
        "a lamp's room", holds: try state.rows(lamps).allSatisfy { there.contains($0.key.parent) })
    }
    claim("savings", holds: try state.rows(savings).allSatisfy { try $0.value.value >= 0 })
    claim("stock within 0...", holds: try state.rows(stock).allSatisfy { try $0.value.value >= 0 })
    var sums: [Int: Int64] = [:]
    for (key, part) in try state.rows(parts) { sums[key.parent, default: 0] += try part.value }
    for (key, total) in try state.rows(totals) { sums[key, default: 0] -= try total.value }
    claim("totals", holds: sums.values.allSatisfy { $0 == 0 })
    let invoices = try state.rows(invoices).map(\.key)
    claim("invoices", holds: invoices == Array(1..<invoices.count + 1))
    claim("at most two flags", holds: try state.rows(flags).count <= 2)
    return broken
  }

  /// The names of the invariants that a transaction broke by what it did, whatever the rows are afterwards.
  func broken(
    from before: Snapshot, to after: Snapshot, by author: ReplicaID
  ) throws -> Set<String> {
    var broken: Set<String> = []
    let rooms = try created(in: rooms.name, from: before, to: after)
    for key in try created(in: lamps.name, from: before, to: after) where strictness & 2 != 0 {
      let lamp = try Path<Path<Int, Int>, Int>(keyEncoded: key)
      if !rooms.contains(lamp.parent.keyEncoded()) { broken.insert("a lamp's room") }
    }
    for key in try created(in: tickets.name, from: before, to: after) {
      let ticket = try Path<ReplicaID, Int>(keyEncoded: key)
      if ticket.parent != author { broken.insert("tickets") }
    }
    return broken
  }

  /// The rows of a table, each with what was written to any of its incarnations: a deletion that did not
  /// see all of them lets each of these values show.
  private func written<Key, Value: ConsistsOfWrites>(
    _ table: Table<Key, Value>, in state: Snapshot
  ) throws -> [(key: Key, value: [Int])] where Value.Written == Int {
    guard let number = state.catalog.number(of: table.name) else { return [] }
    let rows = state.state.tables[number]
    var keys = try rows.keys()
    var written: [(key: Key, value: [Int])] = []
    while let key = try keys.next() {
      let incarnations = try rows.row(key, as: Value.Store.self)?.incarnations ?? []
      let values = incarnations.flatMap { Value.written(in: $0.store) }
      written.append((try Key(keyEncoded: key), values))
    }
    return written
  }

  /// The rows that have an incarnation which they did not have.
  private func created(
    in table: String, from before: Snapshot, to after: Snapshot
  ) throws -> Set<[UInt8]> {
    guard let number = after.catalog.number(of: table) else { return [] }
    let (old, new) = (before.state.tables[number], after.state.tables[number])
    var created: Set<[UInt8]> = []
    var keys = try new.keys()
    while let key = try keys.next() {
      let known = try old.incarnations(of: key)
      if try new.incarnations(of: key).contains(where: { !known.contains($0) }) {
        created.insert(key)
      }
    }
    return created
  }
}
