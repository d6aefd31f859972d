import DatabaseSupport
import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

/// Each question of the gate by itself: what it asks, and what it leaves alone.
@Suite struct GateQuestionTests: HasAHouse {
  let catalog: Catalog

  init() throws { catalog = try Catalog(House()) }

  /// An end of an identity is decided by the write that makes it, and by no other.
  @Test(arguments: [1, 2, 3]) func anEndIsDecidedByItsOwnWrite(_ decided: UInt64) throws {
    var (founder, heir, receiver) = (member(0), member(1), member(2))
    let base = try write(&founder) { try $0[house.tags, "t"].insert("x") }
    _ = try heir.receive([base], wall: wall)
    let filling = try write(&heir) { try $0[house.tags, "t"].insert("y") }
    let identity = ids[0]
    let cut = Cut(last: base.head, heir: ids[1], decided: decided)
    let version = try write(&heir) { try $0[cutTable, identity].insert(cut) }
    #expect(version.sequences == 2...2)
    let reception = try receiver.receive([base, filling, version], wall: wall)
    #expect(reception.applied.contains(version) == (decided == 2))
    #expect(reception.refused.isEmpty == (decided == 2))
  }

  /// Of what a plan let through, owners are not asked.
  @Test func whatAPlanLetThroughIsNotAskedForOwners() throws {
    var (hostile, receiver) = (try lawless(1), member(2))
    let taken = try write(&hostile) { try $0[house.names, 1].set("jim") }
    let planned = try forged(taken, plan: 7)
    #expect(try receiver.receive([planned], wall: wall).applied == [planned])
    var other = member(3)
    #expect(try other.receive([forged(taken)], wall: wall).applied.isEmpty)
  }

  /// Who writes to a row that is there takes no key of another.
  @Test func aRowThatIsThereIsWrittenByAnyone() throws {
    var (founder, other, receiver) = (member(0), member(1), member(2))
    let form = Path(ids[0], child: 1)
    let made = try write(&founder) { try $0[house.forms, form].set(1) }
    _ = try other.receive([made], wall: wall)
    let changed = try write(&other) { try $0[house.forms, form].set(2) }
    #expect(try receiver.receive([made, changed], wall: wall).applied == [made, changed])
  }

  /// Only what a version writes to is asked for rights: what an earlier program applied is not asked again.
  @Test func whatWasSpentBeforeIsNotAskedAgain() throws {
    var (founder, spender, earlier) = (member(0), try lawless(1), try lawless(3))
    let base = try write(&founder) { try $0[house.accounts, "a"].increment(by: 100) }
    _ = try spender.receive([base], wall: wall)
    let spent = try forged(try write(&spender) { try $0[house.accounts, "a"].decrement(by: 40) })
    _ = try earlier.receive([base, spent], wall: wall)
    let mine = try forged(try write(&earlier) { try $0[house.tags, "t"].insert("mine") })
    var (database, recovery) = try recovered(3, versions: [base, spent, mine])
    #expect(recovery.isWhole)
    // Another creation under the same key.
    var apart = try lawless(1)
    let filling = try write(&apart) { try $0[house.votes, "a"].increment(by: 1) }
    let created = try forged(
      try write(&apart) { try $0[house.accounts, "a"].create() },
      previousHash: spent.hash)
    #expect(filling.head.sequence == spent.head.sequence)
    #expect(try database.receive([created], wall: wall).applied == [created])
  }

  /// Who holds versions of an identity beyond its end, or another version where it ends, is on another branch.
  @Test func anEndBeforeWhatIsHereIsSetAside() throws {
    var (founder, branch) = (member(0), member(0))
    let base = try write(&founder) { try $0[house.votes, "a"].increment(by: 1) }
    let further = try write(&founder) { try $0[house.votes, "b"].increment(by: 1) }
    let other = try write(&branch) { try $0[house.votes, "c"].increment(by: 1) }
    for (held, ending) in [([base, further], base), ([other], base), ([base], base)] {
      var (decider, receiver) = (member(1), member(2))
      _ = try decider.receive([ending], wall: wall)
      let cut = try #require(try decider.succeed(ids[0], wall: wall))
      let lying = try forged(cut, links: [])
      _ = try receiver.receive(held, wall: wall)
      let reception = try receiver.receive([lying], wall: wall)
      #expect(reception.applied.isEmpty == (held != [base]))
      #expect(reception.setAside.map(\.version) == (held == [base] ? [] : [lying]))
    }
  }

