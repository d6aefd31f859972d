/// One run of a cluster: by a schedule that is drawn as it goes, or by one that is given.
struct SimulatedRun {
  private let setting: SimulationSetting
  private let seed: UInt64
  private let recorder: Recorder?
  /// The events that were carried out.
  private(set) var schedule: [SimulatedEvent] = []
  private(set) var report = SimulationReport()

  init(_ setting: SimulationSetting, seed: UInt64, recorder: Recorder? = nil) {
    self.setting = setting
    self.seed = seed
    self.recorder = recorder
  }

  /// Draws a schedule and carries it out.
  ///
  /// - Returns: what did not hold; `nil` if all did.
  mutating func make(events: Int, faults: SimulationFaults, draw: Draw) -> Violation? {
    var scheduler = Scheduler(setting, faults: faults, draw: draw)
    return run { cluster, run in
      for _ in 0..<events {
        let drawn = scheduler.next(in: cluster)
        run.schedule.append(drawn.event)
        if let fault = drawn.fault { cluster.note(fault, broughtBy: drawn.event) }
        try cluster.carryOut(drawn.event)
      }
    }
  }

  /// Carries a schedule out.
  ///
  /// - Returns: what did not hold; `nil` if all did.
  mutating func make(_ events: [SimulatedEvent]) -> Violation? {
    run { cluster, run in
      run.schedule = events
      for event in events { try cluster.carryOut(event) }
    }
  }

  private mutating func run(
    _ body: (Cluster, inout SimulatedRun) throws -> Void
  ) -> Violation? {
    do {
      let cluster = try Cluster(setting, seed: seed, recorder: recorder)
      defer {
        report = cluster.report
        report.digest = cluster.states.trace
        report.runs = 1
        recorder?.finish()
      }
      try body(cluster, &self)
      try cluster.converge()
      return nil
    } catch let violation as Violation {
      return violation
    } catch {
      return Violation(guarantee: .answers, evidence: "something threw: \(error)")
    }
  }
}
