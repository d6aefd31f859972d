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
/// `Renaming`. So are those that differ in the names of replicas, where these are seen
/// to make no difference. Of two moves at different replicas that do not see each other, one order is
/// gone: what comes after a move is not tried if it comes earlier in a fixed order of moves, for it was
/// tried before that move, and led to the same (Godefroid, *Partial-Order Methods for the Verification
/// of Concurrent Systems*, 1996, chapter 5: sleep sets). The order of everything is fixed: the same
/// workload and budget give the same answer.
public struct Explorer {
  private let budget: Budget
  /// How many places a configuration has: of the replicas, and of those that hand on.
  private let placeCount: Int
  private var space: StateSpace
  private let bits: UInt64
  private var visited = WordTable(capacity: 1 << 16)
  private var configurations: [UInt64] = []
  private var parents: [UInt32] = []
  private var moves: [Move] = []
  /// By configuration: the exchange of replicas that made it of what its move led to.
  private var exchanges: [UInt8] = []
  private var tried = 0
  private var truncation: String?
  private var collector: CounterexampleCollector
  /// How many configurations had been visited when the first violation was found.
  private var refuted: Int?
  /// How many more are visited for others.
  private static let patience = 2000
  /// Where traces are walked again, without any exchange.
  private var plainSpace: StateSpace?

  /// Searches a workload within a budget.
  ///
  /// - Parameters:
  ///   - workload: what is searched.
  ///   - budget: how far.
  ///   - progress: is told now and then how far the search has come; it returns false to stop it.
  /// - Returns: what was found, and how the search ended.
  /// - Throws: what the start throws, or a condition; ``ExplorationError``, if there are more replicas,
  ///   invariants, calls, or rows at the start than a search tells apart.
  public static func explore(
    _ workload: Workload, within budget: Budget = Budget(),
    progress: ((Progress) -> Bool)? = nil
  ) throws -> Exploration {
    try budget.checkReplicas()
    guard workload.owners == nil, !workload.ownedValues.isEmpty else {
      return try exploreNamed(workload, within: budget, progress: progress)
    }
    let ways = workload.ownerships(among: budget.replicas)
    var found: Exploration?
    for owners in ways ?? [[:]] {
      var owned = workload
      owned.owners = owners
      var rest = budget
      rest.configurations = max(budget.configurations - (found?.configurations ?? 0), 1)
      let one = try exploreNamed(owned, within: rest, progress: progress)
      found = found?.joined(with: one) ?? one
      if one.ending == .cancelled || budget.stopsAtFirstViolation && one.ending == .refuted {
        break
      }
    }
    guard var found else {
      return try exploreNamed(workload, within: budget, progress: progress)
    }
    if ways == nil, found.ending == .closed {
      found.ending = .bounded("\(found.configurations) configurations and one way to own values")
    }
    return found
  }

  /// Searches a workload; where replicas are not exchanged, with the founder's name in each place among theirs.
  private static func exploreNamed(
    _ workload: Workload, within budget: Budget, progress: ((Progress) -> Bool)?
  ) throws -> Exploration {
    var found = try explore(workload, within: budget, progress: progress, visiting: nil)
    guard budget.isReduced, budget.variesNames, found.symmetries == 1 else { return found }
    for other in workload.otherNames(of: budget.replicas + budget.relays)
    where found.ending == .closed {
      found = found.joined(
        with: try explore(other, within: budget, progress: progress, visiting: nil))
    }
    return found
  }

  /// Searches a workload, and tells afterwards what the join of all replicas was in the configurations
  /// that were visited, each state once.
  static func explore(
    _ workload: Workload, within budget: Budget, progress: ((Progress) -> Bool)?,
    visiting: ((WorkloadOrigin) -> Void)?
  ) throws -> Exploration {
    try budget.checkReplicas()
    try ExplorationError.check("invariants", count: workload.invariants.count, in: 0...63)
    let calls = workload.transactions.reduce(0) { $0 + $1.calls.count }
    try ExplorationError.check("calls of transactions", count: calls, in: 0...65_536)
    guard budget.isReduced else {
      var explorer = Explorer(
        workload, budget: budget, symmetry: .none(of: budget.replicas + budget.relays))
      let found = try explorer.search(progress)
      if let visiting { try explorer.forEachJoin(visiting) }
      return found
    }
    let ladder = ReplicaSymmetry.ladder(of: budget.replicas, relays: budget.relays)
    for symmetry in ladder.dropLast() {
      do {
        var explorer = Explorer(workload, budget: budget, symmetry: symmetry)
        return try explorer.search(progress)
      } catch is StateOrbits.Difference {
        continue
      }
    }
    var explorer = Explorer(workload, budget: budget, symmetry: ladder[ladder.count - 1])
    return try explorer.search(progress)
  }

