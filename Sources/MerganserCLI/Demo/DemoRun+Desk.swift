import Merganser

// What no branch decides alone.
extension DemoRun {
  /// Opens the desks while the line is up, and names all three of them as voters.
  mutating func openDesks() async throws {
    for place in Place.allCases {
      let desk = try await DeskBranch.open(
        place, in: directory, joining: desks.first?.replica.founder)
      if let first = desks.first { try await first.sync(with: desk) }
      try await desk.introduce()
      desks.append(desk)
    }
    let voters = Set(desks.map(\.replica.id))
    let ids = voters.sorted()
    try await syncDesks { desk in voters.allSatisfy { desk.replica.snapshot.vector[$0] > 0 } }
    try await desks[0].replica.changeVoters(to: voters, within: .seconds(10))
    try await syncDesks { desk in try await desk.replica.orderStatus().voters == ids }
    self.desk.voters = ids.count
  }

  /// Has every branch ask for something while it hears of nobody, and tells what it is told.
  mutating func askDesks() async throws {
    chapter("What no branch decides alone")
    tell(
      """
      A payment name is one customer's, and a room has one meeting at a time. \
      Rights to spend cannot keep that. So such requests run in one order, for which \
      \(desk.voters / 2 + 1) of \(desk.voters) branches have to vote. Apart, each branch stores what \
      it is asked for, and tells what would come of it:
      """)
    for (place, wish) in Self.wishes { try await desks[place.rawValue].ask(for: wish) }
    for branch in desks {
      let shown = try await branch.shown()
      desk.shown += shown
      for one in shown {
        tell(
          "\(branch.place.name.padded(to: 8))\(one.wish.text.padded(to: 34))"
            + "tentative: \(one.answer.tentativeText)", indent: 5)
      }
      let committed = branch.replica.snapshot
      guard try committed.count(branch.desk.names) + committed.count(branch.desk.meetings) == 0
      else { throw Failure("\(branch.place.name) shows as committed what nobody has voted on") }
    }
    history.note(requests: desk.shown.count)
    tell("\(try await standing()) None of it is committed anywhere.")
  }

  /// Has the desks meet, and tells what came of what they were asked.
  mutating func decideRequests() async throws {
    chapter("One order for all three")
    let all = desks
    let count = desk.shown.count
    try await syncDesks { branch in
      try branch.decided(among: all).count == count
        && branch.replica.snapshot.digest == all[0].replica.snapshot.digest
    }
    desk.decided = try desks[0].decided(among: desks)
    history.note(requests: desk.decided.count)
    tell("The branches meet and vote, and all three show the same outcomes:")
    for one in desk.decided {
      let line = "\(one.number)  \(one.place.name.padded(to: 8))\(one.wish.text.padded(to: 34))"
      if case .rejected(let reason) = one.answer {
        tell(line + "rejected:", indent: 5)
        for part in reason.wrapped(to: 58) { tell(part, indent: 16) }
      } else {
        tell(line + one.answer.text, indent: 5)
      }
    }
    try checkDesks()
    tell(
      """
      Each name has one customer, and no two meetings overlap. A booking's own transaction says \
      what to do if its hours are taken: take the next ones that are free.
      """)
  }

  /// What is asked for, in the order in which it is.
  private static let wishes: [(Place, DeskWish)] = [
    (.lisbon, .name("garden", holder: "Carla Nunes")),
    (.porto, .name("bakery", holder: "Bruno Alves")),
    (.faro, .meeting("training", room: "north", hour: 11)),
    (.faro, .name("bakery", holder: "Mário Dias")),
    (.porto, .meeting("audit", room: "north", hour: 10)),
  ]

  /// What the primary waits for.
  private func standing() async throws -> String {
    for branch in desks {
      guard case .waitsForVotes(let voters) = try await branch.replica.orderStatus().standing
      else { continue }
      let names = desks.filter { voters.contains($0.replica.id) }.map(\.place.name)
      return
        "\(branch.place.name), the primary, waits for votes of \(names.joined(separator: " or "))."
    }
    throw Failure("no branch waits for votes")
  }

  private func checkDesks() throws {
    for branch in desks {
      guard try branch.decided(among: desks) == desk.decided else {
        throw Failure("\(branch.place.name) shows other outcomes than the others")
      }
      if let violation = try branch.replica.snapshot.violations().first { throw violation }
    }
    let claimed = Set(desk.decided.compactMap { Self.name($0) })
    let given = desk.decided.filter { $0.answer == .granted }.compactMap { Self.name($0) }
    guard given.count == claimed.count, Set(given) == claimed else {
      throw Failure("a name has no customer, or several")
    }
  }

  private static func name(_ decided: DeskHistory.Decided) -> String? {
    if case .name(let name, _) = decided.wish { name } else { nil }
  }

  /// Has the desks meet until something holds of all of them: votes are rows, and travel with what is synced.
  private func syncDesks(
    until isReached: (DeskBranch) async throws -> Bool
  ) async throws {
    for _ in 0..<20 {
      for (first, second) in [(0, 1), (0, 2), (1, 2)] {
        try await desks[first].sync(with: desks[second])
      }
      var reached = 0
      for desk in desks {
        if try await isReached(desk) { reached += 1 }
      }
      if reached == desks.count { return }
    }
    throw Failure("the branches met 20 times, and have not come to the end of their votes")
  }
}
