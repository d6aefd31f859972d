import MerganserDatabase
package import MerganserModel

/// What clients of an order saw of its registers: which calls they made, and what each was told, when.
///
/// A call begins before it is submitted, and ends when a client is told that it is decided, whoever that is and wherever it
/// asks. Of a call that nobody was ever told of it is not known whether it took effect: its client, or the replica that it
/// was submitted at, may have come to its end before. Time is the order in which all this is noted.
package struct RegisterHistory: Sendable {
  /// A call that was submitted under a request's id.
  package struct Call: Sendable {
    package let request: RequestID
    package let key: String
    package let input: RegisterCall
    package let client: String
    /// What is asked for, as a digest; two clients may ask for different things under one id.
    fileprivate let contents: RequestContents?
    fileprivate let begin: UInt64
    fileprivate var answer: Answer?
    /// What came of it where the order ran it.
    fileprivate var run: (place: OrderPlace, outcome: RequestOutcome)?
    /// How often it was submitted, and how often it is known that nothing came of that.
    fileprivate var submissions = 1
    fileprivate var failures = 0
    /// Whether the order has ended it without running it.
    fileprivate var isEnded = false

    /// Whether it may have taken effect.
    fileprivate var counts: Bool {
      !isEnded && (answer != nil || failures < submissions)
    }
  }

  /// What a client was told.
  fileprivate struct Answer: Sendable {
    let outcome: RequestOutcome
    let time: UInt64
    /// The request's place in the order; `nil` if the answer is none of the order.
    let place: OrderPlace?
  }

  /// The table of the registers.
  package let table: String
  /// The calls, in the order in which they began.
  package private(set) var calls: [Call] = []
  private var ofRequest: [RequestID: [Int]] = [:]
  private var time: UInt64 = 0

  /// A history in which nothing has happened.
  package init(of table: String) { self.table = table }

  private mutating func tick() -> UInt64 {
    time += 1
    return time
  }

  /// Takes notice that a client is about to submit a call, maybe once more.
  ///
  /// - Returns: the call's number.
  @discardableResult
  package mutating func begin(
    _ input: RegisterCall, of key: String, as request: RequestID, by client: String,
    asking contents: RequestContents? = nil
  ) -> Int {
    let known = ofRequest[request]?.first { calls[$0].contents == contents }
    if let known {
      calls[known].submissions += 1
      return known
    }
    calls.append(
      Call(
        request: request, key: key, input: input, client: client, contents: contents, begin: tick())
    )
    ofRequest[request, default: []].append(calls.count - 1)
    return calls.count - 1
  }

  /// Takes notice that nothing came of a submission, and never will.
  package mutating func fail(_ call: Int) { calls[call].failures += 1 }

  /// Takes notice of what a client was told of a call.
  package mutating func answer(
    _ call: Int, with outcome: RequestOutcome, at place: OrderPlace? = nil
  ) {
    guard calls[call].answer == nil, !calls[call].isEnded else { return }
    if outcome.isEnd {
      calls[call].isEnded = true
    } else {
      calls[call].answer = Answer(outcome: outcome, time: tick(), place: place)
    }
  }

  /// Takes notice that a request is seen to be decided.
  package mutating func answer(_ request: RequestID, with execution: RequestExecution) {
    for call in ofRequest[request] ?? [] {
      let isOther =
        execution.contents.map { ran in calls[call].contents.map { $0 != ran } ?? false } ?? false
      if isOther {
        // Something else ran under the id.
        calls[call].isEnded = true
      } else {
        let place = OrderPlace(execution.executor)
        answer(call, with: execution.outcome, at: place)
        if !calls[call].isEnded { calls[call].run = place.map { ($0, execution.outcome) } }
      }
    }
  }

  /// Takes notice that what became of a request is lost: what was told of it counts no more, and it may run anew.
  package mutating func reopen(_ request: RequestID) {
    for call in ofRequest[request] ?? [] {
      calls[call].answer = nil
      calls[call].run = nil
      calls[call].isEnded = false
    }
  }

  /// By place in the order: the call that ran there, and what came of it.
  var runs: [OrderPlace: (call: Call, outcome: RequestOutcome)] {
    var runs: [OrderPlace: (call: Call, outcome: RequestOutcome)] = [:]
    for call in calls { if let run = call.run { runs[run.place] = (call, run.outcome) } }
    return runs
  }

  /// Whether a request is one of these calls, and nobody was told of it.
  package func isOpen(_ request: RequestID) -> Bool {
    ofRequest[request]?.contains { calls[$0].answer == nil && !calls[$0].isEnded } ?? false
  }
}

