import Merganser
import MerganserDatabase
import MerganserSync
import TestSupport
import Testing

/// Two branches of a history that come to one replica by two ways at once, one of them as a state: what the two ways compared
/// when they began tells nothing of each other.
@Suite struct ForkDuringAdoptionTests {
  private struct Notes: Schema {
    let notes = Table<String, ORSet<String>>("notes")
  }

  private let schema = Notes()

  /// A founder with two branches behind its first version, one replica on each, and one that has what both share.
  private struct Parted {
    var founder: ReplicaID
    /// On the first branch, of which it has five versions more.
    var here: Replica<Notes>
    /// On the other one, of which it has as many as were asked for, and a version of its own that rests on them.
    var there: Replica<Notes>
    var between: Replica<Notes>
  }

  private func write(_ texts: [String], to replica: Replica<Notes>) async throws {
    for text in texts { try await replica.write { try $0[schema.notes, "n"].insert(text) } }
  }

  private func part(there count: Int, isForked: Bool = true) async throws -> Parted {
    let (storage, saved) = (MemoryStorage(), MemoryStorage())
    let first = try Replica(schema, storage: storage)
    let id = first.id
    try await write(["common"], to: first)
    let reader = try storage.snapshot().versions(of: id, after: 0)
    while let version = try reader.next() { try saved.append([version]) }
    let all = try (0..<3).map { _ in try Replica(schema, joining: id) }
    for replica in all { try await replica.sync(with: first) }
    try await write((1...5).map { "here \($0)" }, to: first)
    try await all[0].sync(with: first)
    let second = isForked ? try Replica(schema, id: id, storage: saved) : first
    try await write((0..<count).map { "there \($0)" }, to: second)
    try await all[1].sync(with: second)
    try await write(["rests on it"], to: all[1])
    return Parted(founder: id, here: all[0], there: all[1], between: all[2])
  }

  /// What two replicas have compared when they met.
  private func meeting(
    of other: Replica<Notes>, with replica: Replica<Notes>
  ) async throws -> Meeting {
    Meeting(
      with: other.id, holding: try await replica.greeting().heads,
      and: try await other.greeting().heads)
  }

  /// The state that a replica hands to another which it has met.
  private func state(of other: Replica<Notes>, met meeting: Meeting) async -> StateStream {
    var state = await other.state()
    state.meeting = meeting
    return state
  }

  private func versions(of replica: Replica<Notes>) throws -> [StoredVersion] {
    var merge = try CausalMerge(try replica.log(), beyond: VersionVector())
    var versions: [StoredVersion] = []
    var vector = VersionVector()
    while let version = try merge.next(after: vector) {
      versions.append(version.stored)
      vector[version.origin] = version.sequences.upperBound
    }
    return versions
  }

  /// The other branch has come before the state is merged: shorter than the state's, as long, or longer.
  @Test(arguments: [1, 5, 9]) func aStateBesideAnotherBranchIsNotAdopted(count: Int) async throws {
    let parted = try await part(there: count)
    let between = parted.between
    let meeting = try await meeting(of: parted.here, with: between)
    try await between.sync(with: parted.there)
    let before = try between.snapshot.digest
    let last = try await parted.here.greeting().heads[parted.founder]?.sequence ?? 0
    let expected: ReplicationError =
      count < 5
      ? .notCompared(origin: parted.founder, sequence: last)
      : .forkedHistory(origin: parted.founder, sequence: last)
    await #expect(throws: expected) {
      try await between.adopt(await state(of: parted.here, met: meeting))
    }
    #expect(try between.snapshot.digest == before)
    // When they meet again, it is told what it is.
    await #expect(throws: ReplicationError.self) { try await between.sync(with: parted.here) }
  }

  /// What was met before a state was adopted may rest on another branch than the state.
  @Test func whatWasMetBeforeAStateIsNotTakenUnseen() async throws {
    let parted = try await part(there: 1)
    let between = parted.between
    let meetings = (
      try await meeting(of: parted.here, with: between),
      try await meeting(of: parted.there, with: between)
    )
    try await between.adopt(await state(of: parted.here, met: meetings.0))
    let before = try between.snapshot.digest
    let reception = try await between.apply(try versions(of: parted.there), of: meetings.1)
    #expect(reception.applied.isEmpty)
    #expect(reception.refused == [.notCompared(origin: parted.there.id, sequence: 1)])
    #expect(try between.snapshot.digest == before)
  }

  /// The same of one history: it comes when the two meet again, and the state is adopted whatever came meanwhile.
  @Test func whatIsOfOneHistoryComes() async throws {
    let parted = try await part(there: 1, isForked: false)
    let (here, there, between) = (parted.here, parted.there, parted.between)
    let meeting = try await meeting(of: here, with: between)
    let early = try await self.meeting(of: there, with: between)
    try await write(["later"], to: there)
    try await between.adopt(await state(of: here, met: meeting))
    // What was there when they met names nothing that is not here; what came since is compared first.
    let reception = try await between.apply(try versions(of: there), of: early)
    #expect(reception.refused.allSatisfy { "\($0)".contains("sync again") })
    #expect(try await between.sync(with: there).refused.isEmpty)
    #expect(try between.snapshot.digest == there.snapshot.digest)
    // A state of before, beside what goes further.
    let third = try Replica(schema, joining: parted.founder)
    let old = await state(of: here, met: try await self.meeting(of: here, with: third))
    try await third.sync(with: there)
    try await third.adopt(old)
    #expect(try third.snapshot.digest == there.snapshot.digest)
  }

  /// What came early waits for another history than the one of the state, and is offered again.
  @Test func whatWaitsDoesNotFollowAState() async throws {
    let parted = try await part(there: 1)
    var database = Database(
      catalog: try Catalog(schema), replica: parted.between.id, founder: parted.founder)
    let last = try versions(of: parted.there).filter { $0.origin == parted.there.id }
    let wall = HybridTime(milliseconds: parted.there.snapshot.time.milliseconds + 1)
    _ = try database.receive(last, wall: wall)
    #expect(database.waitingCount == 1)
    var transfer = StateTransfer(parted.here.snapshot)
    try database.beginAdoption(of: transfer.header, wall: wall)
    while let part = try transfer.next() { try database.adopt(part) }
    _ = try database.completeAdoption()
    #expect(database.waitingCount == 0)
  }
}
