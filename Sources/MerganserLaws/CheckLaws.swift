public import MerganserTypes

/// How much a check does, and where it starts.
public struct LawCheckOptions: Sendable {
  /// The laws to check; all that fit the type, unless some are chosen.
  public var laws: Set<Law> = Set(Law.allCases)
  /// The seed of the first execution; the next ones have the numbers after it.
  public var seed: UInt64 = 1
  /// How many executions are made.
  public var executions = 60
  /// How many steps each has.
  public var steps = 24
  /// How many replicas take part.
  public var replicas = 3

  /// The usual options.
  public init() {}

  /// The usual options for one execution, to see a violation again.
  public static func replaying(seed: UInt64) -> LawCheckOptions {
    var options = LawCheckOptions()
    options.seed = seed
    options.executions = 1
    return options
  }
}

/// Checks the laws of a lattice on the states of random executions.
///
/// In each execution some replicas start at bottom, make updates, merge each other's states, old states
/// and deltas (late, twice, in any order), part into sides that do not hear of each other, and meet
/// again.
///
/// ```swift
/// @Test func laws() throws {
///   try checkLaws(of: GCounter.self) { try $0.increment(by: $2.pick(1...9), as: $1.replica) }
/// }
/// ```
///
/// - Parameters:
///   - type: the type to check.
///   - options: how much to do, and from which seed.
///   - observe: what a value shows; equal values must show the same.
///   - file: where a violation is reported.
///   - line: where a violation is reported.
///   - update: makes a random update as the given author, and returns its delta, if there are deltas.
/// - Throws: ``LawViolation``, with the shortest history found.
public func checkLaws<State: BoundedJoinSemilattice>(
  of type: State.Type, options: LawCheckOptions = .init(),
  observing observe: ((State) -> AnyHashable)? = nil,
  file: String = #fileID, line: UInt = #line, update: Update<State>
) throws(LawViolation) {
  try check(
    latticeLaws(of: type) + updateLaws(of: type) + [observationLaw(of: type, observing: observe)],
    options: options, file: file, line: line, update: update)
}

/// Checks the laws of a lattice and of its coding.
///
/// - Throws: ``LawViolation``, with the shortest history found.
public func checkLaws<State: BoundedJoinSemilattice & BinaryCodable>(
  of type: State.Type, options: LawCheckOptions = .init(),
  observing observe: ((State) -> AnyHashable)? = nil,
  file: String = #fileID, line: UInt = #line, update: Update<State>
) throws(LawViolation) {
  try check(
    latticeLaws(of: type) + updateLaws(of: type) + [observationLaw(of: type, observing: observe)]
      + codingLaws(of: type), options: options, file: file, line: line, update: update)
}

/// Checks the laws of a lattice and of its decomposition.
///
/// - Throws: ``LawViolation``, with the shortest history found.
public func checkLaws<State: Decomposable>(
  of type: State.Type, options: LawCheckOptions = .init(),
  observing observe: ((State) -> AnyHashable)? = nil,
  file: String = #fileID, line: UInt = #line, update: Update<State>
) throws(LawViolation) {
  try check(
    latticeLaws(of: type) + updateLaws(of: type) + [observationLaw(of: type, observing: observe)]
      + decompositionLaws(of: type), options: options, file: file, line: line, update: update)
}

/// Checks the laws of a lattice, of its decomposition and of its coding.
///
/// - Throws: ``LawViolation``, with the shortest history found.
public func checkLaws<State: Decomposable & BinaryCodable>(
  of type: State.Type, options: LawCheckOptions = .init(),
  observing observe: ((State) -> AnyHashable)? = nil,
  file: String = #fileID, line: UInt = #line, update: Update<State>
) throws(LawViolation) {
  try check(
    latticeLaws(of: type) + updateLaws(of: type) + [observationLaw(of: type, observing: observe)]
      + decompositionLaws(of: type) + codingLaws(of: type), options: options, file: file,
    line: line,
    update: update)
}

private func check<State: BoundedJoinSemilattice>(
  _ checks: [LawCheck<State>], options: LawCheckOptions, file: String, line: UInt,
  update: Update<State>
) throws(LawViolation) {
  let checks = checks.filter { options.laws.contains($0.law) }
  let replicas = min(max(options.replicas, 1), 26)
  for execution in 0..<max(options.executions, 0) {
    let seed = options.seed &+ UInt64(execution)
    var random = Randomness(seed: seed)
    let steps = randomSteps(count: options.steps, replicas: replicas, using: &random)
    let trace = run(steps, replicas: replicas, update: update)
    for check in checks {
      var sampling = random
      guard check.evidence(trace, &sampling) != nil else { continue }
      let fewest = shrunk(steps) { candidate in
        var sampling = random
        return check.evidence(run(candidate, replicas: replicas, update: update), &sampling) != nil
      }
      let shortest = run(fewest, replicas: replicas, update: update)
      var resampling = random
      throw LawViolation(
        law: check.law, subject: "\(State.self)", file: file, line: line, seed: seed,
        history: shortest.history, evidence: check.evidence(shortest, &resampling) ?? "")
    }
  }
}
