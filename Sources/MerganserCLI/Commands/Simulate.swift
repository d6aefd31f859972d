import ArgumentParser
import MerganserSimulation

/// `merganser simulate`.
struct Simulate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Run a cluster in this process, from a seed, with all that can go wrong.",
    discussion: """
      The replicas of a market write, sync, crash and start again, over a network that loses and \
      disks that fail. Behind every step all that is promised is checked; in the end faults stop, and all \
      replicas have to become equal. The same seed is the same run on every machine. Where something does not \
      hold, the shortest history that was found is printed, and the exit code says so.

      Example:
        merganser simulate --seed 42 --replicas 5 --steps 200 --html run.html
      """)

  @Option(parsing: .unconditional, help: "The seed of the first run.")
  var seed: UInt64 = 1

  @Option(parsing: .unconditional, help: "How many runs, each with the next seed.")
  var runs = 1

  @Option(parsing: .unconditional, help: "How many replicas there are at first.")
  var replicas = 3

  @Option(parsing: .unconditional, help: "How many events a run has before faults stop.")
  var steps = 300

  @Option(
    help: "Draw the last run, or the one that fails, as a web page that needs no network.",
    completion: .file(extensions: ["html"]))
  var html: String?

  func validate() throws {
    guard (1...1000).contains(replicas) else {
      throw ValidationError("--replicas must be from 1 to 1000; found \(replicas).")
    }
    guard (0...10_000_000).contains(steps) else {
      throw ValidationError("--steps must be from 0 to 10000000; found \(steps).")
    }
    guard (1...1_000_000).contains(runs) else {
      throw ValidationError("--runs must be from 1 to 1000000; found \(runs).")
    }
    guard seed <= .max - UInt64(runs) else {
      throw ValidationError("--seed must be at most 2^64 - 1 - runs; found \(seed).")
    }
  }

  func run() throws {
    var simulation = try Simulation.market()
    simulation.replicas = replicas
    simulation.events = steps
    if let html { try UserFile.requireRoom(forFile: html) }
    let last = seed + UInt64(runs) - 1
    do {
      let report = try simulation.run(seeds: seed...last)
      say("\(report)")
      say("Every guarantee held. The runs' digest: \(report.digest)")
    } catch {
      say("\(error)")
      try draw(simulation.record(of: error), seed: error.seed)
      throw ExitCode.failure
    }
    if html != nil { try draw(simulation.record(seed: last), seed: last) }
  }

  private func draw(_ record: SimulationRecord, seed: UInt64) throws {
    guard let html else { return }
    let page = SimulationPage(
      record: record, seed: seed,
      command: "merganser simulate --seed \(seed) --replicas \(replicas) --steps \(steps)",
      origin: Program.origin())
    try UserFile.write(page.html, to: html)
    say("The run, drawn: \(html)")
  }

  private func say(_ text: String) {
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      Terminal.say(String(line))
    }
  }
}