extension RegisterHistory {
  /// What came of looking at the histories of all registers.
  package struct Verdict: Sendable {
    /// A register whose history is not linearizable, with that history; `nil` if all are.
    package internal(set) var broken: String?
    /// How many calls may have taken effect.
    package internal(set) var callCount = 0
    /// How many nobody was told of.
    package internal(set) var openCount = 0
    /// How many of the others were under way at the same time as another of these, of the same register.
    package internal(set) var overlappingCount = 0
  }

  /// Whether the history of each register is linearizable.
  ///
  /// The order in which requests were numbered is tried first, and is one unless something is wrong.
  package func verdict() -> Verdict {
    var verdict = Verdict()
    let counted = calls.filter(\.counts)
    for key in Set(counted.map(\.key)).sorted() {
      let calls = counted.filter { $0.key == key }
      verdict.callCount += calls.count
      verdict.openCount += calls.count { $0.answer == nil }
      verdict.overlappingCount +=
        Self.history(of: calls.filter { $0.answer != nil }).overlappingCount
      if verdict.broken == nil, !isLinearizable(Self.history(of: calls), of: calls, key: key) {
        verdict.broken = "\(key) of \(table):\n" + calls.map(Self.text).joined(separator: "\n")
      }
    }
    return verdict
  }

  private static func history(
    of calls: [Call]
  ) -> ConcurrentHistory<RegisterCall, RequestOutcome> {
    var history = ConcurrentHistory<RegisterCall, RequestOutcome>()
    for call in calls {
      let number = history.begin(call.input, by: call.client, at: call.begin)
      guard let answer = call.answer else { continue }
      history.end(number, with: answer.outcome, at: answer.time)
    }
    return history
  }

  private func isLinearizable(
    _ history: ConcurrentHistory<RegisterCall, RequestOutcome>, of calls: [Call], key: String
  ) -> Bool {
    func apply(_ value: String?, call: RegisterCall) -> (state: String?, output: RequestOutcome) {
      call.applied(to: value, of: table, under: key)
    }
    let placed = calls.indices.compactMap { number in
      calls[number].answer?.place.map { (place: $0, number: number) }
    }
    let order = placed.sorted { $0.place < $1.place }.map(\.number)
    return history.isLinearization(order, from: String?.none, apply: apply, matches: ==)
      || history.linearization(from: String?.none, apply: apply, matches: ==) != nil
  }

  private static func text(of call: Call) -> String {
    let name = "\(call.input) by \(call.client)"
    guard let answer = call.answer else { return "  from \(call.begin) on: \(name)" }
    let value = try? answer.outcome.result(as: String?.self).map { $0 ?? "nothing" }
    return "  \(call.begin) to \(answer.time): \(name): \(value ?? "\(answer.outcome)")"
      + (answer.place.map { ", as \($0)" } ?? "")
  }
}

extension RequestOutcome {
  /// Whether the order has ended the request without running it.
  private static let ends = [
    RequestEnd.cancelled.description, RequestEnd.forgotten.description, RequestEnd.overPrefix,
  ]

  fileprivate var isEnd: Bool {
    guard case .rejected(let reason) = self else { return false }
    return Self.ends.contains { reason.hasPrefix($0) }
  }
}
