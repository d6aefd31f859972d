import MerganserSimulation
import Testing

/// The checker of histories, beside one that tries every order.
@Suite struct ConcurrentHistoryTests {
  private enum Register: Sendable {
    case read
    case write(Int)
    /// Writes the second where the first stands.
    case change(Int, to: Int)
  }

  private typealias History = ConcurrentHistory<Register, Int>

  /// What a register answers: its value to a read, and 1 or 0 as a change succeeded or not.
  private func apply(_ value: Int, call: Register) -> (state: Int, output: Int) {
    switch call {
    case .read: (value, value)
    case .write(let new): (new, 0)
    case .change(let expected, let new): value == expected ? (new, 1) : (value, 0)
    }
  }

  private func isLinearizable(_ history: History) -> Bool {
    history.linearization(from: 0, apply: apply, matches: ==) != nil
  }

  private func history(_ calls: [(Register, output: Int?, begin: UInt64, end: UInt64?)]) -> History
  {
    var history = History()
    for (call, output, begin, end) in calls {
      let number = history.begin(call, by: "a", at: begin)
      if let output, let end { history.end(number, with: output, at: end) }
    }
    return history
  }

  @Test func aReadSeesWhatEndedBeforeIt() {
    #expect(isLinearizable(history([(.write(1), 0, 1, 2), (.read, 1, 3, 4)])))
    // A stale read.
    #expect(!isLinearizable(history([(.write(1), 0, 1, 2), (.read, 0, 3, 4)])))
    // One that overlaps the write may see either.
    #expect(isLinearizable(history([(.write(1), 0, 1, 5), (.read, 0, 3, 4)])))
    #expect(isLinearizable(history([(.write(1), 0, 1, 5), (.read, 1, 3, 4)])))
  }

  @Test func twoChangesOfOneValueDoNotBothSucceed() {
    #expect(
      !isLinearizable(history([(.change(0, to: 1), 1, 1, 5), (.change(0, to: 2), 1, 2, 6)])))
    #expect(
      isLinearizable(history([(.change(0, to: 1), 1, 1, 5), (.change(0, to: 2), 0, 2, 6)])))
    // A new value is not followed by an old one.
    let back = history([(.write(1), 0, 1, 9), (.read, 1, 2, 3), (.read, 0, 4, 5)])
    #expect(!isLinearizable(back))
  }

  /// What is not known to have happened may have, or not, at any time from its beginning on.
  @Test func whatIsOpenMayHaveHappened() {
    #expect(isLinearizable(history([(.write(1), nil, 1, nil), (.read, 1, 5, 6)])))
    #expect(isLinearizable(history([(.write(1), nil, 1, nil), (.read, 0, 5, 6)])))
    #expect(!isLinearizable(history([(.read, 1, 1, 2), (.write(1), nil, 3, nil)])))
  }

  /// Of 2,000 random histories the checker says what trying every order says.
  @Test func itAgreesWithTryingEveryOrder() {
    var random = SystemRandomNumberGenerator()
    var counts = [true: 0, false: 0]
    var guesses = 0
    for _ in 0..<2000 {
      let calls = (0..<Int.random(in: 1...5, using: &random)).map { _ in
        let begin = UInt64.random(in: 1...8, using: &random)
        let isOpen = Int.random(in: 0..<6, using: &random) == 0
        let call: Register =
          switch Int.random(in: 0..<3, using: &random) {
          case 0: .read
          case 1: .write(Int.random(in: 0...2, using: &random))
          default:
            .change(
              Int.random(in: 0...2, using: &random), to: Int.random(in: 0...2, using: &random))
          }
        return (
          call, isOpen ? nil : Int.random(in: 0...1, using: &random), begin,
          isOpen ? nil : begin + UInt64.random(in: 0...4, using: &random)
        )
      }
      let history = history(calls)
      let expected = isInSomeOrder(history.calls, value: 0)
      counts[expected, default: 0] += 1
      let order = history.linearization(from: 0, apply: apply, matches: ==)
      #expect((order != nil) == expected, "\(history.calls)")
      if let order {
        #expect(history.isLinearization(order, from: 0, apply: apply, matches: ==))
      }
      // Any other order is one only if there is one.
      let other = history.calls.indices.shuffled(using: &random)
      if history.isLinearization(other, from: 0, apply: apply, matches: ==) {
        #expect(expected)
        guesses += 1
      }
    }
    #expect(counts.values.allSatisfy { $0 > 100 } && guesses > 100, "\(counts), \(guesses)")
  }

  private func isInSomeOrder(_ calls: [History.Call], value: Int) -> Bool {
    if calls.allSatisfy({ $0.output == nil }) { return true }
    let firstEnd = calls.compactMap(\.end).min() ?? .max
    return calls.indices.contains { place in
      let call = calls[place]
      guard call.begin <= firstEnd else { return false }
      let (next, output) = apply(value, call: call.input)
      guard call.output.map({ $0 == output }) ?? true else { return false }
      return isInSomeOrder(
        calls.enumerated().filter { $0.offset != place }.map(\.element), value: next)
    }
  }

  /// Many calls at once, and a history that is long: no order is tried twice from one state.
  @Test func manyCallsAtOnceAreDecided() {
    var long = History()
    var value = 0
    for round in 0..<80 {
      let numbers = (0..<6).map { client in
        long.begin(.change(value, to: value + 1 + client), by: "\(client)", at: UInt64(round * 10))
      }
      for client in numbers.indices {
        long.end(numbers[client], with: client == 3 ? 1 : 0, at: UInt64(round * 10 + 9))
      }
      value += 4
    }
    #expect(isLinearizable(long))
    #expect(long.overlappingCount == long.calls.count)
    long.end(long.begin(.read, by: "0", at: 3000), with: value - 4, at: 3001)
    #expect(!isLinearizable(long))
  }
}
