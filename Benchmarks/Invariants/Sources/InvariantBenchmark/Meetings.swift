import Merganser
import MerganserDatabase
import Synchronization

/// A table of meetings, with ten invariants over it or with none.
struct Meetings: Schema {
  /// Who owns all names and rooms: the replica that is measured.
  static let owner = Mutex(ReplicaID(high: 0, low: 1))

  let rooms = Table<Int, LWWRegister<String>>("rooms")
  let kinds = Table<Int, LWWRegister<String>>("kinds")
  let meetings = Table<Path<Int, Int>, LWWRegister<Int64>>("meetings")
  let hasInvariants: Bool

  static let measured: @Sendable (Int) -> ReplicaID? = { _ in owner.withLock { $0 } }

  var invariants: [any Invariant] {
    if hasInvariants {
      Check("a meeting begins late enough", on: meetings) { _, hour in hour >= 0 }
      Check("a meeting begins early enough", on: meetings) { _, hour in hour < 1 << 40 }
      Check("a meeting has a number", on: meetings) { key, _ in key.child >= 0 }
      Check("a meeting is not at noon", on: meetings) { _, hour in hour != 12 }
      Unique("a number names one meeting", on: meetings, by: .owner(Self.measured)) {
        key, _ in key.parent << 24 | key.child
      }
      Unique("a ticket names one meeting", on: meetings, by: .owner(Self.measured)) {
        key, hour in key.parent << 24 | key.child << 4 | Int(hour & 1)
      }
      NoOverlap("a room has one meeting", on: meetings, by: .owner(Self.measured)) {
        key, hour in (resource: key.parent, from: hour, to: hour + 1)
      }
      NoOverlap("a guide has one meeting", on: meetings, by: .owner(Self.measured)) {
        key, hour in (resource: key.parent ^ 1, from: hour, to: hour + 1)
      }
      ForeignKey("a meeting's room exists", from: meetings, to: rooms, onDelete: .cascade)
      ForeignKey("a meeting's kind exists", from: meetings, to: kinds, onDelete: .restrict)
    }
  }
}

/// A database of so many meetings, a hundred to a room.
func meetings(_ count: Int, invariants: Bool) throws -> (Database, Meetings) {
  let schema = Meetings(hasInvariants: invariants)
  let owner = Meetings.owner.withLock { $0 }
  var database = Database(catalog: try Catalog(schema), replica: owner, founder: owner)
  for room in 0..<count / 100 {
    _ = try database.transact(wall: HybridTime(milliseconds: 1)) { tx in
      try tx[schema.rooms, room].create()
      try tx[schema.kinds, room].create()
      for meeting in 0..<100 {
        try tx[schema.meetings, Path(room, child: meeting)].set(Int64(meeting * 10 + 13))
      }
    }
  }
  return (database, schema)
}
