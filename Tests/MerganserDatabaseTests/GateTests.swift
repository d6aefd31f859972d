import DatabaseSupport
import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

/// A member that does not keep the invariants of the house: what it hands over is refused or waits, by name, and honest
/// replicas stay equal.
@Suite struct GateTests: HasAHouse {
  let catalog: Catalog

  init() throws { catalog = try Catalog(House()) }

  /// The one refusal of a version that is offered.
  private func refusal(
    of version: StoredVersion, by receiver: inout Database
  ) throws -> ReplicationError? {
    let before = (try receiver.snapshot.digest, receiver.heads)
    let reception = try receiver.receive([version], wall: wall)
    #expect(reception.applied.isEmpty)
    #expect(try receiver.snapshot.digest == before.0 && receiver.heads == before.1)
    return reception.refused.first
  }

  @Test func nobodyCountsForAnother() throws {
    var (victim, hostile) = (member(0), try lawless(1))
    let base = try write(&victim) { tx in
      try tx[house.votes, "a"].increment(by: 3)
      try tx[house.accounts, "a"].increment(by: 5)
    }
    _ = try hostile.receive([base], wall: wall)
    let version = try write(&hostile) { try $0[house.votes, "a"].increment(by: 1_000_000) }
    // The same counts in the victim's name.
    let read = try version.decoded()
    var names = read.replicas
    let place = try #require(names.firstIndex(of: ids[1]))
    let other = names.firstIndex(of: ids[0])
    if let other { names.swapAt(place, other) } else { names.append(ids[0]) }
    var receiver = member(2)
    _ = try receiver.receive([base], wall: wall)
    var swapped = Array(read.writes)
    swapped[0].delta = ArraySlice(
      try rewriting(swapped[0].delta, names: names, as: PNCounter.self) { counter in
        var forged = PNCounter()
        _ = try? forged.increment(by: 1_000_000, as: ids[0])
        counter = forged
      })
    let error = try refusal(
      of: try forged(version, replicas: names, writes: swapped), by: &receiver)
    guard case .malformed(ids[1], _, let reason) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(reason.contains("another replica"))
    // A gift in the victim's name.
    let gift = try write(&hostile) { try $0[house.accounts, "a"].increment(by: 1) }
    var gifts = Array(try gift.decoded().writes)
    gifts[0].delta = ArraySlice(
      try rewriting(gifts[0].delta, names: names, as: EscrowCounter.self) { counter in
        let terms = try EscrowTerms(lower: nil, upper: 1_000_000_000, founder: ids[0])
        var forged = EscrowCounter()
        counter = try forged.transfer(
          50_000_000, of: .increment, as: ids[0], to: ids[1], under: terms)
      })
    let again = try refusal(
      of: try forged(
        gift, sequences: version.sequences, replicas: names, previousHash: version.previousHash,
        writes: gifts), by: &receiver)
    guard case .malformed(ids[1], _, _) = again else {
      Issue.record("\(String(describing: again))")
      return
    }
  }

  /// A row's delta whose stores are changed, in bytes.
  private func rewriting<Store: DotStore & BinaryCodable>(
    _ bytes: ArraySlice<UInt8>, names: [ReplicaID], as: Store.Type,
    change: (inout Store) throws -> Void
  ) throws -> [UInt8] {
    var delta = try BinaryDecoder.decoding(Array(bytes)) { decoder throws(BinaryDecodingError) in
      decoder.replicas = names
      return try Causal<Row<Store>>(from: &decoder)
    }
    var encoder = BinaryEncoder()
    for name in names { encoder.register(name) }
    var row = BinaryEncoder()
    for name in names { row.register(name) }
    row.encode(count: delta.store.incarnations.count)
    for var incarnation in delta.store.incarnations {
      try change(&incarnation.store)
      incarnation.dot.encode(to: &row)
      incarnation.anchors.encode(to: &row)
      incarnation.store.encode(to: &row)
    }
    delta.store = try BinaryDecoder.decoding(row.bytes) { decoder throws(BinaryDecodingError) in
      decoder.replicas = names
      return try Row<Store>(from: &decoder)
    }
    delta.encode(to: &encoder)
    return encoder.bytes
  }

