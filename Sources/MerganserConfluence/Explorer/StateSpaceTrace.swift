import MerganserTypes

/// The moves from the start to a violation, each call with its place in the order of all times.
struct StateSpaceTrace {
  /// One move; a call has the place of its time among the times of all calls.
  struct Step: Hashable, Sendable {
    let move: Move
    var time: Int

    /// The call that is made; `nil` of a merge.
    var call: Int? {
      if case .call(let call, _, _) = move { call } else { nil }
    }

    /// The place of the replica at which it is made.
    var place: Int { move.place }
  }

  var steps: [Step]
  /// What the clocks show while the steps are made.
  var clocks = Clocks.apart

  /// What the clocks of replicas show, beside the order of times.
  enum Clocks: Hashable, Sendable, CaseIterable {
    /// Each call is in a millisecond of its own.
    case apart
    /// All calls are in one millisecond.
    case together

    /// When the start is written.
    var start: HybridTime { wall(at: -999) }

    /// What the clock shows at a place in the order of times.
    func wall(at time: Int) -> HybridTime {
      let number = UInt64(max(1000 + time, 0))
      return self == .apart ? HybridTime(milliseconds: number) : HybridTime(bits: number)
    }
  }

  /// The trace of a start that is itself a violation.
  init(moves: [Move]) {
    steps = moves.map { Step(move: $0, time: 0) }
  }

  /// The same steps with times that go as they do.
  var inOrderOfSteps: StateSpaceTrace {
    var plain = self
    for number in steps.indices { plain.steps[number].time = number }
    return plain
  }

  /// Finds the order of times that the moves chose among the times in use at each of them.
  init(moves: [Move], timedIn space: inout StateSpace) throws {
    let start = try space.start()
    var configuration = SIMD4<UInt32>(repeating: start)
    // What calls wrote the times in use, in the order of these; −1 stands for the start.
    var used = Array(repeating: -1, count: space.states[start].times.nonzeroBitCount)
    var order: [Int] = used
    try space.forget(in: &configuration)
    try space.normalize(&configuration)
    for (number, move) in moves.enumerated() {
      switch move {
      case .merge(let source, let target):
        configuration[target] = try space.merge(configuration[target], with: configuration[source])
      case .call(let call, let place, let slot):
        let later = slot < used.count ? order.firstIndex(of: used[Int(slot)]) : nil
        order.insert(number, at: later ?? order.endIndex)
        let next = try space.step(call, at: place, on: configuration[place], slot: slot)
        configuration[place] = next ?? configuration[place]
      }
      try space.forget(in: &configuration)
      used = Self.used(
        after: move, number: number, used: used, in: space, configuration: configuration)
      try space.normalize(&configuration)
    }
    steps = moves.enumerated().map { number, move in
      Step(move: move, time: order.firstIndex(of: number) ?? 0)
    }
  }

  /// What calls wrote the times that are in use now.
  private static func used(
    after move: Move, number: Int, used: [Int], in space: StateSpace,
    configuration: SIMD4<UInt32>
  ) -> [Int] {
    var times = space.times(configuration)
    var now: [Int] = []
    while times != 0 {
      let time = times.trailingZeroBitCount
      times &= times - 1
      // The times before were 2, 4, …; a new one is odd.
      if time % 2 == 1 {
        now.append(number)
      } else if time / 2 - 1 < used.count {
        now.append(used[time / 2 - 1])
      }
    }
    return now
  }
}
