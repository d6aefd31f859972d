// Long histories: where a search by the number of moves ends before it has come far, a violation that takes many is found by
// going on in one history at a time.
extension Explorer {
  /// Walks through histories that are drawn, the same in every run, and gives the violations that are met.
  ///
  /// Each replica goes on for long before it merges in some walks, and merges often in others; in the end all merge. What is
  /// met is tried on databases and shrunk, as all that a search finds. A walk proves nothing: of what it does not find
  /// nothing is said.
  ///
  /// - Returns: what was found; `nil` if that is nothing.
  /// - Throws: what a condition throws.
  static func walk(
    _ workload: Workload, within budget: Budget, in session: SearchSession
  ) throws -> Exploration? {
    guard workload.owners == nil, !workload.ownedValues.isEmpty else {
      return try walked(workload, within: budget, in: session)
    }
    var found: Exploration?
    for owners in (workload.ownerships(among: budget.replicas) ?? [[:]]).prefix(ownerships) {
      var owned = workload
      owned.owners = owners
      guard let one = try walked(owned, within: budget, in: session) else { continue }
      found = found?.joined(with: one) ?? one
      if budget.stopsAtFirstViolation { break }
    }
    return found
  }

  private static func walked(
    _ workload: Workload, within budget: Budget, in session: SearchSession
  ) throws -> Exploration? {
    var budget = budget
    budget.relays = 0
    var explorer = Explorer(
      workload, budget: budget, session: session, symmetry: .none(of: budget.replicas))
    return try explorer.walk()
  }

  /// In how many ways values are owned in walks.
  private static let ownerships = 8
  /// How many walks there are.
  private static let walks = 160
  /// How many moves a walk tries, and how many in the longest ones.
  private static let lengths = [12, 24, 48, 96]
  /// How much of the work that a search may do goes into walks.
  private static let part = 8

  private mutating func walk() throws -> Exploration? {
    defer { spend() }
    space.isRecording = false
    let (state, start) = try begin()
    if space.states[state].broken != 0 { return nil }
    for number in 0..<Self.walks {
      if Task.isCancelled { throw CancellationError() }
      if work >= share / Self.part || hasAllThatIsWanted { break }
      try walk(number, from: start)
    }
    return collector.found.isEmpty ? nil : try result(.refuted, depth: 0)
  }

  private mutating func walk(_ number: Int, from start: SIMD4<UInt32>) throws {
    var draws = Draws(seed: UInt64(number))
    var (configuration, moves) = (start, [Move]())
    let length = Self.lengths[number / 4 % Self.lengths.count]
    // One move in so many is a merge.
    let rarity = [2, 4, 8, 32][number % 4]
    let count = budget.replicas
    for _ in 0..<length {
      let place = draws.next(below: count)
      let move =
        draws.next(below: rarity) == 0
        ? Move.merge(from: (place + 1 + draws.next(below: count - 1)) % count, into: place)
        : try call(at: place, in: configuration, drawnBy: &draws)
      guard let move else { continue }
      if try !go(by: move, in: &configuration, after: &moves) { return }
    }
    for place in 0..<count {
      for other in 0..<count where other != place {
        let move = Move.merge(from: other, into: place)
        if try !go(by: move, in: &configuration, after: &moves) { return }
      }
    }
  }

  /// A call that is drawn, with the place of its time; `nil` if it does not commit.
  private mutating func call(
    at place: Int, in configuration: SIMD4<UInt32>, drawnBy draws: inout Draws
  ) throws -> Move? {
    if space.calls.isEmpty { return nil }
    let call = draws.next(below: space.calls.count)
    let state = configuration[place]
    guard space.mayRun[call][place], let step = try space.step(call, at: place, on: state)
    else { return nil }
    let least = space.states[state].clock / 2
    let latest = step.isTimed ? max(space.timeCount(configuration), least) : least
    let isLatest = draws.next(below: 4) > 0
    let slot = isLatest ? latest : least + UInt64(draws.next(below: Int(latest - least) + 1))
    return .call(call, at: place, slot: slot)
  }

  /// Makes a move; false if the walk ends with it.
  private mutating func go(
    by move: Move, in configuration: inout SIMD4<UInt32>, after moves: inout [Move]
  ) throws -> Bool {
    if moves.count >= budget.depth { return false }
    let place = move.place
    let state = configuration[place]
    tried += 1
    let next: UInt32?
    switch move {
    case .call(let call, _, let slot):
      next = try space.step(call, at: place, on: state, slot: slot)
    case .merge(let other, _): next = try space.merge(state, with: configuration[other])
    }
    guard let next, next != state else { return true }
    let broken = space.states[next].broken
    if broken != 0 {
      if collector.wants(broken) { try collect(moves + [move], broken: broken) }
      return false
    }
    if !hasRoom(next) { return false }
    configuration[place] = next
    moves.append(move)
    try space.normalize(&configuration)
    return true
  }
}

/// Numbers that are drawn from a seed (Steele et al., *Fast Splittable Pseudorandom Number Generators*, OOPSLA 2014).
private struct Draws {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

  mutating func next(below count: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
    return Int((bits ^ bits >> 31) % UInt64(max(count, 1)))
  }
}
