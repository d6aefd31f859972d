import MerganserDatabase
public import MerganserModel
public import MerganserTypes

/// How transactions run: how long, and those that a schema declares by a plan, which is made beforehand and committed
/// beside the code.
///
/// ```swift
/// let plan = try Plan(parsing: String(contentsOfFile: "savings.plan", encoding: .utf8))
/// let lisbon = try await Replica.open(savings, at: "lisbon", running: Running(by: plan))
/// try await lisbon.perform(savings.spend, 30)
/// ```
public struct Running: Sendable {
  private let plan: Plan?
  private let tentative: Set<String>
  private let owner: Owner<String>

  /// How long a transaction's closure may run, while all other writes wait for it; `nil` for no limit.
  ///
  /// One that ran for longer is refused when it returns (``/MerganserModel/TransactionError/tookTooLong(limit:)``).
  /// A limit below zero is zero.
  public var timeLimit: Duration? = .seconds(10)

  /// How much that this replica submits to the order may be open (``/MerganserModel/OrderError/overBudget(open:limit:bytes:byteLimit:)``).
  public var requestBudget = RequestBudget()

  /// Without a plan: for schemas that declare no transactions.
  public init() {
    plan = nil
    tentative = []
    owner = .founder
  }

  /// By a plan.
  ///
  /// - Parameters:
  ///   - plan: the plan for this schema.
  ///   - tentative: transactions that the plan refuses and that are to run all the same, on each
  ///     replica's own state: a merge may then break the invariants that the plan names.
  ///   - owner: who owns a value, as text, of an argument that the plan gives to owners. What nobody owns
  ///     is the founder's.
  public init(
    by plan: Plan, tentatively tentative: Set<String> = [], owner: Owner<String> = .founder
  ) {
    self.plan = plan
    self.tentative = tentative
    self.owner = owner
  }

  /// By a plan, where a function says who owns a value.
  ///
  /// - Parameters:
  ///   - plan: the plan for this schema.
  ///   - tentative: transactions that the plan refuses and that are to run all the same.
  ///   - owner: who owns a value, as text, of an argument that the plan gives to owners; the same on
  ///     every replica, for ever.
  public init(
    by plan: Plan, tentatively tentative: Set<String> = [],
    owner: @escaping @Sendable (String) -> ReplicaID
  ) {
    self.init(by: plan, tentatively: tentative, owner: Owner(owner))
  }

  /// Whether the plan orders a transaction.
  package func orders(_ transaction: String) -> Bool {
    plan?.entries[transaction]?.way == .ordered
  }

  /// How long the code is compared with what was searched, beside its start.
  package var comparison = Duration.milliseconds(50)

  /// Refuses code that does something else than what was searched, as far as a sample shows.
  func check(_ schema: some Schema, in catalog: Catalog) throws(PlanError) {
    guard let schema = schema as? any TransactionSchema else { return }
    let begin = ContinuousClock.now
    try plan?.requireSearchedCode(
      start: { tx in try schema.start(tx) }, transactions: schema.transactions, in: catalog
    ) { ContinuousClock.now - begin >= comparison }
  }

  /// Founds a database in which nothing has happened, or widens the plan that it was founded by.
  ///
  /// - Returns: the versions to be stored.
  func found(
    _ schema: some Schema, in database: inout Database, wall: HybridTime
  ) throws -> [StoredVersion] {
    guard let schema = schema as? any TransactionSchema else { return [] }
    let first = try database.found(by: plan, wall: wall) { tx in try schema.start(tx) }
    return try [first ?? database.widen(to: plan, wall: wall)].compactMap { $0 }
  }

  func admission(
    of schema: some Schema, catalog: Catalog, founder: ReplicaID
  ) throws(PlanError) -> Admission {
    let declared = (schema as? any TransactionSchema)?.transactions ?? []
    return try Admission(
      of: declared, in: catalog, by: plan, tentative: tentative, founder: founder,
      owner: { [owner] value in owner.replica(owning: value, founder: founder) ?? founder },
      timeLimit: timeLimit.map { max($0, .zero) }, requestBudget: requestBudget)
  }
}

extension Admission {
  /// A transaction's closure that is refused if it runs for longer than closures may.
  func timed<Value>(
    _ body: @escaping @Sendable (borrowing Transaction) throws -> Value
  ) -> @Sendable (borrowing Transaction) throws -> Value {
    guard let timeLimit else { return body }
    return { tx in
      let start = ContinuousClock.now
      let value = try body(tx)
      if ContinuousClock.now - start > timeLimit {
        throw TransactionError.tookTooLong(limit: timeLimit)
      }
      return value
    }
  }
}