  @Test func aStampAtTheEndOfTimeIsRefused() throws {
    var hostile = try lawless(1)
    let version = try write(&hostile) { try $0[house.notes, "n"].set("x") }
    let read = try version.decoded()
    var writes = Array(read.writes)
    writes[0].delta = ArraySlice(
      try rewriting(writes[0].delta, names: read.replicas, as: LWWRegister<String>.self) {
        register in
        register = LWWRegister()
        try register.set("x", as: ids[1], at: HybridTime(bits: .max - 9))
      })
    var receiver = member(2)
    let error = try refusal(of: try forged(version, writes: writes), by: &receiver)
    guard case .malformed(ids[1], 1, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    _ = try write(&receiver) { try $0[house.notes, "n"].set("y") }
  }

  @Test func whatBreaksACheckIsRefusedUnlessItIsOfAnotherSchema() throws {
    var hostile = try lawless(1)
    let version = try write(&hostile) { try $0[house.notes, "n"].set("far too long a note") }
    var receiver = member(2)
    for scope in [Scope.everywhere, .localOnly] {
      let error = try refusal(of: try forged(version, scope: scope), by: &receiver)
      guard case .breaksInvariant(ids[1], 1, let invariant, _) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(invariant == "a note is short")
    }
    // What comes after it waits, everybody else goes on.
    let next = try write(&hostile) { try $0[house.tags, "t"].insert("x") }
    #expect(try receiver.receive([next], wall: wall).applied.isEmpty)
    #expect(receiver.waitingCount == 1)
    var other = member(3)
    let good = try write(&other) { try $0[house.notes, "n"].set("short") }
    #expect(try receiver.receive([good], wall: wall).applied == [good])
    // Of a schema that is not known here, nothing is asked that this one says.
    #expect(try receiver.receive([version], wall: wall).applied == [version, next])
  }

  /// Rights that are not there can be on their way: the version waits, and is applied once they come.
  @Test func whatSpendsMoreThanItsRightsWaitsForThem() throws {
    var (founder, spender) = (member(0), try lawless(1))
    let (accounts, receiverID) = (house.accounts, ids[1])
    let base = try write(&founder) { try $0[accounts, "a"].increment(by: 100) }
    _ = try spender.receive([base], wall: wall)
    let spent = try forged(try write(&spender) { try $0[accounts, "a"].decrement(by: 40) })
    var receiver = member(2)
    _ = try receiver.receive([base], wall: wall)
    let error = try refusal(of: spent, by: &receiver)
    guard case .lacksRights(receiverID, 1, "accounts", _, missing: 40) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(receiver.waitingCount == 1)
    #expect(try receiver.receive([spent], wall: wall).applied.isEmpty)
    #expect(receiver.waitingCount == 1)
    let few = try write(&founder) {
      try $0[accounts, "a"].transfer(39, of: .decrement, to: receiverID)
    }
    let gift = try write(&founder) {
      try $0[accounts, "a"].transfer(1, of: .decrement, to: receiverID)
    }
    #expect(try receiver.receive([few], wall: wall).applied == [few])
    #expect(try receiver.receive([gift], wall: wall).applied == [gift, spent])
    #expect(receiver.waitingCount == 0)
    // In another order the same.
    var other = member(3)
    #expect(
      try other.receive([base, few, gift, spent], wall: wall).applied == [base, few, gift, spent])
    #expect(try other.snapshot.digest == receiver.snapshot.digest)
    #expect(try receiver.snapshot[accounts, "a"]?.value == 60)
  }

