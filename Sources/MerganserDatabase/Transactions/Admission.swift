package import MerganserModel
package import MerganserTypes

/// What a plan lets the transactions of a database do.
///
/// It is decided once, when the database is opened, and asked at every transaction. Nothing is searched.
package final class Admission: Sendable {
  /// A number that replicas compare when they meet; 0 where there is no plan.
  package let digest: UInt64
  /// How long a transaction's closure may run; `nil` for no limit.
  package let timeLimit: Duration?
  private let plan: Plan?
  private let tentative: Set<String>
  private let founder: ReplicaID
  private let owner: (@Sendable (String) -> ReplicaID)?
  private let declared: Set<String>
  private let reserved: [String: String]

  /// The admission of a schema's declared transactions by a plan.
  ///
  /// - Parameters:
  ///   - declared: the names of the schema's declared transactions.
  ///   - catalog: the schema.
  ///   - plan: how they run.
  ///   - tentative: those that are to run, though the plan refuses them, on this replica's own state.
  ///   - founder: who orders.
  ///   - owner: who owns a value, as text, of an argument that the plan gives to owners; without one the
  ///     founder owns them all.
  ///   - timeLimit: how long a transaction's closure may run; `nil` for no limit.
  /// - Throws: ``/MerganserModel/PlanError``, if there is one that must not run.
  package init(
    of declared: [String], in catalog: Catalog, by plan: Plan?, tentative: Set<String> = [],
    founder: ReplicaID, owner: (@Sendable (String) -> ReplicaID)? = nil, timeLimit: Duration? = nil
  ) throws(PlanError) {
    if plan == nil, !declared.isEmpty { throw .missing(transactions: declared) }
    if let plan, plan.fingerprint != catalog.fingerprint {
      throw .otherSchema(expected: catalog.fingerprint, found: plan.fingerprint)
    }
    for name in declared {
      _ = try plan?.admit(name, to: catalog, isTentative: tentative.contains(name))
    }
    self.timeLimit = timeLimit
    self.plan = plan
    self.tentative = tentative
    self.founder = founder
    self.owner = owner
    self.declared = Set(declared)
    digest = plan?.digest ?? 0
    var reserved: [String: String] = [:]
    let kept = Set(
      (plan?.entries.values).map { $0.filter { $0.way != .refused }.flatMap(\.invariants) } ?? [])
    for invariant in catalog.description.invariants where kept.contains(invariant.name) {
      for table in invariant.tables {
        if reserved[table] == nil { reserved[table] = invariant.name }
      }
    }
    self.reserved = reserved
  }

  /// What a transaction may write that is only a closure.
  package func clearance(_ scope: Scope) -> Clearance {
    var clearance = Clearance(scope: scope)
    clearance.plan = digest
    if scope == .everywhere { clearance.reserved = reserved }
    return clearance
  }

  /// What a call of a declared transaction may write at a replica.
  ///
  /// - Parameters:
  ///   - name: the transaction.
  ///   - arguments: its arguments, as text.
  ///   - replica: where it is to run.
  ///   - state: what the call is to see. In the place of a founder or owner that has ended there, its heir runs
  ///     what was to run at it.
  /// - Returns: the clearance.
  /// - Throws: ``/MerganserModel/PlanError``, if it is not declared, or runs elsewhere.
  package func clearance(
    ofCall name: String, arguments: [String], at replica: ReplicaID, in state: DatabaseState
  ) throws(PlanError) -> Clearance {
    guard declared.contains(name) else { throw .undeclared(name) }
    guard let entry = plan?.entries[name] else { throw .undecided(name) }
    var clearance = Clearance(scope: .everywhere)
    clearance.plan = digest
    clearance.kept = Set(entry.invariants)
    switch entry.way {
    case .local, .escrow, .cascade: break
    case .ordered:
      let place = state.succession.holder(for: founder)
      if replica != place { throw .runsElsewhere(name, at: place) }
    case .owned(let argument):
      guard arguments.indices.contains(argument) else { throw .undecided(name) }
      let place = state.succession.holder(for: owner?(arguments[argument]) ?? founder)
      if replica != place { throw .runsElsewhere(name, at: place) }
    case .refused:
      guard tentative.contains(name) else {
        throw .refused(name, invariants: entry.invariants, counterexample: entry.counterexample)
      }
    }
    return clearance
  }
}
