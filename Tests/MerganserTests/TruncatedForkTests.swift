import Foundation
import Merganser
import MerganserDatabase
import MerganserLog
import TestSupport
import Testing

/// Two histories of one identity that part below the truncation of whoever has to tell them apart.
@Suite struct TruncatedForkTests {
  private struct Notes: Schema {
    let notes = Table<String, ORSet<String>>("notes")
  }

  private let schema = Notes()

  /// A founder with two branches behind its first version, and replicas that hold one of them each.
  private struct Parted {
    /// On the first branch; its log is truncated.
    var here: Replica<Notes>
    /// On the other branch, of which it holds two versions.
    var other: Replica<Notes>
    var founder: ReplicaID
    /// The first branch's last version.
    var head: Head
  }

  private func write(_ texts: [String], to replica: Replica<Notes>) async throws {
    for text in texts { try await replica.write { try $0[schema.notes, "n"].insert(text) } }
  }

  private func part(
    _ here: (_ founder: ReplicaID) async throws -> Replica<Notes>
  ) async throws -> Parted {
    let id = ReplicaID.random()
    let (storage, saved) = (MemoryStorage(), MemoryStorage())
    let first = try Replica(schema, id: id, storage: storage)
    try await write(["common"], to: first)
    let reader = try storage.snapshot().versions(of: id, after: 0)
    while let version = try reader.next() { try saved.append([version]) }
    let (here, other) = (try await here(id), try Replica(schema, joining: id))
    try await here.sync(with: first)
    // From here on each is known to the other.
    try await other.sync(with: here)
    try await write((1...5).map { "here \($0)" }, to: first)
    try await here.sync(with: first)
    let restored = try Replica(schema, id: id, storage: saved)
    try await write(["there 1", "there 2"], to: restored)
    try await other.sync(with: restored)
    try await truncate(here, until: id)
    let head = try #require(try here.log().heads[id])
    return Parted(here: here, other: other, founder: id, head: head)
  }

  /// Writes until all of the founder's versions are truncated.
  private func truncate(_ replica: Replica<Notes>, until founder: ReplicaID) async throws {
    for _ in 0..<500 {
      if try replica.log().truncatedTo[founder] == replica.log().heads[founder] { return }
      try await replica.write { try $0[schema.notes, "m"].insert(UUID().uuidString) }
      try await Task.sleep(for: .milliseconds(2))
    }
    Issue.record("the log is not truncated")
  }

  /// Writes until the spine, which has room for nothing, has dropped the founder's versions.
  private func dropSpine(of replica: Replica<Notes>, founder: ReplicaID) async throws {
    for _ in 0..<500 {
      if try replica.log().entry(of: founder, endingAt: 4) == .unknown { return }
      try await replica.write { try $0[schema.notes, "m"].insert(UUID().uuidString) }
      try await Task.sleep(for: .milliseconds(2))
    }
    Issue.record("the spine still knows")
  }

  private func inMemory(
    _ founder: ReplicaID, spine: Int = Retention().spine
  ) throws -> Replica<Notes> {
    let storage = MemoryStorage(checkpointInterval: 1, retainedVersions: 0, retainedSpine: spine)
    return try Replica(schema, joining: founder, storage: storage)
  }

  private func options(spine: Int = Retention().spine) -> ReplicaOptions {
    var options = ReplicaOptions(durability: .survivesProcessCrash)
    options.checkpointInterval = 1
    options.retention = Retention(history: 0, backlog: 0)
    options.retention.spine = spine
    return options
  }

