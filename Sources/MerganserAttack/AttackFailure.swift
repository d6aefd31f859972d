public import Merganser

/// A plan that an attack saw broken, with all that is needed to see it again.
public struct AttackFailure: MerganserError {
  /// What went wrong.
  public let fault: AttackFault
  /// The attack's seed.
  public let seed: UInt64
  /// The number of the attack's step at which it was seen, from 1.
  public let step: Int
  /// The replica at which it was seen; nobody for replicas that differ at the end.
  public let replica: ReplicaID?
  /// The shortest history that was found to end so, a step a line.
  public let history: [String]
}

extension AttackFailure {
  /// How often a shorter history is tried.
  private static let trials = 300

  /// The failure of a run, with as short a history as is found.
  init<Base: TransactionSchema>(
    _ fault: AttackFault, of run: AttackRun<Base>, script: [AttackStep], seed: UInt64, steps: Int
  ) async throws {
    let target = run.target
    let scene = run.scene
    var shortest = run
    var trials = 0
    _ = try await shrunk(Array(script.prefix(run.summary.steps))) { candidate in
      trials += 1
      if trials > Self.trials { return false }
      var again = try AttackRun(target, scene: scene)
      guard try await again.take(candidate)?.isLike(fault) == true else { return false }
      shortest = again
      return true
    }
    self.init(
      fault: shortest.fault ?? fault, seed: seed, step: steps + run.summary.steps,
      replica: shortest.place.map { scene.identities[$0] }, history: shortest.history)
  }
}

extension AttackFailure: CustomStringConvertible {
  /// What went wrong, where, and how it came to that.
  public var description: String {
    var lines = [
      "the plan does not hold: \(fault)",
      "  seed \(seed), step \(step)"
        + (replica.map { ", at replica \($0.shortDescription)" } ?? "") + ", after:",
    ]
    lines += history.map { "    \($0)" }
    return lines.joined(separator: "\n")
  }
}

/// The shortest sequence that was found by taking steps out of `steps` for which `fails` still holds.
///
/// Zeller, Hildebrandt, *Simplifying and Isolating Failure-Inducing Input* (2002).
private func shrunk<Step>(
  _ steps: [Step], while fails: ([Step]) async throws -> Bool
) async rethrows -> [Step] {
  var steps = steps
  var size = max(1, steps.count / 2)
  while true {
    var start = 0
    var removed = false
    while start < steps.count {
      let candidate = Array(steps[..<start] + steps[min(start + size, steps.count)...])
      if try await fails(candidate) {
        steps = candidate
        removed = true
      } else {
        start += size
      }
    }
    if size == 1, !removed { return steps }
    size = max(1, size / 2)
  }
}
