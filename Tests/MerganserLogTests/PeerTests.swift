import MerganserDatabase
import MerganserLog
import MerganserModel
import MerganserTypes
import TestSupport
import Testing

@Suite("What peers hold is known again")
struct PeerTests {
  private let porto = ReplicaID(high: 1, low: 7)
  private let faro = ReplicaID(high: 1, low: 8)
  private let hasty = ReplicaOptions(durability: .survivesProcessCrash)

  private func vector(_ entries: (ReplicaID, UInt64)...) -> VersionVector {
    var vector = VersionVector()
    for (replica, sequence) in entries { vector[replica] = sequence }
    return vector
  }

  private func time(_ milliseconds: UInt64) -> HybridTime { HybridTime(milliseconds: milliseconds) }

  /// What the store's file says now, as after a crash.
  private func stored(_ path: String) throws -> KnownPeers {
    try LogStore.openForReading(at: path).peers()
  }

  @Test func aMeetingWritesNothingAndTheNextCheckpointDoes() throws {
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    let store = try LogStore.create(at: path, identity: identity(), options: hasty)
    let before = try readFile(path + "/000001.mdb")
    store.note(porto, holds: vector((faro, 3)), at: time(5))
    #expect(try readFile(path + "/000001.mdb") == before)
    #expect(try stored(path) == KnownPeers())
    try store.store(CheckpointStep([.init(.rows, key: [1, 0, 1], value: [1])]))
    #expect(try stored(path) == KnownPeers())
    try store.store(CheckpointStep(completes: Checkpoint(time: time(9))))
    #expect(try stored(path) == store.peers)
    #expect(store.peers.peers == [porto: .init(vector: vector((faro, 3)), lastMet: time(5))])

    // What is known later comes to what was known before, and is there after a clean end.
    store.note(porto, holds: vector((porto, 4)), at: time(12))
    let known = store.peers
    #expect(known.peers[porto] == .init(vector: vector((faro, 3), (porto, 4)), lastMet: time(12)))
    try store.close()
    let again = try LogStore.open(at: path, options: hasty)
    #expect(again.peers == known)
    try again.close()
    #expect(try LogStore.verify(at: path).findings.map(\.description) == [])
  }

  @Test func aCutStoresThemToo() throws {
    var generator = SplitMix(seed: 3)
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    var options = hasty
    options.retention = Retention(history: 0, backlog: 0)
    let store = try LogStore.create(at: path, identity: identity(), options: options)
    var source = VersionSource(origins: 1, using: &generator)
    try store.append([source.next(of: source.origins[0], size: 9, using: &generator)])
    try store.store(CheckpointStep(completes: Checkpoint(heads: source.heads)))
    store.note(porto, holds: vector((source.origins[0], 1)), at: time(1))
    while try store.truncate() {}
    #expect(try stored(path) == store.peers && store.peers.peers.count == 1)
    try store.close()
  }

  @Test func whoIsForgottenStaysForgotten() throws {
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    var store = try LogStore.create(at: path, identity: identity(), options: hasty)
    store.note(porto, holds: vector((faro, 3)), at: time(5))
    store.note(faro, holds: vector((faro, 4)), at: time(6))
    try store.close()
    store = try LogStore.open(at: path, options: hasty)
    let snapshot = try store.snapshot()
    #expect(try store.forget(porto))
    // Durable at once; nothing else has changed.
    #expect(try stored(path).peers.keys.sorted() == [faro])
    #expect(try !store.forget(porto))
    #expect(try store.snapshot().heads == snapshot.heads)
    try store.append([])
    try store.close()
    store = try LogStore.open(at: path, options: hasty)
    #expect(store.peers.peers.keys.sorted() == [faro])
    try store.close()
    #expect(throws: StorageError.closed(path: path)) { try store.forget(faro) }
  }

  @Test func whatIsKnownGoesWithTheStoreThatTakesItsPlace() throws {
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    let store = try LogStore.create(at: path, identity: identity(), options: hasty)
    store.note(porto, holds: vector((faro, 3)), at: time(5))
    try store.store(CheckpointStep(completes: Checkpoint()))
    let shadow = try store.beginShadow()
    // The copy has been made: it knows Porto, and not Faro.
    store.note(faro, holds: vector((faro, 4)), at: time(6))
    try store.forget(porto)
    try store.replace(with: shadow)
    #expect(try stored(path).peers.keys.sorted() == [faro])
    try store.compact()
    #expect(try stored(path) == store.peers)
    store.note(faro, holds: vector((faro, 5)), at: time(7))
    try store.close()
    let again = try LogStore.open(at: path, options: hasty)
    #expect(again.peers.peers[faro]?.vector == vector((faro, 5)))
    try again.close()
  }

  @Test func aCopyKnowsThemAsWhatTheyHoldIsTrueThereToo() throws {
    let folder = try TemporaryFolder()
    let store = try LogStore.create(at: folder.path(of: "s"), identity: identity(), options: hasty)
    store.note(porto, holds: vector((faro, 3)), at: time(5))
    try store.store(CheckpointStep(completes: Checkpoint()))
    try store.backup(to: folder.path(of: "b"))
    let copy = try LogStore.open(at: folder.path(of: "b"), options: hasty)
    #expect(copy.renewal == .copied && copy.peers == store.peers)
    try copy.forget(porto)
    #expect(store.peers.peers.count == 1)
    try copy.close()
    try store.close()
  }

