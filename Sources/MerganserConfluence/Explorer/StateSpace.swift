import MerganserDatabase
import MerganserModel
import MerganserTypes

/// What transactions and merges make of the states of replicas; each question is answered once.
///
/// This is where the users' closures run: by the same code that commits them in a database.
struct StateSpace {
  /// One call of one transaction.
  struct Call {
    let transaction: Int
    let call: Int
  }

  /// What a call makes of a state.
  struct Step {
    /// The state after it.
    let next: UInt32
    /// Whether it wrote a time, so that the order of times is a choice.
    let isTimed: Bool
  }

  let workload: Workload
  /// What transactions may write, by replica.
  private let clearances: [Clearance]
  let replicas: [ReplicaID]
  let calls: [Call]
  /// By call and replica: whether the one may run at the other.
  let mayRun: [[Bool]]
  private(set) var states: LocalStates
  /// How often each call committed on a state, when first tried.
  private(set) var commits: [Int]
  /// Why each call did not commit, at its first refusal.
  private(set) var refusals: [String?]
  /// What each transaction was seen to write.
  private(set) var effects: [Set<Effect>]
  /// The owners of what calls were refused to take that are none of the replicas.
  private(set) var strangers: Set<ReplicaID> = []
  /// How often a transaction was run.
  private var runs = 0
  private var steps: [UInt32] = []
  private var laterSteps: [UInt64: UInt32] = [:]
  private var merges = WordTable()
  private var renamed: [RenamedState: UInt32] = [:]
  /// How many of the last places run nothing and hand on what they have seen.
  let relays: Int
  /// The state in which nothing has been seen.
  private(set) var bottom: UInt32 = 0
  /// The exchanges of replicas that are looked through.
  let symmetry: ReplicaSymmetry
  private(set) var orbits: StateOrbits
  /// By transaction: the tables that it was seen to ask for or write to.
  private(set) var touched: [Set<Int>]
  /// By transaction: whether it was seen to read its time.
  private(set) var readTime: [Bool]

  /// Whether what is made of states is noted.
  var isRecording = false
  /// What was made of states, each once, in the order in which it was.
  private(set) var record: [Operation] = []

  /// What was made of states.
  enum Operation {
    case start(UInt32)
    case bottom(UInt32)
    case step(call: Int, place: Int, state: UInt32, slot: UInt64, next: UInt32?, isTimed: Bool)
    case merge(UInt32, with: UInt32, into: UInt32)
    case rename(UInt32, dots: SIMD4<UInt64>, times: UInt64, into: UInt32)
  }

  private struct RenamedState: Hashable {
    let state: UInt32
    let dots: SIMD4<UInt64>
    let times: UInt64
  }

  private static let unknown = UInt32.max
  private static let refused = UInt32.max - 1
  private static let timed: UInt32 = 1 << 30

  init(
    _ workload: Workload, replicaCount: Int, relays: Int = 0, symmetry: ReplicaSymmetry? = nil
  ) {
    let symmetry = symmetry ?? .none(of: replicaCount + relays)
    self.workload = workload
    clearances = (0..<replicaCount + relays).map { workload.clearance(at: $0) }
    self.relays = relays
    self.symmetry = symmetry
    orbits = StateOrbits(symmetry)
    replicas = Array(workload.names.prefix(replicaCount + relays))
    states = LocalStates(workload: workload, replicas: replicas)
    calls = workload.transactions.enumerated().flatMap { number, transaction in
      transaction.calls.indices.map { Call(transaction: number, call: $0) }
    }
    let places = workload.places(among: replicaCount)
    let relays = Array(repeating: false, count: relays)
    mayRun = calls.map { places[$0.transaction][$0.call] + relays }
    commits = Array(repeating: 0, count: calls.count)
    refusals = Array(repeating: nil, count: calls.count)
    effects = Array(repeating: [], count: workload.transactions.count)
    touched = Array(repeating: [], count: workload.transactions.count)
    readTime = Array(repeating: false, count: workload.transactions.count)
  }

  /// How much work was done on states, as ``SearchSession`` counts it.
  var work: Int { states.bytes + runs * Self.workOfRun }

  private static let workOfRun = 100

