#if os(Linux)
  import Foundation
  import MerganserSimulation
  import Testing

  /// Clients of replicas in processes of their own, which are killed and parted, see what one object would have shown them.
  ///
  /// With `MERGANSER_TORTURE`, so many times as many runs, each ten times as long.
  @Suite(.serialized, .timeLimit(.minutes(30))) struct ProcessOrderTests {
    private static let torture = ProcessInfo.processInfo.environment["MERGANSER_TORTURE"]
      .flatMap(Int.init)

    @Test func itIsLinearizable() async throws {
      for _ in 0..<(Self.torture ?? 1) {
        let seed = UInt64.random(in: 1...(1 << 40))
        let processes = try OrderProcesses(seed: seed)
        let rounds = Self.torture == nil ? 1 : 10
        try await processes.run(rounds: rounds)
        let verdict = await processes.history.verdict()
        #expect(verdict.broken == nil, "seed \(seed): \(verdict.broken ?? "")")
        let answered = verdict.callCount - verdict.openCount
        #expect(verdict.overlappingCount * 10 >= answered * 3, "seed \(seed): \(verdict)")
        // What is not known to have happened is what was not durable when its process was killed.
        #expect(verdict.openCount <= 2 * rounds, "seed \(seed): \(verdict)")
        guard Self.torture != nil else { continue }
        print(
          "seed \(seed): \(verdict.callCount) calls, \(verdict.overlappingCount) overlap,",
          "\(await processes.syncs) syncs, \(await processes.askedCount) asked again")
      }
    }

    /// What clients are told wrongly shows in the histories.
    @Test(arguments: ["staleReads", "lostClaims"]) func whatIsToldWronglyIsFound(
      fault: String
    ) async throws {
      for seed: UInt64 in 1...12 {
        let processes = try OrderProcesses(seed: seed, planting: fault)
        try await processes.run(rounds: 1)
        if await processes.history.verdict().broken != nil { return }
      }
      Issue.record("\(fault): nobody notices")
    }
  }
#endif
