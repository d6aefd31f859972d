public import MerganserConfluence
public import MerganserModel
import MerganserTypes

/// The schemas that the literature discusses, each with its transactions.
public enum Examples {
  /// All of them, in the order in which a reader meets them.
  ///
  /// - Throws: if a schema makes no sense, which none does.
  public static func all() throws(SchemaError) -> [Workload] {
    [
      try usernames(), try bank(), try meetingRooms(), try orders(), try auction(),
      try courseware(), try tournament(),
    ]
  }

  private struct Usernames: Schema {
    let names = Table<Int, LWWRegister<String>>("names")
    let sessions = Table<Path<ReplicaID, Int>, LWWRegister<String>>("sessions")

    var invariants: [any Invariant] {
      Unique("a name is one user's", on: names) { _, name in name }
      Unique("a session is one replica's", generated: sessions)
      Check("a name is not empty", on: names) { _, name in !name.isEmpty }
    }
  }

  /// People choose names; sessions get generated ones.
  public static func usernames() throws(SchemaError) -> Workload {
    let schema = Usernames()
    return try Workload("usernames", of: schema) {
      DeclaredTransaction("choose a name", over: 1...2, over: ["", "ann"]) { tx, user, name in
        try tx[schema.names, user].set(name)
      }
      DeclaredTransaction("leave", over: 1...2) { tx, user in try tx[schema.names, user].delete() }
      DeclaredTransaction("log in") { tx in
        if try tx[schema.sessions, Path(tx.replica, child: 1)].exists { return }
        try tx[schema.sessions, Path(tx.replica, child: 1)].create()
      }
    }
  }

  private struct Bank: Schema {
    let accounts = Table<String, EscrowCounter>("accounts")
    let savings = Table<String, PNCounter>("savings")
    let owners = Table<String, LWWRegister<String>>("owners")

    var invariants: [any Invariant] {
      Bounds(accounts, in: 0..., name: "no account is overdrawn")
      Limit("no savings are below 0", on: savings, atLeast: 0)
      ForeignKey("an owner's account exists", from: owners, to: accounts, onDelete: .cascade)
    }
  }

  /// Accounts by escrow, savings as plain counters: what the difference costs.
  public static func bank() throws(SchemaError) -> Workload {
    let schema = Bank()
    return try Workload("bank", of: schema) { tx in
      try tx[schema.accounts, "ann"].increment(by: 1)
      try tx[schema.savings, "ann"].increment(by: 1)
    } transactions: {
      DeclaredTransaction("pay in") { tx in try tx[schema.accounts, "ann"].increment() }
      DeclaredTransaction("pay out") { tx in try tx[schema.accounts, "ann"].decrement() }
      DeclaredTransaction("name owner") { tx in try tx[schema.owners, "ann"].set("Ann") }
      DeclaredTransaction("close account") { tx in try tx[schema.accounts, "ann"].delete() }
      DeclaredTransaction("save") { tx in try tx[schema.savings, "ann"].increment() }
      DeclaredTransaction("spend savings") { tx in try tx[schema.savings, "ann"].decrement() }
    }
  }

  private struct MeetingRooms: Schema {
    let bookings = Table<Path<String, Int>, LWWRegister<Int64>>("bookings")

    var invariants: [any Invariant] {
      NoOverlap("meetings in a room are apart", on: bookings) { key, length in
        (resource: key.parent, from: Int64(key.child), to: Int64(key.child) + length)
      }
    }
  }

  /// Bayou's meeting rooms.
  public static func meetingRooms() throws(SchemaError) -> Workload {
    let schema = MeetingRooms()
    return try Workload("meeting rooms", of: schema) {
      DeclaredTransaction("book", over: ["north", "south"], over: [9, 10]) { tx, room, hour in
        if try tx[schema.bookings, Path(room, child: hour)].exists { return }
        try tx[schema.bookings, Path(room, child: hour)].set(2)
      }
      DeclaredTransaction("cancel", over: ["north"], over: [9, 10]) { tx, room, hour in
        try tx[schema.bookings, Path(room, child: hour)].delete()
      }
    }
  }

  private struct Orders: Schema {
    let orders = Table<Int, LWWRegister<String>>("orders")
    let lines = Table<Path<Int, Int>, LWWRegister<String>>("lines")
    let invoices = Table<Int, LWWRegister<String>>("invoices")

    var invariants: [any Invariant] {
      ForeignKey("a line's order exists", from: lines, to: orders, onDelete: .restrict)
      Sequential("invoice numbers have no gaps", on: invoices)
    }
  }

