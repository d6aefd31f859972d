import MerganserDatabase
import MerganserModel
import MerganserTypes
import TestSupport
import Testing

/// Bytes of versions that nobody vouches for: they are read as they were written, or refused with the
/// place; whoever refuses them is as before.
@Suite struct DamagedVersionTests {
  private let ids = (1...4).map { ReplicaID(high: 0, low: UInt64($0)) }

  /// What a version's bytes hold, read in the plainest way.
  private struct Plain: Equatable {
    var time: HybridTime
    var terms = VersionTerms()
    var replicas: [ReplicaID]
    var dependencies: VersionVector
    var hashes: [UInt64] = []
    var request: RequestID?
    var extensions: [VersionExtension] = []
    var writes: [RowDelta] = []

    init(_ payload: [UInt8]) throws {
      self = try BinaryDecoder.decoding(payload) { decoder throws(BinaryDecodingError) in
        let format = try decoder.decodeByte()
        _ = try decoder.decodeVarint()
        _ = try decoder.decodeVarint()
        _ = try decoder.decodeFixed64()
        return try Plain(&decoder, format: format)
      }
    }

    init(_ decoder: inout BinaryDecoder, format: UInt8) throws(BinaryDecodingError) {
      time = HybridTime(bits: try decoder.decodeFixed64())
      if format == 2 {
        let flags = try decoder.decodeByte()
        terms.scope = flags & 1 == 1 ? .localOnly : .everywhere
        terms.schema = try decoder.decodeFixed64()
        terms.plan = flags & 2 == 2 ? try decoder.decodeFixed64() : 0
        guard flags < 4, flags & 2 == 0 || terms.plan != 0 else {
          throw .invalidValue(offset: decoder.offset, expected: "flags")
        }
      }
      replicas = try decoder.decodeReplicaTable()
      decoder.replicas = replicas
      dependencies = try VersionVector(from: &decoder)
      if format == 2 {
        for _ in dependencies { hashes.append(try decoder.decodeFixed64()) }
      }
      request = try RequestID?(from: &decoder)
      for _ in 0..<(format == 2 ? try decoder.decodeCount(minimumSize: 2) : 0) {
        extensions.append(
          VersionExtension(
            tag: try decoder.decodeVarint(), bytes: try decoder.decodeLengthPrefixed()))
      }
      for _ in 0..<(try decoder.decodeCount(minimumSize: 2)) {
        let table = try String(from: &decoder)
        for _ in 0..<(try decoder.decodeCount(minimumSize: 2)) {
          writes.append(
            RowDelta(
              table: table, key: try decoder.decodeLengthPrefixed(),
              delta: try decoder.decodeLengthPrefixed()))
        }
      }
    }

    init(_ version: Version) {
      time = version.time
      replicas = version.replicas
      terms = version.terms
      dependencies = version.dependencies
      hashes = version.links.compactMap(\.hash)
      request = version.request
      extensions = version.extensions
      writes = Array(version.writes)
    }
  }

  private func random(_ dice: inout SplitMix) -> (writes: [RowDelta], version: StoredVersion) {
    func bytes(_ limit: UInt64) -> [UInt8] {
      (0..<dice.next() % limit).map { _ in UInt8(truncatingIfNeeded: dice.next()) }
    }
    var writes: [RowDelta] = []
    for _ in 0..<dice.next() % 4 {
      let table = ["", "t", "größe", "a table of some length"][Int(dice.next() % 4)]
      for _ in 0..<dice.next() % 4 {
        writes.append(RowDelta(table: table, key: bytes(12), delta: bytes(200)))
      }
    }
    var dependencies: [Dependency] = []
    for id in ids.dropFirst() where dice.next() % 2 == 0 {
      dependencies.append(
        Dependency(origin: id, sequence: 1 + dice.next() % 1000, hash: dice.next()))
    }
    let extensions = (0..<dice.next() % 3).map { _ in
      VersionExtension(tag: dice.next() >> (dice.next() % 64), bytes: bytes(20))
    }
    let first = 1 + dice.next() % 1000
    let version = StoredVersion(
      origin: ids[0], sequences: first...first + dice.next() % 300,
      time: HybridTime(bits: dice.next()),
      terms: VersionTerms(
        schema: dice.next(), plan: dice.next() % 2 * dice.next(),
        scope: dice.next() % 2 == 0 ? .everywhere : .localOnly),
      dependencies: dependencies, previousHash: dice.next(),
      request: dice.next() % 2 == 0 ? RequestID(dice.next()) : nil, extensions: extensions,
      replicas: Array(ids.prefix(1 + Int(dice.next() % 3))), writes: writes)
    return (writes, version)
  }