  /// What a store has truncated of a replica that was set back to before it is told, and not taken to be there, whether or
  /// not its spine tells where they part.
  @Test(arguments: [false, true])
  func whatTheOtherSideHasNotReachedIsNotShared(hasSpine: Bool) async throws {
    let folder = try TemporaryFolder()
    let id = ReplicaID.random()
    let (storage, saved) = (MemoryStorage(), MemoryStorage())
    let first = try Replica(schema, id: id, storage: storage)
    try await write(["common"], to: first)
    let reader = try storage.snapshot().versions(of: id, after: 0)
    while let version = try reader.next() { try saved.append([version]) }
    try await write((1...5).map { "here \($0)" }, to: first)
    let path = folder.path + "/here"
    let here = try await Replica.open(
      schema, at: path, joining: id, options: hasSpine ? options() : options(spine: 0))
    try await here.sync(with: first)
    try await truncate(here, until: id)
    if !hasSpine { try await dropSpine(of: here, founder: id) }
    let last = try #require(try here.log().heads[id]).sequence
    try await here.close()
    let restored = try Replica(schema, id: id, storage: saved)
    let error = try await #require(throws: HealingError.self) {
      try await Replica.heal(
        schema, at: path, into: folder.path + "/new", from: restored, offering: [id])
    }
    guard case .truncated(_, let writes) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(writes[id] == last)
    let report = try await Replica.heal(
      schema, at: path, into: folder.path + "/new", from: restored, offering: [id], anyway: true)
    #expect(report.unknown[id] == last)
  }

  /// What rests on a history of which the healthy replica does not know whether it has the same is not handed to it.
  @Test func whatCannotBeComparedIsNotHandedOver() async throws {
    let folder = try TemporaryFolder()
    let parted = try await part { try inMemory($0, spine: 0) }
    let here = parted.here
    try await dropSpine(of: here, founder: parted.founder)
    // It takes a state in where the other has no log any more, and keeps its own log.
    let third = try Replica(
      schema, joining: parted.founder,
      storage: MemoryStorage(checkpointInterval: 1 << 30, retainedVersions: 1 << 20))
    try await third.sync(with: parted.other)
    try await write(["rests on the other branch"], to: third)
    let path = folder.path + "/left"
    var options = ReplicaOptions(durability: .survivesProcessCrash)
    options.checkpointInterval = 1 << 30
    let left = try await Replica.open(schema, at: path, joining: parted.founder, options: options)
    try await left.sync(with: third)
    try await write(["of its own"], to: left)
    try await left.close()
    let before = try here.snapshot.digest
    await #expect(throws: HealingError.self) {
      try await Replica.heal(schema, at: path, into: folder.path + "/new", from: here)
    }
    #expect(here.snapshot.vector[third.id] == 0)
    #expect(try here.snapshot.digest == before)
  }

  @Test func theForkIsFoundWhileTheSpineReaches() async throws {
    let parted = try await part { try inMemory($0) }
    let (here, other) = (parted.here, parted.other)
    let expected = ReplicationError.forkedHistory(origin: parted.founder, sequence: 4)
    for _ in 0..<2 {
      let before = (try here.snapshot.digest, try other.snapshot.digest)
      await #expect(throws: expected) { try await here.sync(with: other) }
      await #expect(throws: expected) { try await other.sync(with: here) }
      #expect((try here.snapshot.digest, try other.snapshot.digest) == before)
      try await write(["later"], to: here)
    }
    // As a bundle.
    let folder = try TemporaryFolder()
    try await other.export(to: folder.path + "/other")
    await #expect(throws: expected) { try await here.import(from: folder.path + "/other") }

    // Beyond the spine nobody can tell, and that is counted.
    let beyond = try await part { try inMemory($0, spine: 0) }
    try await dropSpine(of: beyond.here, founder: beyond.founder)
    let report = try await beyond.here.sync(with: beyond.other)
    #expect(report.unverified > 0 && report.sentState)
  }

  /// A version that rests on the other branch is set aside below the truncation, too; beyond the spine it is
  /// applied, and counted.
  @Test func whatRestsOnTheOtherBranchIsSetAsideWhileTheSpineReaches() async throws {
    let parted = try await part { try inMemory($0) }
    let here = parted.here
    try await write(["rests on the other branch"], to: parted.other)
    let log = try parted.other.log()
    let resting = try #require(
      try log.versions(of: parted.other.id, after: 0).next())
    let reception = try await here.apply([resting])
    #expect(reception.setAside.map(\.version) == [resting] && reception.unverified == 0)

    let again = try await part { try inMemory($0, spine: 0) }
    try await write(["rests on the other branch"], to: again.other)
    let beyond = try #require(
      try again.other.log().versions(of: again.other.id, after: 0).next())
    try await dropSpine(of: again.here, founder: again.founder)
    let taken = try await again.here.apply([beyond])
    #expect(taken.applied == [beyond] && taken.unverified == 1)
    #expect(try again.here.log().state.unverifiedDependencies() == 1)
  }

  /// A version that rests on the history that is here is applied, and nothing of it is unverified.
  @Test func whatRestsOnThisBranchIsVerified() async throws {
    let parted = try await part { try inMemory($0) }
    let third = try Replica(schema, joining: parted.founder)
    // It holds the first branch up to its third version only, and writes on that.
    var origin: [StoredVersion] = []
    let first = try Replica(schema, joining: parted.founder)
    try await first.adopt(await parted.here.state())
    #expect(try await parted.here.sync(with: third).unverified == 0)
    try await write(["rests on this branch"], to: third)
    let reader = try third.log().versions(of: third.id, after: 0)
    while let version = try reader.next() { origin.append(version) }
    try await write(["more"], to: parted.here)
    let reception = try await parted.here.apply(origin)
    #expect(reception.applied == origin && reception.unverified == 0)
  }

  /// On disk, also after it was closed, as a store that no replica has open.
  @Test func aStoreThatNobodyHasOpenJudgesAlike() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/here"
    let parted = try await part {
      try await Replica.open(schema, at: path, joining: $0, options: options())
    }
    try await write(["rests on the other branch"], to: parted.other)
    let resting = try #require(
      try parted.other.log().versions(of: parted.other.id, after: 0).next())
    let expected = ReplicationError.forkedHistory(origin: parted.founder, sequence: 4)
    await #expect(throws: expected) { try await parted.here.sync(with: parted.other) }
    try await parted.here.close()
    #expect(try LogStore.verify(at: path).truncated > 0)

    let store = try LogStore.open(at: path, options: options())
    let peer = try StorePeer(store)
    await #expect(throws: expected) { _ = try await sync(peer, with: parted.other) }
    #expect(try await peer.apply([resting]).setAside.map(\.version) == [resting])
    try store.close()

    var again = try await Replica.open(schema, at: path, options: options())
    await #expect(throws: expected) { try await again.sync(with: parted.other) }
    try await again.close()
    again = try await Replica.open(schema, at: path, options: options(spine: 0))
    try await dropSpine(of: again, founder: parted.founder)
    try await again.close()
    let last = try LogStore.open(at: path, options: options())
    try await write(["once more"], to: parted.other)
    let unverified = try await sync(try StorePeer(last), with: parted.other).unverified
    #expect(unverified > 0)
    try last.close()
  }

  /// A replica that has acknowledged a version can be restored from an old backup, and write another one under
  /// its number: that every peer has acknowledged it does not make the branches the same.
  @Test(arguments: [1, 9])
  func whoHasAcknowledgedAllIsRestored(writes: Int) async throws {
    let folder = try TemporaryFolder()
    let storage = MemoryStorage()
    let lost = try Replica(schema, storage: storage)
    let id = lost.id
    try await write(["common"], to: lost)
    let backup = try storage.snapshot()
    try await write((1...4).map { "lost \($0)" }, to: lost)
    let kept = try inMemory(id)
    for _ in 0..<2 { try await kept.sync(with: lost) }
    let last = lost.snapshot.vector[id]
    #expect(kept.peers.peers[id]?.vector[id] == last)
    try await truncate(kept, until: id)

    let restored = try await store(at: folder.path + "/restored", as: id, of: backup)
    try await write((1...writes).map { "again \($0)" }, to: restored)
    let third = try Replica(schema, joining: id)
    try await third.sync(with: restored)
    let number = restored.snapshot.vector[id]
    #expect(writes == 1 ? number < last : number > last)
    let expected = ReplicationError.forkedHistory(origin: id, sequence: min(number, last))
    for other in [restored, third] {
      let before = (try kept.snapshot.digest, try other.snapshot.digest)
      await #expect(throws: expected) { try await kept.sync(with: other) }
      await #expect(throws: expected) { try await other.sync(with: kept) }
      let path = folder.path + "/\(other.id)"
      try await other.export(to: path)
      await #expect(throws: expected) { try await kept.import(from: path) }
      #expect((try kept.snapshot.digest, try other.snapshot.digest) == before)
      #expect(try other.snapshot[schema.notes, "n"]?.contains("again \(writes)") == true)
    }
    try await restored.close()
  }

  /// A replica on disk with the versions of a log, under an identity that is given.
  private func store(
    at path: String, as id: ReplicaID, of log: any VersionSnapshot
  ) async throws -> Replica<Notes> {
    let identity = StoreIdentity(
      replica: id, founder: id, schema: try Catalog(schema).description)
    let store = try LogStore.create(at: path, identity: identity)
    let reader = try log.versions(of: id, after: 0)
    while let version = try reader.next() { try store.append([version]) }
    try store.close()
    return try await Replica.open(schema, at: path)
  }

  /// What a peer says that it holds counts by its hashes: a number on another branch acknowledges nothing.
  @Test func anotherBranchAcknowledgesNothing() async throws {
    let parted = try await part { try inMemory($0) }
    let here = parted.here
    try await write(["of its own"], to: here)
    let heads = try here.log().heads
    var claimed = heads
    claimed[parted.founder] = Head(sequence: parted.head.sequence, hash: parted.head.hash ^ 1)
    here.note(parted.other.id, holds: claimed)
    let known = try #require(here.peers.peers[parted.other.id]?.vector)
    #expect(known[parted.founder] == 2 && known[here.id] == heads[here.id]?.sequence)
    // Beyond what is here, nothing is known to be of this history.
    claimed[parted.founder] = Head(sequence: parted.head.sequence + 5, hash: 7)
    here.note(parted.other.id, holds: claimed)
    #expect(here.peers.peers[parted.other.id]?.vector[parted.founder] == 2)
    here.note(parted.other.id, holds: heads)
    #expect(
      here.peers.peers[parted.other.id]?.vector[parted.founder] == heads[parted.founder]?.sequence)
  }

  /// A peer that holds other versions under the same numbers is not one that has acknowledged ours, so the log
  /// keeps what tells the branches apart.
  @Test func aSyncNotesOnlyWhatIsOfOneHistory() async throws {
    let parted = try await part { try inMemory($0, spine: 0) }
    try await dropSpine(of: parted.here, founder: parted.founder)
    // Neither can tell: the other side is handed the state, and what it held is not counted as of this branch.
    try await write(["there 3", "there 4"], to: parted.other)
    _ = try await parted.here.sync(with: parted.other)
    let known = try #require(parted.here.peers.peers[parted.other.id]?.vector)
    #expect(known[parted.founder] == parted.head.sequence)
    #expect(known.isCovered(by: parted.here.snapshot.vector))
  }
}
