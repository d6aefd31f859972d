import Merganser
import MerganserConfluence
import MerganserDatabase
import MerganserModel
import MerganserTypes
import TestSupport
import Testing

/// An order that voters choose: it goes on as long as a majority of them meets, and nothing that was chosen is lost.
@Suite struct VoterTests {
  private struct Journal: TransactionSchema {
    let lines = Table<Int, LWWRegister<String>>("lines")
    let notes = Table<Int, LWWRegister<String>>("notes")

    var invariants: [any Invariant] { Ordered("lines are in one order", on: lines, in: "lines") }

    var transactions: [AnyDeclaredTransaction] { append }

    /// Writes the next line, and answers with its number.
    var append: DeclaredTransaction<String> {
      DeclaredTransaction("append", over: ["a"]) { tx, text in
        var place = 1
        while try tx[lines, place].value != nil { place += 1 }
        try tx[lines, place].set(text)
        tx.answer(place)
      }
    }
  }

  private let journal = Journal()
  private let running: Running
  private let replicas: [Replica<Journal>]

  init() async throws {
    let running = Running(by: try Planning(Analysis(Workload(of: journal))).plan)
    let founder = try Replica(journal, running: running)
    var replicas = [founder]
    for number in 1..<3 {
      let joiner = try Replica(journal, joining: founder.id, running: running)
      try await founder.sync(with: joiner)
      try await joiner.write { try $0[Journal().notes, number].set("here") }
      replicas.append(joiner)
    }
    self.running = running
    self.replicas = replicas
    try await meet(replicas)
  }

  /// Has replicas meet each other, as often as anything comes of it.
  private func meet(_ replicas: [Replica<Journal>], rounds: Int = 6) async throws {
    for _ in 0..<rounds {
      for (place, one) in replicas.enumerated() {
        for other in replicas[(place + 1)...] {
          let report = try await one.sync(with: other)
          #expect(report.refused.isEmpty && report.setAside == 0, "\(report.refused)")
        }
      }
    }
  }

  private func vote() async throws {
    try await replicas[0].changeVoters(to: Set(replicas.map(\.id)), within: .seconds(60))
    try await meet(replicas)
  }

