import Foundation
import Merganser
import MerganserDatabase
import MerganserLog
import TestSupport
import Testing

/// A client that goes from replica to replica finds what it has seen and written, or is told what is missing.
@Suite(.timeLimit(.minutes(15))) struct SessionTests {
  private let bank = Bank()
  private static let long = Duration.seconds(3600)

  private func pair() throws -> (lisbon: Replica<Bank>, porto: Replica<Bank>) {
    let lisbon = try Replica(bank)
    return (lisbon, try Replica(bank, joining: lisbon.founder))
  }

  private func add(
    _ amount: Int64 = 1, to account: String, at replica: Replica<Bank>,
    in session: inout SessionToken
  ) async throws {
    try await replica.write(in: &session, within: .zero) { [bank] in
      try $0[bank.accounts, account].increment(by: amount)
    }
  }

  /// What a session is refused where a replica lacks versions.
  private func missing(
    at replica: Replica<Bank>, in session: SessionToken
  ) async throws -> [SessionError.Missing] {
    var session = session
    let before = session
    do {
      _ = try await replica.read(in: &session, within: .zero)
      return []
    } catch SessionError.behind(let missing, let count) {
      #expect(session == before && count == missing.count)
      return missing
    }
  }

  @Test func ownWritesAreRead() async throws {
    let (lisbon, porto) = try pair()
    var session = SessionToken()
    try await add(to: "a", at: lisbon, in: &session)
    let lacking = SessionError.Missing(origin: lisbon.id, sequence: 1, held: 0)
    #expect(try await missing(at: porto, in: session) == [lacking])
    await #expect(throws: SessionError.self) {
      try await add(to: "b", at: porto, in: &session)
    }
    #expect(porto.snapshot.vector[porto.id] == 0)
    try await lisbon.sync(with: porto)
    let snapshot = try await porto.read(in: &session, within: .zero)
    #expect(try snapshot[bank.accounts, "a"]?.value == 1)
  }

  /// What was read at one replica is read at the next, whoever wrote it.
  @Test func readsGoOnFromWhatWasRead() async throws {
    let (lisbon, porto) = try pair()
    let faro = try Replica(bank, joining: lisbon.founder)
    try await lisbon.write { [bank] in try $0[bank.accounts, "a"].increment(by: 1) }
    try await lisbon.sync(with: porto)
    var session = SessionToken()
    #expect(try await porto.read(in: &session, within: .zero)[bank.accounts, "a"]?.value == 1)
    #expect(try await missing(at: faro, in: session).map(\.origin) == [lisbon.id])
    try await faro.sync(with: porto)
    #expect(try await missing(at: faro, in: session) == [])
  }

  /// Whoever has seen a write has seen what its session had seen before it: also who was never told of that session.
  @Test func writesComeBehindWhatTheSessionSaw() async throws {
    let (lisbon, porto) = try pair()
    var session = SessionToken()
    try await add(to: "a", at: lisbon, in: &session)
    try await lisbon.sync(with: porto)
    try await add(to: "b", at: porto, in: &session)
    // One version stands for both.
    #expect(session.heads.keys.sorted() == [porto.id])
    let reader = try porto.log().versions(of: porto.id, after: 0)
    let faro = try Replica(bank, joining: lisbon.founder)
    #expect(try await faro.apply([try #require(try reader.next())]).applied.isEmpty)
    #expect(try await missing(at: faro, in: session).map(\.origin) == [porto.id])
  }

  /// What is missing is waited for, and the call goes on as it comes.
  @Test func whatIsMissingIsWaitedFor() async throws {
    let (lisbon, porto) = try pair()
    var session = SessionToken()
    for number in 0..<20 {
      try await add(to: "\(number)", at: lisbon, in: &session)
      let waiting = Task { [session] in
        var session = session
        try await porto.write(in: &session, within: Self.long) { [bank] in
          try $0[bank.accounts, "p"].increment(by: 1)
        }
        return session
      }
      if number.isMultiple(of: 2) { await Task.yield() }
      try await lisbon.sync(with: porto)
      let after = try await waiting.value
      #expect(after.heads.keys.sorted() == [porto.id])
      try await lisbon.sync(with: porto)
      #expect(try await missing(at: lisbon, in: after) == [])
      session = after
    }
  }

  /// What is here is found without waiting, also where its writers have gone on since.
  @Test func whatIsPassedIsHere() async throws {
    let (lisbon, porto) = try pair()
    var session = SessionToken()
    try await add(to: "a", at: lisbon, in: &session)
    for _ in 0..<3 {
      try await lisbon.write { [bank] in try $0[bank.accounts, "a"].increment(by: 1) }
      try await lisbon.sync(with: porto)
    }
    for replica in [lisbon, porto] { #expect(try await missing(at: replica, in: session) == []) }
    for replica in [lisbon, porto] {
      var session = session
      #expect(try await replica.read(in: &session, within: .zero).vector[lisbon.id] == 4)
    }
  }

  /// The number of versions that a token names does not grow with those that were seen.
  @Test func tokensAreShort() async throws {
    let lisbon = try Replica(bank)
    for number in 0..<30 {
      let other = try Replica(bank, joining: lisbon.founder)
      try await other.write { [bank] in try $0[bank.accounts, "\(number)"].increment(by: 1) }
      try await lisbon.sync(with: other)
    }
    #expect(lisbon.snapshot.token.heads.count == 30)
    var session = SessionToken()
    try await add(to: "l", at: lisbon, in: &session)
    #expect(session.heads.count == 1 && lisbon.snapshot.token == session)
    let other = try Replica(bank, joining: lisbon.founder)
    try await other.write { [bank] in try $0[bank.accounts, "o"].increment(by: 1) }
    try await lisbon.sync(with: other)
    #expect(lisbon.snapshot.token.heads.keys.sorted() == [lisbon.id, other.id].sorted())
    #expect(session.description.utf8.count < 80)
  }

  @Test func tokensAreTexts() async throws {
    let (lisbon, _) = try pair()
    var session = SessionToken()
    #expect(
      try JSONDecoder().decode(
        SessionToken.self, from: JSONEncoder().encode(session)) == session)
    try await add(to: "a", at: lisbon, in: &session)
    #expect(SessionToken(session.description) == session)
    let text = try JSONEncoder().encode(session)
    #expect(try JSONDecoder().decode(SessionToken.self, from: text) == session)
    #expect(
      session.description.allSatisfy {
        $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0))
      })
    for other in [
      "", "AQ", "a b", "%%%", String(repeating: "A", count: 1 << 21), "\(session.description)A",
    ] {
      #expect(SessionToken(other) == nil)
    }
    var dice = SplitMix(seed: 7)
    let bytes = session.binaryEncoded()
    for _ in 0..<2000 {
      var changed = bytes
      changed[dice.number(below: changed.count)] = UInt8(dice.number(below: 256))
      changed.removeLast(dice.number(below: 4))
      if let token = try? SessionToken(binaryEncoded: changed) {
        #expect(SessionToken(token.description) == token)
      }
    }
  }

  @Test func otherDatabasesAreRefused() async throws {
    let (lisbon, _) = try pair()
    let stranger = try Replica(bank)
    var session = SessionToken()
    try await add(to: "a", at: lisbon, in: &session)
    let error = SessionError.otherDatabase(ours: stranger.id, theirs: lisbon.id)
    await #expect(throws: error) { try await stranger.read(in: &session, within: Self.long) }
    await #expect(throws: error) {
      try await stranger.run(in: &session, within: Self.long) { _ in }
    }
    #expect(throws: SessionError.otherDatabase(ours: lisbon.id, theirs: stranger.id)) {
      try session.merge(SessionToken(founder: stranger.id, heads: [:]))
    }
  }

  /// Two branches of a history have the same numbers, and are told apart.
  @Test(arguments: [false, true]) func otherBranchesAreRefused(isLonger: Bool) async throws {
    let id = ReplicaID.random()
    let branches = try (0..<2).map { _ in try Replica(bank, id: id) }
    var session = SessionToken()
    try await add(1, to: "a", at: branches[0], in: &session)
    for round in 0..<(isLonger ? 3 : 1) {
      try await branches[1].write { [bank] in
        try $0[bank.accounts, "a"].increment(by: 2 + Int64(round))
      }
    }
    await #expect(throws: SessionError.otherBranch(origin: id, sequence: 1)) {
      try await branches[1].read(in: &session, within: Self.long)
    }
  }

  @Test func whatIsBeyondACutIsRefused() async throws {
    let (lisbon, porto) = try pair()
    var session = SessionToken()
    try await add(to: "a", at: porto, in: &session)
    try await lisbon.sync(with: porto)
    let seen = session
    try await add(to: "a", at: porto, in: &session)
    try await lisbon.succeed(porto.id)
    await #expect(throws: SessionError.beyondCut(origin: porto.id, sequence: 2, cut: 1)) {
      try await lisbon.read(in: &session, within: Self.long)
    }
    #expect(try await missing(at: lisbon, in: seen) == [])
  }

  @Test(arguments: [false, true]) func whatIsSetAsideIsRefused(waits: Bool) async throws {
    let id = ReplicaID.random()
    let branches = try (0..<2).map { _ in try Replica(bank, id: id) }
    for (number, branch) in branches.enumerated() {
      try await branch.write { [bank] in
        try $0[bank.accounts, "a"].increment(by: 1 + Int64(number))
      }
    }
    let (one, other) = (try Replica(bank, joining: id), try Replica(bank, joining: id))
    try await one.sync(with: branches[0])
    try await other.sync(with: branches[1])
    var session = SessionToken()
    try await add(to: "o", at: other, in: &session)
    let version = try #require(try other.log().versions(of: other.id, after: 0).next())
    // Who waits already is told as well as who comes later.
    let waiting = Task { [session] in
      var session = session
      return try await one.read(in: &session, within: Self.long)
    }
    if waits { for _ in 0..<100 { await Task.yield() } }
    #expect(try await one.apply([version]).setAside.count == 1)
    let refusal = SessionError.setAside(origin: other.id, sequence: 1)
    await #expect(throws: refusal) { try await waiting.value }
    await #expect(throws: refusal) { try await one.read(in: &session, within: .zero) }
  }

  /// Who waits and is cancelled has changed nothing.
  @Test func whoIsCancelledHasDoneNothing() async throws {
    let (lisbon, porto) = try pair()
    var session = SessionToken()
    try await add(to: "a", at: lisbon, in: &session)
    let waiting = Task { [session] in
      var session = session
      try await porto.write(in: &session, within: Self.long) { [bank] in
        try $0[bank.accounts, "p"].increment(by: 1)
      }
    }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    try await lisbon.sync(with: porto)
    #expect(porto.snapshot.vector[porto.id] == 0)
  }

  /// A writer that stands still holds up nobody beyond the limit.
  @Test func aWriterThatStandsStillIsNotWaitedFor() async throws {
    let folder = try TemporaryFolder()
    let lisbon = try Replica(bank)
    let porto = try await Replica.open(bank, at: folder.path + "/p", joining: lisbon.founder)
    var session = SessionToken()
    try await add(to: "a", at: lisbon, in: &session)
    let (gate, begun) = (DispatchSemaphore(value: 0), AsyncStream<Void>.makeStream())
    let stalled = Task { [bank] in
      try await porto.write { tx in
        begun.continuation.finish()
        gate.wait()
        try tx[bank.accounts, "p"].increment(by: 1)
      }
    }
    for await _ in begun.stream {}
    await #expect(throws: SessionError.self) { try await porto.read(in: &session, within: .zero) }
    gate.signal()
    try await stalled.value
    try await porto.close()
  }

  @Test func aReplicaThatIsClosedIsWaitedForNoMore() async throws {
    let folder = try TemporaryFolder()
    let lisbon = try Replica(bank)
    let porto = try await Replica.open(bank, at: folder.path + "/p", joining: lisbon.founder)
    var session = SessionToken()
    try await add(to: "a", at: lisbon, in: &session)
    let waiting = Task { [session] in
      var session = session
      return try await porto.read(in: &session, within: Self.long)
    }
    try await porto.close()
    await #expect(throws: StorageError.self) { try await waiting.value }
  }

  // Who holds a write.

  @Test func aWriteIsAcknowledged() async throws {
    let (lisbon, porto) = try pair()
    try await lisbon.write(acknowledgedBy: .here, within: .zero) { [bank] in
      try $0[bank.accounts, "a"].increment(by: 1)
    }
    let waiting = Task {
      try await lisbon.write(acknowledgedBy: .replicas(2), within: Self.long) { [bank] in
        try $0[bank.accounts, "a"].increment(by: 1)
        return 7
      }
    }
    for await snapshot in lisbon.snapshots where snapshot.vector[lisbon.id] == 2 { break }
    try await lisbon.sync(with: porto)
    #expect(try await waiting.value == 7)
    let holders = try await lisbon.acknowledged(
      lisbon.snapshot.token, by: .replicas(2), within: .zero)
    #expect(holders == [lisbon.id, porto.id])
  }

  /// A write that too few hold in time stands, and the error says who has it.
  @Test func aWriteThatTooFewHoldStands() async throws {
    let (lisbon, porto) = try pair()
    var session = SessionToken()
    let late = SessionError.notAcknowledged(holders: [lisbon.id], needed: 2)
    await #expect(throws: late) {
      try await lisbon.write(in: &session, acknowledgedBy: .replicas(2), within: .zero) { [bank] in
        try $0[bank.accounts, "a"].increment(by: 1)
      }
    }
    #expect(try lisbon.snapshot[bank.accounts, "a"]?.value == 1)
    // The session has it too.
    #expect(session == lisbon.snapshot.token)
    #expect("\(late)".contains("the write stands"))
    try await lisbon.sync(with: porto)
    try await lisbon.acknowledged(session, by: .replicas(2), within: .zero)
  }

  /// Who has been cancelled after the write is told that it stands.
  @Test func aWriteStandsWhoseTaskIsCancelled() async throws {
    let (lisbon, _) = try pair()
    let waiting = Task {
      try await lisbon.write(acknowledgedBy: .majority, within: Self.long) { [bank] in
        try $0[bank.accounts, "a"].increment(by: 1)
      }
      try await lisbon.write(acknowledgedBy: .replicas(2), within: Self.long) { [bank] in
        try $0[bank.accounts, "a"].increment(by: 1)
      }
    }
    for await snapshot in lisbon.snapshots where snapshot.vector[lisbon.id] == 2 { break }
    waiting.cancel()
    await #expect(throws: SessionError.notAcknowledged(holders: [lisbon.id], needed: 2)) {
      try await waiting.value
    }
  }

  /// More than half of those that have written: who only reads is none, nor who has ended.
  @Test func theMajorityIsOfMembers() async throws {
    let lisbon = try Replica(bank)
    let others = try (0..<4).map { _ in try Replica(bank, joining: lisbon.founder) }
    for other in others.prefix(3) {
      try await other.write { [bank] in try $0[bank.accounts, "a"].increment(by: 1) }
      try await lisbon.sync(with: other)
    }
    try await lisbon.write { [bank] in try $0[bank.accounts, "a"].increment(by: 1) }
    let token = lisbon.snapshot.token
    try await lisbon.sync(with: others[3])
    await #expect(throws: SessionError.notAcknowledged(holders: [lisbon.id], needed: 3)) {
      try await lisbon.acknowledged(token, by: .majority, within: .zero)
    }
    try await lisbon.sync(with: others[0])
    let holders: Set = [lisbon.id, others[0].id]
    await #expect(throws: SessionError.notAcknowledged(holders: holders.sorted(), needed: 3)) {
      try await lisbon.acknowledged(token, by: .majority, within: .zero)
    }
    // Of three that are left two are enough.
    try await lisbon.succeed(others[2].id)
    let found = try await lisbon.acknowledged(token, by: .majority, within: .zero)
    #expect(found == holders)
  }

  /// What a peer says that it holds of another branch acknowledges nothing.
  @Test func anotherBranchAcknowledgesNothing() async throws {
    let (lisbon, porto) = try pair()
    try await lisbon.write { [bank] in try $0[bank.accounts, "a"].increment(by: 1) }
    lisbon.note(porto.id, holds: [lisbon.id: Head(sequence: 1, hash: 7)])
    await #expect(throws: SessionError.self) {
      try await lisbon.acknowledged(lisbon.snapshot.token, by: .replicas(2), within: .zero)
    }
    lisbon.note(porto.id, holds: lisbon.snapshot.token.heads)
    try await lisbon.acknowledged(lisbon.snapshot.token, by: .replicas(2), within: .zero)
  }
}