  private init(_ workload: Workload, budget: Budget, symmetry: ReplicaSymmetry) {
    self.budget = budget
    placeCount = budget.replicas + budget.relays
    space = StateSpace(
      workload, replicaCount: budget.replicas, relays: budget.relays, symmetry: symmetry)
    bits = placeCount <= 3 ? 21 : 16
    collector = CounterexampleCollector(
      workload: workload, replicas: budget.replicas, relays: budget.relays,
      watching: budget.watched)
  }

  private mutating func search(_ progress: ((Progress) -> Bool)?) throws -> Exploration {
    let start = try space.start()
    if space.states[start].isOverfull {
      let writes = max(space.states[start].vector.max(), 63)
      throw ExplorationError.tooMany(
        "writes before the replicas part", found: Int(writes), allowed: 0...62)
    }
    var first = SIMD4<UInt32>()
    for place in 0..<placeCount { first[place] = start }
    _ = try space.canonicalize(&first, bits: bits)
    var ending = Exploration.Ending.closed
    var depth = 0
    if space.states[start].broken != 0 {
      try collector.collect(StateSpaceTrace(moves: []), broken: space.states[start].broken)
      ending = .refuted
    } else {
      _ = visit(first, from: .max, by: .merge(from: 0, into: 0), exchange: 0)
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
      if let refuted, configurations.count >= refuted + Self.patience {
        ending = .refuted
        break search
      }
      if configurations.count >= budget.configurations {
        truncation = truncation ?? "\(configurations.count) configurations"
        break search
      }
      if space.states.bytes >= budget.bytes {
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

  private mutating func forEachJoin(_ body: (WorkloadOrigin) -> Void) throws {
    var seen: Set<UInt32> = []
    for packed in configurations {
      let join = try space.join(of: unpack(packed))
      guard seen.insert(join).inserted else { continue }
      body(
        WorkloadOrigin(
          state: space.states.databases[Int(join)], clock: space.states[join].clock))
    }
  }

  /// Makes every move from a configuration; true if the search has what it wants.
  private mutating func expand(_ number: UInt32) throws -> Bool {
    let configuration = unpack(configurations[Int(number)])
    let last = lastMove(of: number)
    for place in 0..<placeCount {
      let state = configuration[place]
      for index in space.calls.indices where space.mayRun[index][place] {
        guard let step = try space.step(index, at: place, on: state) else { continue }
        if !step.isTimed, isEarlier(.call(index, at: place, slot: 0), than: last) { continue }
        tried += 1
        let least = space.states.facts[Int(state)].clock / 2
        let latest = step.isTimed ? space.timeCount(configuration) : least
        var slot = least
        while slot <= latest {
          if let next = try space.step(index, at: place, on: state, slot: slot) {
            try reach(
              next, at: place, in: configuration, from: number,
              by: .call(index, at: place, slot: slot), isTimed: step.isTimed)
          }
          slot += 1
        }
      }
      for other in 0..<placeCount where configuration[other] != state {
        let move = Move.merge(from: other, into: place)
        if isEarlier(move, than: last) { continue }
        tried += 1
        let merged = try space.merge(state, with: configuration[other])
        if merged == state { continue }
        let broken = space.states.facts[Int(merged)].broken
        if broken == 0 {
          try reach(
            merged, at: place, in: configuration, from: number, by: move, isTimed: false)
        } else if try violate(broken, from: number, by: move) {
          return true
        }
      }
    }
    return false
  }

  private mutating func reach(
    _ state: UInt32, at place: Int, in configuration: SIMD4<UInt32>, from parent: UInt32,
    by move: Move, isTimed: Bool
  ) throws {
    if space.states.facts[Int(state)].isOverfull {
      truncation = truncation ?? "62 rows or 31 times"
      return
    }
    if state >= 1 << bits {
      truncation = truncation ?? "\(1 << bits) states of a replica"
      return
    }
    var next = configuration
    next[place] = state
    let exchange = try space.canonicalize(&next, bits: bits)
    _ = visit(next, from: parent, by: move, exchange: exchange, isTimed: isTimed)
  }

  private mutating func visit(
    _ next: SIMD4<UInt32>, from parent: UInt32, by move: Move, exchange: Int, isTimed: Bool = true
  ) -> Bool {
    let packed = space.word(of: next, bits: bits)
    let number = UInt32(configurations.count)
    guard visited.insert(packed, value: number) == WordTable.absent else { return false }
    configurations.append(packed)
    parents.append(parent)
    moves.append(move)
    exchanges.append(UInt8(exchange) << 1 | (isTimed ? 1 : 0))
    return true
  }

  /// The move that led to a configuration, in the places that its replicas have now; `nil` if it wrote
  /// a time, which every other call that does is put before or after.
  private func lastMove(of number: UInt32) -> Move? {
    guard budget.isReduced, number > 0, exchanges[Int(number)] & 1 == 0 else { return nil }
    let element = space.symmetry.elements[Int(exchanges[Int(number)] >> 1)]
    return moves[Int(number)].exchanged(by: element)
  }

  /// Whether a move could as well have been made before the last one, and comes before it in the order
  /// of moves.
  private func isEarlier(_ move: Move, than last: Move?) -> Bool {
    guard let last, move.isIndependent(of: last) else { return false }
    return rank(move) < rank(last)
  }

  /// The place of a move in an order that no exchange of replicas changes.
  private func rank(_ move: Move) -> Int {
    let isPlain = space.symmetry.order == 1
    switch move {
    case .call(let call, let place, _): return call * 4 + (isPlain ? place : 0)
    case .merge(let source, let target):
      return space.calls.count * 4 + (isPlain ? source * 4 + target : 0)
    }
  }

  private func unpack(_ packed: UInt64) -> SIMD4<UInt32> {
    var configuration = SIMD4<UInt32>()
    for place in 0..<placeCount {
      configuration[place] = UInt32(packed >> (UInt64(place) * bits) & ((1 << bits) - 1))
    }
    return configuration
  }

  private mutating func violate(
    _ broken: UInt64, from parent: UInt32, by move: Move
  ) throws -> Bool {
    refuted = refuted ?? configurations.count
    if !collector.wants(broken) { return false }
    var path = [(move: move, exchange: 0)]
    var number = parent
    while number != 0 {
      path.append((moves[Int(number)], Int(exchanges[Int(number)] >> 1)))
      number = parents[Int(number)]
    }
    // In the places that the replicas had at the start.
    var (undone, made): (Int, [Move]) = (0, [])
    let symmetry = space.symmetry
    for (move, exchange) in path.reversed() {
      made.append(move.exchanged(by: symmetry.elements[undone]))
      undone = symmetry.products[undone][symmetry.inverses[exchange]]
    }
    var plain =
      plainSpace
      ?? StateSpace(
        space.workload, replicaCount: budget.replicas, relays: budget.relays)
    plainSpace = nil
    let trace = try StateSpaceTrace(moves: made, timedIn: &plain)
    plainSpace = plain
    try collector.collect(trace, broken: broken)
    return budget.stopsAtFirstViolation || collector.isComplete
  }

  private func result(_ ending: Exploration.Ending, depth: Int) throws -> Exploration {
    var result = Exploration(
      workload: space.workload.name, replicas: budget.replicas, ending: ending,
      configurations: configurations.count, localStates: space.states.count, moves: tried,
      depth: depth)
    result.relays = budget.relays
    result.counterexamples = collector.found
    result.effects = space.effects
    result.touched = space.touched
    result.readTime = space.readTime
    result.hasRefusals = space.refusals.contains { $0 != nil }
    result.transactions = space.workload.transactions.map(\.name)
    result.symmetries = space.symmetry.order
    for transaction in space.workload.transactions where transaction.calls.isEmpty {
      result.neverCommitted.append(
        Exploration.Idle(
          call: transaction.name, transaction: transaction.name,
          reason: "it is declared over no arguments", isWholeTransaction: true))
    }
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

  /// The move where replicas have changed places.
  func exchanged(by permutation: [Int]) -> Move {
    switch self {
    case .call(let call, let place, let slot): .call(call, at: permutation[place], slot: slot)
    case .merge(let source, let target):
      .merge(from: permutation[source], into: permutation[target])
    }
  }

  /// Whether neither move writes to a replica that the other reads or writes.
  func isIndependent(of other: Move) -> Bool {
    switch (self, other) {
    case (.call(_, let one, _), .call(_, let two, _)): one != two
    case (.call(_, let place, _), .merge(let source, let target)),
      (.merge(let source, let target), .call(_, let place, _)):
      place != source && place != target
    case (.merge(let source, let target), .merge(let from, let into)):
      target != into && target != from && source != into
    }
  }
}
