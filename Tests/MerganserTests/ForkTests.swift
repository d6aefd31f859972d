import Foundation
import Merganser
import MerganserDatabase
import MerganserLog
import Synchronization
import TestSupport
import Testing

/// One identity with two histories: a store that was restored from an earlier state has been written to.
///
/// An invariant that holds on either branch can break over both, so nothing that rests on one is applied where the
/// other is.
@Suite struct ForkTests {
  private struct Bank: Schema {
    let accounts = Table<String, EscrowCounter>("accounts")
    let notes = Table<String, ORSet<String>>("notes")

    var invariants: [any Invariant] { Bounds(accounts, in: 0...) }
  }

  private let bank = Bank()

  /// Three replicas in memory whose founder has two branches: on one, 100 more; on the other, 100 more that
  /// were given to the third, which has spent them.
  private func fork() async throws -> (
    v: Replica<Bank>, w: Replica<Bank>, z: Replica<Bank>, founder: ReplicaID
  ) {
    let accounts = bank.accounts
    let id = ReplicaID.random()
    let storage = MemoryStorage()
    let first = try Replica(bank, id: id, storage: storage)
    try await first.write { try $0[accounts, "a"].create() }
    // The bytes that are restored later.
    let saved = MemoryStorage()
    let origin = try storage.snapshot().versions(of: id, after: 0)
    while let version = try origin.next() { try saved.append([version]) }
    let w = try Replica(bank, joining: id)
    try await first.write { try $0[accounts, "a"].increment(by: 100) }
    try await first.sync(with: w)

    let v = try Replica(bank, id: id, storage: saved)
    let z = try Replica(bank, joining: id)
    try await v.write { tx in
      try tx[accounts, "a"].increment(by: 100)
      try tx[accounts, "a"].transfer(100, of: .decrement, to: z.id)
    }
    try await v.sync(with: z)
    try await z.write { try $0[accounts, "a"].decrement(by: 100) }
    return (v, w, z, id)
  }

