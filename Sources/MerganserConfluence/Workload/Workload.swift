public import MerganserDatabase
public import MerganserTypes

/// What is to be decided: a schema, what stands in the database at first, and the transactions that
/// replicas run, each with the arguments that are tried.
///
/// The transactions are the program's own closures. They must be functions of what they read and of
/// their arguments: the same call on the same state writes the same.
public struct Workload: Sendable {
  /// The name by which reports call it.
  public let name: String
  /// The schema.
  public let catalog: Catalog
  /// What stands in the database before the replicas part; committed by the founder.
  public let start: @Sendable (borrowing Transaction) throws -> Void
  /// What replicas run.
  public internal(set) var transactions: [DeclaredTransaction]

  /// A workload over a schema.
  ///
  /// - Throws: ``MerganserDatabase/SchemaError``, if the schema makes no sense.
  public init(
    _ name: String, schema: some Schema,
    start: @escaping @Sendable (borrowing Transaction) throws -> Void = { _ in },
    @TransactionsBuilder transactions: () -> [DeclaredTransaction]
  ) throws(SchemaError) {
    self.name = name
    catalog = try Catalog(schema)
    self.start = start
    self.transactions = transactions()
  }

  /// The replicas of a search, in order; the first is the founder, and the primary of what is ordered.
  public static let replicas = (1...4).map { ReplicaID(high: UInt64($0) << 60, low: 0) }

  /// What a replica of a search is called in reports.
  static func name(ofReplica place: Int) -> String { ["A", "B", "C", "D"][place] }
}

/// Collects the transactions of a workload.
@resultBuilder
public enum TransactionsBuilder {
  /// One transaction.
  public static func buildExpression(_ one: DeclaredTransaction) -> [DeclaredTransaction] { [one] }

  /// Transactions one after the other.
  public static func buildBlock(_ parts: [DeclaredTransaction]...) -> [DeclaredTransaction] {
    parts.flatMap { $0 }
  }

  /// Transactions under a condition.
  public static func buildOptional(_ part: [DeclaredTransaction]?) -> [DeclaredTransaction] {
    part ?? []
  }

  /// The transactions of the first branch.
  public static func buildEither(first part: [DeclaredTransaction]) -> [DeclaredTransaction] {
    part
  }

  /// The transactions of the second branch.
  public static func buildEither(second part: [DeclaredTransaction]) -> [DeclaredTransaction] {
    part
  }

  /// The transactions of a loop.
  public static func buildArray(_ parts: [[DeclaredTransaction]]) -> [DeclaredTransaction] {
    parts.flatMap { $0 }
  }
}