  @Test func whoStaysAwayIsForgottenAndTheLogCut() throws {
    var generator = SplitMix(seed: 4)
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    var options = hasty
    options.retention = Retention(history: 0, backlog: 1 << 30)
    options.retention.absence = .milliseconds(1000)
    let store = try LogStore.create(at: path, identity: identity(), options: options)
    var source = VersionSource(origins: 1, using: &generator)
    let origin = source.origins[0]
    func checkpoint(_ at: UInt64) throws {
      try store.append((0..<100).map { _ in source.next(of: origin, size: 100, using: &generator) })
      try store.store(CheckpointStep(completes: Checkpoint(heads: source.heads, time: time(at))))
      while try store.truncate() {}
    }
    store.note(porto, holds: VersionVector(), at: time(500))
    store.note(faro, holds: VersionVector(), at: time(900))
    try checkpoint(1500)
    #expect(store.peers.peers.count == 2)
    #expect(try store.snapshot().truncatedTo.isEmpty)
    store.note(faro, holds: source.heads.mapValues(\.sequence).vector, at: time(1501))
    try checkpoint(1501)
    #expect(store.peers.peers.keys.sorted() == [faro])
    #expect(try stored(path) == store.peers)
    // What Faro has is gone now, and what it lacks is not.
    let truncatedTo = try store.snapshot().truncatedTo[origin]?.sequence ?? 0
    #expect(truncatedTo > 50 && truncatedTo <= 100)
    try store.close()
  }

  /// Who has written nothing that is here holds a quarter of what the others do; anybody can say to be such a one.
  @Test func strangersHoldLittleOfTheLog() throws {
    for isMember in [false, true] {
      var generator = SplitMix(seed: 5)
      let folder = try TemporaryFolder()
      var options = hasty
      options.retention = Retention(history: 0, backlog: 80_000)
      let store = try LogStore.create(
        at: folder.path(of: "s"), identity: identity(), options: options)
      var source = VersionSource(origins: 2, using: &generator)
      let peer = source.origins[1]
      try store.append([source.next(of: peer, size: 10, using: &generator)])
      for _ in 0..<20 {
        // It comes again and again, and holds nothing but what it wrote, if it did.
        store.note(peer, holds: isMember ? vector((peer, 1)) : VersionVector(), at: time(1))
        try store.append(
          (0..<100).map { _ in source.next(of: source.origins[0], size: 100, using: &generator) })
        try store.store(CheckpointStep(completes: Checkpoint(heads: source.heads, time: time(2))))
        while try store.truncate() {}
      }
      let bytes = try store.logBytes
      #expect(
        isMember ? (60_000...90_000).contains(bytes) : (1...25_000).contains(bytes), "\(bytes)")
      try store.close()
    }
  }

  /// A checkpoint's time is as late as that of whoever's clock is furthest ahead; peers are met by the wall.
  @Test func aClockThatIsAheadForgetsNobody() throws {
    let folder = try TemporaryFolder()
    var options = hasty
    options.retention.absence = .milliseconds(1000)
    options.wall = { HybridTime(milliseconds: 2000) }
    let store = try LogStore.create(
      at: folder.path(of: "s"), identity: identity(), options: options)
    store.note(porto, holds: VersionVector(), at: time(900))
    store.note(faro, holds: VersionVector(), at: time(1000))
    try store.store(CheckpointStep(completes: Checkpoint(time: time(1 << 40))))
    #expect(store.peers.peers.keys.sorted() == [faro])
    try store.close()
  }

  @Test func manyPeersOfManyReplicasAreBounded() throws {
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    var store = try LogStore.create(at: path, identity: identity(), options: hasty)
    var all = VersionVector()
    for number in 1...300 as ClosedRange<UInt64> { all[ReplicaID(high: 5, low: number)] = 1 << 40 }
    for number in 1...300 as ClosedRange<UInt64> {
      store.note(ReplicaID(high: 2, low: number), holds: all, at: time(1000 - number))
    }
    // Each that is new takes the place of the one that was not met for longest.
    #expect(store.peers.peers.count == KnownPeers.limit)
    #expect(store.peers.peers[ReplicaID(high: 2, low: 300)] != nil)
    #expect(store.peers.peers[ReplicaID(high: 2, low: 299)] == nil)
    let known = store.peers
    try store.close()
    store = try LogStore.open(at: path, options: hasty)
    #expect(store.peers == known)
    for peer in known.peers.keys.sorted().dropFirst() { try store.forget(peer) }
    try store.close()
    store = try LogStore.open(at: path, options: hasty)
    #expect(store.peers.peers.count == 1)
    try store.close()
    #expect(try LogStore.verify(at: path).findings.map(\.description) == [])
  }

  @Test func aDamagedRecordIsFound() throws {
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    let store = try LogStore.create(at: path, identity: identity(), options: hasty)
    let peer = ReplicaID(high: 0x5EED_5EED_5EED_5EED, low: 0x0D15_EA5E_0D15_EA5E)
    store.note(peer, holds: vector((peer, 3)), at: time(5))
    try store.close()
    var bytes = try readFile(path + "/000001.mdb")
    let name: [UInt8] = [0xED, 0x5E, 0xED, 0x5E, 0xED, 0x5E, 0xED, 0x5E, 0x5E, 0xEA, 0x15, 0x0D]
    var found = 0
    for offset in bytes.indices.dropLast(name.count)
    where bytes[offset] == name[0] && Array(bytes[offset..<offset + name.count]) == name {
      bytes[offset + 3] ^= 4
      found += 1
    }
    #expect(found > 0)
    try writeFile(path + "/000001.mdb", bytes: bytes)
    let findings = try LogStore.verify(at: path).findings.map(\.description)
    #expect(findings.count == 1 && findings[0].contains("peers"), "\(findings)")
    #expect(throws: StorageError.self) { try stored(path) }
    #expect(throws: StorageError.self) { try LogStore.open(at: path, options: hasty) }
  }
}

extension [ReplicaID: UInt64] {
  fileprivate var vector: VersionVector {
    reduce(into: VersionVector()) { $0[$1.key] = $1.value }
  }
}
