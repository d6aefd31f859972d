import MerganserDatabase

/// Takes in the traces that a search finds, shrinks each, and keeps those that show something new: an
/// invariant broken by a transaction that did not break it before.
struct CounterexampleCollector {
  private struct Pair: Hashable {
    let invariant: String
    let transaction: String
  }

  private(set) var found: [Counterexample] = []
  /// The invariants that the search saw broken where databases kept them.
  private(set) var unrepeated: Set<String> = []
  private let workload: Workload
  private let replicas: Int
  private let schedule: Schedule
  private var pairs: Set<Pair> = []
  private var attempts: [Int]
  private let isWatched: [Bool]

  /// How many traces of one invariant are looked at.
  private static let patience = 48

  init(workload: Workload, replicas: Int, relays: Int, watching watched: Set<String>?) {
    self.workload = workload
    self.replicas = replicas
    isWatched = workload.invariants.map { watched?.contains($0.name) ?? true }
    let calls = workload.transactions.enumerated().flatMap { number, transaction in
      transaction.calls.indices.map { StateSpace.Call(transaction: number, call: $0) }
    }
    schedule = Schedule(workload: workload, replicas: replicas + relays, calls: calls)
    attempts = Array(repeating: 0, count: workload.invariants.count)
  }

  /// Whether every transaction was seen to break every invariant.
  var isComplete: Bool {
    pairs.count == isWatched.count(where: { $0 }) * workload.transactions.count
  }

  /// Whether a trace to a state that breaks these invariants might show something new.
  func wants(_ broken: UInt64) -> Bool {
    attempts.indices.contains { broken & (1 << UInt64($0)) != 0 && isWanted($0) }
  }

  private func isWanted(_ invariant: Int) -> Bool {
    let name = workload.invariants[invariant].name
    return isWatched[invariant] && attempts[invariant] < Self.patience
      && workload.transactions.contains {
        !pairs.contains(Pair(invariant: name, transaction: $0.name))
      }
  }

  mutating func collect(_ trace: StateSpaceTrace, broken: UInt64) throws {
    for place in attempts.indices where broken & (1 << UInt64(place)) != 0 && isWanted(place) {
      attempts[place] += 1
      let name = workload.invariants[place].name
      guard var trace = try repeated(trace, breaking: name) else {
        unrepeated.insert(name)
        continue
      }
      trace = try shortened(trace, breaking: name)
      var dropped = true
      while dropped {
        dropped = false
        for step in trace.steps.indices.reversed() {
          var shorter = trace
          shorter.steps.remove(at: step)
          if !shorter.steps.isEmpty,
            try schedule.violation(after: shorter, breaking: name) != nil
          {
            trace = shorter
            dropped = true
            break
          }
        }
      }
      // Clocks that go as the steps do, where that shows the same.
      let plain = trace.inOrderOfSteps
      if try schedule.violation(after: plain, breaking: name) != nil { trace = plain }
      guard let outcome = try schedule.outcome(of: trace, breaking: name) else { continue }
      let counterexample = make(
        trace, outcome: outcome, timings: try timings(of: trace, breaking: name))
      let new = counterexample.culprits.map { Pair(invariant: name, transaction: $0) }
      if new.contains(where: { !pairs.contains($0) }) || new.isEmpty {
        pairs.formUnion(new)
        found.append(counterexample)
      }
    }
  }

  /// A long trace without what can be left out of it many steps at a time.
  private func shortened(
    _ long: StateSpaceTrace, breaking name: String
  ) throws -> StateSpaceTrace {
    var trace = long
    var size = trace.steps.count / 2
    while size > 1 {
      var end = trace.steps.count
      while end > 0 {
        let first = max(end - size, 0)
        var shorter = trace
        shorter.steps.removeSubrange(first..<min(end, trace.steps.count))
        if !shorter.steps.isEmpty,
          try schedule.violation(after: shorter, breaking: name) != nil
        {
          trace = shorter
        }
        end = first
      }
      size /= 2
    }
    return trace
  }

  /// The trace with clocks by which databases show the same; `nil` if they do by none.
  private func repeated(
    _ trace: StateSpaceTrace, breaking name: String
  ) throws -> StateSpaceTrace? {
    for clocks in StateSpaceTrace.Clocks.allCases {
      var trace = trace
      trace.clocks = clocks
      if try schedule.violation(after: trace, breaking: name) != nil { return trace }
    }
    return nil
  }

  /// What clocks have to show: that all calls are in one millisecond, if they are, and of the calls, two by two, which
  /// one has to be later.
  private func timings(of trace: StateSpaceTrace, breaking name: String) throws -> [String] {
    let calls = trace.steps.indices.filter { trace.steps[$0].call != nil }
      .sorted { trace.steps[$0].time < trace.steps[$1].time }
    var timings = trace.clocks == .together ? ["all calls are in one millisecond"] : []
    for (earlier, later) in zip(calls, calls.dropFirst())
    where trace.steps[earlier].place != trace.steps[later].place {
      var other = trace
      other.steps[earlier].time = trace.steps[later].time
      other.steps[later].time = trace.steps[earlier].time
      if try schedule.violation(after: other, breaking: name) != nil { continue }
      timings.append("\(text(trace.steps[later])) is later than \(text(trace.steps[earlier]))")
    }
    return timings
  }

  private func text(_ step: StateSpaceTrace.Step) -> String {
    guard let call = step.call else { return "" }
    let called = schedule.calls[call]
    return "\(Workload.name(ofReplica: step.place))'s "
      + workload.transactions[called.transaction].text(ofCall: called.call)
  }

  private func make(
    _ trace: StateSpaceTrace, outcome: Schedule.Outcome, timings: [String]
  ) -> Counterexample {
    let steps = zip(trace.steps, outcome.rows).map { step, rows in
      switch step.move {
      case .merge(let source, let target):
        return Counterexample.Step(replica: target, event: .merge(from: source), rows: rows)
      case .call(let call, let place, _):
        let called = schedule.calls[call]
        let transaction = workload.transactions[called.transaction]
        return Counterexample.Step(
          replica: place,
          event: .call(transaction: transaction.name, text: transaction.text(ofCall: called.call)),
          rows: rows)
      }
    }
    return Counterexample(
      workload: workload, replicas: max(replicas, (steps.map(\.replica).max() ?? 0) + 1),
      start: outcome.start, steps: steps,
      violation: outcome.violation.named(in: workload), timings: timings, trace: trace,
      space: schedule.calls)
  }
}