  @Test func aVersionGivesExactlyWhatWasWritten() throws {
    var dice = SplitMix(seed: 11)
    for _ in 0..<300 {
      let (writes, version) = random(&dice)
      let decoded = try version.decoded()
      #expect(Array(decoded.writes) == writes)
      #expect(Plain(decoded) == (try Plain(version.payload)))
      #expect(try StoredVersion(origin: version.origin, payload: version.payload) == version)
    }
  }

  /// Whatever becomes of the bytes, they are refused where the plainest reader refuses them, and else say
  /// what it reads.
  @Test func damagedBytesAreReadAsThePlainestReaderDoes() throws {
    var dice = SplitMix(seed: 12)
    var (refused, accepted) = (0, 0)
    for _ in 0..<6000 {
      let bytes = random(&dice).version.payload.damaged(2, using: &dice)
      guard let stored = try? StoredVersion(origin: ids[0], payload: bytes) else { continue }
      let (plain, read) = (Result { try Plain(bytes) }, Result { try Plain(stored.decoded()) })
      switch (plain, read) {
      case (.success(let plain), .success(let read)):
        accepted += 1
        try #require(plain == read, "\(bytes)")
      case (.failure, .failure(let error)):
        refused += 1
        try #require(error is BinaryDecodingError, "\(bytes)")
      default: Issue.record("\(plain), but \(read): \(bytes)")
      }
    }
    #expect(refused > 1000 && accepted > 1000, "\(refused) refused, \(accepted) accepted")
  }