  /// TPC-C in small: orders with lines, and invoices that are numbered.
  public static func orders() throws(SchemaError) -> Workload {
    let schema = Orders()
    return try Workload("orders", of: schema) {
      DeclaredTransaction("order") { tx in try tx[schema.orders, 1].create() }
      DeclaredTransaction("add line") { tx in try tx[schema.lines, Path(1, child: 1)].create() }
      DeclaredTransaction("delete order") { tx in try tx[schema.orders, 1].delete() }
      DeclaredTransaction("invoice") { tx in
        var next = 1
        while try tx[schema.invoices, next].exists { next += 1 }
        guard next < 3 else { throw Declined() }
        try tx[schema.invoices, next].create()
      }
    }
  }

  private struct Auction: Schema {
    let bids = Table<String, GSet<Int>>("bids")
    let winners = Table<String, LWWRegister<Int>>("winners")

    var invariants: [any Invariant] {
      let bids = bids
      let winners = winners
      Custom("the winner is the highest bid", over: [bids, winners]) { snapshot in
        for (lot, winner) in try snapshot.rows(winners) {
          if try snapshot[bids, lot]?.max() != winner.value { return false }
        }
        return true
      }
    }
  }

  /// An auction: bids are added anywhere, until somebody closes it.
  public static func auction() throws(SchemaError) -> Workload {
    let schema = Auction()
    return try Workload("auction", of: schema) {
      DeclaredTransaction("bid", over: 1...2) { tx, amount in
        if try tx[schema.winners, "lot"].exists { throw Declined() }
        try tx[schema.bids, "lot"].insert(amount)
      }
      DeclaredTransaction("close") { tx in
        guard let highest = try tx[schema.bids, "lot"].value?.max() else { throw Declined() }
        if try tx[schema.winners, "lot"].exists { return }
        try tx[schema.winners, "lot"].set(highest)
      }
    }
  }

  private struct Courseware: Schema {
    let students = Table<String, LWWRegister<String>>("students")
    let courses = Table<String, LWWRegister<String>>("courses")
    let enrolments = Table<Path<String, String>, LWWRegister<String>>("enrolments")

    var invariants: [any Invariant] {
      let students = students
      let enrolments = enrolments
      ForeignKey("an enrolment's course exists", from: enrolments, to: courses, onDelete: .touch)
      Custom("an enrolled student is registered", over: [students, enrolments]) { snapshot in
        try snapshot.rows(enrolments).allSatisfy {
          try snapshot[students, $0.key.child] != nil
        }
      }
    }
  }

  /// Courseware of Hamsaz and IPA: enrolling touches the course; students are only registered.
  public static func courseware() throws(SchemaError) -> Workload {
    let schema = Courseware()
    return try Workload("courseware", of: schema) { tx in
      try tx[schema.courses, "logic"].create()
    } transactions: {
      DeclaredTransaction("register") { tx in try tx[schema.students, "ann"].create() }
      DeclaredTransaction("enrol") { tx in
        let enrolment = try tx[schema.enrolments, Path("logic", child: "ann")]
        if try enrolment.exists || !tx[schema.students, "ann"].exists { throw Declined() }
        try tx[schema.courses, "logic"].touch()
        try enrolment.create()
      }
      DeclaredTransaction("delete course") { tx in
        try tx[schema.enrolments, Path("logic", child: "ann")].delete()
        try tx[schema.courses, "logic"].delete()
      }
    }
  }

  private struct Tournament: Schema {
    let players = Table<Int, LWWRegister<String>>("players")
    let state = Table<String, LWWRegister<String>>("state")

    var invariants: [any Invariant] {
      let players = players
      let state = state
      Custom("at most two play", over: [players]) { try $0.count(players) <= 2 }
      Custom("who has begun has two players", over: [players, state]) { snapshot in
        try snapshot[state, "cup"]?.value != "begun" || snapshot.count(players) == 2
      }
    }
  }

  /// The tournament of IPA: a capacity, and players that must not leave once it has begun.
  public static func tournament() throws(SchemaError) -> Workload {
    let schema = Tournament()
    return try Workload("tournament", of: schema) {
      DeclaredTransaction("enrol", over: 1...3) { tx, player in
        if try tx[schema.players, player].exists { return }
        try tx[schema.players, player].create()
      }
      DeclaredTransaction("leave", over: 1...3) { tx, player in
        try tx[schema.players, player].delete()
      }
      DeclaredTransaction("begin") { tx in
        if try tx[schema.state, "cup"].exists { return }
        try tx[schema.state, "cup"].set("begun")
      }
    }
  }
}
