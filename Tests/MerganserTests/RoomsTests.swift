import Merganser
import MerganserConfluence
import MerganserModel
import MerganserTypes
import TestSupport
import Testing

/// Meeting rooms: offices are let by whoever they belong to, which asks nobody, and halls are booked in one order, in which
/// who comes too late is moved to the next free hour (Terry et al., *Managing Update Conflicts in Bayou*, SOSP 1995, section 2).
@Suite struct RoomsTests {
  private struct Rooms: TransactionSchema {
    /// By owner and number of the booking: the hour.
    let offices = Table<Path<ReplicaID, Int>, LWWRegister<Int>>("offices")
    /// By hall and number of the booking: the hour.
    let halls = Table<Path<String, Int>, LWWRegister<Int>>("halls")
    /// By hall and hour: the booking that has it.
    let hours = Table<Path<String, Int>, LWWRegister<Int>>("hours")

    var invariants: [any Invariant] {
      NoOverlap("an office is let once", on: offices, by: .owner(.creator)) { key, hour in
        (resource: key.parent, from: Int64(hour), to: Int64(hour) + 1)
      }
      NoOverlap("a hall is booked once", on: halls, by: .order("halls")) { key, hour in
        (resource: key.parent, from: Int64(hour), to: Int64(hour) + 1)
      }
      Ordered("a hall's hours are its bookings'", on: hours, in: "halls")
    }

    var transactions: [AnyDeclaredTransaction] {
      rent
      book
    }

    /// Lets the replica's own office.
    var rent: DeclaredTransaction<(Int, Int)> {
      DeclaredTransaction("rent", over: [1, 2], over: [9]) { tx, booking, hour in
        try tx[offices, Path(tx.replica, child: booking)].set(hour)
      }
    }

    /// Books a hall for an hour, or for the next one that is free.
    var book: DeclaredTransaction<(String, Int, Int)> {
      DeclaredTransaction("book", over: ["north"], over: [1, 2], over: [9]) {
        tx, hall, booking, hour in
        try book(tx, hall: hall, booking: booking, hour: hour)
      }
      .where { tx, wish in
        try tx[hours, Path(wish.0, child: wish.2)].value == nil
      } otherwise: { tx, wish in
        var hour = wish.2 + 1
        while try tx[hours, Path(wish.0, child: hour)].value != nil { hour += 1 }
        try book(tx, hall: wish.0, booking: wish.1, hour: hour)
      }
    }

    private func book(
      _ tx: borrowing Transaction, hall: String, booking: Int, hour: Int
    ) throws {
      try tx[halls, Path(hall, child: booking)].set(hour)
      try tx[hours, Path(hall, child: hour)].set(booking)
      tx.answer(hour)
    }
  }

  @Test func officesAreLetApartAndHallsInOneOrder() async throws {
    let rooms = Rooms()
    let plan = try Planning(Analysis(Workload(of: rooms))).plan
    #expect(plan.entries["rent"]?.way == .local)
    #expect(plan.entries["book"]?.way == .ordered)
    let running = Running(by: plan)
    let lisbon = try Replica(rooms, running: running)
    let porto = try Replica(rooms, joining: lisbon.founder, running: running)
    let faro = try Replica(rooms, joining: lisbon.founder, running: running)
    let branches = [porto, faro]
    for branch in branches { try await lisbon.sync(with: branch) }
    // Apart, each lets its own office at once, and not twice.
    for branch in branches {
      try await branch.perform(rooms.rent, 1, 9)
      await #expect(throws: InvariantViolation.self) { try await branch.perform(rooms.rent, 2, 9) }
    }
    // Both want the hall at nine, and each sees that it may have it.
    var receipts: [Receipt] = []
    for (booking, branch) in branches.enumerated() {
      let receipt = try await branch.submit(rooms.book, "north", booking, 9)
      #expect(try await receipt.tentative()?.result(as: Int.self) == 9)
      #expect(try await branch.tentative()[rooms.halls, Path("north", child: booking)]?.value == 9)
      #expect(try branch.snapshot[rooms.halls, Path("north", child: booking)] == nil)
      receipts.append(receipt)
    }
    for _ in 0..<2 {
      for branch in branches { try await lisbon.sync(with: branch) }
    }
    // One has it, and the other was moved to ten: the same everywhere.
    var hours: [Int?] = []
    for receipt in receipts {
      hours.append(try await receipt.outcome(within: .seconds(60)).result(as: Int.self))
    }
    #expect(Set(hours) == [9, 10])
    for replica in branches + [lisbon] {
      #expect(
        try (0...1).map { try replica.snapshot[rooms.halls, Path("north", child: $0)]?.value }
          == hours)
      #expect(try replica.snapshot.count(rooms.offices) == 2)
      #expect(try replica.snapshot.violations().isEmpty)
    }
  }
}
