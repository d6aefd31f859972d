#if Network
  import Foundation
  import Merganser

  /// Five branches that transfer money, on a network that delays, loses, repeats and parts, while their processes are killed.
  ///
  /// Each looks at every state that it shows: whether it is whole, and in causal order. At the end all are equal, and have
  /// each transfer that any of them had acknowledged, by the logs that they wrote themselves.
  struct NetworkTorture {
    private static let names = ["lisbon", "porto", "faro", "braga", "evora"]
    /// How long after the last fault all are equal.
    private static let limit = Duration.seconds(10)

    private let fleet: BranchFleet
    private let duration: Duration
    private let seed: UInt64

    init(
      in directory: String, seconds: Int, rate: Int, seed: UInt64,
      makingNamespaces makesNamespaces: Bool
    ) async throws {
      fleet = try await BranchFleet(
        Self.names, in: directory, transferring: max(1, rate / Self.names.count),
        makingNamespaces: makesNamespaces, delayedBy: 20...80, losing: (50, 10),
        sending: "10mbit")
      duration = .seconds(seconds)
      self.seed = seed
    }

    /// Runs, and tells what happened.
    ///
    /// - Throws: ``Failure``, if anything is lost or wrong.
    func run() async throws {
      do {
        try await begin()
        let faults = try await makeFaults()
        let took = try await settle()
        try await fleet.end()
        try await check(faults: faults, took: took)
      } catch {
        for place in Self.names.indices where fleet.processes[place] != nil {
          _ = try? await fleet.kill(place)
        }
        fleet.endNetwork()
        throw error
      }
    }

    private func begin() async throws {
      switch fleet.road {
      case .namespaces:
        Terminal.say(
          "five processes in network namespaces: 50 ± 30 ms, 5 % lost, 1 % twice, 10 Mbit/s each")
      case .loopback(let reason): Terminal.say("five processes on the loopback (\(reason))")
      }
      for place in Self.names.indices { try await fleet.start(place) }
      let others = fleet.replicas.dropFirst().map { "\($0)" }
      for account in 1...12 {
        try await fleet.branch(0).ask(
          .open(account: UInt64(account), holder: "", cents: 1_000_00, others: others))
      }
      // Without marks, nobody can tell whether a state is whole: they come last.
      for place in Self.names.indices {
        let none = Array(repeating: "0", count: BranchMarks.count).joined(separator: " ")
        try await fleet.branch(0).ask(
          .open(
            account: BranchMarks.first + UInt64(place), holder: none, cents: 1, others: []))
      }
    }

    /// Cuts off, and kills, until the time is over.
    private func makeFaults() async throws -> (cuts: Int, kills: Int) {
      var draw = SplitMix64(seed: seed)
      var (cuts, kills) = (0, 0)
      let start = ContinuousClock.now
      let end = start + duration
      while ContinuousClock.now < end {
        let place = Int.random(in: Self.names.indices, using: &draw)
        if Int.random(in: 0..<3, using: &draw) == 0 {
          kills += 1
          tell("\(Self.names[place]) is killed", since: start)
          try await fleet.kill(place)
          try await Task.sleep(for: .milliseconds(Int.random(in: 0...2000, using: &draw)))
          try await fleet.start(place)
        } else {
          cuts += 1
          let other = Int.random(in: Self.names.indices, using: &draw)
          tell("\(Self.names[place]) and \(Self.names[other]) are cut off", since: start)
          try await fleet.cut([place, other])
          try await Task.sleep(for: .milliseconds(Int.random(in: 1000...10_000, using: &draw)))
          try await fleet.cut([])
        }
        try await Task.sleep(for: .milliseconds(Int.random(in: 0...2000, using: &draw)))
      }
      return (cuts, kills)
    }

    private func tell(_ text: String, since start: ContinuousClock.Instant) {
      Terminal.say("  \((ContinuousClock.now - start).inSeconds.aligned(to: 12))  \(text)")
    }

    /// Has nobody write any more, and waits until all are equal.
    private func settle() async throws -> Duration {
      for place in Self.names.indices { try await fleet.branch(place).ask(.rest) }
      let took = try await fleet.wait(.seconds(120)) { states in
        Set(states.map(\.digest)).count == 1
      }
      guard let took else {
        throw Failure(
          "the branches are not equal two minutes after the last fault: \(try await fleet.summary)")
      }
      for place in Self.names.indices {
        if let fault = try await fleet.branch(place).state.broken.first {
          throw Failure("\(Self.names[place]) has shown a wrong state: \(fault)")
        }
      }
      return took
    }

    /// Looks for each transfer that was acknowledged, in each store.
    private func check(faults: (cuts: Int, kills: Int), took: Duration) async throws {
      var acknowledged: [UInt64] = []
      for place in Self.names.indices {
        acknowledged += try Transfers.numbers(in: fleet.log(of: place))
          .map { Transfers.request($0, at: place) }
      }
      var digests: Set<String> = []
      for name in Self.names {
        let replica = try await Replica.open(DemoBank(), at: "\(fleet.directory)/\(name)")
        let snapshot = replica.snapshot
        let lost = try acknowledged.filter { try snapshot.outcome(of: RequestID($0)) == nil }
        guard lost.isEmpty else {
          throw Failure(
            "\(name) lacks \(lost.count) transfers that were acknowledged: \(lost.prefix(5))")
        }
        if let violation = try snapshot.violations().first {
          throw Failure("\(name) breaks a rule: \(violation)")
        }
        digests.insert(try snapshot.digestText)
        try await replica.close()
      }
      guard digests.count == 1 else { throw Failure("the stores are not equal") }
      Terminal.say(
        """
        \(acknowledged.count) transfers acknowledged, none lost; \(faults.cuts) partitions, \(faults.kills) kills; equal \
        \(took.inSeconds) after the last fault
        """)
      if let counts = fleet.packetCounts {
        Terminal.say("\(counts.carried) packets carried, \(counts.lost) lost")
      }
      guard took <= Self.limit else {
        throw Failure("they were equal only \(took.inSeconds) after the last fault")
      }
    }
  }
#endif
