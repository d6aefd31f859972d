/// What clients of one object saw: calls that overlap, each with what it was given and what it got.
///
/// It is *linearizable* if the calls can be put in one order, in which each that ended before another began comes before it,
/// and in which one object alone would have given the same answers (Herlihy and Wing, *Linearizability*, 1990). Objects
/// that share nothing are looked at one by one, since linearizability is local to each.
///
/// ```swift
/// var history = ConcurrentHistory<RegisterCall, Bool>()
/// let call = history.begin(.set(3), by: "lisbon", at: 1)
/// history.end(call, with: true, at: 4)
/// #expect(history.linearization(from: 0, apply: register, matches: ==) != nil)
/// ```
public struct ConcurrentHistory<Input: Sendable, Output: Sendable>: Sendable {
  /// A call, from when it began to when it ended.
  public struct Call: Sendable {
    /// What it was given.
    public let input: Input
    /// What it got; `nil` if that is not known: it may have happened, at any time from its beginning on, or not.
    public internal(set) var output: Output?
    /// Who made it.
    public let client: String
    /// When it began.
    public let begin: UInt64
    /// When it ended; `nil` if it has not.
    public internal(set) var end: UInt64?
  }

  /// The calls, in the order in which they were noted.
  public private(set) var calls: [Call] = []

  /// A history in which nothing has happened.
  public init() {}

  /// Notes that a call began.
  ///
  /// - Returns: its number.
  public mutating func begin(_ input: Input, by client: String, at time: UInt64) -> Int {
    calls.append(Call(input: input, output: nil, client: client, begin: time, end: nil))
    return calls.count - 1
  }

  /// Notes that a call ended.
  public mutating func end(_ call: Int, with output: Output, at time: UInt64) {
    guard calls.indices.contains(call) else { return }
    calls[call].output = output
    calls[call].end = max(time, calls[call].begin)
  }

  /// How many of the calls were under way at the same time as another.
  public var overlappingCount: Int {
    calls.indices.filter { place in
      let call = calls[place]
      return calls.indices.contains { other in
        other != place && calls[other].begin < call.end ?? .max
          && call.begin < calls[other].end ?? .max
      }
    }.count
  }
}

extension ConcurrentHistory {
  /// Whether one object alone could have given the answers, in an order that the calls allow.
  ///
  /// The search is that of Wing and Gong (*Testing and Verifying Concurrent Objects*, 1993), which goes back where a call does
  /// not fit, and comes to no state twice that it has seen after the same calls (Lowe, *Testing for Linearizability*, 2017).
  ///
  /// - Parameters:
  ///   - state: the object's first state.
  ///   - apply: the state after a call, and what the call gets there.
  ///   - matches: whether what a call got is what it would have got.
  /// - Returns: the order that was found, by the numbers of the calls; `nil` if there is none.
  /// - Complexity: exponential in the number of calls that overlap at worst.
  public func linearization<State: Hashable>(
    from state: State, apply: (State, Input) -> (state: State, output: Output),
    matches: (Output, Output) -> Bool
  ) -> [Int]? {
    var search = LinearizationSearch<State, Input, Output>(self)
    return search.run(from: state, apply: apply, matches: matches)
  }
}

extension ConcurrentHistory {
  /// Whether one order of the calls is one in which one object alone would have given the answers, and which the calls
  /// allow.
  ///
  /// - Parameters:
  ///   - order: the order, by the numbers of the calls.
  ///   - state: the object's first state.
  ///   - apply: the state after a call, and what the call gets there.
  ///   - matches: whether what a call got is what it would have got.
  /// - Returns: whether it is; one that leaves a call out which has ended is none.
  /// - Complexity: O(*n*).
  package func isLinearization<State>(
    _ order: [Int], from state: State, apply: (State, Input) -> (state: State, output: Output),
    matches: (Output, Output) -> Bool
  ) -> Bool {
    var state = state
    var missing = Set(calls.indices)
    // The latest that a call began which stands in the order already: what stands behind it did not end before.
    var latest = UInt64.min
    for number in order {
      guard missing.remove(number) != nil, calls[number].end ?? .max >= latest else { return false }
      latest = max(latest, calls[number].begin)
      let (next, output) = apply(state, calls[number].input)
      if let got = calls[number].output, !matches(got, output) { return false }
      state = next
    }
    return missing.allSatisfy { calls[$0].output == nil }
  }
}

/// What has been linearized, and the state that it led to.
private struct Reached<State: Hashable>: Hashable {
  let calls: [UInt64]
  let state: State
}

private struct LinearizationSearch<State: Hashable, Input: Sendable, Output: Sendable> {
  private struct Step {
    let call: Int
    let state: State
    /// Where to go on among the calls if this one does not lead to the end.
    let next: Int
  }

  private let calls: [ConcurrentHistory<Input, Output>.Call]
  /// The calls' numbers, by when they began.
  private let order: [Int]
  private var done: [UInt64]
  private var seen: Set<Reached<State>> = []

  init(_ history: ConcurrentHistory<Input, Output>) {
    let calls = history.calls
    self.calls = calls
    order = calls.indices.sorted { calls[$0].begin < calls[$1].begin }
    done = Array(repeating: 0, count: (calls.count + 63) / 64)
  }

  private func isDone(_ call: Int) -> Bool { done[call / 64] >> UInt64(call % 64) & 1 == 1 }

  mutating func run(
    from first: State, apply: (State, Input) -> (state: State, output: Output),
    matches: (Output, Output) -> Bool
  ) -> [Int]? {
    var state = first
    var steps: [Step] = []
    var place = 0
    while true {
      if calls.indices.allSatisfy({ isDone($0) || calls[$0].output == nil }) {
        return steps.map(\.call)
      }
      // What began only after another had ended, which is still to come, has to wait for it.
      let firstEnd =
        calls.indices.filter { !isDone($0) }.compactMap { calls[$0].end }.min() ?? .max
      var found: (call: Int, state: State)?
      while place < order.count, found == nil {
        let call = order[place]
        place += 1
        if isDone(call) { continue }
        guard calls[call].begin <= firstEnd else {
          place = order.count
          break
        }
        let (next, output) = apply(state, calls[call].input)
        if let got = calls[call].output, !matches(got, output) { continue }
        done[call / 64] |= 1 << UInt64(call % 64)
        if seen.insert(Reached(calls: done, state: next)).inserted {
          found = (call, next)
        } else {
          done[call / 64] &= ~(1 << UInt64(call % 64))
        }
      }
      if let found {
        steps.append(Step(call: found.call, state: state, next: place))
        state = found.state
        place = 0
        continue
      }
      guard let last = steps.popLast() else { return nil }
      done[last.call / 64] &= ~(1 << UInt64(last.call % 64))
      state = last.state
      place = last.next
    }
  }
}
