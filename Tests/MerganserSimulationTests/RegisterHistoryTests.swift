import MerganserModel
import MerganserTypes
import Testing

@testable import MerganserSimulation

/// What clients saw of registers, and what replicas showed of their order.
@Suite struct RegisterHistoryTests {
  private var history = RegisterHistory(of: "names")

  /// Notes a call, and returns its number.
  private mutating func begin(_ call: RegisterCall, as request: UInt64, key: String = "ann") -> Int
  {
    history.begin(call, of: key, as: RequestID(request), by: "a")
  }

  private func execution(
    _ outcome: RequestOutcome, number: UInt64, asking contents: RequestContents? = nil
  ) -> RequestExecution {
    RequestExecution(
      time: HybridTime(milliseconds: number),
      executor: .group("order", epoch: 1, number: number), contents: contents, outcome: outcome)
  }

  private var isSound: Bool { history.verdict().broken == nil }

  @Test mutating func aStaleReadIsFound() {
    history.answer(begin(.claim("1"), as: 1), with: .committed())
    let read = begin(.read, as: 2)
    #expect(isSound)
    history.answer(read, with: .read(nil))
    #expect(history.verdict().broken?.contains("read by a: nothing") == true)
  }

  @Test mutating func aReadMayOverlapAClaim() {
    let (claim, read) = (begin(.claim("1"), as: 1), begin(.read, as: 2))
    history.answer(read, with: .read("1"))
    #expect(isSound)
    #expect(history.verdict().openCount == 1 && history.verdict().overlappingCount == 0)
    history.answer(claim, with: .committed())
    #expect(isSound)
    #expect(history.verdict().overlappingCount == 2 && history.verdict().callCount == 2)
    // What was told stays told.
    history.answer(read, with: .read(nil))
    #expect(isSound)
  }

  @Test mutating func twoClaimsDoNotBothSucceed() {
    for holder in 1...2 { _ = begin(.claim("\(holder)"), as: UInt64(holder)) }
    history.answer(0, with: .committed())
    history.answer(1, with: .committed())
    #expect(!isSound)
    // One of another register does.
    history = RegisterHistory(of: "names")
    history.answer(begin(.claim("1"), as: 1), with: .committed())
    history.answer(begin(.claim("2"), as: 2, key: "bo"), with: .committed())
    #expect(isSound)
  }

  /// Who is turned away is told whom it found.
  @Test mutating func aRejectionTellsWhatItFound() {
    history.answer(begin(.claim("1"), as: 1), with: .committed())
    let late = begin(.claim("2"), as: 2)
    let other = begin(.claim("2"), as: 3)
    func rejection(_ holder: String) -> RequestOutcome {
      .rejected(reason: "\(ClaimError.taken(table: "names", key: "ann", holder: holder))")
    }
    history.answer(late, with: rejection("1"))
    #expect(isSound)
    history.answer(other, with: rejection("3"))
    #expect(!isSound)
  }

  /// A request that was cancelled, failed or expired had no effect, and one with other contents under its id had it.
  @Test mutating func whatDidNotRunDoesNotCount() {
    let cancelled = begin(.claim("1"), as: 1)
    history.answer(cancelled, with: .rejected(reason: "it was cancelled before its turn came"))
    let failed = begin(.claim("1"), as: 2)
    history.fail(failed)
    #expect(history.verdict().callCount == 0)
    // One that is submitted once more counts.
    _ = begin(.claim("1"), as: 2)
    #expect(history.verdict().callCount == 1)
    let contents = [RequestContents(bytes: [1]), RequestContents(bytes: [2])]
    for (place, holder) in ["2", "3"].enumerated() {
      history.begin(
        .claim(holder), of: "bo", as: 3, by: "a", asking: contents[place])
    }
    history.answer(3, with: execution(.committed(), number: 1, asking: contents[1]))
    let read = begin(.read, as: 4, key: "bo")
    history.answer(read, with: .read("3"))
    #expect(isSound && history.verdict().callCount == 3)
    #expect(history.runs.values.map(\.call.input) == [.claim("3")])
  }

  /// What was lost with the only disks that had it may have happened or not, and happen anew.
  @Test mutating func whatIsLostIsOpen() {
    let claim = begin(.claim("1"), as: 1)
    history.answer(1, with: execution(.committed(), number: 1))
    history.answer(begin(.read, as: 2), with: .read(nil))
    #expect(!isSound)
    history.reopen(1)
    #expect(isSound && history.runs.isEmpty)
    history.answer(claim, with: .committed())
    #expect(isSound)
  }

  // MARK: Views

  private static func run(_ place: OrderPlace) -> OrderViews.Run {
    switch place.number {
    case 1: .call(.claim("1"), key: "ann", outcome: .committed())
    case 2: .other
    case 3: .call(.release("1"), key: "ann", outcome: .committed())
    default: .unknown
    }
  }

  @Test func viewsAreBeginningsOfOneOrder() throws {
    var views = OrderViews()
    try views.note([(0, 2), (3, 1)], at: 0) { [] }
    try views.note([(0, 1)], at: 1) { [] }
    try views.note([(0, 2), (3, 5), (4, 1)], at: 2) { [] }
    // An epoch that went on beside the next one, one that was left out, and one that is not over.
    for lengths in [[(0, 3)], [(3, 1)], [(0, 1), (3, 1)], [(0, 2), (3, 4), (4, 1)]]
      as [OrderViews.Lengths]
    {
      #expect(throws: Violation.self) {
        var views = views
        try views.note(lengths, at: 3) { [] }
      }
    }
    // A site goes back only with another store.
    #expect(throws: Violation.self) { try views.note([(0, 2)], at: 0) { [] } }
    views.forget(0)
    try views.note([(0, 2)], at: 0) { [] }
  }

  @Test func viewsHaveWhatTheRequestsComeTo() throws {
    var views = OrderViews()
    try views.note([(0, 1)], at: 0) { ["1"] }
    #expect(throws: Violation.self) {
      var views = views
      try views.note([(0, 1)], at: 1) { [nil] }
    }
    try views.note([(0, 4)], at: 1) { ["2"] }
    // What is not known ends it.
    #expect(try views.checkValues(in: "names", of: ["ann"], run: Self.run) == 1)
    try views.note([(0, 3)], at: 0) { ["1"] }
    #expect(throws: Violation.self) {
      try views.checkValues(in: "names", of: ["ann"], run: Self.run)
    }
    #expect(throws: Violation.self) {
      try views.checkValues(in: "names", of: ["ann"]) { _ in
        .call(.release("1"), key: "ann", outcome: .committed())
      }
    }
  }
}
