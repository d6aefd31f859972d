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
  let budget: Budget
  private let session: SearchSession
  /// How much work this search may do.
  let share: Int
  /// How many places a configuration has: of the replicas, and of those that hand on.
  private let placeCount: Int
  var space: StateSpace
  private let bits: UInt64
  private var visited = WordTable(capacity: 1 << 16)
  private var configurations: [UInt64] = []
  private var parents: [UInt32] = []
  private var moves: [Move] = []
  /// By configuration: the exchange of replicas that made it of what its move led to, and whether that wrote a time.
  private var exchanges: [UInt8] = []
  /// The configurations before whose move the one that hands on took in what the replica had that makes it.
  private var taking: Set<UInt32> = []
  var tried = 0
  private var truncation: String?
  var collector: CounterexampleCollector
  /// How many configurations had been visited when the first violation was found.
  private var refuted: Int?
  /// How many more are visited for others.
  private static let patience = 2000
  /// Where traces are walked again, without any exchange.
  private var plainSpace: StateSpace?

  init(
    _ workload: Workload, budget: Budget, session: SearchSession, symmetry: ReplicaSymmetry
  ) {
    self.budget = budget
    self.session = session
    share = session.share
    placeCount = budget.replicas + budget.relays
    space = StateSpace(
      workload, replicaCount: budget.replicas, relays: budget.relays, symmetry: symmetry)
    space.isRecording = budget.isReduced && budget.variesNames && symmetry.order == 1
    bits = placeCount <= 3 ? 21 : 16
    collector = CounterexampleCollector(
      workload: workload, replicas: budget.replicas, relays: budget.relays,
      watching: budget.watched)
  }

  mutating func search(_ progress: ((Progress) -> Bool)?) throws -> Exploration {
    defer { session.spend(work, wasShort: work >= share) }
    let (start, first) = try begin()
    var ending = Exploration.Ending.closed
    var depth = 0
    if space.states[start].broken != 0 {
      try collector.collect(StateSpaceTrace(moves: []), broken: space.states[start].broken)
      if !collector.found.isEmpty { ending = .refuted }
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
      if work >= share {
        truncation =
          truncation
          ?? "\(configurations.count) configurations, at the end of the work for all searches,"
        break search
      }
      if try expand(UInt32(next)) {
        ending = .refuted
        break search
      }
      next += 1
    }
    if let name = collector.unrepeated.min() {
      truncation = truncation ?? Self.text(unrepeated: name, after: configurations.count)
    }
    if ending == .closed, let truncation { ending = .bounded(truncation) }
    return try result(ending, depth: depth)
  }

  /// The state and the configuration before the replicas part.
  mutating func begin() throws -> (state: UInt32, configuration: SIMD4<UInt32>) {
    let start = try space.start()
    if space.states[start].isOverfull {
      let writes = max(space.states[start].vector.max(), 63)
      throw ExplorationError.tooMany(
        "writes before the replicas part", found: Int(writes), allowed: 0...62)
    }
    var first = SIMD4<UInt32>()
    for place in 0..<placeCount { first[place] = start }
    try space.forget(in: &first)
    _ = try space.canonicalize(&first, bits: bits)
    return (start, first)
  }

  /// Notes the work that was done.
  func spend() { session.spend(work, wasShort: false) }

  /// How much has been done.
  var work: Int { space.work + tried + 4 * configurations.count }

  mutating func forEachJoin(_ body: (WorkloadOrigin) -> Void) throws {
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
  ///
  /// What is handed on late is what a replica had before it made a move: what it still has, it gives itself. So the one
  /// that hands on takes in only what a replica has that makes a move next.
  private mutating func expand(_ number: UInt32) throws -> Bool {
    let configuration = unpack(configurations[Int(number)])
    let last = lastMove(of: number)
    for place in 0..<budget.replicas {
      if try move(at: place, in: configuration, from: number, after: last) { return true }
      for relay in budget.replicas..<placeCount {
        let old = configuration[relay]
        let merged = try space.merge(old, with: configuration[place])
        if merged == old { continue }
        tried += 1
        let broken = space.states.facts[Int(merged)].broken
        if broken != 0 {
          if try violate(broken, from: number, by: .merge(from: place, into: relay)) { return true }
          continue
        }
        var handed = configuration
        handed[relay] = merged
        try space.forget(in: &handed)
        // What all have seen need not be handed on.
        if handed[relay] != merged || !hasRoom(merged) { continue }
        handed = try space.normalizedImages(of: handed)[0]
        if try move(at: place, in: handed, from: number, after: nil, taking: true) { return true }
      }
    }
    return false
  }

  /// Makes every move at a replica; true if the search has what it wants.
  private mutating func move(
    at place: Int, in configuration: SIMD4<UInt32>, from number: UInt32, after last: Move?,
    taking: Bool = false
  ) throws -> Bool {
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
            by: .call(index, at: place, slot: slot), isTimed: step.isTimed, taking: taking)
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
          merged, at: place, in: configuration, from: number, by: move, isTimed: false,
          taking: taking)
      } else if try violate(broken, from: number, by: move, taking: taking) {
        return true
      }
    }
    return false
  }

  /// Whether there is room for a state.
  mutating func hasRoom(_ state: UInt32) -> Bool {
    if space.states.facts[Int(state)].isOverfull {
      truncation = truncation ?? "62 rows or 31 times"
      return false
    }
    if state >= 1 << bits {
      truncation = truncation ?? "\(1 << bits) states of a replica"
      return false
    }
    return true
  }

  private mutating func reach(
    _ state: UInt32, at place: Int, in configuration: SIMD4<UInt32>, from parent: UInt32,
    by move: Move, isTimed: Bool, taking: Bool
  ) throws {
    guard hasRoom(state) else { return }
    var next = configuration
    next[place] = state
    try space.forget(in: &next)
    let exchange = try space.canonicalize(&next, bits: bits)
    if visit(next, from: parent, by: move, exchange: exchange, isTimed: isTimed), taking {
      self.taking.insert(UInt32(configurations.count - 1))
    }
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
    guard budget.isReduced, number > 0, exchanges[Int(number)] & 1 == 0,
      !taking.contains(number)
    else { return nil }
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
    _ broken: UInt64, from parent: UInt32, by move: Move, taking isTaking: Bool = false
  ) throws -> Bool {
    if !collector.wants(broken) { return false }
    var path = [(move: move, exchange: 0)]
    if isTaking { path.append((.merge(from: move.place, into: budget.replicas), 0)) }
    var number = parent
    while number != 0 {
      let made = moves[Int(number)]
      path.append((made, Int(exchanges[Int(number)] >> 1)))
      if taking.contains(number) {
        path.append((.merge(from: made.place, into: budget.replicas), 0))
      }
      number = parents[Int(number)]
    }
    // In the places that the replicas had at the start.
    var (undone, made): (Int, [Move]) = (0, [])
    let symmetry = space.symmetry
    for (move, exchange) in path.reversed() {
      made.append(move.exchanged(by: symmetry.elements[undone]))
      undone = symmetry.products[undone][symmetry.inverses[exchange]]
    }
    try collect(made, broken: broken)
    if collector.found.isEmpty { return false }
    refuted = refuted ?? configurations.count
    return hasAllThatIsWanted
  }

  /// Takes in moves from the start to a violation, each at the place that it had then.
  mutating func collect(_ moves: [Move], broken: UInt64) throws {
    var plain =
      plainSpace
      ?? StateSpace(
        space.workload, replicaCount: budget.replicas, relays: budget.relays)
    plainSpace = nil
    let trace = try StateSpaceTrace(moves: moves, timedIn: &plain)
    plainSpace = plain
    try collector.collect(trace, broken: broken)
  }

  /// Whether enough violations were found.
  var hasAllThatIsWanted: Bool {
    !collector.found.isEmpty && (budget.stopsAtFirstViolation || collector.isComplete)
  }

  /// That the search was misled: by what it broke where databases, which have other times and numbers, did not.
  private static func text(unrepeated name: String, after configurations: Int) -> String {
    "\(configurations) configurations, in one of which \"\(name)\" broke as on no database, for what runs computes with "
      + "times or numbers of writes, or is no function of what it reads,"
  }

  func result(_ ending: Exploration.Ending, depth: Int) throws -> Exploration {
    var result = Exploration(
      workload: space.workload.name, replicas: budget.replicas, ending: ending,
      configurations: configurations.count, localStates: space.states.count, moves: tried,
      depth: depth)
    result.relays = budget.relays
    result.counterexamples = collector.found
    result.unrepeated = collector.unrepeated
    result.effects = space.effects
    result.touched = space.touched
    result.readTime = space.readTime
    result.strangers = space.strangers
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
