public import MerganserTypes

/// An update of one value by an author: changes it, and returns the delta if the type has deltas.
///
/// One that throws was refused, and must leave the value as it was.
public typealias Update<State> =
  (inout State, inout Author, inout Randomness) throws -> State?

/// A step of an execution; a number identifies it even when other steps are taken out.
struct Step: Sendable {
  enum Action: Sendable {
    case update(seed: UInt64)
    /// Takes in the whole state of another replica.
    case merge(from: Int)
    /// Takes in the delta of the update with the given number, perhaps late or again.
    case deliver(update: Int)
    /// Takes in the state that was there after the step with the given number.
    case mergeOld(step: Int)
  }

  let number: Int
  let replica: Int
  let action: Action
}

/// What happened when steps were carried out.
struct Trace<State> {
  struct Change {
    /// Who made it, as it was afterwards.
    let author: Author
    let before: State
    let after: State
    let delta: State?
    let wasRefused: Bool
  }

  var replicas: [State]
  var visited: [State] = []
  var changes: [Change] = []
  var history: [String] = []
}

/// Makes up steps in which replicas update, exchange states and deltas, part and meet again.
func randomSteps(count: Int, replicas: Int, using random: inout Randomness) -> [Step] {
  var steps: [Step] = []
  // Replicas of different sides do not hear of each other until the sides change.
  var sides = [Int](repeating: 0, count: replicas)
  for number in 0..<count {
    if random.pick(0...7) == 0 {
      for replica in sides.indices { sides[replica] = random.pick(0...1) }
    }
    let replica = random.pick(0...replicas - 1)
    let reachable = sides.indices.filter { $0 != replica && sides[$0] == sides[replica] }
    let heard = steps.filter { reachable.contains($0.replica) }
    let action: Step.Action
    switch random.pick(0...9) {
    case 0...4:
      action = .update(seed: random.next())
    case 5...6 where !reachable.isEmpty:
      action = .merge(from: reachable[random.pick(0...reachable.count - 1)])
    case 7...8 where !heard.isEmpty:
      action = .deliver(update: heard[random.pick(0...heard.count - 1)].number)
    case 9 where !heard.isEmpty:
      action = .mergeOld(step: heard[random.pick(0...heard.count - 1)].number)
    default:
      action = .update(seed: random.next())
    }
    steps.append(Step(number: number, replica: replica, action: action))
  }
  return steps
}

/// Carries out steps.
///
/// A step that refers to one that was taken out does nothing.
func run<State: BoundedJoinSemilattice>(
  _ steps: [Step], replicas: Int, update: Update<State>
) -> Trace<State> {
  var trace = Trace(replicas: [State](repeating: State(), count: replicas))
  var authors = (0..<replicas).map { HistoricalAuthor($0) }
  var deltas: [Int: State] = [:]
  var states: [Int: State] = [:]
  for step in steps {
    let name = authors[step.replica].name
    var line: String
    switch step.action {
    case .update(let seed):
      var random = Randomness(seed: seed)
      let before = trace.replicas[step.replica]
      var author = authors[step.replica].author(at: step.number)
      var delta = State?.none
      var refusal = (any Error)?.none
      do { delta = try update(&trace.replicas[step.replica], &author, &random) } catch {
        refusal = error
      }
      authors[step.replica].nextSequence = author.nextSequence
      deltas[step.number] = delta
      trace.changes.append(
        .init(
          author: author, before: before, after: trace.replicas[step.replica], delta: delta,
          wasRefused: refusal != nil))
      line = "\(name): \(random.note ?? "update")"
      if let refusal { line += ", refused (\(refusal))" }
    case .merge(let source):
      trace.replicas[step.replica].merge(trace.replicas[source])
      line = "\(name): merge \(authors[source].name)"
    case .deliver(let number):
      guard let delta = deltas[number] else { continue }
      trace.replicas[step.replica].merge(delta)
      line = "\(name): merge the delta of step \(number)"
    case .mergeOld(let number):
      guard let state = states[number] else { continue }
      trace.replicas[step.replica].merge(state)
      line = "\(name): merge the state after step \(number)"
    }
    let state = trace.replicas[step.replica]
    states[step.number] = state
    trace.visited.append(state)
    trace.history.append("\(step.number). \(line) → \(shown(state))")
  }
  return trace
}

/// A replica of an execution: its identity, and what its next write is named.
private struct HistoricalAuthor {
  let name: String
  var nextSequence: UInt64 = 1
  private let replica: ReplicaID
  private let skew: UInt64

  init(_ index: Int) {
    name = String(UnicodeScalar(UInt8(ascii: "A") + UInt8(truncatingIfNeeded: index % 26)))
    replica = ReplicaID(
      high: 0xAAAA_AAAA_AAAA_AAAA &+ 0x1111_1111_1111_1111 &* UInt64(index), low: 1)
    // Clocks differ, so that time and causality do.
    skew = UInt64(index * 7 % 5)
  }

  func author(at step: Int) -> Author {
    Author(
      replica, nextSequence: nextSequence,
      time: HybridTime(milliseconds: 1000 + UInt64(step) + skew))
  }
}

/// A value as text, cut where it gets long.
func shown(_ value: some Any) -> String {
  let text = String(describing: value)
  return text.count <= 300 ? text : text.prefix(300) + "…"
}
