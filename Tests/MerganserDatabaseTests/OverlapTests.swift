import MerganserDatabase
import MerganserModel
import MerganserTypes
import TestSupport
import Testing

/// What a row takes: from one number to before another, in a room.
private struct Booking: Hashable, BinaryCodable {
  var room: Int
  var lower: Int64
  var upper: Int64

  init(_ room: Int, lower: Int64, upper: Int64) {
    (self.room, self.lower, self.upper) = (room, lower, upper)
  }

  func encode(to encoder: inout BinaryEncoder) {
    room.encode(to: &encoder)
    lower.encode(to: &encoder)
    upper.encode(to: &encoder)
  }

  init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    (room, lower, upper) = (
      try Int(from: &decoder), try Int64(from: &decoder), try Int64(from: &decoder)
    )
  }

  func overlaps(_ other: Booking) -> Bool {
    room == other.room && max(lower, other.lower) < min(upper, other.upper)
  }
}

private struct Rooms: Schema {
  let bookings = Table<Int, LWWRegister<Booking>>("bookings")
  var invariants: [any Invariant] {
    NoOverlap("one at a time", on: bookings) { _, booking in
      (resource: booking.room, from: booking.lower, to: booking.upper)
    }
  }
}

/// A database that takes in what others have booked, whatever that overlaps, beside all that it took in.
private struct Hotel {
  let schema = Rooms()
  private(set) var database: Database
  private(set) var taken: [Int: Booking] = [:]
  private let storage: MemoryStorage?
  private var writers: UInt64 = 1
  private let wall = HybridTime(milliseconds: 1)

  init(isStored: Bool) throws {
    let id = ReplicaID(high: 0, low: 1)
    database = Database(catalog: try Catalog(schema), replica: id, founder: id)
    storage = isStored ? MemoryStorage(checkpointInterval: 1) : nil
    if let storage { database.rest(on: try storage.snapshot().state) }
  }

  /// Books as a replica that knows of nobody else.
  mutating func receive(_ booking: Booking, for guest: Int) throws {
    writers += 1
    var writer = Database(
      catalog: database.catalog, replica: ReplicaID(high: 0, low: writers),
      founder: database.founder)
    let version = try writer.transact(scope: .localOnly, wall: wall) {
      try $0[schema.bookings, guest].set(booking)
    }.version
    let versions = [version].compactMap { $0 }
    #expect(try database.receive(versions, wall: wall).applied == versions)
    try storage?.append(versions)
    taken[guest] = booking
  }

  mutating func delete(_ guest: Int) throws {
    let version = try database.transact(scope: .localOnly, wall: wall) {
      try $0[schema.bookings, guest].delete()
    }.version
    try storage?.append([version].compactMap { $0 })
    taken[guest] = nil
  }

  /// Stores some of what is in memory, or all of it.
  mutating func store(steps: Int) throws {
    guard let storage else { return }
    database.beginCheckpoint()
    for _ in 0..<steps {
      guard let step = try database.nextCheckpointStep(limit: 200) else { return }
      storage.store(step)
      database.rest(on: try storage.snapshot().state)
    }
  }

  /// Compares what the index says of a booking with a look at all.
  func check(_ booking: Booking) throws {
    var copy = database
    let overlapping = taken.filter { $0.value.overlaps(booking) }
    do {
      _ = try copy.transact(scope: .localOnly, wall: wall) {
        try $0[schema.bookings, -1].set(booking)
      }
      #expect(overlapping.isEmpty, "\(booking) \(overlapping)")
    } catch let violation as InvariantViolation {
      let named = overlapping.contains { guest, other in
        violation.found.hasSuffix(
          "overlaps row \(guest), which has \(other.lower)..<\(other.upper)")
      }
      #expect(named, "\(violation) \(overlapping)")
    }
  }

  /// Compares whether any two overlap.
  func checkAll() throws {
    let all = Array(taken.values)
    let overlap = all.indices.contains { place in
      all[..<place].contains { $0.overlaps(all[place]) }
    }
    #expect(try database.snapshot.violations().isEmpty == !overlap)
  }
}

/// Every overlap is found, whatever stands in the index already.
@Suite struct OverlapTests {
  @Test func anEnclosingBookingIsFoundBehindShorterOnes() throws {
    for isStored in [false, true] {
      var hotel = try Hotel(isStored: isStored)
      try hotel.receive(Booking(1, lower: 0, upper: 100), for: 1)
      try hotel.receive(Booking(1, lower: 10, upper: 20), for: 2)
      try hotel.receive(Booking(1, lower: 30, upper: 40), for: 3)
      try hotel.store(steps: 100)
      for (lower, upper) in [(50, 60), (20, 30), (99, 101), (40, 50), (-5, 1), (15, 16)] {
        try hotel.check(Booking(1, lower: Int64(lower), upper: Int64(upper)))
      }
      try hotel.check(Booking(1, lower: 100, upper: 110))
      try hotel.check(Booking(2, lower: 50, upper: 60))
      try hotel.checkAll()
    }
  }

