public import Merganser
import MerganserDatabase
package import MerganserModel

/// A cluster of replicas in one process, on one thread, from one seed: it drives what ships, and lets go wrong what can.
///
/// ```swift
/// @Test func nothingIsLost() throws {
///   let bank = Bank()
///   let simulation = try Simulation(of: bank) {
///     SimulatedTransaction("deposit") { tx, draw in
///       try tx[bank.accounts, draw.pick("ann", "bo")].increment(by: draw.number(in: 1...9))
///     }
///     SimulatedTransaction("withdraw") { tx, draw in
///       try tx[bank.accounts, draw.pick("ann", "bo")].decrement(by: draw.number(in: 1...9))
///     }
///   }
///   try simulation.run(seeds: 1...100)
/// }
/// ```
///
/// Each replica has the database, the writer and the syncs of a `Replica`, with their real bytes. Time, the network and the disk
/// are the simulation's, and so is the order of all that happens: the same seed gives the same run, for ever. Behind every
/// step every ``SimulatedGuarantee`` is checked of whoever made it. In the end faults stop, and all replicas have to
/// become equal.
public struct Simulation: Sendable {
  /// How many replicas there are at first.
  public var replicas = 3
  /// How many there are at most, with those that join and the copies.
  public var maximumReplicas = 7
  /// How many events a run has before faults stop.
  public var events = 300
  /// What goes wrong, and how often; each run leaves some of it out.
  public var faults = SimulationFaults()
  /// What is to hold of every state besides the schema's invariants.
  public var checks: [SimulationCheck] = []
  /// How many schedules are tried to shrink one that fails.
  public var shrinkingAttempts = 3000
  /// What the machines promise.
  package var guarantees = Guarantees.all
  /// How many of a thousand events are whole syncs of two replicas, besides those that make runs shorter.
  package var meetings = 0
  /// How many of a thousand connections are links; `nil` where the seed says it.
  package var links: Int?
  /// Whether replicas write on while they become equal by links; what does not hold then is not of the schedule alone.
  package var writesAtEnd = false
  /// How many times in a thousand events an operator does something with an order, where there is one.
  package var orderChanges = 33
  /// What of the schema is looked at as registers; `nil` if nothing is.
  var registers: SimulatedRegisters?
  private let programs: [SimulatedProgram]
  private let transactions: [SimulatedTransaction]
  private let running: Running

  /// The simulation of programs that write by given transactions.
  ///
  /// - Parameters:
  ///   - schema: the schema of the database.
  ///   - laterSchemas: schemas that it grew to, one after the other: programs of these are started in the place of
  ///     earlier ones, and the other way round.
  ///   - transactions: what is written.
  /// - Throws: ``/MerganserModel/SchemaError``.
  public init(
    of schema: some Schema, growingTo laterSchemas: [any Schema] = [],
    @SimulatedTransactionsBuilder transactions: () -> [SimulatedTransaction]
  ) throws(SchemaError) {
    var programs = [try SimulatedProgram(schema)]
    for later in laterSchemas { programs.append(try SimulatedProgram(later)) }
    self.programs = programs
    self.transactions = transactions()
    var running = Running()
    running.timeLimit = nil
    self.running = running
  }

  /// The simulation of a schema's declared transactions, with the arguments that they list, run by a plan.
  ///
  /// What the plan orders is submitted, wherever it comes up, and has to be decided in the end; who is primary changes, and who votes.
  /// Then no store is copied or restored unnoticed: one that is votes twice, which no order stands. The local parts of what is
  /// submitted (``/MerganserModel/DeclaredTransaction/holding(_:use:release:)``) run with it, and not by themselves.
  ///
  /// - Parameters:
  ///   - schema: the schema of the database.
  ///   - running: how its transactions run.
  /// - Throws: ``/MerganserModel/SchemaError``.
  public init(
    of schema: some TransactionSchema, running: Running
  ) throws(SchemaError) {
    programs = [try SimulatedProgram(schema)]
    // What goes with others runs with these, and what has no arguments to try not by itself either.
    let parts = Set(schema.transactions.flatMap { $0.localPart?.names ?? [] })
    let alone = schema.transactions.filter { !$0.calls.isEmpty && !parts.contains($0.name) }
    transactions = alone.map { transaction in
      SimulatedTransaction(transaction, isOrdered: running.orders(transaction.name))
    }
    var running = running
    running.timeLimit = nil
    self.running = running
    guard transactions.contains(where: \.isOrdered) else { return }
    faults[.unnoticedCopy] = 0
    faults[.unnoticedRestore] = 0
  }

  /// Runs the simulation once for each seed.
  ///
  /// - Returns: what happened.
  /// - Throws: ``SimulationFailure``, with a short schedule that ends in it.
  @discardableResult
  public func run(seeds: ClosedRange<UInt64>) throws(SimulationFailure) -> SimulationReport {
    var report = SimulationReport()
    for seed in seeds { report.add(try run(seed: seed)) }
    return report
  }

