import DatabaseSupport
import MerganserModel
import MerganserTypes
import TestSupport
import Testing

/// A touch keeps a row from being deleted, and takes nothing away: not what others write to the row, nor rows
/// that refer to it.
@Suite struct TouchTests {
  struct Trips: Schema {
    let trips = Table<Int, LWWRegister<String>>("trips")
    let notes = Table<Path<Int, Int>, GSet<Int>>("notes")
    let guests = Table<Path<Int, Int>, ORSet<String>>("guests")
    let tags = Table<Int, ORSet<String>>("tags")
    var invariants: [any Invariant] {
      ForeignKey("a note's trip", from: notes, to: trips, onDelete: .cascade)
      ForeignKey("a guest's trip", from: guests, to: trips, onDelete: .touch)
    }
  }

  let schema = Trips()

  @Test func childrenStayThatOthersAddToATouchedParent() throws {
    let (trips, notes, guests) = (schema.trips, schema.notes, schema.guests)
    var cluster = try Replicas(schema)
    try cluster.write(0) { tx in
      try tx[trips, 1].set("Lagos")
      try tx[notes, Path(1, child: 0)].insert(0)
    }
    try cluster.exchange()
    let ends = try cluster.inEveryOrder([
      { tx in
        try tx[trips, 1].touch()
        try tx[guests, Path(1, child: 0)].insert("ann")
        #expect(try tx[notes, Path(1, child: 0)].exists)
      },
      { tx in try tx[notes, Path(1, child: 1)].insert(1) },
      { tx in
        try tx[trips, 1].set("Faro")
        try tx[notes, Path(1, child: 2)].insert(2)
      },
    ])
    for end in ends {
      #expect(try end[trips, 1]?.value == "Faro")
      #expect(try end.rows(notes).map(\.key.child) == [0, 1, 2])
      #expect(try end.count(guests) == 1)
    }
  }

  @Test func aTouchedParentOutlivesADeletionAsItWas() throws {
    let (trips, notes, guests) = (schema.trips, schema.notes, schema.guests)
    var cluster = try Replicas(schema)
    try cluster.write(0) { try $0[trips, 1].set("Lagos") }
    try cluster.exchange()
    let ends = try cluster.inEveryOrder([
      { tx in
        try tx[trips, 1].touch()
        try tx[guests, Path(1, child: 0)].insert("ann")
      },
      { tx in try tx[notes, Path(1, child: 1)].insert(1) },
      { tx in try tx[trips, 1].delete() },
    ])
    for end in ends {
      #expect(try end[trips, 1]?.value == "Lagos")
      #expect(try end.count(guests) == 1)
      // The note goes with what was deleted.
      #expect(try end.count(notes) == 0)
    }
    // What is added to the row that lives on by a touch stays when it is touched again, unseen.
    try cluster.exchange()
    let later = try cluster.inEveryOrder([
      { tx in
        try tx[trips, 1].touch()
        try tx[guests, Path(1, child: 1)].insert("bob")
      },
      { tx in try tx[notes, Path(1, child: 2)].insert(2) },
      { tx in try tx[trips, 1].set("Faro") },
    ])
    for end in later {
      #expect(try end[trips, 1]?.value == "Faro")
      #expect(try end.count(notes) == 1)
      #expect(try end.count(guests) == 2)
    }
  }

  @Test func aTouchWritesNothingOfOthersAgain() throws {
    let (trips, tags) = (schema.trips, schema.tags)
    var cluster = try Replicas(schema)
    try cluster.write(0) { tx in
      try tx[tags, 1].insert("sea")
      try tx[trips, 1].set("Lagos")
    }
    try cluster.exchange()
    let before = try cluster.replicas[1].snapshot[trips, 1]?.time
    let ends = try cluster.inEveryOrder([
      { try $0[tags, 1].remove("sea") }, { try $0[tags, 1].touch() }, { try $0[trips, 1].touch() },
    ])
    for end in ends {
      #expect(try end[tags, 1].map(Set.init) == [])
      #expect(try end[trips, 1]?.time == before)
    }
  }

  @Test func touchesDoNotPileUp() throws {
    let trips = schema.trips
    var cluster = try Replicas(schema)
    try cluster.write(0) { try $0[trips, 1].set("Lagos") }
    try cluster.exchange()
    for _ in 0..<20 {
      for place in 0..<3 { try cluster.write(place) { try $0[trips, 1].touch() } }
      try cluster.exchange()
    }
    let rows = cluster.replicas[0].snapshot.state.tables
    let count = try rows.map { try $0.incarnations(of: 1.keyEncoded()).count }.max()
    #expect(count == 4)
  }

  /// Whatever three replicas do, in whatever order they hear of it, they end alike and break nothing; where
  /// nobody deletes the parent, nothing goes that nobody deleted.
  @Test(
    .exercises([
      "a deletion": 20,
      "a guest": 120,
      "a note": 230,
      "a replica that learned something": 80,
      "a row in several incarnations": 30,
      "a touch": 130,
      "a write": 140,
      "violates a guest's trip": 30,
      "violates a note's trip": 10,
    ]), arguments: 0..<60)
  func replicasThatTouchAndDeleteEndAlike(seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    var cluster = try Replicas(schema)
    try cluster.write(0) { try $0[schema.trips, 1].set("Lagos") }
    try cluster.exchange()
    let deletes = seed % 2 == 0
    var made: Set<Int> = []
    for step in 1..<25 {
      let place = Int.random(in: 0..<3, using: &random)
      let kind = Int.random(in: 0..<(deletes ? 6 : 5), using: &random)
      do {
        try cluster.write(place) { tx in
          let trip = try tx[schema.trips, 1]
          switch kind {
          case 0: if try trip.exists { try trip.touch() }
          case 1: if try trip.exists { try trip.set("\(step)") }
          case 2, 3: try tx[schema.notes, Path(1, child: step)].insert(step)
          case 4:
            if try !trip.exists { try trip.create() } else { try trip.touch() }
            try tx[schema.guests, Path(1, child: step)].insert("\(step)")
          default: try trip.delete()
          }
        }
        if [2, 3].contains(kind) { made.insert(step) }
        Exercised.count(["a touch", "a write", "a note", "a note", "a guest", "a deletion"][kind])
      } catch let violation as InvariantViolation {
        Exercised.count(refusal: violation)
      }
      if Int.random(in: 0..<3, using: &random) == 0 {
        let other = Int.random(in: 0..<3, using: &random)
        if other != place { try cluster.send(place, to: other) }
      }
    }
    let before = try cluster.replicas.map { try $0.snapshot.digest }
    try cluster.exchange()
    let after = try cluster.replicas[0].snapshot.digest
    Exercised.count("a replica that learned something", number: before.count { $0 != after })
    try Exercised.countIncarnations(in: cluster.replicas[0].snapshot)
    for replica in cluster.replicas {
      #expect(try replica.snapshot.violations().isEmpty)
      if deletes { continue }
      #expect(try Set(replica.snapshot.rows(schema.notes).map(\.key.child)) == made)
    }
  }
}