  @Test(arguments: 0..<24)
  func theIndexAgreesWithALookAtAll(seed: UInt64) throws {
    var generator = SplitMix(seed: seed)
    var hotel = try Hotel(isStored: seed.isMultiple(of: 2))
    func booking() -> Booking {
      let room = Int.random(in: 1...2, using: &generator)
      func place() -> Int64 {
        switch Int.random(in: 0..<12, using: &generator) {
        case 0: .min + Int64.random(in: 0...2, using: &generator)
        case 1: .max - Int64.random(in: 0...2, using: &generator)
        default: Int64.random(in: 0...300, using: &generator)
        }
      }
      let lower = place()
      if Int.random(in: 0..<4, using: &generator) == 0 {
        let other = place()
        return Booking(room, lower: min(lower, other), upper: max(lower, other))
      }
      let length: Int64 = 1 << Int64.random(in: 0...6, using: &generator)
      let upper = lower.addingReportingOverflow(
        Int64.random(in: 0...length, using: &generator))
      return Booking(room, lower: lower, upper: upper.overflow ? .max : upper.partialValue)
    }
    for _ in 0..<150 {
      switch Int.random(in: 0..<8, using: &generator) {
      case 0..<4:
        let guest = Int.random(in: 0..<20, using: &generator)
        if hotel.taken[guest] == nil { try hotel.receive(booking(), for: guest) }
      case 4..<7:
        if let guest = hotel.taken.keys.sorted().randomElement(using: &generator) {
          try hotel.delete(guest)
        }
      default: try hotel.store(steps: Int.random(in: 0...20, using: &generator))
      }
      for _ in 0..<5 { try hotel.check(booking()) }
      try hotel.checkAll()
    }
  }

  /// An interval that ends before it begins is refused by name, and takes nothing where others wrote it.
  @Test func aReversedIntervalIsRefused() throws {
    struct Apart: Schema {
      let bookings = Table<Int, LWWRegister<Booking>>("bookings")
      var invariants: [any Invariant] {
        NoOverlap("one at a time", on: bookings) { _, booking in
          (resource: booking.room, from: booking.lower, to: booking.upper)
        }
      }
    }
    struct Unruled: Schema { let bookings = Table<Int, LWWRegister<Booking>>("bookings") }
    let (schema, wall) = (Apart(), HybridTime(milliseconds: 1))
    let id = ReplicaID(high: 0, low: 1)
    var database = Database(catalog: try Catalog(schema), replica: id, founder: id)
    for reversed in [Booking(1, lower: 9, upper: 5), Booking(1, lower: .max, upper: .min)] {
      let violation = #expect(throws: InvariantViolation.self) {
        try database.transact(scope: .localOnly, wall: wall) {
          try $0[schema.bookings, 1].set(reversed)
        }
      }
      #expect(violation?.invariant == "one at a time")
      #expect(violation?.found == "an interval from \(reversed.lower) to \(reversed.upper)")
    }
    var other = Database(
      catalog: try Catalog(Unruled()), replica: ReplicaID(high: 0, low: 2), founder: id)
    let sent = try other.transact(wall: wall) {
      try $0[Unruled().bookings, 1].set(Booking(1, lower: 9, upper: 5))
    }
    _ = try database.receive([try #require(sent.version)], wall: wall)
    #expect(try database.snapshot.violations().map(\.invariant) == ["one at a time"])
    _ = try database.transact(scope: .localOnly, wall: wall) {
      try $0[schema.bookings, 2].set(Booking(1, lower: 0, upper: 20))
      try $0[schema.bookings, 1].delete()
    }
    #expect(try database.snapshot.violations() == [])
  }

  /// What an earlier program indexed in another form is made anew before it is asked.
  @Test func indexesOfAnotherFormAreMadeAnew() throws {
    let (schema, storage, wall) = (
      Rooms(), MemoryStorage(checkpointInterval: 1), HybridTime(milliseconds: 1)
    )
    let id = ReplicaID(high: 0, low: 1)
    let catalog = try Catalog(schema)
    var database = Database(catalog: catalog, replica: id, founder: id)
    database.rest(on: try storage.snapshot().state)
    let version = try database.transact(scope: .localOnly, wall: wall) { tx in
      for guest in 0..<50 {
        try tx[schema.bookings, guest].set(
          Booking(1, lower: Int64(guest) * 100, upper: Int64(guest) * 100 + 90))
      }
    }.version
    try storage.append([version].compactMap { $0 })
    database.beginCheckpoint()
    while let step = try database.nextCheckpointStep() {
      storage.store(step)
      database.rest(on: try storage.snapshot().state)
    }
    func entries(_ space: Keyspace) throws -> [StateEntry] {
      var entries: [StateEntry] = []
      let reader = try storage.snapshot().state.entries(from: [], in: space)
      while let entry = try reader.next() { entries.append(entry) }
      return entries
    }
    let indexed = try entries(.index)
    #expect(indexed.count == 50)
    func rebuild() throws -> Int {
      var rebuilding = try IndexRebuilding(of: storage.snapshot().state, catalog: catalog)
      var steps = 0
      while let step = try rebuilding.next(limit: 100) {
        storage.store(step)
        steps += 1
      }
      return steps
    }
    #expect(try rebuild() == 0)

    // At first, keys had no length class behind the eight bytes of the invariant, and no form was noted.
    var step = CheckpointStep()
    for entry in indexed {
      step.changes.append(.init(.index, key: entry.key, value: nil))
      step.changes.append(
        .init(.index, key: Array(entry.key[..<8] + entry.key[9...]), value: entry.value))
    }
    for entry in try entries(.counts) where entry.key.first == 1 {
      step.changes.append(.init(.counts, key: entry.key, value: nil))
    }
    storage.store(step)
    #expect(try rebuild() > 1)
    #expect(try entries(.index) == indexed)
    #expect(try rebuild() == 0)
    var reopened = Database(catalog: catalog, replica: id, founder: id)
    try reopened.recover(from: storage.snapshot())
    #expect(throws: InvariantViolation.self) {
      try reopened.transact(scope: .localOnly, wall: wall) {
        try $0[schema.bookings, 100].set(Booking(1, lower: 1380, upper: 1385))
      }
    }
  }
}
