public import MerganserTypes

/// A guarantee that did not hold in a simulation, with all that is needed to see it again.
public struct SimulationFailure: MerganserError {
  /// What was promised.
  public let guarantee: SimulatedGuarantee
  /// Where, and what was seen.
  public let evidence: String
  /// The seed of the run.
  public let seed: UInt64
  /// The faults that the run had.
  public let faults: [SimulationFault]
  /// The shortest schedule that was found to end so, an event a line, for ``Simulation/replay(seed:schedule:)``.
  public let schedule: [String]
  /// What happens in it, as a person reads it.
  public let history: [String]
  /// Whether the schedule came to the same when it was run once more: if not, a transaction or a check depends on
  /// something besides what it reads and draws, such as the time of day.
  public let isRepeatable: Bool
}

extension SimulationFailure {
  /// What is told of a run that does not repeat.
  package static let unrepeatable = """
    It does not repeat: the same schedule came to something else when it was run once more, so it is not shortened \
    as far as it could be, and may pass as a test. A transaction or a check depends on something besides what it \
    reads and what its Draw gives: the time of day, random numbers of its own, a global variable, the order of a Set.
    """
}

extension SimulationFailure: CustomStringConvertible {
  /// What does not hold, the history, and a test that shows it again.
  public var description: String {
    var lines = [
      "seed \(seed): it does not hold that \(guarantee.rawValue): \(evidence)",
      "faults: \(faults.map(\.rawValue).joined(separator: ", "))",
    ]
    if !isRepeatable { lines.append(Self.unrepeatable) }
    lines.append("after \(schedule.count) events:")
    lines += history.map { "  \($0)" }
    lines.append("as a test:")
    lines.append("  @Test func seed\(seed)() throws {")
    lines.append("    try simulation.replay(")
    lines.append("      seed: \(seed),")
    lines.append("      schedule: [")
    lines += schedule.map { "        \"\($0)\"," }
    lines.append("      ])")
    lines.append("  }")
    return lines.joined(separator: "\n")
  }
}