  /// What a correct replica would not write, one thing at a time.
  @Test func whatNoReplicaWouldWriteIsRefusedWithThePlace() throws {
    let village = Village()
    let (catalog, wall) = (try Catalog(village), HybridTime(milliseconds: 1))
    var receiver = Database(catalog: catalog, replica: ids[0], founder: ids[0])
    _ = try receiver.transact(scope: .localOnly, wall: wall) { try $0[village.names, 1].set(1) }
    let (before, heads) = (try receiver.snapshot.digest, receiver.heads)
    var sender = Database(catalog: catalog, replica: ids[1], founder: ids[0])
    let good = try #require(
      try sender.transact(scope: .localOnly, wall: wall) { tx in
        try tx[village.names, 2].set(2)
        try tx[village.houses, 1].create()
        try tx[village.rooms, Path(1, child: 1)].set(3)
      }.version)
    let decoded = try good.decoded()
    let writes = Array(decoded.writes)
    func version(
      _ writes: [RowDelta], replicas: [ReplicaID]? = nil, sequences: ClosedRange<UInt64>? = nil
    ) -> StoredVersion {
      StoredVersion(
        origin: ids[1], sequences: sequences ?? decoded.sequences, time: decoded.time,
        terms: decoded.terms, dependencies: decoded.links, previousHash: 0,
        replicas: replicas ?? decoded.replicas, writes: writes)
    }
    func changed(_ place: Int, change: (inout RowDelta) -> Void) -> [RowDelta] {
      var writes = writes
      change(&writes[place])
      return writes
    }
    func raw(_ change: (inout [UInt8]) -> Void) throws -> StoredVersion {
      var bytes = good.payload
      change(&bytes)
      return try StoredVersion(origin: good.origin, payload: bytes)
    }
    // The table of replicas stands behind four single bytes and three times eight.
    let table = 28
    try #require(good.payload[table] == 1)
    let rows: [(String, StoredVersion)] = [
      ("a table that is not here", version(changed(2) { $0.table = "rooms of others" })),
      ("a key that is none", version(changed(0) { $0.key = [1, 2, 3] })),
      ("a path that is none", version(changed(2) { $0.key = [1, 2, 3] })),
      (
        "a key that is too long",
        version(changed(2) { $0.key += [UInt8](repeating: 1, count: 500) })
      ),
      ("a delta that ends early", version(changed(1) { $0.delta.removeLast() })),
      ("a delta that goes on", version(changed(1) { $0.delta.append(0) })),
      ("no delta", version(changed(2) { $0.delta = [] })),
      ("dots that come later", version(writes, sequences: 1...1)),
      ("no replicas", version(writes, replicas: [])),
    ]
    // What can be told without knowing the tables.
    let bytes: [(String, StoredVersion)] = [
      (
        "a replica twice",
        try raw { bytes in
          bytes[table] = 2
          bytes.insert(contentsOf: bytes[table + 1...table + 16], at: table + 17)
        }
      ),
      ("many replicas", try raw { $0[table] = 0x7F }),
      (
        "dependencies on nobody",
        try raw { $0.replaceSubrange(table + 17...table + 17, with: [1, 9, 1]) }
      ),
      ("many dependencies", try raw { $0[table + 17] = 0x7F }),
      ("many extensions", try raw { $0[table + 19] = 0x7F }),
      ("an extension that is cut off", try raw { $0[table + 19] = 1 }),
      ("many tables", try raw { $0[table + 20] = 0x7F }),
      ("a name that is no text", try raw { $0[table + 22] = 0xFF }),
      ("a long name", try raw { $0[table + 21] = 0x7F }),
      ("flags that nobody knows", try raw { $0[table - 9] = 4 }),
      (
        "a plan that is none",
        try raw { bytes in
          bytes[table - 9] |= 2
          bytes.insert(contentsOf: [UInt8](repeating: 0, count: 8), at: table)
        }
      ),
      ("more bytes", try raw { $0.append(0) }),
    ]
    for (what, version) in bytes {
      #expect(throws: BinaryDecodingError.self, "\(what)") { try version.decoded() }
    }
    // What names writes that are not here comes too early: another replica may have them.
    var waiting = receiver
    #expect(
      try waiting.receive([version(writes, replicas: [ids[2]])], wall: wall).refused.isEmpty)
    #expect(waiting.waitingCount == 1)
    #expect(try waiting.snapshot.digest == before)
    for (what, version) in rows + bytes {
      let reception = try receiver.receive([version], wall: wall)
      #expect(reception.applied.isEmpty && receiver.waitingCount == 0, "\(what)")
      switch try #require(reception.refused.first, "\(what)") {
      case .malformed(ids[1], 1, let reason): #expect(!reason.isEmpty)
      case .unknownTable(ids[1], 1, "rooms of others"): break
      case let other: Issue.record("\(what): \(other)")
      }
      try #require(try receiver.snapshot.digest == before && receiver.heads == heads, "\(what)")
    }
    #expect(try receiver.receive([good], wall: wall).applied == [good])
  }

  /// A version that a program made up, rather than read.
  @Test func numbersThatNoWriteHasAreRefused() throws {
    let wall = HybridTime(milliseconds: 1)
    var receiver = Database(catalog: try Catalog(Village()), replica: ids[0], founder: ids[0])
    for sequences in [0...0, 0...3, Dot.maximumSequence...Dot.maximumSequence + 1] {
      let version = StoredVersion(
        origin: ids[1], sequences: sequences, time: wall,
        previousHash: 0, replicas: [ids[1]], writes: [])
      let reception = try receiver.receive([version], wall: wall)
      #expect(reception.applied.isEmpty && reception.refused.count == 1, "\(sequences)")
    }
    #expect(receiver.heads.isEmpty && receiver.waitingCount == 0)
  }

  /// A village's versions, damaged anywhere: each is refused and changes nothing, or is another version,
  /// of which a database makes what it can.
  @Test func damagedRowsAreRefusedOrAreOtherRows() throws {
    let village = Village()
    let (catalog, wall) = (try Catalog(village), HybridTime(milliseconds: 1_000_000))
    var dice = SplitMix(seed: 13)
    var sender = Database(catalog: catalog, replica: ids[1], founder: ids[0])
    var base = Database(catalog: catalog, replica: ids[0], founder: ids[0])
    var (refused, applied) = (0, 0)
    for step in 0..<60 {
      let time = HybridTime(milliseconds: UInt64(step))
      var copy = dice
      let outcome = try? sender.transact(scope: .localOnly, wall: time) {
        try village.act($0, dice: &copy)
      }
      dice = copy
      guard let version = outcome?.version else { continue }
      for _ in 0..<20 {
        var bytes = version.payload
        let place = 20 + Int(dice.next() % UInt64(bytes.count - 20))
        bytes[place] =
          dice.next() % 2 == 0 ? UInt8(truncatingIfNeeded: dice.next()) : bytes[place] ^ 1
        guard bytes != version.payload,
          let damaged = try? StoredVersion(origin: version.origin, payload: bytes)
        else { continue }
        var receiver = base
        let reception = try receiver.receive([damaged], wall: wall)
        if reception.applied.isEmpty {
          refused += 1
          try #require(
            try receiver.snapshot.digest == base.snapshot.digest, "step \(step), \(place)")
          try #require(receiver.heads == base.heads)
          continue
        }
        applied += 1
        _ = try receiver.snapshot.digest
        _ = try? receiver.snapshot.violations()
        var other = dice
        _ = try? receiver.transact(scope: .localOnly, wall: wall) {
          try village.act($0, dice: &other)
        }
      }
      try #require(try base.receive([version], wall: wall).applied == [version])
      try #require(try base.snapshot.digest == sender.snapshot.digest)
    }
    #expect(refused > 100 && applied > 50, "\(refused) refused, \(applied) applied")
  }
}