  /// The state before the replicas part.
  mutating func start() throws -> UInt32 {
    let origin: WorkloadOrigin
    if let given = workload.origin {
      origin = given
    } else {
      let start = try SearchedStart(workload.catalog, start: workload.start)
      origin = WorkloadOrigin(state: start.state, clock: SearchedStart.time.bits)
    }
    states.keep(namesIn: origin.state)
    let number = try number(of: origin)
    note(.start(number))
    // It is the start at every place.
    try relate(Array(repeating: number, count: symmetry.order))
    if relays > 0 {
      bottom = try self.number(of: .initial(workload.catalog), clock: 0)
      note(.bottom(bottom))
      if bottom != number { try relate(Array(repeating: bottom, count: symmetry.order)) }
    }
    return number
  }

  /// What a call makes of a state at a replica, in the earliest place of the order of times; `nil` if
  /// it does not commit there.
  mutating func step(_ call: Int, at place: Int, on state: UInt32) throws -> Step? {
    let index = (Int(state) * replicas.count + place) * calls.count + call
    if index >= steps.count {
      let rows = max(steps.count * 2, index + 1, 1 << 12)
      steps += repeatElement(Self.unknown, count: rows - steps.count)
    }
    if steps[index] == Self.unknown {
      let least = states.facts[Int(state)].clock / 2
      for found in try exchanging(call, at: place, on: state, slot: least) {
        let index = (Int(found.state) * replicas.count + found.place) * calls.count + call
        if index >= steps.count {
          steps += repeatElement(Self.unknown, count: index + 1 - steps.count)
        }
        steps[index] = found.next.map { found.isTimed ? $0 | Self.timed : $0 } ?? Self.refused
      }
    }
    let found = steps[index]
    if found == Self.refused { return nil }
    return Step(next: found & ~Self.timed, isTimed: found & Self.timed != 0)
  }

  /// What a timed call makes of a state in a later place of the order of times: after `slot` of those
  /// that are in use.
  mutating func step(_ call: Int, at place: Int, on state: UInt32, slot: UInt64) throws -> UInt32? {
    if slot == states[state].clock / 2 { return try step(call, at: place, on: state)?.next }
    let key = Self.key(call, place: place, state: state, slot: slot)
    if let known = laterSteps[key] { return known == Self.refused ? nil : known }
    for found in try exchanging(call, at: place, on: state, slot: slot) {
      laterSteps[Self.key(call, place: found.place, state: found.state, slot: slot)] =
        found.next ?? Self.refused
    }
    return laterSteps[key].flatMap { $0 == Self.refused ? nil : $0 }
  }

  private static func key(_ call: Int, place: Int, state: UInt32, slot: UInt64) -> UInt64 {
    UInt64(state) << 24 | UInt64(place) << 22 | UInt64(call & 0xFFFF) << 6 | slot & 0x3F
  }

  private mutating func note(_ operation: Operation) {
    if isRecording { record.append(operation) }
  }

  private struct Outcome {
    let place: Int
    let state: UInt32
    let next: UInt32?
    let isTimed: Bool
  }

  /// What a call makes of a state, and of its images at the exchanged places, which must be the same.
  private mutating func exchanging(
    _ call: Int, at place: Int, on state: UInt32, slot: UInt64
  ) throws -> [Outcome] {
    var outcomes: [Outcome] = []
    for element in 0..<symmetry.order {
      let image = try orbits.image(of: state, by: element)
      let there = symmetry.elements[element][place]
      guard mayRun[call][place] == mayRun[call][there] else { throw StateOrbits.Difference() }
      let (next, isTimed) = try run(call, at: there, on: image, slot: slot)
      note(
        .step(call: call, place: there, state: image, slot: slot, next: next, isTimed: isTimed))
      outcomes.append(Outcome(place: there, state: image, next: next, isTimed: isTimed))
      guard (next == nil) == (outcomes[0].next == nil), isTimed == outcomes[0].isTimed else {
        throw StateOrbits.Difference()
      }
    }
    if outcomes[0].next != nil { try relate(outcomes.compactMap(\.next)) }
    return outcomes
  }

  /// Notes that states are one state's images by the exchanges of replicas.
  mutating func relate(_ orbit: [UInt32]) throws {
    if symmetry.order == 1 { return }
    let broken = states.facts[Int(orbit[0])].broken
    guard orbit.allSatisfy({ states.facts[Int($0)].broken == broken }) else {
      throw StateOrbits.Difference()
    }
    try orbits.relate(orbit)
  }

