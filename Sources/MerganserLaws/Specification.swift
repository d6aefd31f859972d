public import MerganserTypes

/// An update of the past, as a specification sees it.
public struct PastUpdate<Operation> {
  /// What was done.
  public let operation: Operation
  /// Who did it.
  public let author: ReplicaID
  /// What its clock showed.
  public let time: HybridTime

  let number: Int
  let seen: Set<Int>

  /// Whether whoever did `other` had seen this update.
  public func precedes(_ other: PastUpdate) -> Bool { other.seen.contains(number) }
}

/// Checks that what a type shows is the given function of the updates that were seen, and of which of
/// them had seen which.
///
/// The lattice laws alone do not say what a type is for: one that forgets everything obeys them.
///
/// ```swift
/// try checkSpecification(of: GSet<Int>.self, showing: \.elements) { set, author, random in
///   let element = random.pick(0...9)
///   set.insert(element)
///   return element
/// } specification: { Set($0.map(\.operation)) }
/// ```
///
/// - Parameters:
///   - type: the type to check.
///   - options: how much to do, and from which seed.
///   - value: what is to be compared.
///   - file: where a violation is reported.
///   - line: where a violation is reported.
///   - update: makes a random update, and says what it did; one that throws did nothing.
///   - specification: what should be shown after the given updates, which are in an order that respects
///     who had seen which.
/// - Throws: ``LawViolation`` of ``Law/valueMeetsSpecification``, with the shortest history found.
public func checkSpecification<State: BoundedJoinSemilattice, Operation, Value: Equatable>(
  of type: State.Type, options: LawCheckOptions = .init(), showing value: (State) -> Value,
  file: String = #fileID, line: UInt = #line,
  update: (inout State, inout Author, inout Randomness) throws -> Operation,
  specification: ([PastUpdate<Operation>]) -> Value
) throws(LawViolation) {
  let replicas = min(max(options.replicas, 1), 26)
  for execution in 0..<max(options.executions, 0) {
    let seed = options.seed &+ UInt64(execution)
    var random = Randomness(seed: seed)
    let steps = randomSteps(count: options.steps, replicas: replicas, using: &random)
    func fault(_ steps: [Step]) -> (history: [String], evidence: String)? {
      var log: [PastUpdate<Operation>] = []
      let trace = run(steps, replicas: replicas) {
        (state: inout Witnessed<State>, author: inout Author, random: inout Randomness) in
        let operation = try update(&state.value, &author, &random)
        log.append(
          PastUpdate(
            operation: operation, author: author.replica, time: author.time, number: log.count,
            seen: state.seen))
        state.seen.insert(log.count - 1)
        return nil
      }
      for (index, state) in trace.visited.enumerated() {
        let expected = specification(log.filter { state.seen.contains($0.number) })
        let found = value(state.value)
        if found == expected { continue }
        return (
          Array(trace.history.prefix(index + 1)),
          evidence(("specified", expected), ("shown", found), ("by", state.value))
        )
      }
      return nil
    }
    guard fault(steps) != nil else { continue }
    let found = fault(shrunk(steps) { fault($0) != nil })
    throw LawViolation(
      law: .valueMeetsSpecification, subject: "\(State.self)", file: file, line: line, seed: seed,
      history: found?.history ?? [], evidence: found?.evidence ?? "")
  }
}

/// A value, and the numbers of the updates that went into it.
private struct Witnessed<State: BoundedJoinSemilattice>: BoundedJoinSemilattice,
  CustomStringConvertible
{
  var value = State()
  var seen: Set<Int> = []

  var description: String { String(describing: value) }

  @discardableResult
  mutating func merge(_ other: Witnessed) -> Bool {
    let before = seen.count
    seen.formUnion(other.seen)
    return value.merge(other.value) || seen.count > before
  }
}