  /// A lie that ends a member's identity later takes nothing of what the member writes until then.
  @Test func aLiarsCutTakesNothingOfAMembersWrites() throws {
    var (founder, liar, receiver) = (member(0), member(1), member(2))
    let base = try write(&founder) { try $0[house.tags, "t"].insert("x") }
    _ = try liar.receive([base], wall: wall)
    let identity = ids[0]
    let cut = Cut(last: Head(sequence: 100, hash: 7), heir: ids[1], decided: 1)
    let lie = try write(&liar) { try $0[cutTable, identity].insert(cut) }
    #expect(try receiver.receive([base, lie], wall: wall).applied == [base, lie])
    let succession = receiver.succession
    for (head, isBeyond) in [
      (Head(sequence: 99, hash: 1), false), (Head(sequence: 100, hash: 7), false),
      (Head(sequence: 100, hash: 8), true), (Head(sequence: 101, hash: 7), true),
    ] {
      #expect(succession.excludes(head, of: identity) == isBeyond)
    }
    let form = Path(ids[0], child: 1)
    let made = try #require(
      try founder.transact(wall: wall) { tx in
        try tx[house.names, 1].set("jim")
        try tx[house.forms, form].set(1)
      }.version)
    #expect(try receiver.receive([made], wall: wall).applied == [made])
  }

  /// Of a run of writes that is named, the last has to be there.
  @Test func theLastOfARunHasToBeThere() throws {
    var (hostile, other) = (try lawless(1), member(3))
    let first = try write(&other) { try $0[house.tags, "t"].insert("one") }
    let second = try write(&other) { try $0[house.tags, "t"].insert("two") }
    _ = try hostile.receive([first, second], wall: wall)
    let removal = try write(&hostile) { tx in
      for tag in ["one", "two"] { try tx[house.tags, "t"].remove(tag) }
      try tx[house.tags, "u"].insert("x")
    }
    let lying = try forged(removal, links: [link(to: first)])
    var receiver = member(2)
    #expect(try receiver.receive([first, lying], wall: wall).applied == [first])
    #expect(try receiver.receive([second], wall: wall).applied == [second, lying])
    #expect(try receiver.snapshot[house.tags, "t"]?.isEmpty ?? true)
  }

  /// What an earlier program applied, and own writes rest on, is not asked by whose hand it is.
  @Test func whatWasAppliedIsNotAskedForItsHand() throws {
    var (founder, earlier) = (try lawless(0), try lawless(3))
    let counts = try write(&founder) { try $0[house.votes, "a"].increment(by: 5) }
    let stolen = try forged(counts, origin: ids[1])
    let mine = try forged(
      try write(&earlier) { try $0[house.tags, "t"].insert("mine") }, links: [link(to: stolen)])
    // Alone it is refused for good.
    #expect(try recovered(3, versions: [stolen]).recovery.setAside.map(\.version) == [stolen])
    let (database, recovery) = try recovered(3, versions: [stolen, mine])
    #expect(recovery.isWhole)
    #expect(try database.snapshot[house.votes, "a"]?.value == 5)
  }

  /// Nor for checks, however many rows it wrote.
  @Test func whatWasAppliedIsNotAskedForChecks() throws {
    var (founder, earlier) = (try lawless(0), try lawless(3))
    let broken = try forged(
      try write(&founder) { tx in
        try tx[house.names, 1].set("far too long a name")
        try tx[house.tags, "t"].insert("x")
      })
    _ = try earlier.receive([broken], wall: wall)
    let mine = try forged(try write(&earlier) { try $0[house.tags, "t"].insert("mine") })
    #expect(try recovered(3, versions: [broken]).recovery.setAside.map(\.version) == [broken])
    let (database, recovery) = try recovered(3, versions: [broken, mine])
    #expect(recovery.isWhole)
    #expect(try database.snapshot[house.names, 1]?.value == "far too long a name")
  }

  /// Nor whether it names a later write of its own.
  @Test func whatWasAppliedIsNotAskedForLaterWrites() throws {
    var (own, earlier) = (member(1), try lawless(3))
    _ = try write(&own) { try $0[house.tags, "t"].insert("x") }
    let ahead = try forged(
      try write(&own) { try $0[house.tags, "t"].insert("y") }, first: 1, previousHash: 0)
    let mine = try forged(
      try write(&earlier) { try $0[house.tags, "t"].insert("mine") }, links: [link(to: ahead)])
    #expect(try recovered(3, versions: [ahead]).recovery.setAside.map(\.version) == [ahead])
    #expect(try recovered(3, versions: [ahead, mine]).recovery.isWhole)
  }

  /// A version that begins within what is here and ends beyond it is of another branch.
  @Test func whatOverlapsWhatIsHereIsSetAside() throws {
    var (own, other, receiver) = (member(1), member(1), member(2))
    let short = try write(&own) { try $0[house.votes, "a"].increment(by: 1) }
    let long = try write(&other) { tx in
      for key in ["b", "c", "d"] { try tx[house.votes, key].increment(by: 1) }
    }
    #expect(short.head.sequence < long.head.sequence)
    #expect(try receiver.receive([short], wall: wall).applied == [short])
    let reception = try receiver.receive([long], wall: wall)
    #expect(reception.applied.isEmpty && reception.setAside.map(\.version) == [long])
    #expect(try receiver.snapshot[house.votes, "b"] == nil)
  }

  /// A version whose parts are all sound is refused all the same where it is too long.
  @Test func aSoundVersionThatNoStorageTakesIsRefused() throws {
    var (own, receiver) = (member(1), member(2))
    let version = try write(&own) { try $0[house.tags, "t"].insert("x") }
    let bytes = [UInt8](repeating: 0, count: StoredVersion.maximumSize)
    let large = try forged(version, extensions: [VersionExtension(tag: 9, bytes: bytes)])
    let reception = try receiver.receive([large], wall: wall)
    #expect(reception.applied.isEmpty && reception.refused.count == 1)
    let small = try forged(
      version, extensions: [VersionExtension(tag: 9, bytes: Array(bytes.dropLast(1000)))])
    #expect(try receiver.receive([small], wall: wall).applied == [small])
  }

  /// What is kept of a refusal is short, not only what is shown of it.
  @Test func aRefusalKeepsNoLongText() throws {
    var receiver = member(2)
    let name = String(repeating: "table", count: 1 << 18)
    let unknown = StoredVersion(
      origin: ids[1], sequences: 1...1, time: wall, previousHash: 0, replicas: [ids[1]],
      writes: [RowDelta(table: name, key: [1], delta: [1])])
    guard
      case .unknownTable(_, _, let table)? = try receiver.receive([unknown], wall: wall)
        .refused.first
    else {
      Issue.record("an unknown table")
      return
    }
    #expect(table.utf8.count < 1000)
  }

  /// What came just now is compared though no log has it yet: a version that rests on another branch of it, or on a
  /// number in the middle of a version, is set aside.
  @Test func whatCameJustNowIsCompared() throws {
    var (own, branch, other) = (member(1), member(1), member(3))
    let long = try write(&own) { tx in
      for key in ["b", "c", "d"] { try tx[house.votes, key].increment(by: 1) }
    }
    let next = try write(&own) { try $0[house.votes, "a"].increment(by: 1) }
    let short = try write(&branch) { try $0[house.votes, "b"].increment(by: 1) }
    let fork = try write(&branch) { tx in
      for key in ["c", "d"] { try tx[house.votes, key].increment(by: 1) }
    }
    #expect(fork.head.sequence == long.head.sequence)
    let resting = try write(&other) { try $0[house.tags, "t"].insert("x") }
    for ground in [short, fork] {
      var receiver = member(2)
      let lying = try forged(resting, links: [link(to: ground)])
      let reception = try receiver.receive([long, next, lying], wall: wall)
      #expect(reception.applied == [long, next] && reception.unverified == 0)
      #expect(reception.setAside.map(\.version) == [lying])
    }
  }

  private struct BrokenHistory: VersionHistory {
    func entry(
      of origin: ReplicaID, endingAt sequence: UInt64
    ) throws(StorageError) -> HistoryEntry { throw .closed(path: "the log") }

    func formatOfLastVersion(of origin: ReplicaID) throws(StorageError) -> UInt8? { nil }
  }

  /// Where the log cannot be read, nothing of a batch is applied.
  @Test func nothingOfABatchIsAppliedWhereTheLogFails() throws {
    var (own, other, receiver) = (member(1), member(3), member(2))
    let versions = try ["a", "b"].map { tag in
      try write(&own) { try $0[house.tags, "t"].insert(tag) }
    }
    _ = try receiver.receive(versions, wall: wall)
    receiver.noteStored()
    _ = try other.receive([versions[0]], wall: wall)
    let resting = try write(&other) { try $0[house.tags, "u"].insert("x") }
    let third = try write(&own) { try $0[house.tags, "t"].insert("c") }
    let (digest, heads) = (try receiver.snapshot.digest, receiver.heads)
    #expect(throws: StorageError.self) {
      try receiver.receive([third, resting], wall: wall, history: BrokenHistory())
    }
    #expect(try receiver.snapshot.digest == digest && receiver.heads == heads)
    #expect(try receiver.receive([third, resting], wall: wall).applied == [third, resting])
  }

  /// An update whose delta does not say what its store holds: no replica could read it, this one included.
  @Test func anUpdateWhoseContextLacksItsDotsIsRefusedWhereItIsMade() throws {
    var database = member(0)
    let base = try write(&database) { try $0[house.tags, "a"].insert("x") }
    for key in ["a", "b"] {
      #expect(throws: TransactionError.writesForOthers(table: "tags", key: key)) {
        try database.transact(wall: wall) { tx in
          try tx[house.tags, key].update { store, author in
            let change = store.insert("y", as: &author)
            return Causal(change.store, context: [])
          }
        }
      }
    }
    #expect(database.heads == [ids[0]: base.head])
  }

  /// The head of a version is read before all else: its numbers are those of writes, in their shortest form.
  @Test func aHeadIsReadInOneForm() throws {
    func head(_ numbers: [UInt8]) -> [UInt8] { [2] + numbers + [UInt8](repeating: 0, count: 40) }
    var encoder = BinaryEncoder()
    encoder.encode(varint: Dot.maximumSequence)
    let last = encoder.bytes
    #expect(
      try StoredVersion(origin: ids[1], payload: head(last + [0])).head.sequence
        == Dot.maximumSequence)
    for numbers in [last + [1], [0x81, 0, 0], [1, 0x80, 0], [0, 0]] {
      #expect(throws: BinaryDecodingError.self) {
        try StoredVersion(origin: ids[1], payload: head(numbers))
      }
    }
  }

  /// A log that has an own write, and not all that it rests on through others, is damaged.
  @Test func ownWritesAreNotLeftOut() throws {
    var (hostile, second, own) = (member(1), member(2), member(3))
    let base = try write(&hostile) { try $0[house.votes, "a"].increment(by: 1) }
    let stolen = try forged(base, origin: ids[0])
    let rests = try forged(
      write(&second) { try $0[house.votes, "a"].increment(by: 1) }, links: [link(to: stolen)])
    let mine = try forged(
      write(&own) { try $0[house.votes, "a"].increment(by: 1) }, links: [link(to: rests)])
    #expect(try recovered(3, versions: [stolen, rests]).recovery.setAside.count == 2)
    let error = #expect(throws: StorageError.self) {
      try recovered(3, versions: [stolen, rests, mine])
    }
    guard case .damaged(let place, let reason)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(place.contains("\(Dot(ids[3], sequence: 1))") && reason.contains("heal"))
  }

  /// Nor is a log read that lacks what a version depends on.
  @Test func whatALogLacksIsNamed() throws {
    var own = member(1)
    let missing = Dependency(origin: ids[2], sequence: 7, hash: 7)
    let version = try forged(
      write(&own) { try $0[house.votes, "a"].increment(by: 1) }, links: [missing])
    let error = #expect(throws: StorageError.self) { try recovered(3, versions: [version]) }
    guard case .damaged(let place, _)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(place.contains("\(Dot(ids[1], sequence: 1))"))
  }

  /// What was appended while a state was taken in goes on from the state, or the two are of different branches.
  @Test func whatCameMeanwhileGoesOnFromTheState() throws {
    var own = member(1)
    let versions = try (0..<2).map { _ in
      try write(&own) { try $0[house.votes, "a"].increment(by: 1) }
    }
    let storage = MemoryStorage()
    try storage.append(versions)
    for (hash, isSame) in [(versions[0].hash, true), (versions[0].hash ^ 1, false)] {
      var copy = member(2)
      try copy.beginAdoption(
        of: StateHeader(
          heads: [ids[1]: Head(sequence: versions[0].head.sequence, hash: hash)], time: wall,
          tables: []), wall: wall)
      _ = try copy.completeAdoption()
      if isSame {
        try copy.recover(beyondCheckpointFrom: storage.snapshot())
        #expect(copy.heads[ids[1]] == versions[1].head)
      } else {
        #expect(throws: StorageError.self) {
          try copy.recover(beyondCheckpointFrom: storage.snapshot())
        }
      }
    }
  }
}