  /// Runs the simulation from a seed.
  ///
  /// - Returns: what happened.
  /// - Throws: ``SimulationFailure``, with a short schedule that ends in it.
  @discardableResult
  public func run(seed: UInt64) throws(SimulationFailure) -> SimulationReport {
    var draw = Draw(seed: seed)
    let faults = faults.thinned(by: &draw)
    var run = SimulatedRun(setting(of: seed), seed: seed)
    guard let violation = run.make(events: max(0, events), faults: faults, draw: draw) else {
      return run.report
    }
    let found = Ending(violation: violation, digest: run.report.digest)
    let isRepeatable =
      shrinkingAttempts <= 0 || ending(of: run.schedule, seed: seed) == found
    guard shrinkingAttempts > 0, isRepeatable else {
      return try fail(
        by: run.schedule, seed: seed, faults: faults.switchedOn, ending: found,
        isRepeatable: isRepeatable)
    }
    var last = found
    let short = shrunk(
      run.schedule, among: max(1, replicas), attempts: shrinkingAttempts
    ) { events in
      let ending = ending(of: events, seed: seed)
      guard ending.violation?.guarantee == violation.guarantee else { return false }
      last = ending
      return true
    }
    return try fail(by: short, seed: seed, faults: faults.switchedOn, ending: last)
  }

  /// Runs a schedule again that was found to fail.
  ///
  /// - Parameters:
  ///   - seed: the seed of the run that it was found in.
  ///   - schedule: its events, as ``SimulationFailure/schedule`` has them; a line that is none fails, and nothing is run.
  /// - Returns: what happened.
  /// - Throws: ``SimulationFailure``.
  @discardableResult
  public func replay(
    seed: UInt64, schedule: [String]
  ) throws(SimulationFailure) -> SimulationReport {
    var events: [SimulatedEvent] = []
    for line in schedule {
      guard let event = SimulatedEvent(line) else {
        throw SimulationFailure(
          guarantee: .schedule,
          evidence:
            "\"\(line.prefix(60))\" is none; a line is a kind and three numbers, such as \"deliver 0 2 64\"",
          seed: seed, faults: [], schedule: [], history: [], isRepeatable: true)
      }
      events.append(event)
    }
    var run = SimulatedRun(setting(of: seed), seed: seed)
    guard let violation = run.make(events) else { return run.report }
    return try fail(
      by: events, seed: seed, faults: [],
      ending: Ending(violation: violation, digest: run.report.digest))
  }

  /// Runs the simulation from a seed, and writes down what happens: of a run that fails, of its shrunk schedule.
  package func record(seed: UInt64) -> SimulationRecord {
    do {
      _ = try run(seed: seed)
      let recorder = Recorder()
      var draw = Draw(seed: seed)
      let faults = faults.thinned(by: &draw)
      var run = SimulatedRun(setting(of: seed), seed: seed, recorder: recorder)
      _ = run.make(events: max(0, events), faults: faults, draw: draw)
      return record(of: run, by: recorder, failure: nil)
    } catch { return record(of: error) }
  }

  /// Writes down what happens in the schedule of a failure.
  package func record(of failure: SimulationFailure) -> SimulationRecord {
    let recorder = Recorder()
    var run = SimulatedRun(setting(of: failure.seed), seed: failure.seed, recorder: recorder)
    _ = run.make(failure.schedule.compactMap { SimulatedEvent($0) })
    return record(of: run, by: recorder, failure: failure)
  }

  private func record(
    of run: SimulatedRun, by recorder: Recorder, failure: SimulationFailure?
  ) -> SimulationRecord {
    var record = recorder.record
    record.report = run.report
    record.failure = failure
    return record
  }

  /// What a schedule ended in, and what was shown until then.
  private struct Ending: Equatable {
    let violation: Violation?
    let digest: UInt64
  }

  private func ending(of events: [SimulatedEvent], seed: UInt64) -> Ending {
    var run = SimulatedRun(setting(of: seed), seed: seed)
    let violation = run.make(events)
    return Ending(violation: violation, digest: run.report.digest)
  }

  /// Runs a schedule once more that failed, to tell its history and whether it ends so again.
  private func fail<Value>(
    by events: [SimulatedEvent], seed: UInt64, faults: [SimulationFault], ending: Ending,
    isRepeatable: Bool = true
  ) throws(SimulationFailure) -> Value {
    let recorder = Recorder()
    var run = SimulatedRun(setting(of: seed), seed: seed, recorder: recorder)
    let again = Ending(violation: run.make(events), digest: run.report.digest)
    let told = again.violation ?? ending.violation
    throw SimulationFailure(
      guarantee: told?.guarantee ?? .answers, evidence: told?.evidence ?? "", seed: seed,
      faults: faults, schedule: events.map(\.description),
      history: recorder.record.lines.map(\.text), isRepeatable: isRepeatable && again == ending)
  }

  /// The number of the transaction of a name; `nil` if there is none.
  package func number(ofTransaction name: String) -> Int? {
    transactions.firstIndex { $0.name == name }
  }

  /// As replicas are that nobody disturbs: logs that are long enough, and messages as large as they may be.
  func settingOfSpread(among replicas: Int) -> SimulationSetting {
    SimulationSetting(
      programs: programs, transactions: transactions, checks: checks, running: running,
      replicas: replicas, maximumReplicas: replicas, guarantees: guarantees,
      checkpointInterval: 1 << 24, retainedVersions: 1000)
  }

  private func setting(of seed: UInt64) -> SimulationSetting {
    var setting = SimulationSetting(
      programs: programs, transactions: transactions, checks: checks, running: running,
      replicas: max(1, replicas), maximumReplicas: max(replicas, maximumReplicas),
      guarantees: guarantees, checkpointInterval: 0, retainedVersions: 0)
    setting.registers = registers
    var draw = Draw(seed: seed ^ 0x5E77_1176_0000_0001)
    setting.choose(by: &draw)
    setting.orderChanges = orderChanges
    setting.meetings = meetings
    if let links { setting.links = links }
    setting.writesAtEnd = writesAtEnd
    return setting
  }
}
