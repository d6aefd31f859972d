import MerganserDatabase
import MerganserTypes

/// An exact search over the configurations of some replicas that run real transactions and merge.
///
/// A move is a call of a transaction at a replica, which commits if the invariants hold there, in each
/// place that its time can have in the order of times; or a merge of one replica's state into another's.
/// What is reached through states in which every invariant holds, and only that, is what I-confluence
/// is about (Bailis et al., *Coordination Avoidance in Database Systems*, VLDB 2015, section 4). The
/// search goes by the number of moves, so that the first violation has a shortest trace.
///
/// Configurations that differ in the numbers of dots and times alone are one; see
/// ``MerganserTypes/Renaming``. The order of everything is fixed: the same workload and budget give the
/// same answer.
public struct Explorer {
  private let budget: Budget
  private var space: StateSpace
  private let bits: UInt64
  private var visited = WordTable(capacity: 1 << 16)
  private var configurations: [UInt64] = []
  private var parents: [UInt32] = []
  private var moves: [Move] = []
  private var tried = 0
  private var truncation: String?
  private var collector: CounterexampleCollector

  /// Searches a workload within a budget.
  ///
  /// - Parameters:
  ///   - workload: what is searched.
  ///   - budget: how far.
  ///   - progress: is told now and then how far the search has come; it returns false to stop it.
  /// - Returns: what was found, and how the search ended.
  /// - Throws: what the start throws, or a condition.
  public static func explore(
    _ workload: Workload, within budget: Budget = Budget(),
    progress: ((Progress) -> Bool)? = nil
  ) throws -> Exploration {
    var explorer = Explorer(workload, budget)
    return try explorer.search(progress)
  }

  private init(_ workload: Workload, _ budget: Budget) {
    self.budget = budget
    space = StateSpace(workload, replicaCount: budget.replicas)
    bits = budget.replicas <= 3 ? 21 : 16
    collector = CounterexampleCollector(workload: workload, replicas: budget.replicas)
  }

  private mutating func search(_ progress: ((Progress) -> Bool)?) throws -> Exploration {
    let start = try space.start()
    var first = SIMD4<UInt32>()
    for place in 0..<budget.replicas { first[place] = start }
    try space.normalize(&first)
    var ending = Exploration.Ending.closed
    var depth = 0
    if space.states[start].broken != 0 {
      try collector.collect(StateSpaceTrace(moves: []), broken: space.states[start].broken)
      ending = .refuted
    } else {
      _ = visit(first, from: .max, by: .merge(from: 0, into: 0))
    }
    var next = 0
    var levelEnd = configurations.count
    search: while next < configurations.count {
      if next == levelEnd {
        depth += 1
        levelEnd = configurations.count
        if depth >= budget.depth {
          truncation = truncation ?? "\(budget.depth) moves"
          break
        }
      }
      if next % 1024 == 0 {
        let state = Progress(
          configurations: configurations.count, expanded: next, depth: depth)
        if Task.isCancelled || progress?(state) == false {
          ending = .cancelled
          break search
        }
      }
      if configurations.count >= budget.configurations {
        truncation = truncation ?? "\(configurations.count) configurations"
        break search
      }
      if try expand(UInt32(next)) {
        ending = .refuted
        break search
      }
      next += 1
    }
    if ending == .closed, let truncation { ending = .bounded(truncation) }
    return try result(ending, depth: depth)
  }

  /// Makes every move from a configuration; true if the search has what it wants.
  private mutating func expand(_ number: UInt32) throws -> Bool {
    let configuration = unpack(configurations[Int(number)])
    for place in 0..<budget.replicas {
      let state = configuration[place]
      for index in space.calls.indices where space.mayRun[index][place] {
        tried += 1
        guard let step = try space.step(index, at: place, on: state) else { continue }
        let least = space.states.facts[Int(state)].clock / 2
        let last = step.isTimed ? space.timeCount(configuration) : least
        var slot = least
        while slot <= last {
          if let next = try space.step(index, at: place, on: state, slot: slot) {
            try reach(
              next, at: place, in: configuration, from: number,
              by: .call(index, at: place, slot: slot))
          }
          slot += 1
        }
      }
      for other in 0..<budget.replicas where configuration[other] != state {
        tried += 1
        let merged = try space.merge(state, configuration[other])
        if merged == state { continue }
        let move = Move.merge(from: other, into: place)
        let broken = space.states.facts[Int(merged)].broken
        if broken == 0 {
          try reach(merged, at: place, in: configuration, from: number, by: move)
        } else if try violate(broken, from: number, by: move) {
          return true
        }
      }
    }
    return false
  }

  private mutating func reach(
    _ state: UInt32, at place: Int, in configuration: SIMD4<UInt32>, from parent: UInt32,
    by move: Move
  ) throws {
    if space.states.facts[Int(state)].isOverfull || state >= 1 << bits {
      truncation = truncation ?? "62 rows or times"
      return
    }
    var next = configuration
    next[place] = state
    try space.normalize(&next)
    _ = visit(next, from: parent, by: move)
  }

  private mutating func visit(_ next: SIMD4<UInt32>, from parent: UInt32, by move: Move) -> Bool {
    var packed: UInt64 = 0
    for place in 0..<budget.replicas {
      packed |= UInt64(next[place]) << (UInt64(place) * bits)
    }
    let number = UInt32(configurations.count)
    guard visited.insert(packed, number) == WordTable.absent else { return false }
    configurations.append(packed)
    parents.append(parent)
    moves.append(move)
    return true
  }

  private func unpack(_ packed: UInt64) -> SIMD4<UInt32> {
    var configuration = SIMD4<UInt32>()
    for place in 0..<budget.replicas {
      configuration[place] = UInt32(packed >> (UInt64(place) * bits) & ((1 << bits) - 1))
    }
    return configuration
  }

  private mutating func violate(
    _ broken: UInt64, from parent: UInt32, by move: Move
  ) throws -> Bool {
    if !collector.wants(broken) { return false }
    var path = [move]
    var number = parent
    while number != 0 {
      path.append(moves[Int(number)])
      number = parents[Int(number)]
    }
    let trace = try StateSpaceTrace(moves: path.reversed(), timedIn: &space)
    try collector.collect(trace, broken: broken)
    return budget.stopsAtFirstViolation || collector.isComplete
  }

  private func result(_ ending: Exploration.Ending, depth: Int) throws -> Exploration {
    var result = Exploration(
      workload: space.workload.name, replicas: budget.replicas, ending: ending,
      configurations: configurations.count, localStates: space.states.count, moves: tried,
      depth: depth)
    result.counterexamples = collector.found
    result.effects = space.effects
    for (index, call) in space.calls.enumerated() where space.commits[index] == 0 {
      let transaction = space.workload.transactions[call.transaction]
      let siblings = space.calls.indices.filter {
        space.calls[$0].transaction == call.transaction
      }
      result.neverCommitted.append(
        Exploration.Idle(
          call: transaction.text(ofCall: call.call), transaction: transaction.name,
          reason: space.refusals[index],
          isWholeTransaction: siblings.allSatisfy { space.commits[$0] == 0 }))
    }
    return result
  }
}

/// One move of a search.
enum Move: Hashable, Sendable {
  case call(Int, at: Int, slot: UInt64)
  case merge(from: Int, into: Int)
}
