public import MerganserConfluence
public import MerganserModel

/// A case of the literature, or of the same kinds, whose verdict is known: an invariant, transactions, and whether the ones are
/// I-confluent with the other.
public struct ConfluenceCase: Sendable {
  /// What is known.
  public enum Verdict: Hashable, Sendable {
    /// I-confluent, for any number of steps: the search ends.
    case closes
    /// I-confluent, by a theorem; the states do not end.
    case byInvariant
    /// Not I-confluent.
    case refuted
  }

  /// Its number among the cases.
  public let number: Int
  /// What has to hold, and what runs.
  public let title: String
  /// Whether that goes together.
  public let verdict: Verdict
  /// Who says so.
  public let source: String
  /// How many replicas it takes to see it.
  public let replicas: Int
  /// The schema and its transactions.
  public let workload: Workload

  init(
    _ number: Int, title: String, verdict: Verdict, source: String, replicas: Int = 2,
    schema: some Schema,
    start: @escaping @Sendable (borrowing Transaction) throws -> Void = { _ in },
    @TransactionsBuilder transactions: () -> [AnyDeclaredTransaction]
  ) throws(SchemaError) {
    self.number = number
    self.title = title
    self.verdict = verdict
    self.source = source
    self.replicas = replicas
    workload = try Workload(title, of: schema, start: start, transactions: transactions)
  }

  /// All of the cases, in order: those of the literature, and as many of the same kinds.
  ///
  /// - Throws: if a schema makes no sense, which none does.
  public static func all() throws(SchemaError) -> [ConfluenceCase] {
    try attributes() + references() + views() + counters() + collections() + resources()
      + furtherValues() + furtherCounts() + furtherRows()
  }
}

extension ConfluenceCase: CustomStringConvertible {
  /// As a person reads it.
  public var description: String { "\(number): \(title)" }
}

/// A transaction that does not go on, by its own choice.
struct Declined: Error {}
