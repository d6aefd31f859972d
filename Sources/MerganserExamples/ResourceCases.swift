import MerganserConfluence
import MerganserModel
import MerganserTypes

// Places, rooms and hours.
extension ConfluenceCase {
  private struct Registrations: Schema {
    let registered = Table<ReplicaID, LWWRegister<String>>("registered")

    var invariants: [any Invariant] {
      let registered = registered
      Custom("at most two are registered", over: [registered]) {
        try $0.count(registered) <= 2
      }
    }
  }

  private struct Rooms: Schema {
    let bookings = Table<Path<String, Int>, LWWRegister<String>>("bookings")

    var invariants: [any Invariant] {
      NoOverlap("bookings of a room are apart", on: bookings) { key, _ in
        (resource: key.parent, from: Int64(key.child), to: Int64(key.child) + 2)
      }
    }
  }

  static func resources() throws(SchemaError) -> [ConfluenceCase] {
    let registrations = Registrations()
    let rooms = Rooms()
    return [
      try ConfluenceCase(
        29, title: "at most two are registered", verdict: .refuted,
        source: "it takes three replicas", replicas: 3,
        schema: registrations
      ) {
        DeclaredTransaction("register") { tx in
          if try tx[registrations.registered, tx.replica].exists { return }
          try tx[registrations.registered, tx.replica].create()
        }
      },
      try ConfluenceCase(
        30, title: "rooms, anybody books", verdict: .refuted, source: "Terry et al. 1995, Bayou",
        schema: rooms
      ) {
        DeclaredTransaction("book", over: 9...11) { tx, hour in
          if try tx[rooms.bookings, Path("r", child: hour)].exists { return }
          try tx[rooms.bookings, Path("r", child: hour)].set("x")
        }
      },
      try ConfluenceCase(
        31, title: "rooms, each books its own hours", verdict: .closes, source: "partition",
        schema: rooms
      ) {
        DeclaredTransaction("book", over: [9, 10, 13, 14]) { tx, hour in
          let owner = Workload.replicas[hour < 12 ? 0 : 1]
          guard owner == tx.replica else { throw Declined() }
          if try tx[rooms.bookings, Path("r", child: hour)].exists { return }
          try tx[rooms.bookings, Path("r", child: hour)].set("x")
        }
      },
    ]
  }
}
