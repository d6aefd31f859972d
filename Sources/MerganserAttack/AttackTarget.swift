import Merganser
import MerganserDatabase

/// What is attacked: a plan, and the transactions that can be called.
struct AttackTarget<Base: TransactionSchema>: Sendable {
  let plan: Plan
  let schema: Base
  /// What the plan says must be refused.
  let limits: PlannedLimits
  /// All transactions: those that the plan lets run, those that it refuses, and those that it does not know.
  let transactions: [AnyDeclaredTransaction]
  /// How many of these the plan lets run.
  let admittedCount: Int
  /// How many of these the schema declares.
  let declaredCount: Int

  init(_ plan: Plan, schema: Base, others: [AnyDeclaredTransaction]) throws {
    self.plan = plan
    limits = try PlannedLimits(plan, of: schema)
    self.schema = schema
    let declared = schema.transactions
    func isRefused(_ transaction: AnyDeclaredTransaction) -> Bool {
      plan.entries[transaction.name]?.way == .refused
    }
    let admitted = declared.filter { !isRefused($0) }
    admittedCount = admitted.count
    declaredCount = declared.count
    transactions = (admitted + declared.filter(isRefused) + others)
      .filter { !$0.calls.isEmpty }
  }

  /// Those that the plan lets run.
  var admitted: ArraySlice<AnyDeclaredTransaction> { transactions.prefix(admittedCount) }

  /// Those that the schema declares.
  var declared: ArraySlice<AnyDeclaredTransaction> { transactions.prefix(declaredCount) }

  /// The invariants that do not hold of an empty database.
  var invariantsThatNeedAStart: Set<String> {
    get throws {
      let catalog = try Catalog(schema)
      let founder = ReplicaID.random()
      let empty = Database(catalog: catalog, replica: founder, founder: founder)
      return Set(try empty.snapshot.violations().map(\.invariant))
    }
  }

  /// The invariants that must hold, whatever runs: all, but where what the plan refuses runs, those that it says that
  /// this may break.
  func kept(isTentative: Bool) -> Set<String> {
    var kept = Set(schema.invariants.map(\.name))
    guard isTentative else { return kept }
    for entry in plan.entries.values where entry.way == .refused {
      kept.subtract(entry.invariants)
    }
    return kept
  }

  /// The call that a step names, and what a person calls it.
  func call(_ choice: AttackStep.Choice) -> (call: AnyDeclaredTransaction.Call, text: String) {
    let transaction = transactions[choice.transaction]
    let call = transaction.calls[choice.call]
    let varied = choice.variation.flatMap { call.varied($0) } ?? call
    return (varied, "\(transaction.name)(\(varied.arguments.joined(separator: ", ")))")
  }
}