  @Test func branchesDoNotMeet() async throws {
    let (v, w, z, founder) = try await fork()
    for (one, other) in [(w, z), (z, w), (w, v), (v, w)] {
      let before = (try one.snapshot.digest, try other.snapshot.digest)
      await #expect(throws: ReplicationError.forkedHistory(origin: founder, sequence: 2)) {
        try await one.sync(with: other)
      }
      #expect((try one.snapshot.digest, try other.snapshot.digest) == before)
    }
    #expect(try w.snapshot[bank.accounts, "a"]?.value == 100)
    #expect(try z.snapshot[bank.accounts, "a"]?.value == 0)
    #expect(try await v.sync(with: z).refused.isEmpty)
  }

  /// Also where one history is longer, so that the last versions say nothing.
  @Test func branchesOfDifferentLengthsDoNotMeet() async throws {
    let (v, w, z, founder) = try await fork()
    let notes = bank.notes
    for text in ["one", "two"] { try await v.write { try $0[notes, "n"].insert(text) } }
    try await v.sync(with: z)
    for (one, other) in [(w, z), (z, w)] {
      await #expect(throws: ReplicationError.forkedHistory(origin: founder, sequence: 2)) {
        try await one.sync(with: other)
      }
    }
  }

  /// Versions that come in pieces, in any order, by whoever carries them: what rests on the other branch is
  /// set aside, whether it depends on it itself or through others, and the invariant holds.
  @Test(arguments: 0..<20) func whatRestsOnTheOtherBranchIsSetAside(_ seed: Int) async throws {
    let (v, w, z, founder) = try await fork()
    let notes = bank.notes
    // One more hop: a replica that has met the third alone.
    let y = try Replica(bank, joining: founder)
    try await y.sync(with: z)
    try await y.write { try $0[notes, "n"].insert("after z") }
    // And one that has met nobody, and rests on nothing.
    let x = try Replica(bank, joining: founder)
    try await x.write { try $0[notes, "free"].insert("x") }
    try await y.sync(with: x)
    try await v.write { try $0[notes, "n"].insert("v goes on") }
    try await y.sync(with: v)

    var offered: [StoredVersion] = []
    let log = try y.log()
    for origin in log.heads.keys {
      let reader = try log.versions(of: origin, after: 0)
      while let version = try reader.next() { offered.append(version) }
    }
    var dice = SplitMix(seed: UInt64(seed))
    offered.shuffle(using: &dice)
    var aside = 0
    for version in offered + offered { aside += try await w.apply([version]).setAside.count }
    let values = try w.snapshot[bank.accounts, "a"]?.value
    #expect(values == 100, "\(seed)")
    #expect(try w.snapshot.violations().isEmpty)
    #expect(try w.snapshot[bank.notes, "free"].map(Array.init) == ["x"])
    #expect(try w.snapshot[bank.notes, "n"] == nil)
    // Of v what is behind the branching, of z and y all.
    let expected = offered.filter { version in
      version.origin != x.id
        && !(version.origin == founder && version.sequences.lowerBound == 1)
    }
    #expect(aside == expected.count, "\(seed)")
    var kept: [SetAsideVersion] = []
    try w.log().state.forEachSetAside { kept.append($0) }
    #expect(Set(kept.map(\.version)) == Set(expected))
    #expect(kept.allSatisfy { $0.reason.contains("heal") })
  }

  /// A store that is closed and opened again still knows what it has set aside, and what rests on that.
  @Test func whatIsSetAsideIsKept() async throws {
    let folder = try TemporaryFolder()
    let (_, w, z, founder) = try await fork()
    let path = folder.path
    let stored = try await Replica.open(bank, at: path, joining: founder)
    try await stored.sync(with: w)
    let notes = bank.notes
    let log = try z.log()
    var versions: [StoredVersion] = []
    for origin in log.heads.keys.sorted() {
      let reader = try log.versions(of: origin, after: 0)
      while let version = try reader.next() { versions.append(version) }
    }
    #expect(try await stored.apply(versions).setAside.count == 2)
    try await stored.close()

    let again = try await Replica.open(bank, at: path)
    #expect(try await again.apply(versions).setAside.isEmpty)
    try await z.write { try $0[notes, "n"].insert("later") }
    let later = try z.log().versions(of: z.id, after: 1)
    let last = try #require(try later.next())
    #expect(try await again.apply([last]).setAside.map(\.version) == [last])
    try await again.compact()
    var kept = 0
    try again.log().state.forEachSetAside { _ in kept += 1 }
    #expect(kept == 3)
    try await again.close()
    #expect(try LogStore.verify(at: path).findings.isEmpty)

    // As a store that no replica has open, it judges alike.
    let store = try LogStore.open(at: path)
    let peer = try StorePeer(store)
    #expect(try await peer.apply(versions + [last]).setAside.isEmpty)
    await #expect(throws: ReplicationError.forkedHistory(origin: founder, sequence: 2)) {
      _ = try await sync(peer, with: z)
    }
    try store.close()
  }

  /// Versions that come while a state is being adopted: the copy that takes the store's place keeps them, too.
  @Test(arguments: [true, false])
  func whatIsSetAsideDuringAnAdoptionIsKept(onDisk: Bool) async throws {
    let folder = try TemporaryFolder()
    let (_, w, z, founder) = try await fork()
    let porto =
      onDisk
      ? try await Replica.open(bank, at: folder.path, joining: founder)
      : try Replica(bank, joining: founder)
    try await porto.sync(with: w)
    try await w.write { [bank] in try $0[bank.notes, "n"].insert("from the state") }
    let offered = try Self.versions(of: z)

    let state = await w.state()
    var collected: [StatePart] = []
    for try await part in state.parts { collected.append(part) }
    let parts = collected
    let next = Mutex(0)
    let aside = Mutex<[Int]>([])
    let stream = AsyncThrowingStream<StatePart, any Error> {
      let place = next.withLock { next in
        defer { next += 1 }
        return next
      }
      // Before the first part, between two, and behind the last.
      if let number = [0, 1, parts.count].firstIndex(of: place) {
        let reception = try await porto.apply([offered[number]])
        aside.withLock { $0.append(reception.setAside.count) }
      }
      return place < parts.count ? parts[place] : nil
    }
    try await porto.adopt(StateStream(header: state.header, parts: stream))
    #expect(aside.withLock { $0 } == [0, 1, 1] && offered.count == 3)

    func expectKept(by replica: Replica<Bank>) async throws {
      #expect(try replica.snapshot[bank.notes, "n"].map(Array.init) == ["from the state"])
      #expect(try replica.snapshot[bank.accounts, "a"]?.value == 100)
      var kept: Set<StoredVersion> = []
      try replica.log().state.forEachSetAside { kept.insert($0.version) }
      #expect(kept == Set(offered.dropFirst()))
      #expect(try await replica.apply(offered).setAside.isEmpty)
    }
    try await expectKept(by: porto)
    try await porto.close()
    guard onDisk else { return }
    #expect(try LogStore.verify(at: folder.path).findings.isEmpty)
    let again = try await Replica.open(bank, at: folder.path)
    try await expectKept(by: again)
    try await again.close()
  }

  /// All versions of a replica's log, by origin: the founder's first.
  private static func versions(of replica: Replica<Bank>) throws -> [StoredVersion] {
    let log = try replica.log()
    var versions: [StoredVersion] = []
    let founder = replica.founder
    for origin in [founder] + log.heads.keys.filter({ $0 != founder }).sorted() {
      let reader = try log.versions(of: origin, after: 0)
      while let version = try reader.next() { versions.append(version) }
    }
    return versions
  }

  /// A file that rests on the other branch is refused before anything of it is taken in.
  @Test func aBundleOfTheOtherBranchIsRefused() async throws {
    let folder = try TemporaryFolder()
    let (_, w, z, founder) = try await fork()
    let file = folder.path(of: "z.bundle")
    try await z.export(to: file)
    let before = try w.snapshot.digest
    await #expect(throws: ReplicationError.forkedHistory(origin: founder, sequence: 2)) {
      try await w.import(from: file)
    }
    #expect(try w.snapshot.digest == before)
  }

  /// Of its own writes a replica knows all: who is shown more was restored, and says so before it writes.
  @Test func aRestoredReplicaLearnsSoFromItsPeers() async throws {
    let id = ReplicaID.random()
    let storage = MemoryStorage()
    let v = try Replica(bank, id: id, storage: storage)
    let notes = bank.notes
    try await v.write { try $0[notes, "n"].insert("one") }
    let saved = MemoryStorage()
    let reader = try storage.snapshot().versions(of: id, after: 0)
    while let version = try reader.next() { try saved.append([version]) }
    try await v.write { try $0[notes, "n"].insert("two") }
    let w = try Replica(bank, joining: id)
    try await v.sync(with: w)
    let restored = try Replica(bank, id: id, storage: saved)
    let expected = ReplicationError.beyondOwnHistory(origin: id, sequence: 3, last: 2)
    await #expect(throws: expected) { _ = try await restored.sync(with: w) }
    await #expect(throws: expected) { _ = try await w.sync(with: restored) }
    #expect("\(expected)".contains("renew"))
  }
}
