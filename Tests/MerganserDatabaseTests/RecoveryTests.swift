import DatabaseSupport
import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

/// A log is read back: it comes to what it came to before, and what no program would apply is left out, by name.
@Suite struct RecoveryTests: HasAHouse {
  let catalog: Catalog

  init() throws { catalog = try Catalog(House()) }

  /// A version that names less than it rests on was applied when all was there; it is again, in whatever order the
  /// log is read.
  @Test func whatIsNamedIsThereWhenALogIsReadBack() throws {
    var (first, hostile, third, receiver) = (member(0), member(1), member(2), member(3))
    let one = try write(&first) { try $0[house.tags, "t"].insert("one") }
    let other = try write(&third) { try $0[house.tags, "u"].insert("x") }
    _ = try first.receive([other], wall: wall)
    let two = try write(&first) { try $0[house.tags, "t"].insert("two") }
    _ = try hostile.receive([one, other, two], wall: wall)
    let removal = try write(&hostile) { try $0[house.tags, "t"].remove("two") }
    let lying = try forged(removal, links: [link(to: one)])
    let all = [one, other, two, lying]
    #expect(try receiver.receive(all, wall: wall).applied == all)
    let storage = MemoryStorage()
    try storage.append(all)
    var (again, judged) = (member(3), member(3))
    try again.recover(from: storage.snapshot())
    #expect(try judged.recover(judging: storage.snapshot()).isWhole)
    for database in [again, judged] {
      #expect(try database.snapshot.digest == receiver.snapshot.digest)
      #expect(try database.snapshot[house.tags, "t"].map(Array.init) == ["one"])
    }
  }

