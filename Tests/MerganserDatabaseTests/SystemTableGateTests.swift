import DatabaseSupport
import MerganserTypes
import TestSupport
import Testing

@testable import MerganserDatabase
@testable import MerganserModel

/// What a member writes to the tables that every database has is asked, too.
@Suite struct SystemTableGateTests: HasMembers {
  private struct Shop: Schema {
    let stock = Table<String, PNCounter>("stock")
    var invariants: [any Invariant] {}
  }

  private let shop = Shop()
  let catalog: Catalog
  let wall = HybridTime(milliseconds: 1_000_000)

  init() throws { catalog = try Catalog(shop) }

  /// A version in which the row's stores are others.
  private func forged<Store: DotStore & BinaryCodable>(
    _ version: StoredVersion, table: String, as _: Store.Type, change: (Store) -> Store
  ) throws -> StoredVersion {
    let read = try version.decoded()
    var replicas = read.replicas
    let writes = try Array(read.writes).map { write in
      guard write.table == table else { return write }
      let delta = try BinaryDecoder.decoding(Array(write.delta)) {
        decoder throws(BinaryDecodingError) in
        decoder.replicas = read.replicas
        return try Causal<Row<Store>>(from: &decoder)
      }
      var row = Row<Store>()
      for incarnation in delta.store.incarnations {
        var part = Row<Store>()
        part.add(
          .init(
            dot: incarnation.dot, anchors: incarnation.anchors, store: change(incarnation.store)))
        row.merge(part, seen: CausalContext(), otherSeen: CausalContext())
      }
      var encoder = BinaryEncoder()
      for replica in replicas { encoder.register(replica) }
      Causal(row, context: delta.context).encode(to: &encoder)
      replicas = encoder.replicas
      return RowDelta(table: write.table, key: write.key, delta: encoder.bytes)
    }
    return StoredVersion(
      origin: read.origin, sequences: read.sequences, time: read.time, terms: read.terms,
      dependencies: read.links, previousHash: version.previousHash, request: read.request,
      replicas: replicas, writes: writes)
  }

  private func isMalformed(
    _ version: StoredVersion, saying text: String
  ) throws -> Bool {
    var receiver = member(4)
    let before = try receiver.snapshot.digest
    let reception = try receiver.receive([version], wall: wall)
    #expect(try receiver.snapshot.digest == before && reception.applied.isEmpty)
    guard case .malformed(_, _, let reason) = reception.refused.first else { return false }
    return reason.contains(text)
  }