  mutating func run(
    _ number: Int, at place: Int, on state: UInt32, slot: UInt64
  ) throws -> (next: UInt32?, isTimed: Bool) {
    runs += 1
    let local = states[state]
    let transaction = workload.transactions[calls[number].transaction]
    let call = transaction.calls[calls[number].call]
    let time = 2 * slot + 1
    let next: DatabaseState?
    var observed = ObservedTransaction()
    defer {
      touched[calls[number].transaction].formUnion(observed.tables)
      if observed.readsTime { readTime[calls[number].transaction] = true }
    }
    do {
      next = try states.databases[Int(state)].transacting(
        as: replicas[place], founder: replicas[0], catalog: workload.catalog,
        clearance: clearances[place], time: HybridTime(bits: time),
        observing: &observed, body: call.body)
    } catch {
      if case TransactionError.ownedElsewhere(_, by: let owner, _, _) = error,
        !replicas.contains(owner)
      {
        strangers.insert(owner)
      }
      if refusals[number] == nil { refusals[number] = "\(error)" }
      return (nil, false)
    }
    guard let next else {
      // What is ordered may be there to read.
      if transaction.placement == .ordered, refusals[number] == nil { commits[number] += 1 }
      return (nil, false)
    }
    let reached = try self.number(of: next, clock: local.clock)
    guard states[reached].broken == 0 else {
      if refusals[number] == nil {
        refusals[number] = "it breaks \(brokenNames(states[reached].broken)) by itself"
      }
      return (nil, false)
    }
    commits[number] += 1
    effects[calls[number].transaction].formUnion(observed.effects)
    guard time < 64, states[reached].times & (1 << time) != 0 else { return (reached, false) }
    return (try self.number(of: next, clock: time), true)
  }

  /// The join of two states, taken into the first.
  mutating func merge(_ state: UInt32, with other: UInt32) throws -> UInt32 {
    let key = UInt64(state) << 32 | UInt64(other)
    let known = merges[key]
    if known != WordTable.absent { return known }
    let number = try join(state, with: other)
    _ = merges.insert(key, value: number)
    if symmetry.order == 1 { return number }
    var orbit = [number]
    for element in 1..<symmetry.order {
      let one = try orbits.image(of: state, by: element)
      let two = try orbits.image(of: other, by: element)
      let word = UInt64(one) << 32 | UInt64(two)
      var image = merges[word]
      if image == WordTable.absent {
        image = try join(one, with: two)
        _ = merges.insert(word, value: image)
      }
      orbit.append(image)
    }
    try relate(orbit)
    return number
  }

  mutating func join(_ state: UInt32, with other: UInt32) throws -> UInt32 {
    var joined = states.databases[Int(state)]
    try joined.merge(states.databases[Int(other)], catalog: workload.catalog)
    let number = try number(of: joined, clock: max(states[state].clock, states[other].clock))
    note(.merge(state, with: other, into: number))
    return number
  }

  mutating func rename(
    _ number: UInt32, dots: SIMD4<UInt64>, times: UInt64
  ) throws -> UInt32 {
    let key = RenamedState(state: number, dots: dots, times: times)
    if let known = renamed[key] { return known }
    var renaming = Renaming(recordingDotsOf: replicas, keeping: states.kept)
    renaming.isRecording = false
    for place in replicas.indices { renaming.dots[place] = dots[place] }
    renaming.times = times
    let state = try states.databases[Int(number)].renamed(by: renaming)
    let clock = 2 * Renaming.rank(of: states[number].clock, in: times)
    let new = try self.number(of: state, clock: clock)
    renamed[key] = new
    note(.rename(number, dots: dots, times: times, into: new))
    return new
  }

  /// The number of a state that all replicas have in common.
  mutating func number(of origin: WorkloadOrigin) throws -> UInt32 {
    try number(of: origin.state, clock: origin.clock)
  }

  /// The join of all replicas of a configuration.
  mutating func join(of configuration: SIMD4<UInt32>) throws -> UInt32 {
    try replicas.indices.dropFirst().reduce(configuration[0]) {
      try merge($0, with: configuration[$1])
    }
  }

  private mutating func number(of state: DatabaseState, clock: UInt64) throws -> UInt32 {
    try states.number(of: state, clock: clock)
  }

  /// The names of the invariants whose bits are set.
  func brokenNames(_ bits: UInt64) -> String {
    workload.invariants.enumerated()
      .filter { bits & (1 << UInt64($0.offset)) != 0 }
      .map { "\"\($0.element.name)\"" }.joined(separator: ", ")
  }
}
