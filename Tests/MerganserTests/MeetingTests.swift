import Merganser
import MerganserSync
import Testing

/// One side of an exchange, by itself: whom it meets, and which message may come when.
@Suite struct MeetingTests {
  private let ours = ReplicaID(high: 0, low: 1)
  private let theirs = ReplicaID(high: 0, low: 2)
  private let third = ReplicaID(high: 0, low: 3)

  private func greeting(
    _ replica: ReplicaID, _ change: (inout Greeting) -> Void = { _ in }
  ) throws -> Greeting {
    var greeting = Greeting(
      replica: replica, founder: ours, schema: try Catalog(Bank()).description, plan: 1,
      heads: [ours: Head(sequence: 5, hash: 5), third: Head(sequence: 3, hash: 3)])
    change(&greeting)
    return greeting
  }

  /// What comes of greetings in which each side changes something.
  private func error(
    ours changeOurs: (inout Greeting) -> Void = { _ in },
    theirs changeTheirs: (inout Greeting) -> Void
  ) throws -> ReplicationError? {
    var side = Meeting(greeting: try greeting(ours, changeOurs))
    _ = side.start()
    do {
      _ = try side.receive(.greeting(try greeting(theirs, changeTheirs)))
      return nil
    } catch let error as ReplicationError {
      return error
    }
  }

  private func cut(_ sequence: UInt64, _ hash: UInt64) -> Cut {
    Cut(last: Head(sequence: sequence, hash: hash), heir: ours, decided: 1)
  }

  @Test func whoCannotBeMetIsRefusedByName() throws {
    #expect(try error { _ in } == nil)
    #expect(try error { $0.plan = nil } == nil)
    #expect(try error { $0.replica = ours } == .sameReplica(ours))
    #expect(try error { $0.founder = theirs } == .otherDatabase(ours: ours, theirs: theirs))
    #expect(try error { $0.plan = 2 } == .otherPlan(ours: 1, theirs: 2))
    #expect(
      try error { $0.heads[ours] = Head(sequence: 6, hash: 6) }
        == .beyondOwnHistory(origin: ours, sequence: 6, last: 5))
    #expect(
      try error { $0.heads[third]?.hash = 4 } == .forkedHistory(origin: third, sequence: 3))
    #expect(try error { $0.heads[third] = Head(sequence: 2, hash: 9) } == nil)
    let behind = try error { $0.truncatedTo[third] = 4 }
    guard case .unexpectedMessage? = behind else {
      Issue.record("\(String(describing: behind))")
      return
    }
    #expect(try error { $0.truncatedTo[third] = 3 } == nil)
  }

  @Test func whoHoldsMoreThanAnIdentityHasIsRefusedByName() throws {
    let (early, last, other) = (cut(2, 2), cut(3, 3), cut(3, 4))
    #expect(try error { $0.cuts[third] = last } == nil)
    #expect(
      try error(ours: { $0.cuts[third] = last }) { $0.cuts[third] = early }
        == .cutsDiffer(of: third, ours: "\(last)", theirs: "\(early)"))
    #expect(
      try error { $0.cuts[third] = early }
        == .holdsBeyondCut(third, last: 3, cut: 2, holder: ours))
    #expect(
      try error(
        ours: {
          $0.heads[third] = early.last
          $0.cuts[third] = early
        }
      ) { _ in } == .holdsBeyondCut(third, last: 3, cut: 2, holder: theirs))
    #expect(
      try error { $0.cuts[third] = other } == .forkedHistory(origin: third, sequence: 3))
  }

  @Test func everyMessageHasItsTime() throws {
    let said = try greeting(theirs)
    let header = StateHeader(heads: [:], time: .zero)
    let part = StatePart(table: "accounts", behind: nil, last: nil, rows: [])
    let messages: [Meeting.Message] = [
      .greeting(said), .state(header), .rows(part), .versions([]), .end,
    ]
    // What was received before, and which of the messages may follow.
    let phases: [(received: [Meeting.Message], allowed: Set<Int>)] = [
      ([], [0]), ([.greeting(said)], [1, 3, 4]), ([.greeting(said), .versions([])], [1, 3, 4]),
      ([.greeting(said), .state(header)], [2, 4]),
      ([.greeting(said), .state(header), .rows(part)], [2, 4]), ([.greeting(said), .end], []),
    ]
    for (received, allowed) in phases {
      for (place, message) in messages.enumerated() {
        var side = Meeting(greeting: try greeting(ours))
        #expect(side.start().count == 1 && side.start().isEmpty)
        for earlier in received { _ = try side.receive(earlier) }
        if allowed.contains(place) {
          _ = try side.receive(message)
        } else {
          #expect(throws: ReplicationError.self) { _ = try side.receive(message) }
        }
      }
    }
    for message in messages {
      var silent = Meeting(greeting: try greeting(ours))
      #expect(throws: ReplicationError.self) { _ = try silent.receive(message) }
    }
  }
}