  private func request(
    _ database: inout Database, id: RequestID
  ) throws -> StoredVersion {
    try #require(
      try database.transact(request: id, wall: wall) { tx in
        try tx[shop.stock, "pen"].decrement(by: 1)
      }.version)
  }

  @Test func aHorizonIsNoLaterThanItsVersion() throws {
    var liar = member(1)
    let honest = try #require(
      try liar.raiseHorizon(to: HybridTime(milliseconds: 900_000), wall: wall))
    let raised = try forged(honest, table: "merganser.horizon", as: Max<HybridTime>.self) { _ in
      Max(HybridTime(bits: .max))
    }
    #expect(try isMalformed(raised, saying: "horizon"))
    var receiver = member(4)
    #expect(try receiver.receive([honest], wall: wall).applied == [honest])
  }

  @Test func nobodySaysWhatBecameOfARequestElsewhere() throws {
    var liar = member(1)
    let honest = try request(&liar, id: 42)
    let early = HybridTime(milliseconds: 1)
    var claims: [RequestRecord] = []
    for (executor, time) in [
      (RequestExecutor.replica(ids[4]), early), (.replica(ids[0]), early),
      (.group("all", epoch: 1, number: 1), early), (.replica(ids[1]), HybridTime(bits: .max)),
    ] {
      claims.append(
        RequestRecord(
          RequestExecution(
            time: time, executor: executor, contents: nil, outcome: .committed(result: [0xFF]))))
      claims.append(
        RequestRecord(
          RequestExecution(
            time: time, executor: executor, contents: nil, outcome: .rejected(reason: ""))))
    }
    claims.append(RequestRecord(RequestSubmission(time: early, author: ids[4], contents: [])))
    claims.append(
      RequestRecord(
        RequestSubmission(time: HybridTime(bits: .max), author: ids[1], contents: [])))
    for claim in claims {
      let claimed = try forged(honest, table: "merganser.requests.2", as: RequestRecord.self) { _ in
        claim
      }
      #expect(try isMalformed(claimed, saying: "another replica"), "\(claim)")
    }
    var receiver = member(4)
    #expect(try receiver.receive([honest], wall: wall).applied == [honest])
  }

  /// A request that names its home runs there, or at an heir, whichever of its version and the cut comes first.
  @Test func aRequestRunsAtItsHomeOrAtAnHeirs() throws {
    var (founder, heir, second, liar) = (member(0), member(1), member(2), member(3))
    let base = try #require(
      try founder.transact(wall: wall) { try $0[shop.stock, "pen"].increment(by: 9) }.version)
    _ = try heir.receive([base], wall: wall)
    _ = try second.receive([base], wall: wall)
    let id = RequestID.new(at: ids[0], born: wall)
    let plain = try request(&liar, id: 7)
    // The liar's program does not ask where it runs.
    let read = try plain.decoded()
    let claimed = StoredVersion(
      origin: read.origin, sequences: read.sequences, time: read.time, terms: read.terms,
      dependencies: read.links, previousHash: plain.previousHash, request: id,
      replicas: read.replicas,
      writes: Array(read.writes).map {
        $0.table == "merganser.requests.2"
          ? RowDelta(table: $0.table, key: id.keyEncoded(), delta: $0.delta) : $0
      })
    var receiver = member(4)
    let reception = try receiver.receive([base, claimed], wall: wall)
    guard case .ownedElsewhere(ids[3], _, _, owner: ids[0]) = reception.refused.first else {
      Issue.record("\(reception.refused)")
      return
    }
    #expect(receiver.waitingCount == 1)
    // The heir runs one; then its own place is taken by another.
    let cut = try #require(try heir.succeed(ids[0], wall: wall))
    let ran = try request(&heir, id: RequestID.new(at: ids[0], born: wall))
    _ = try second.receive([cut, ran], wall: wall)
    let next = try #require(try second.succeed(ids[1], wall: wall))
    let last = try request(&second, id: RequestID.new(at: ids[0], born: wall))
    let taken = try receiver.receive([cut, ran, next, last], wall: wall)
    #expect(taken.applied == [cut, ran, next, last], "\(taken.refused)")
    #expect(receiver.waitingCount == 1)
  }

  /// What is for good is not deleted.
  @Test func nothingThatIsForGoodIsTakenBack() throws {
    var (founder, liar) = (member(0), member(1))
    let base = try #require(
      try founder.transact(wall: wall) { try $0[shop.stock, "pen"].increment(by: 9) }.version)
    _ = try liar.receive([base], wall: wall)
    let cut = try #require(try liar.succeed(ids[0], wall: wall))
    let horizon = try #require(
      try liar.raiseHorizon(to: HybridTime(milliseconds: 900_000), wall: wall))
    for (isCut, isMadeAnew) in [(true, false), (false, false), (true, true), (false, true)] {
      var deleting = liar
      let deletion = try #require(
        try deleting.transact(scope: .localOnly, wall: wall) { tx in
          if isCut {
            try tx[cutTable, ids[0]].delete()
            if isMadeAnew { try tx[cutTable, ids[0]].create() }
          } else {
            try tx[horizonTable, "requests"].delete()
            if isMadeAnew { try tx[horizonTable, "requests"].create() }
          }
        }.version)
      var receiver = member(4)
      let reception = try receiver.receive([base, cut, horizon, deletion], wall: wall)
      #expect(reception.applied == [base, cut, horizon])
      guard case .malformed(ids[1], _, let reason) = reception.refused.first else {
        Issue.record("\(reception.refused)")
        continue
      }
      #expect(reason.contains("for good"))
    }
  }

  /// Ends of identities that are read one by one are those that are read at once.
  @Test(arguments: 0..<20) func holdersAreAFunctionOfTheCuts(seed: UInt64) throws {
    var generator = SplitMix(seed: seed)
    let names = (0..<12).map { ReplicaID(high: 1, low: UInt64($0)) }
    var (rows, succession): ([ReplicaID: GSet<Cut>], Succession) = ([:], Succession())
    for number in 0..<30 {
      let identity = names[Int.random(in: 0..<12, using: &generator)]
      let cut = Cut(
        last: Head(sequence: UInt64.random(in: 1...3, using: &generator), hash: 1),
        heir: names[Int.random(in: 0..<12, using: &generator)], decided: UInt64(number) + 1)
      rows[identity, default: GSet()].insert(cut)
      succession.set(rows[identity], for: identity)
      var known = Succession(rows.map { ($0.key, $0.value) })
      #expect(succession == known)
      // By following each: to one that has not ended, or to the one before where a circle closes.
      for name in names {
        var (holder, seen) = (name, Set([name]))
        while let heir = succession.cuts[holder]?.heir, seen.insert(heir).inserted { holder = heir }
        #expect(succession.holder(for: name) == holder)
      }
      known.set(nil, for: identity)
      #expect(known == Succession(rows.filter { $0.key != identity }.map { ($0.key, $0.value) }))
    }
  }
}