  /// Of a row that was deleted meanwhile nothing is asked.
  @Test func aRowThatIsGoneIsNotAsked() throws {
    var (founder, spender) = (member(0), try lawless(1))
    let accounts = house.accounts
    let base = try write(&founder) { try $0[accounts, "a"].increment(by: 100) }
    _ = try spender.receive([base], wall: wall)
    let spent = try forged(try write(&spender) { try $0[accounts, "a"].decrement(by: 40) })
    let deletion = try write(&founder) { try $0[accounts, "a"].delete() }
    var receiver = member(2)
    #expect(
      try receiver.receive([base, deletion, spent], wall: wall).applied == [base, deletion, spent])
    var waiting = member(3)
    _ = try waiting.receive([base, spent], wall: wall)
    #expect(try waiting.receive([deletion], wall: wall).applied == [deletion, spent])
    #expect(try waiting.snapshot.digest == receiver.snapshot.digest)
  }

  @Test func whatOthersOwnWaitsForAnHeir() throws {
    var (founder, hostile) = (member(0), try lawless(1))
    let base = try write(&founder) { try $0[house.tags, "t"].insert("x") }
    _ = try hostile.receive([base], wall: wall)
    let taken = try write(&hostile) { try $0[house.names, 1].set("jim") }
    var receiver = member(2)
    _ = try receiver.receive([base], wall: wall)
    let error = try refusal(of: try forged(taken), by: &receiver)
    guard case .ownedElsewhere(ids[1], 1, name: "jim", owner: ids[0]) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    // Written for its own replica only, it is its own affair.
    var tolerant = member(2)
    _ = try tolerant.receive([base], wall: wall)
    let local = try forged(taken, scope: .localOnly)
    #expect(try tolerant.receive([local], wall: wall).applied == [local])
    // A key that another replica generates, whatever the scope.
    var other = try lawless(3)
    let made = try write(&other) { try $0[house.forms, Path(ids[0], child: 1)].set(1) }
    for scope in [Scope.everywhere, .localOnly] {
      guard
        case .ownedElsewhere(ids[3], 1, _, owner: ids[0])? = try refusal(
          of: try forged(made, scope: scope), by: &receiver)
      else {
        Issue.record("a form of the founder's")
        continue
      }
    }
  }

  /// The heir's own names are taken once its cut is known, whichever comes first.
  @Test func anHeirsWritesPass() throws {
    var (founder, heir) = (member(0), member(1))
    let base = try write(&founder) { tx in
      try tx[house.accounts, "a"].increment(by: 10)
      try tx[house.forms, Path(ids[0], child: 1)].set(1)
    }
    _ = try heir.receive([base], wall: wall)
    let cut = try #require(try heir.succeed(ids[0], wall: wall))
    let version = try #require(
      try heir.transact(wall: wall) { tx in
        try tx[house.names, 1].set("jim")
        try tx[house.accounts, "a"].decrement(by: 10)
        try tx[house.accounts, "b"].increment(by: 1000)
        try tx[house.forms, Path(ids[0], child: 2)].set(1)
      }.version)
    for order in [[base, cut, version], [version, cut, base], [cut, version, base]] {
      var receiver = member(2)
      let reception = try receiver.receive(order, wall: wall)
      #expect(reception.refused.isEmpty && receiver.waitingCount == 0)
      #expect(try receiver.snapshot.digest == heir.snapshot.digest)
    }
  }

  /// An end of somebody's identity that names another heir than its writer.
  @Test func nobodyMakesAnotherTheHeir() throws {
    var hostile = member(1)
    var founder = member(0)
    let base = try write(&founder) { try $0[house.tags, "t"].insert("x") }
    _ = try hostile.receive([base], wall: wall)
    let cut = try #require(try hostile.succeed(ids[0], wall: wall))
    let read = try cut.decoded()
    var writes = Array(read.writes)
    let place = try #require(writes.firstIndex { $0.table == "merganser.cuts" })
    writes[place].delta = ArraySlice(
      try rewriting(writes[place].delta, names: read.replicas, as: GSet<Cut>.self) { cuts in
        cuts = GSet(cuts.elements.map { Cut(last: $0.last, heir: ids[3], decided: $0.decided) })
      })
    var receiver = member(2)
    _ = try receiver.receive([base], wall: wall)
    guard
      case .malformed(ids[1], 1, let reason)? = try refusal(
        of: try forged(cut, writes: writes), by: &receiver)
    else {
      Issue.record("a cut with a foreign heir")
      return
    }
    #expect(reason.contains("heir"))
  }

  /// A context that covers what does not exist yet would remove it on some replicas and not on others: it waits
  /// until it exists.
  @Test func whatIsNamedHasToBeThere() throws {
    var (hostile, other) = (try lawless(1), member(3))
    let first = try write(&other) { try $0[house.tags, "t"].insert("one") }
    let second = try write(&other) { try $0[house.tags, "t"].insert("two") }
    _ = try hostile.receive([first, second], wall: wall)
    let removal = try write(&hostile) { tx in
      try tx[house.tags, "t"].remove("two")
      try tx[house.tags, "u"].insert("x")
    }
    // It says that it depends on the first alone.
    let lying = try forged(
      removal,
      links: [Dependency(origin: ids[3], sequence: first.head.sequence, hash: first.hash)])
    var (early, late) = (member(2), member(0))
    #expect(try early.receive([first, lying], wall: wall).applied == [first])
    #expect(early.waitingCount == 1)
    #expect(try early.receive([second], wall: wall).applied == [second, lying])
    #expect(
      try late.receive([first, second, lying], wall: wall).applied == [first, second, lying])
    #expect(try early.snapshot.digest == late.snapshot.digest)
    #expect(try early.snapshot[house.tags, "t"].map(Array.init) == ["one"])
  }

  /// A row under a parent that does not exist yet would live on some replicas and not on others.
  @Test func aParentHasToBeThere() throws {
    var (hostile, other) = (member(1), member(3))
    let first = try write(&other) { try $0[house.tags, "t"].insert("x") }
    let room = try write(&other) { try $0[house.rooms, "r"].insert(1) }
    _ = try hostile.receive([first, room], wall: wall)
    let bed = try write(&hostile) { try $0[house.beds, Path("r", child: 1)].increment() }
    let lying = try forged(
      bed, links: [Dependency(origin: ids[3], sequence: first.head.sequence, hash: first.hash)])
    var early = member(2)
    #expect(try early.receive([first, lying], wall: wall).applied == [first])
    #expect(try early.receive([room], wall: wall).applied == [room, lying])
    #expect(try early.snapshot[house.beds, Path("r", child: 1)]?.value == 1)
  }

  /// What a user's own update returns is asked the same before it commits.
  @Test func anUpdateThatWritesForOthersIsRefusedWhereItIsMade() throws {
    var database = member(0)
    let stranger = ids[2]
    #expect(throws: TransactionError.writesForOthers(table: "votes", key: "a")) {
      try database.transact(wall: wall) { tx in
        try tx[house.votes, "a"].update { store, _ in
          Causal(try store.increment(by: 5, as: stranger), context: [])
        }
      }
    }
    #expect(throws: TransactionError.writesForOthers(table: "tags", key: "a")) {
      try database.transact(wall: wall) { tx in
        try tx[house.tags, "a"].update { store, _ in
          var author = Author(stranger, nextSequence: 7)
          return store.insert("x", as: &author)
        }
      }
    }
    #expect(database.heads.isEmpty)
  }

  @Test func aVersionThatNoStorageTakesIsRefusedAlone() throws {
    var hostile = try lawless(1)
    let version = try write(&hostile) {
      try $0[house.votes, "a"].increment()
    }
    var writes = Array(try version.decoded().writes)
    writes[0].key = ArraySlice([UInt8](repeating: 65, count: StoredVersion.maximumSize))
    let large = try forged(version, writes: writes)
    var other = member(3)
    let good = try write(&other) { try $0[house.tags, "t"].insert("x") }
    var receiver = member(2)
    let reception = try receiver.receive([large, good], wall: wall)
    #expect(reception.applied == [good])
    guard case .malformed(ids[1], 1, let reason)? = reception.refused.first else {
      Issue.record("\(reception.refused)")
      return
    }
    #expect(reason.contains("bytes"))
  }

  @Test func aSchemaThatNamesSomethingTwiceIsRefused() throws {
    let own = catalog.description
    for other in [
      SchemaDescription(tables: own.tables + [own.tables[0]], invariants: own.invariants),
      SchemaDescription(tables: own.tables, invariants: own.invariants + [own.invariants[0]]),
      SchemaDescription(tables: Array(own.tables.dropFirst()), invariants: own.invariants),
    ] {
      let error = #expect(throws: ReplicationError.self) { try own.later(other) }
      guard case .malformedSchema? = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
  }

  @Test func aStateWithNumbersBeyondTheEndIsRefused() throws {
    var receiver = member(2)
    for sequence in [0, Dot.maximumSequence + 1, .max] {
      let header = StateHeader(heads: [ids[1]: Head(sequence: sequence, hash: 1)], time: wall)
      #expect(throws: ReplicationError.self) {
        try receiver.beginAdoption(of: header, wall: wall)
      }
    }
  }

  /// The bound above is judged as the one below.
  @Test func whatCountsUpBeyondItsRightsWaits() throws {
    var spender = try lawless(1)
    let version = try forged(try write(&spender) { try $0[house.accounts, "a"].increment(by: 7) })
    var receiver = member(2)
    guard
      case .lacksRights(ids[1], 1, "accounts", _, missing: 7)? = try refusal(
        of: version, by: &receiver)
    else {
      Issue.record("an increment without rights")
      return
    }
  }

  /// A row that was created apart is judged by each of its creations.
  @Test func whatIsSpentInALaterCreationWaits() throws {
    var (founder, spender, receiver) = (member(0), try lawless(1), member(2))
    let base = try write(&founder) { try $0[house.accounts, "a"].increment(by: 100) }
    _ = try receiver.receive([base], wall: wall)
    let spent = try forged(try write(&spender) { try $0[house.accounts, "a"].decrement(by: 40) })
    let error = try refusal(of: spent, by: &receiver)
    guard case .lacksRights(ids[1], 1, "accounts", _, missing: 40) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  /// Each of two writes to one row holds its rights, and both together do not.
  @Test func aRowIsWrittenToOnceByAVersion() throws {
    var (founder, spender) = (member(0), member(1))
    let accounts = house.accounts
    let base = try write(&founder) { tx in
      try tx[accounts, "a"].increment(by: 100)
      try tx[accounts, "a"].transfer(40, of: .decrement, to: ids[1])
      try tx[house.votes, "a"].increment(by: 1)
    }
    _ = try spender.receive([base], wall: wall)
    var again = spender
    let spent = try write(&spender) { try $0[accounts, "a"].decrement(by: 40) }
    let given = try write(&again) { try $0[accounts, "a"].transfer(40, of: .decrement, to: ids[3]) }
    let other = try write(&again) { try $0[house.votes, "a"].increment(by: 1) }
    func writes(_ version: StoredVersion) throws -> [RowDelta] {
      Array(try version.decoded().writes)
    }
    let (one, two, vote) = (try writes(spent), try writes(given), try writes(other))
    // All deltas name replicas by one table.
    let names = try spent.decoded().replicas
    #expect(try given.decoded().replicas.starts(with: names))
    #expect(try other.decoded().replicas.allSatisfy(names.contains))
    for writes in [one + two, two + one, one + vote + two] {
      var receiver = member(2)
      _ = try receiver.receive([base], wall: wall)
      let error = try refusal(
        of: try forged(
          spent, sequences: 1...2, replicas: try given.decoded().replicas, writes: writes),
        by: &receiver)
      guard case .malformed(ids[1], 1, let reason) = error, reason.contains("twice") else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
  }

  @Test func aLateStampInALaterCreationIsRefused() throws {
    var (honest, hostile, receiver) = (member(0), try lawless(1), member(2))
    var late = hostile
    _ = try late.transact(
      scope: .localOnly, wall: HybridTime(milliseconds: 2000),
      body: { try $0[house.notes, "n"].set("x") })
    let register = try #require(try late.snapshot[house.notes, "n"])
    let creations = [
      try write(&honest) { try $0[house.notes, "n"].set("a") },
      try write(&hostile) { try $0[house.notes, "n"].set("b") },
    ]
    _ = try hostile.receive(creations, wall: wall)
    #expect(try receiver.receive(creations, wall: wall).applied == creations)
    let version = try write(&hostile) { try $0[house.notes, "n"].set("c") }
    var writes = Array(try version.decoded().writes)
    var count = 0
    writes[0].delta = ArraySlice(
      try rewriting(
        writes[0].delta, names: try version.decoded().replicas, as: LWWRegister<String>.self
      ) { written in
        count += 1
        if count == 2 { written = register }
      })
    #expect(count == 2)
    let error = try refusal(of: try forged(version, writes: writes), by: &receiver)
    guard case .malformed(ids[1], 2, let reason) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(reason.contains("stamped later"), "\(reason)")
  }

  /// A delta whose context hides a dot that stands in its row is none.
  @Test func aContextHidesNothing() throws {
    var hostile = try lawless(1)
    let version = try write(&hostile) { try $0[house.tags, "t"].insert("x") }
    let names = try version.decoded().replicas + [ids[3]]
    var writes = Array(try version.decoded().writes)
    writes[0].delta = ArraySlice(
      try rewriting(writes[0].delta, names: names, as: ORSet<String>.Store.self) { store in
        var author = Author(ids[3], nextSequence: 7)
        _ = store.insert("theirs", as: &author)
      })
    var receiver = member(2)
    let reception = try receiver.receive(
      [try forged(version, replicas: names, writes: writes)], wall: wall)
    #expect(reception.applied.isEmpty && receiver.waitingCount == 0)
    guard case .malformed(ids[1], 1, _)? = reception.refused.first else {
      Issue.record("\(reception.refused)")
      return
    }
  }
}
