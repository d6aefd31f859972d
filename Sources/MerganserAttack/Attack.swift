public import Merganser
import MerganserLaws

/// Attacks a plan: runs real replicas in memory by it, in all ways that may break what it keeps, and looks at every
/// invariant after every step.
///
/// ```swift
/// @Test func thePlanHolds() async throws {
///   try await attack(plan, on: Shop(), steps: 1000, seed: 1)
/// }
/// ```
///
/// The steps are dealt out to databases of two and more replicas, also more than were searched, with and without
/// seats. Replicas make calls that the plan knows, calls with other arguments, at any replica, and under a name with the
/// code of another transaction; they write the same outside of the plan; they sync in pairs, give seats, and end, and
/// others take their places. A database may begin with more than the schema's start. What the plan refuses is left out of
/// the schema; in some databases it runs tentatively instead, and then may break what the plan names, and nothing else.
///
/// Whatever the steps, the invariants must hold, replicas that have synced must be equal, and what is refused must
/// leave nothing behind and be refused by an error that is documented. What the plan's text does not allow must be refused,
/// whether or not it would break anything this time: other arguments, writes beyond what is listed, calls at other
/// replicas and without a seat, plain writes to what is reserved, another start. The attack knows nothing else of how a plan
/// is enforced.
///
/// - Parameters:
///   - plan: the plan.
///   - schema: the schema that it is for.
///   - steps: how many steps are made.
///   - seed: determines all of them.
///   - identities: the identities that replicas have, in order, for a schema that names some; further ones are random.
///   - others: transactions that the plan does not know. They are called, also under the names of those that it
///     knows, and written outside of it.
/// - Returns: what was done.
/// - Throws: ``AttackFailure``, with the shortest history found; ``/MerganserModel/PlanError`` and
///   ``/MerganserModel/SchemaError``, if no replica opens with the plan; `CancellationError`.
@discardableResult
public func attack(
  _ plan: Plan, on schema: some TransactionSchema, steps: Int = 1000, seed: UInt64 = 1,
  identities: [ReplicaID] = [],
  @TransactionsBuilder beside others: () -> [AnyDeclaredTransaction] = { [] }
) async throws -> AttackSummary {
  let target = try AttackTarget(plan, schema: schema, others: others())
  var random = Randomness(seed: seed)
  var summary = AttackSummary(expecting: target.admitted.map(\.name))
  while summary.steps < steps {
    let scene = AttackScene(target, identities: identities, using: &random)
    let most = min(steps - summary.steps, random.pick(10...[30, 60, 200][random.pick(0...2)]))
    let script = scene.script(of: most, on: target, using: &random)
    var run = try AttackRun(target, scene: scene, isFirst: summary.databases == 0)
    if let fault = try await run.take(script) {
      throw try await AttackFailure(
        fault, of: run, script: script, seed: seed, steps: summary.steps)
    }
    summary.add(run.summary)
  }
  return summary
}