  /// What own writes rest on an earlier program has applied, and nobody can take it back.
  @Test func whatOwnWritesRestOnStays() throws {
    var (hostile, own) = (member(1), member(3))
    let lawless = try Catalog(House(isLawful: false))
    var (free, earlier) = (
      member(1, under: lawless),
      member(3, under: lawless)
    )
    let broken = try forged(
      try write(&free) { try $0[house.notes, "n"].set("far too long a note") })
    #expect(try earlier.receive([broken], wall: wall).applied == [broken])
    let mine = try write(&earlier) { try $0[house.tags, "t"].insert("mine") }
    let (database, recovery) = try recovered(3, versions: [broken, mine])
    #expect(recovery.isWhole)
    #expect(try database.snapshot[house.notes, "n"]?.value == "far too long a note")
    // As long as none does, it is refused like one that comes now.
    let (judged, left) = try recovered(3, versions: [broken])
    #expect(judged.heads.isEmpty && left.ends.map(\.origin) == [ids[1]])
    let refusal = try own.receive([broken], wall: wall).refused
    #expect(left.refused == refusal && refusal.count == 1)
    #expect(left.setAside.map(\.version) == [broken])

    // What cannot be applied at all, no own write can rest on.
    let garbled = try forged(
      try write(&hostile) { try $0[house.tags, "t"].insert("x") }, delta: [9, 9])
    let resting = try forged(mine, links: [link(to: garbled)])
    let error = #expect(throws: StorageError.self) {
      try recovered(3, versions: [garbled, resting])
    }
    guard case .damaged(let place, let reason)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(place.contains("\(Dot(ids[1], sequence: 1))") && reason.contains("malformed"))
  }

  /// Own versions name all that is new to them, also what others of these rest on: so it stays, too.
  @Test func whatOwnWritesRestOnThroughOthersStays() throws {
    let lawless = try Catalog(House(isLawful: false))
    func free(_ number: Int) -> Database {
      member(number, under: lawless)
    }
    var (first, second, earlier) = (free(1), free(2), free(3))
    let broken = try forged(
      try write(&first) { try $0[house.notes, "n"].set("far too long a note") })
    _ = try second.receive([broken], wall: wall)
    let rests = try write(&second) { try $0[house.tags, "t"].insert("theirs") }
    #expect(try earlier.receive([broken, rests], wall: wall).applied == [broken, rests])
    let mine = try write(&earlier) { try $0[house.tags, "t"].insert("mine") }
    #expect(try mine.decoded().links.map(\.origin).sorted() == [ids[1], ids[2]])
    let (database, recovery) = try recovered(3, versions: [broken, rests, mine])
    #expect(recovery.isWhole)
    #expect(try database.snapshot[house.notes, "n"]?.value == "far too long a note")
  }

  /// A store that goes on under a new identity, as a restored backup does, has named nothing of what it holds yet,
  /// whatever its identity before had: all of it is named by its first version, also what a checkpoint has.
  @Test func aNewIdentityNamesAllThatItsStoreHolds() throws {
    var (first, before, after) = (member(0), member(1), member(2))
    let storage = MemoryStorage(checkpointInterval: 0)
    try before.recover(from: storage.snapshot())
    let one = try write(&first) { try $0[house.tags, "t"].insert("one") }
    _ = try before.receive([one], wall: wall)
    let two = try write(&before) { try $0[house.tags, "t"].insert("two") }
    let three = try write(&before) { try $0[house.tags, "t"].insert("three") }
    try storage.append([one, two, three])
    before.beginCheckpoint()
    while let step = try before.nextCheckpointStep() {
      storage.store(step)
      before.rest(on: try storage.snapshot().state)
    }
    try after.recover(from: storage.snapshot())
    let mine = try write(&after) { try $0[house.tags, "t"].insert("mine") }
    #expect(try mine.decoded().dependencies == after.snapshot.vector.without(ids[2]))
    let receiver = member(3)
    for offered in [[one, mine], [two, three, mine]] {
      var other = receiver
      #expect(try !other.receive(offered, wall: wall).applied.contains(mine))
    }
  }

  /// An earlier program applied what names writes that nobody has; what rests on it stays.
  @Test func whatNamesTooMuchAndWasAppliedStays() throws {
    var (hostile, other, earlier) = (member(1), member(2), member(3))
    let never = try write(&other) { try $0[house.tags, "t"].insert("never") }
    _ = try hostile.receive([never], wall: wall)
    let removal = try write(&hostile) { try $0[house.tags, "t"].remove("never") }
    let lying = try forged(removal, links: [])
    let mine = try forged(
      write(&earlier) { try $0[house.tags, "t"].insert("mine") }, links: [link(to: lying)])
    #expect(try recovered(3, versions: [lying, mine]).recovery.isWhole)
    let left = try recovered(3, versions: [lying]).recovery
    #expect(left.waiting == 1 && left.setAside.isEmpty && left.ends.map(\.origin) == [ids[1]])
  }

  /// What rests on a version that is refused goes with it, through whomever, and in an order in which none is left
  /// without what it rests on; everybody else stays.
  @Test func whatRestsOnItGoesWithIt() throws {
    var (hostile, second, third, free) = (member(1), member(2), member(3), member(4))
    let garbled = try forged(
      try write(&hostile) { try $0[house.tags, "t"].insert("x") }, delta: [9, 9])
    let behind = try forged(
      StoredVersion(
        origin: ids[1], sequences: 3...3, time: wall, previousHash: garbled.hash,
        replicas: [ids[1]], writes: []))
    let fair = try write(&second) { try $0[house.tags, "u"].insert("fair") }
    let rests = try forged(
      write(&second) { try $0[house.tags, "u"].insert("y") }, links: [link(to: garbled)])
    let further = try forged(
      write(&third) { try $0[house.tags, "u"].insert("z") }, links: [link(to: rests)])
    let good = try write(&free) { try $0[house.tags, "t"].insert("good") }
    let (database, recovery) = try recovered(
      0, versions: [garbled, behind, fair, rests, further, good])
    #expect(Set(recovery.setAside.map(\.version)) == [garbled, behind, rests, further])
    #expect(recovery.ends.map(\.origin) == [ids[3], ids[2], ids[1]])
    #expect(recovery.ends.map(\.head) == [nil, fair.head, nil])
    #expect(recovery.refused.count == 1 && recovery.waiting == 0)
    #expect(Set(database.heads.keys) == [ids[2], ids[4]])
    // A log that lacks what a version depends on is damaged, as it was.
    let missing = try forged(
      write(&third) { try $0[house.tags, "u"].insert("w") },
      links: [Dependency(origin: ids[4], sequence: 7, hash: 7)])
    #expect(throws: StorageError.self) {
      try recovered(0, versions: [garbled, further, missing].filter { $0 != further })
    }
  }
}

extension VersionVector {
  /// The vector without what it says of one replica.
  fileprivate func without(_ replica: ReplicaID) -> VersionVector {
    var rest = self
    rest[replica] = 0
    return rest
  }
}
