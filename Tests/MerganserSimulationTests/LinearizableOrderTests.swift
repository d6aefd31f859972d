import Merganser
import MerganserConfluence
import MerganserModel
import MerganserSimulation
import Testing

/// What clients see of claims, compare-and-set and ordered reads is what one object would have shown them.
@Suite struct LinearizableOrderTests {
  private struct Registers: TransactionSchema {
    let values = Table<String, LWWRegister<Int>>("values")

    var invariants: [any Invariant] {
      Ordered("values are set in one order", on: values, in: "values")
    }

    var transactions: [AnyDeclaredTransaction] {
      change
      claim
      release
      read.placed(.ordered)
    }

    var change: DeclaredTransaction<(String, Int?, Int)> {
      .compareAndSet("change", in: values, over: ["a"], expecting: [nil, 1], setting: [1, 2])
    }

    var claim: DeclaredTransaction<(String, Int)> {
      .claim("claim", in: values, over: ["a"], for: [1, 2])
    }

    var release: DeclaredTransaction<(String, Int)> {
      .release("release", in: values, over: ["a"], for: [1, 2])
    }

    var read: DeclaredTransaction<String> {
      .orderedRead("read", in: values, over: ["a"])
    }
  }

  private enum Call: Sendable {
    case change(Int?, to: Int)
    case claim(Int)
    case release(Int)
    case read
  }

  private enum Answer: Hashable, Sendable {
    case done(Bool)
    case value(Int?)
  }

  /// What one register would do.
  private static func apply(_ value: Int?, call: Call) -> (state: Int?, output: Answer) {
    switch call {
    case .change(let expected, let new):
      value == expected ? (new, .done(true)) : (value, .done(false))
    case .claim(let holder):
      value == nil || value == holder ? (holder, .done(true)) : (value, .done(false))
    case .release(let holder): value == holder ? (nil, .done(true)) : (value, .done(false))
    case .read: (value, .value(value))
    }
  }

  private typealias History = ConcurrentHistory<Call, Answer>

  private static let made = Result { try Planning(Analysis(Workload(of: Registers()))).plan }

  private static func isLinearizable(_ histories: [String: History]) -> Bool {
    histories.values.allSatisfy {
      $0.linearization(from: Int?.none, apply: apply, matches: ==) != nil
    }
  }

  /// What is planted to be found.
  private enum Fault { case none, staleReads, lostClaims }

  /// What clients saw of random calls at four replicas that meet at random, of which the first gives the order over to
  /// the second and that to the third on the way.
  private func run(seed: UInt64, planting fault: Fault = .none) async throws -> [String: History] {
    let schema = Registers()
    var random = Seeded(state: seed)
    let running = Running(by: try Self.made.get())
    let founder = try Replica(schema, running: running)
    var replicas = [founder]
    for _ in 0..<3 {
      let replica = try Replica(schema, joining: founder.id, running: running)
      try await founder.sync(with: replica)
      replicas.append(replica)
    }
    var histories: [String: History] = [:]
    var open: [(key: String, call: Int, input: Call, receipt: Receipt)] = []
    var time: UInt64 = 0
    func answer() throws {
      open = try open.filter { entry in
        guard case .decided(let execution) = try entry.receipt.state else { return true }
        let output: Answer
        if case .read = entry.input {
          output = .value(try execution.outcome.result(as: Int?.self) ?? nil)
        } else {
          output = .done(execution.outcome.isCommitted)
        }
        histories[entry.key]?.end(entry.call, with: output, at: time)
        return false
      }
    }
    func meet(_ one: Int, with other: Int) async throws {
      try await replicas[one].sync(with: replicas[other])
      try answer()
    }
    for step in 0..<120 {
      time += 1
      if step == 40 || step == 80 {
        // The primary goes; who has met it last takes its place.
        for _ in 0..<2 { try await meet(0, with: 1) }
        let gone = replicas.removeFirst()
        try await replicas[0].succeed(gone.id)
        continue
      }
      let place = Int.random(in: 0..<replicas.count, using: &random)
      guard Int.random(in: 0..<5, using: &random) < 3 else {
        // In the second third, the last is parted from the others.
        let others = replicas.indices.filter {
          $0 != place && !(40..<60 ~= step && max($0, place) == replicas.count - 1)
        }
        if let other = others.randomElement(using: &random) { try await meet(place, with: other) }
        continue
      }
      let key = ["a", "b"][Int.random(in: 0..<2, using: &random)]
      let values = [nil, 1, 2, 3]
      let value = Int.random(in: 1...3, using: &random)
      let call: Call =
        switch Int.random(in: 0..<4, using: &random) {
        case 0: .change(values[Int.random(in: 0..<4, using: &random)], to: value)
        case 1: .claim(value)
        case 2: .release(value)
        default: .read
        }
      let replica = replicas[place]
      let number = histories[key, default: History()].begin(
        call, by: "\(replica.id)", at: time)
      if fault == .staleReads, case .read = call {
        time += 1
        histories[key]?.end(
          number, with: .value(try replica.snapshot[schema.values, key]?.value), at: time)
        continue
      }
      let receipt =
        switch call {
        case .change(let expected, let new):
          try await replica.submit(schema.change, key, expected, new)
        case .claim(let holder): try await replica.submit(schema.claim, key, holder)
        case .release(let holder): try await replica.submit(schema.release, key, holder)
        case .read: try await replica.submit(schema.read, key)
        }
      if fault == .lostClaims, case .claim = call, step % 9 == 0 {
        // What is tentative is taken for an answer.
        if case .committed? = try await receipt.tentative() {
          time += 1
          histories[key]?.end(number, with: .done(true), at: time)
          continue
        }
      }
      open.append((key, number, call, receipt))
      // The primary answers its own at once.
      time += 1
      try answer()
    }
    for _ in 0..<3 {
      for place in replicas.indices.dropFirst() { try await meet(0, with: place) }
    }
    #expect(open.isEmpty, "every request ends")
    for replica in replicas.dropFirst() {
      #expect(replica.snapshot.vector == replicas[0].snapshot.vector)
    }
    return histories
  }

  @Test(arguments: 1...6 as ClosedRange<UInt64>) func itIsLinearizable(seed: UInt64) async throws {
    let histories = try await run(seed: seed)
    #expect(Self.isLinearizable(histories))
    for history in histories.values {
      #expect(history.overlappingCount * 10 >= history.calls.count * 3)
    }
  }

  @Test func aStaleReadIsFound() async throws {
    let found = try await histories(planting: .staleReads).filter { !Self.isLinearizable($0) }
    #expect(!found.isEmpty)
  }

  @Test func aLostClaimIsFound() async throws {
    let found = try await histories(planting: .lostClaims).filter { !Self.isLinearizable($0) }
    #expect(!found.isEmpty)
  }

  private func histories(planting fault: Fault) async throws -> [[String: History]] {
    var histories: [[String: History]] = []
    for seed: UInt64 in 1...4 { histories.append(try await run(seed: seed, planting: fault)) }
    return histories
  }

  /// SplitMix64: the same numbers for the same seed.
  private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
  }
}
