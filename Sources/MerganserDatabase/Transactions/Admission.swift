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
  /// How much that this replica submits to the order may be open.
  package let requestBudget: RequestBudget
  /// How declared transactions run.
  package let plan: Plan?
  private let foundingText: String?
  private let tentative: Set<String>
  private let founder: ReplicaID
  private let owner: (@Sendable (String) -> ReplicaID)?
  private let declared: [String: AnyDeclaredTransaction]
  /// By table: an invariant that the plan keeps by its own transactions.
  private let reserved: [String: String]
  /// By table: a transaction that rests on a search in which nobody else wrote to it.
  private let searched: [String: String]
  private let permissions: [String: Permission]

  /// The admission of a schema's declared transactions by a plan.
  ///
  /// - Parameters:
  ///   - declared: the schema's declared transactions.
  ///   - catalog: the schema.
  ///   - plan: how they run.
  ///   - tentative: those that are to run, though the plan refuses them, on this replica's own state.
  ///   - founder: who orders.
  ///   - owner: who owns a value, as text, of an argument that the plan gives to owners; without one the
  ///     founder owns them all.
  ///   - timeLimit: how long a transaction's closure may run; `nil` for no limit.
  ///   - requestBudget: how much that this replica submits to the order may be open.
  /// - Throws: ``/MerganserModel/PlanError``, if there is one that must not run.
  package init(
    of declared: [AnyDeclaredTransaction], in catalog: Catalog, by plan: Plan?,
    tentative: Set<String> = [], founder: ReplicaID,
    owner: (@Sendable (String) -> ReplicaID)? = nil, timeLimit: Duration? = nil,
    requestBudget: RequestBudget = RequestBudget()
  ) throws(PlanError) {
    if plan == nil, !declared.isEmpty { throw .missing(transactions: declared.map(\.name)) }
    if let plan, plan.fingerprint != catalog.fingerprint {
      throw .otherSchema(expected: catalog.fingerprint, found: plan.fingerprint)
    }
    for transaction in declared {
      _ = try plan?.admit(
        transaction.name, to: catalog, isTentative: tentative.contains(transaction.name))
      try plan?.requireSearched(transaction)
      if case .owned(let argument)? = plan?.entries[transaction.name]?.way,
        !transaction.calls.isEmpty, !(0..<transaction.argumentCount).contains(argument)
      {
        throw .noSuchArgument(
          transaction.name, argument: argument, count: transaction.argumentCount)
      }
    }
    self.timeLimit = timeLimit
    self.requestBudget = requestBudget
    self.plan = plan
    self.tentative = tentative
    self.founder = founder
    self.owner = owner
    self.declared = Dictionary(declared.map { ($0.name, $0) }) { first, _ in first }
    digest = plan?.digest ?? 0
    ordersAny = plan?.entries.values.contains { $0.way == .ordered } ?? false
    holdsAny = declared.contains { $0.localPart != nil }
    foundingText = plan?.foundingText
    reserved = plan?.reserved(in: catalog) ?? [:]
    searched = plan?.searchedTables ?? [:]
    var permissions: [String: Permission] = [:]
    for (name, entry) in plan?.entries ?? [:] where entry.way != .refused {
      permissions[name] = Permission(name, by: entry)
    }
    self.permissions = permissions
  }

  /// A declared transaction; `nil` if there is none of that name.
  package func declared(_ name: String) -> AnyDeclaredTransaction? { declared[name] }

  /// Whether the plan orders a transaction.
  package func orders(_ name: String) -> Bool { plan?.entries[name]?.way == .ordered }

  /// Whether the plan orders any.
  package let ordersAny: Bool

  /// Whether any has a local part.
  package let holdsAny: Bool

  /// What a transaction may write that is only a closure.
  package func clearance(_ scope: Scope) -> Clearance {
    var clearance = Clearance(scope: scope)
    clearance.plan = digest
    // A search speaks of all that is written to its tables, whatever that promises to others.
    clearance.searched = searched
    if scope == .everywhere { clearance.reserved = reserved }
    return clearance
  }

  /// The call that is to run in the place of the one that is given, with the same arguments; `nil` for that itself.
  ///
  /// What rests on a search runs the code and the arguments that were searched.
  ///
  /// - Throws: ``/MerganserModel/PlanError/unsearchedArguments(_:arguments:)``.
  package func searchedCall(
    of name: String, arguments: Any, text: [String]
  ) throws(PlanError) -> AnyDeclaredTransaction.Call? {
    guard let entry = plan?.entries[name], entry.basis != .theorems, entry.way != .refused else {
      return nil
    }
    guard let call = declared[name]?.call(of: arguments, text: text) else {
      throw declared[name] == nil
        ? .undeclared(name) : .unsearchedArguments(name, arguments: text)
    }
    return call
  }

  /// What a call of a declared transaction may write at a replica.
  ///
  /// - Parameters:
  ///   - name: the transaction.
  ///   - arguments: its arguments, as text.
  ///   - replica: where it is to run.
  ///   - state: what the call is to see. In the place of a founder or owner that has ended there, its heir runs
  ///     what was to run at it.
  ///   - catalog: the schema of the state.
  /// - Returns: the clearance.
  /// - Throws: ``/MerganserModel/PlanError``, if it is not declared, or runs elsewhere.
  package func clearance(
    ofCall name: String, arguments: [String], at replica: ReplicaID, in state: DatabaseState,
    of catalog: Catalog
  ) throws -> Clearance {
    guard declared[name] != nil else { throw PlanError.undeclared(name) }
    guard let entry = plan?.entries[name] else { throw PlanError.undecided(name) }
    var clearance = Clearance(scope: .everywhere)
    clearance.plan = digest
    clearance.kept = Set(entry.invariants)
    clearance.permission = permissions[name]
    switch entry.way {
    case .local, .escrow, .cascade: break
    case .ordered:
      clearance.order = .group
      if try state.chosen(in: catalog, founder: founder) == nil {
        try require(name, at: founder, by: replica, in: state)
      } else if try replica != state.orderAuthor(in: catalog, founder: founder) {
        throw OrderError.votedOn(name)
      }
    case .owned(let argument):
      guard arguments.indices.contains(argument) else {
        throw PlanError.noSuchArgument(name, argument: argument, count: arguments.count)
      }
      try require(name, at: owner?(arguments[argument]) ?? founder, by: replica, in: state)
    case .refused:
      guard tentative.contains(name) else {
        throw PlanError.refused(
          name, invariants: entry.invariants, reason: entry.reason)
      }
      // What it may break is what the plan names, and not what others rest on.
      clearance.searched = searched
      return clearance
    }
    if entry.basis != .theorems {
      clearance.permission?.seatOf = try requireSeat(
        name, of: entry.basis.replicas, by: replica, in: state, of: catalog)
    }
    return clearance
  }

  /// Refuses a call that rests on a search of some replicas, of which `replica` is none, or of a database that was
  /// founded by another plan.
  ///
  /// - Returns: the ended replica in whose seat it runs; `nil` if it has one of its own, or needs none.
  private func requireSeat(
    _ name: String, of replicas: Int?, by replica: ReplicaID, in state: DatabaseState,
    of catalog: Catalog
  ) throws -> ReplicaID? {
    guard let founding = try state.foundingPlan(in: catalog) else {
      if state.vector[founder] > 0 { throw PlanError.otherFoundingPlan(name) }
      throw PlanError.beforeStart(name, founder: founder)
    }
    guard founding.text == foundingText else { throw PlanError.otherFoundingPlan(name) }
    guard let replicas else { return nil }
    let noSeat = PlanError.noSeat(name, replica: replica, replicas: replicas)
    if founding.seats.contains(replica) { return nil }
    let inherited = founding.seats.filter { state.succession.holder(for: $0) == replica }
    guard let first = inherited.first else { throw noSeat }
    let complete = inherited.first { state.lacking(replica, inPlaceOf: $0) == nil }
    if let complete { return complete }
    throw PlanError.behindCut(name, of: state.lacking(replica, inPlaceOf: first) ?? first)
  }

  /// Refuses to run a call but at a replica, or in the place of it once it has ended.
  private func require(
    _ name: String, at place: ReplicaID, by replica: ReplicaID, in state: DatabaseState
  ) throws(PlanError) {
    let holder = state.succession.holder(for: place)
    if replica != holder { throw .runsElsewhere(name, at: holder) }
    if let lacking = state.lacking(replica, inPlaceOf: place) {
      throw .behindCut(name, of: lacking)
    }
  }
}