  /// A change of the voters moves the office where the primary is none of the next.
  @Test func whoHasTheOfficeIsTold() async throws {
    try await replicas[0].changeVoters(to: [replicas[1].id], within: .seconds(60))
    for rounds in [1, 6] {
      try await meet(replicas, rounds: rounds)
      for replica in replicas {
        let status = try await replica.orderStatus()
        #expect(status.primary == replicas[1].id)
        let isPrimary = replica.id == replicas[1].id
        #expect(status.standing == (isPrimary ? .primary : .follows(replicas[1].id)))
        if isPrimary { continue }
        await #expect(throws: OrderError.notPrimary(replica.id, primary: replicas[1].id)) {
          try await replica.changeVoters(to: [replicas[0].id], within: .zero)
        }
      }
    }
  }

  @Test func whatHasEndedDoesNotVote() async throws {
    try await vote()
    let ended = replicas[2].id
    try await replicas[0].succeed(ended)
    for call in [0, 1] {
      do {
        if call == 0 {
          try await replicas[0].changeVoters(to: Set(replicas.map(\.id)), within: .zero)
        } else {
          try await replicas[0].handOver(to: ended, within: .zero)
        }
        Issue.record("an ended replica was taken")
      } catch OrderError.invalidVoters(let reason) {
        #expect(reason.contains(ended.shortDescription))
      }
    }
  }

  /// Who waits for ever says so by a limit that no clock can show.
  @Test func limitsMayBeLongerThanClocksShow() async throws {
    for limit in [Duration.seconds(Int64.max), .seconds(1 << 62), .seconds(Int64.min)] {
      try await replicas[0].changeVoters(to: [replicas[0].id], within: limit)
      let receipt = try await replicas[0].submit(journal.append, "a")
      _ = try? await receipt.outcome(within: limit)
      let waiting = Task { [replica = replicas[1], journal] in
        try await replica.submit(journal.append, "b").outcome(within: limit)
      }
      waiting.cancel()
      _ = await waiting.result
    }
  }

  private func lines(_ replica: Replica<Journal>) throws -> [String] {
    try replica.snapshot.rows(journal.lines).map { $0.value.value ?? "" }
  }

  private func place(_ receipt: Receipt) throws -> Int? {
    guard case .decided(let execution) = try receipt.state else { return nil }
    return try execution.outcome.result(as: Int.self)
  }

  private func expectEqual() throws {
    for replica in replicas {
      #expect(try replica.snapshot.digest == replicas[0].snapshot.digest)
      #expect(try replica.snapshot.violations().isEmpty)
    }
  }

  @Test func aMajorityChooses() async throws {
    let before = try await replicas[1].submit(journal.append, "before")
    try await meet(replicas)
    #expect(try place(before) == 1)
    try await vote()
    for replica in replicas {
      let status = try await replica.orderStatus()
      #expect(status.voters == replicas.map(\.id).sorted() && status.primary == replicas[0].id)
    }
    // The primary alone decides nothing any more, and shows nothing that is not chosen.
    let alone = try await replicas[0].submit(journal.append, "alone")
    #expect(try alone.state == .accepted)
    #expect(try lines(replicas[0]) == ["before"])
    #expect(try await alone.tentative()?.isCommitted == true)
    guard case .waitsForVotes(let missing) = try await replicas[0].orderStatus().standing else {
      Issue.record("\(try await replicas[0].orderStatus())")
      return
    }
    #expect(Set(missing) == Set(replicas[1...].map(\.id)))
    // With one of the others it does.
    try await meet(Array(replicas[0...1]))
    #expect(try place(alone) == 2)
    let elsewhere = try await replicas[2].submit(journal.append, "elsewhere")
    try await meet(replicas)
    #expect(try place(elsewhere) == 3)
    #expect(try lines(replicas[1]) == ["before", "alone", "elsewhere"])
    try expectEqual()
    await #expect(throws: OrderError.votedOn("append")) {
      try await replicas[0].perform(journal.append, "performed")
    }
  }

  @Test func aVoterTakesOverAndNothingChosenIsLost() async throws {
    try await vote()
    let first = try await replicas[0].submit(journal.append, "first")
    // The second votes for it, and the primary hears of it; nobody else does before the primary is cut off.
    try await replicas[0].sync(with: replicas[1])
    try await replicas[0].sync(with: replicas[1])
    #expect(try place(first) == 1)
    let second = try await replicas[0].submit(journal.append, "second")
    let others = Array(replicas[1...])
    async let taken: Void = others[1].takeOver(within: .seconds(60))
    while try await others[1].orderStatus().standing != .primary {
      try await meet(others, rounds: 1)
    }
    try await meet(others)
    try await taken
    let third = try await others[0].submit(journal.append, "third")
    try await meet(others)
    #expect(try place(third) == 2)
    #expect(try lines(others[0]) == ["first", "third"])
    #expect(try place(second) == nil)
    // The old primary comes back: what it had proposed was not chosen, and runs now.
    try await meet(replicas)
    #expect(try place(second) == 3)
    #expect(try lines(replicas[0]) == ["first", "third", "second"])
    #expect(try await replicas[0].orderStatus().primary == others[1].id)
    try expectEqual()
    await #expect(throws: OrderError.self) {
      try await replicas[0].changeVoters(to: [replicas[0].id], within: .seconds(1))
    }
  }

  @Test func thePrimaryHandsItsOfficeOver() async throws {
    try await vote()
    async let handed: Void = replicas[0].handOver(to: replicas[2].id, within: .seconds(60))
    while try await replicas[2].orderStatus().standing != .primary {
      try await meet(replicas, rounds: 1)
    }
    try await meet(replicas)
    try await handed
    let receipt = try await replicas[0].submit(journal.append, "after")
    try await meet(replicas)
    #expect(try place(receipt) == 1)
    #expect(try await replicas[1].orderStatus().primary == replicas[2].id)
    // It goes back to one voter, another one than at first.
    async let changed: Void = replicas[2].changeVoters(to: [replicas[1].id], within: .seconds(60))
    while try await replicas[1].orderStatus().standing != .primary {
      try await meet(replicas, rounds: 1)
    }
    try await meet(replicas)
    try await changed
    let alone = try await replicas[1].submit(journal.append, "alone")
    #expect(try place(alone) == 2)
    try await meet(replicas)
    try expectEqual()
  }

  @Test func anOrderWithoutAMajorityIsEnded() async throws {
    let before = try await replicas[0].submit(journal.append, "before")
    await #expect(throws: OrderError.self) { try await replicas[1].endOrder() }
    try await vote()
    #expect(try place(before) == 1)
    // Two of the three are lost.
    let left = replicas[1]
    await #expect(throws: OrderError.self) { try await left.takeOver(within: .milliseconds(50)) }
    let open = try await left.submit(journal.append, "open")
    #expect(try place(open) == nil)
    try await left.endOrder()
    #expect(try await left.orderStatus().voters == [left.id])
    let outcome = try await open.outcome(within: .seconds(60))
    #expect(try outcome.result(as: Int.self) == 2)
    let joiner = try Replica(journal, joining: replicas[0].id, running: running)
    try await left.sync(with: joiner)
    #expect(try lines(joiner) == ["before", "open"])
    #expect(try joiner.snapshot.digest == left.snapshot.digest)
    let receipt = try await joiner.submit(journal.append, "joined")
    for _ in 0..<2 { try await left.sync(with: joiner) }
    #expect(try place(receipt) == 3)
  }

  @Test func onlyVotersTakeOver() async throws {
    let joiner = try Replica(journal, joining: replicas[0].id, running: running)
    try await replicas[0].sync(with: joiner)
    // The founder alone is the voter.
    await #expect(throws: OrderError.noVoter(replicas[1].id)) {
      try await replicas[1].takeOver(within: .seconds(1))
    }
    try await vote()
    try await replicas[0].sync(with: joiner)
    await #expect(throws: OrderError.noVoter(joiner.id)) {
      try await joiner.takeOver(within: .seconds(1))
    }
    await #expect(throws: OrderError.noVoter(joiner.id)) {
      try await replicas[0].handOver(to: joiner.id, within: .seconds(1))
    }
    for voters in [[], [ReplicaID.random()]] as [Set<ReplicaID>] {
      await #expect(throws: OrderError.self) {
        try await replicas[0].changeVoters(to: voters, within: .seconds(1))
      }
    }
    await #expect(throws: OrderError.self) {
      try await replicas[1].changeVoters(to: [replicas[1].id], within: .seconds(1))
    }
  }
}
