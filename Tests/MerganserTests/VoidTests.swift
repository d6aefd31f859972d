import Merganser
import MerganserConfluence
import MerganserDatabase
import MerganserModel
import MerganserTypes
import Synchronization
import TestSupport
import Testing

/// Where a schema says that what conflicts is void: all replicas say the same of what was written apart, by the rows alone.
@Suite(.serialized) struct VoidTests {
  private struct Stay: BinaryCodable, Equatable, Sendable {
    static var layout: Layout { "room: String, from: Int64, to: Int64" }

    var room: String
    var from: Int64
    var to: Int64

    func encode(to encoder: inout BinaryEncoder) {
      room.encode(to: &encoder)
      from.encode(to: &encoder)
      to.encode(to: &encoder)
    }

    init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
      room = try String(from: &decoder)
      from = try Int64(from: &decoder)
      to = try Int64(from: &decoder)
    }

    init(_ room: String, from: Int64, to: Int64) {
      self.room = room
      self.from = from
      self.to = to
    }
  }

  private struct Hotel: Schema {
    let stays = Table<Int, LWWRegister<Stay>>("stays")
    let names = Table<Int, ORSet<String>>("names")

    var invariants: [any Invariant] {
      NoOverlap("a room is let once", on: stays, by: .voiding) { _, stay in
        (stay.room, stay.from, stay.to)
      }
      Unique("a nickname is one guest's", on: names, by: .voiding) { _, name in name }
    }
  }

  private let hotel = Hotel()

  private func three() throws -> [Replica<Hotel>] {
    let founder = try Replica(hotel)
    return [founder] + (try (0..<2).map { _ in try Replica(hotel, joining: founder.id) })
  }

  private func book(_ key: Int, for stay: Stay, at replica: Replica<Hotel>) async throws {
    let stays = hotel.stays
    try await replica.write { tx in try tx[stays, key].set(stay) }
  }

  private func syncAll(_ replicas: [Replica<Hotel>]) async throws {
    for _ in replicas.dropFirst() {
      for place in replicas.indices.dropFirst() {
        try await replicas[place - 1].sync(with: replicas[place])
      }
    }
  }

  /// The second is void; the third conflicts with the second alone, and stands.
  @Test func ofWhatConflictsTheLesserKeyStands() async throws {
    let replicas = try three()
    let told = Mutex<[VoidRow]>([])
    replicas[1].observe { event in
      if case .voided(let rows) = event { told.withLock { $0 += rows } }
    }
    for (place, replica) in replicas.enumerated() {
      try await book(
        place + 1, for: Stay("a", from: Int64(place), to: Int64(place) + 2), at: replica)
      #expect(try replica.snapshot.voidMarks(in: hotel.stays).isEmpty)
    }
    try await syncAll(replicas)
    for replica in replicas {
      let snapshot = replica.snapshot
      let mark = try #require(try snapshot.voidMark(of: 2, in: hotel.stays))
      #expect(mark.standing == 1 && mark.invariant == "a room is let once")
      #expect(try snapshot.voidMarks(in: hotel.stays) == [2: mark])
      for key in [1, 3, 4] { #expect(try snapshot.voidMark(of: key, in: hotel.stays) == nil) }
      #expect(try snapshot.count(hotel.stays) == 3)
      #expect(try snapshot.violations().isEmpty)
    }
    #expect(
      told.withLock(\.self).map(\.description).contains(
        "row 2 of stays is void: row 1 stands, by \"a room is let once\""))
  }

  /// Where a row comes or goes, rows along a chain of conflicts stand and are void in turn, and each is told that is void now.
  @Test func whatIsVoidAlongAChainIsTold() async throws {
    let founder = try Replica(hotel)
    let others = try (0..<3).map { _ in try Replica(hotel, joining: founder.id) }
    let told = Mutex<[String]>([])
    founder.observe { event in
      if case .voided(let rows) = event { told.withLock { $0 += rows.map(\.description) } }
    }
    func text(_ row: Int, lostTo standing: Int) -> String {
      "row \(row) of stays is void: row \(standing) stands, by \"a room is let once\""
    }
    try await book(4, for: Stay("a", from: 4, to: 7), at: founder)
    for (key, start, replica) in [
      (2, 2, others[0]), (5, 6, others[1]), (1, 0, others[2]),
    ] as [(Int, Int64, Replica<Hotel>)] {
      try await book(key, for: Stay("a", from: start, to: start + 3), at: replica)
    }
    for replica in others.prefix(2) { try await founder.sync(with: replica) }
    #expect(told.withLock(\.self) == [text(4, lostTo: 2)])
    told.withLock { $0 = [] }
    // The first makes the second void; so the fourth stands, and the fifth is void.
    try await founder.sync(with: others[2])
    #expect(told.withLock(\.self).sorted() == [text(2, lostTo: 1), text(5, lostTo: 4)])
    told.withLock { $0 = [] }
    // What goes here changes it back, and again.
    try await founder.write { [stays = hotel.stays] in try $0[stays, 1].delete() }
    #expect(told.withLock(\.self) == [text(4, lostTo: 2)])
    told.withLock { $0 = [] }
    try await founder.write { [stays = hotel.stays] in try $0[stays, 2].delete() }
    #expect(told.withLock(\.self) == [text(5, lostTo: 4)])
    let standing = try founder.snapshot.voidMarks(in: hotel.stays).mapValues(\.standing)
    #expect(standing == [5: 4])
  }

  /// Who adopts a state is told what is void in it.
  @Test func whatIsVoidInAStateIsTold() async throws {
    let replicas = try three()
    try await book(1, for: Stay("a", from: 0, to: 2), at: replicas[0])
    try await book(2, for: Stay("a", from: 1, to: 3), at: replicas[1])
    try await replicas[0].sync(with: replicas[1])
    let told = Mutex(0)
    replicas[2].observe { event in
      if case .voided(let rows) = event { told.withLock { $0 += rows.count } }
    }
    try await replicas[2].adopt(await replicas[0].state())
    #expect(told.withLock(\.self) == 1)
  }

  /// What a row holds and does not show it has not taken: to show it again is refused where another row has taken it.
  @Test func whatDoesNotShowIsNotTaken() async throws {
    let replicas = try three()
    try await book(4, for: Stay("b", from: 0, to: 1), at: replicas[0])
    for _ in 0..<3 { try await book(9, for: Stay("c", from: 0, to: 1), at: replicas[1]) }
    try await book(4, for: Stay("a", from: 0, to: 1), at: replicas[1])
    try await book(5, for: Stay("b", from: 0, to: 1), at: replicas[2])
    for replica in replicas.dropFirst() { try await replicas[0].sync(with: replica) }
    #expect(try replicas[0].snapshot[hotel.stays, 4]?.value?.room == "a")
    #expect(try replicas[0].snapshot.voidMarks(in: hotel.stays).isEmpty)
    await #expect(throws: InvariantViolation.self) {
      try await book(4, for: Stay("b", from: 0, to: 1), at: replicas[0])
    }
    // What it shows it keeps, and what nobody has it takes.
    try await book(4, for: Stay("a", from: 0, to: 1), at: replicas[0])
    try await book(4, for: Stay("b", from: 1, to: 2), at: replicas[0])
  }

  /// What is known to conflict is refused, with a row that is void too: that would stand if the other one went.
  @Test func whatIsKnownToConflictIsRefused() async throws {
    let replicas = try three()
    try await book(1, for: Stay("a", from: 0, to: 2), at: replicas[0])
    try await book(2, for: Stay("a", from: 1, to: 3), at: replicas[1])
    try await syncAll(replicas)
    await #expect(throws: InvariantViolation.self) {
      try await book(3, for: Stay("a", from: 0, to: 1), at: replicas[0])
    }
    await #expect(throws: InvariantViolation.self) {
      try await book(3, for: Stay("a", from: 2, to: 3), at: replicas[0])
    }
    let stays = hotel.stays
    try await replicas[0].write { tx in try tx[stays, 1].delete() }
    #expect(try replicas[0].snapshot.voidMarks(in: stays).isEmpty)
    try await syncAll(replicas)
    for replica in replicas { #expect(try replica.snapshot.voidMarks(in: stays).isEmpty) }
  }

  @Test func aRowOfSeveralNamesIsVoidByOneOfThem() async throws {
    let replicas = try three()
    let names = hotel.names
    try await replicas[0].write { tx in try tx[names, 1].insert("bo") }
    try await replicas[1].write { tx in
      for name in ["al", "bo", "cy"] { try tx[names, 2].insert(name) }
    }
    try await replicas[2].write { tx in try tx[names, 3].insert("cy") }
    try await syncAll(replicas)
    for replica in replicas {
      #expect(try replica.snapshot.voidMarks(in: names).keys.sorted() == [2])
    }
    try await replicas[1].write { tx in try tx[names, 2].remove("bo") }
    // Without the name that it lost it stands, and what it conflicts with does not.
    let marks = try replicas[1].snapshot.voidMarks(in: names)
    #expect(marks.mapValues(\.standing) == [3: 2])
  }

  /// A row that was created apart holds a value that nobody sees; it conflicts with nothing.
  @Test func whatDoesNotShowConflictsWithNothing() async throws {
    let replicas = try three()
    let stays = hotel.stays
    try await book(1, for: Stay("a", from: 0, to: 2), at: replicas[0])
    try await replicas[0].write { tx in try tx[stays, 9].set(Stay("c", from: 0, to: 1)) }
    // Later, and so it is what shows.
    try await replicas[1].write { tx in
      try tx[stays, 1].set(Stay("b", from: 0, to: 2))
      try tx[stays, 2].set(Stay("a", from: 0, to: 2))
    }
    try await syncAll(replicas)
    let shown = try replicas[2].snapshot[stays, 1]?.value
    let standsByTime = shown == Stay("b", from: 0, to: 2)
    for replica in replicas {
      #expect(try replica.snapshot.voidMarks(in: stays).keys.sorted() == (standsByTime ? [] : [2]))
    }
  }

  /// What the rows say by the definition, one after the other.
  private func expected(_ stays: [(key: Int, stay: Stay)]) -> Set<Int> {
    var standing: [Stay] = []
    var void: Set<Int> = []
    for (key, stay) in stays {
      let conflicts = standing.contains {
        $0.room == stay.room && $0.from < stay.to && stay.from < $0.to
      }
      if conflicts { void.insert(key) } else { standing.append(stay) }
    }
    return void
  }

  @Test(arguments: 0..<6 as Range<UInt64>)
  func itIsWhatTheDefinitionSays(seed: UInt64) async throws {
    var random = SplitMix(seed: seed)
    let folder = try TemporaryFolder()
    let founder = try await Replica.open(hotel, at: folder.path + "/a")
    var replicas = [founder]
    // One on disk is enough, and address space is scarce while all tests run.
    for _ in 0..<3 { replicas.append(try Replica(hotel, joining: founder.id)) }
    var keys = Array(0..<80).shuffled(using: &random)
    for replica in replicas {
      for _ in 0..<20 {
        guard let key = keys.popLast() else { break }
        let from = Int64.random(in: 0..<200, using: &random)
        let length = [1, 3, 10, 60, 1 << 40][Int.random(in: 0..<5, using: &random)] as Int64
        let room = Bool.random(using: &random) ? "a" : "b"
        do {
          try await book(key, for: Stay(room, from: from, to: from + length), at: replica)
        } catch is InvariantViolation {}
      }
    }
    try await syncAll(replicas)
    let rows = try founder.snapshot.rows(hotel.stays).compactMap { row in
      row.value.value.map { (key: row.key, stay: $0) }
    }
    let void = expected(rows)
    #expect(!void.isEmpty && void.count < rows.count)
    for replica in replicas {
      let marks = try replica.snapshot.voidMarks(in: hotel.stays)
      #expect(Set(marks.keys) == void)
      for (key, _) in rows {
        #expect(try replica.snapshot.voidMark(of: key, in: hotel.stays) == marks[key])
      }
      try await replica.close()
    }
    // Read back from disk it is the same.
    let again = try await Replica.open(hotel, at: folder.path + "/a")
    #expect(try Set(again.snapshot.voidMarks(in: hotel.stays).keys) == void)
    try await again.close()
  }

  private struct Guests: TransactionSchema {
    let guests = Table<Int, LWWRegister<String>>("guests")

    var invariants: [any Invariant] {
      Unique("a nickname is one guest's", on: guests, by: .voiding) { _, name in name }
    }

    var transactions: [AnyDeclaredTransaction] { name }

    var name: DeclaredTransaction<(Int, String)> {
      DeclaredTransaction("name", over: 1...2, over: ["ann", "bo"]) { tx, guest, name in
        try tx[guests, guest].set(name)
      }
    }
  }

  /// The plan is carried out without further code: the transaction runs anywhere.
  @Test func thePlanIsLocal() async throws {
    let guests = Guests()
    let planning = try Planning(Analysis(Workload(of: guests)))
    let plan = planning.plan
    #expect(plan.entries["name"]?.way == .local)
    #expect(plan.entries["name"]?.basis == .theorems)
    let running = Running(by: plan)
    let one = try Replica(guests, running: running)
    let other = try Replica(guests, joining: one.id, running: running)
    try await one.sync(with: other)
    try await one.perform(guests.name, 7, "ann")
    try await other.perform(guests.name, 9, "ann")
    try await one.sync(with: other)
    for replica in [one, other] {
      #expect(try replica.snapshot.voidMarks(in: guests.guests).keys.sorted() == [9])
    }
  }

  @Test func aQuotaMakesNothingVoid() throws {
    struct Hall: Schema {
      let seats = Table<Int, LWWRegister<String>>("seats")

      var invariants: [any Invariant] {
        Quota("40 seats", atMost: 40, of: seats, by: .voiding) { _, hall in hall }
      }
    }
    #expect(
      throws: SchemaError.invalidInvariant(
        "40 seats", reason: "rows beyond a quota are not made void; say by: .owner or by: .order")
    ) { try Replica(Hall()) }
  }
}