extension Plan {
  /// Refuses a transaction that rests on a search of other arguments than it is declared over.
  ///
  /// - Throws: ``/MerganserModel/PlanError/otherArguments(_:declared:searched:)``.
  fileprivate func requireSearched(_ transaction: AnyDeclaredTransaction) throws(PlanError) {
    guard let entry = searchedEntries[transaction.name] else { return }
    let calls = transaction.calls.map(\.arguments)
    if Set(calls) == entry.arguments { return }
    throw .otherArguments(
      transaction.name, declared: calls,
      searched: entry.arguments.sorted { $0.lexicographicallyPrecedes($1) })
  }

  /// By table: an invariant that the plan keeps by its own transactions.
  fileprivate func reserved(in catalog: Catalog) -> [String: String] {
    var reserved: [String: String] = [:]
    let kept = Set(entries.values.filter { $0.way != .refused }.flatMap(\.invariants))
    for invariant in catalog.description.invariants where kept.contains(invariant.name) {
      for table in invariant.tables where reserved[table] == nil {
        reserved[table] = invariant.name
      }
    }
    return reserved
  }

  /// By table: a transaction that rests on a search in which nobody else wrote to it.
  var searchedTables: [String: String] {
    var tables: [String: String] = [:]
    for (name, entry) in searchedEntries.sorted(by: { $0.key < $1.key }) {
      for table in entry.reads.union(entry.writes.map(\.table)) where tables[table] == nil {
        tables[table] = name
      }
    }
    return tables
  }
}
