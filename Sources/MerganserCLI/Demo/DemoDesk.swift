import Merganser
import MerganserModel
import MerganserTypes

/// The desk of the demo's branches, a database beside the bank: names and a room, which no branch can give away alone.
///
/// What is asked of it runs in one order, wherever it is submitted (Terry et al., *Managing Update Conflicts in Bayou*,
/// SOSP 1995, section 2).
struct DemoDesk: TransactionSchema {
  /// By payment name: the customer that has it.
  let names = Table<String, LWWRegister<String>>("names")
  /// By room and the hour at which it begins: the meeting.
  let meetings = Table<Path<String, Int>, LWWRegister<String>>("meetings")
  /// By branch: its replica.
  ///
  /// Others have to know a replica before it can vote.
  let branches = Table<String, LWWRegister<ReplicaID>>("branches")

  /// How many hours a meeting takes.
  static let length = 2
  /// The hours at which a meeting can begin.
  static let hours = 8...20

  var invariants: [any Invariant] {
    Ordered("a payment name is one customer's", on: names, in: "names")
    NoOverlap("a room has one meeting at a time", on: meetings, by: .order("rooms")) { key, _ in
      let hour = Int64(key.child)
      let end = hour.addingReportingOverflow(Int64(Self.length)).partialValue
      return (resource: key.parent, from: hour, to: end)
    }
  }

  var transactions: [AnyDeclaredTransaction] {
    claim
    book
  }

  /// Gives a name to a customer, unless another one has it.
  var claim: DeclaredTransaction<(String, String)> {
    .claim("claim", in: names, over: ["bakery"], for: ["Bruno", "Dias"])
  }

  /// Books a room for a meeting; where its hours are taken, for the next hours that are free.
  var book: DeclaredTransaction<(String, Int, String)> {
    DeclaredTransaction("book", over: ["north"], over: [9, 10], over: ["audit"]) {
      tx, room, hour, meeting in
      try put(tx, meeting: meeting, room: room, hour: hour)
    }
    .where { tx, wish in
      try isFree(tx, room: wish.0, hour: wish.1)
    } otherwise: { tx, wish in
      for hour in Self.hours where hour > wish.1 {
        if try isFree(tx, room: wish.0, hour: hour) {
          return try put(tx, meeting: wish.2, room: wish.0, hour: hour)
        }
      }
      throw NoRoom(room: wish.0, hour: wish.1)
    }
  }

  private func isFree(
    _ tx: borrowing Transaction, room: String, hour: Int
  ) throws -> Bool {
    guard Self.hours.contains(hour) else { return false }
    for other in hour - Self.length + 1..<hour + Self.length {
      if try tx[meetings, Path(room, child: other)].exists { return false }
    }
    return true
  }

  private func put(
    _ tx: borrowing Transaction, meeting: String, room: String, hour: Int
  ) throws {
    try tx[meetings, Path(room, child: hour)].set(meeting)
    tx.answer(hour)
  }
}

extension DemoDesk {
  /// How its transactions run; a test makes it again.
  static var plan: Plan {
    get throws {
      try Plan(
        parsing: """
          merganser plan 2
          schema 35c4d7cdf3adf6c4
          book\tordered\tby theorems
          \twrites\tinsert meetings
          claim\tordered\tby theorems
          \twrites\tinsert names\twrite names
          """)
    }
  }
}

/// A room has no hours left on the day.
struct NoRoom: Error, CustomStringConvertible {
  let room: String
  let hour: Int

  var description: String { "\(room) has no \(DemoDesk.length) hours left after \(hour)" }
}
