public import MerganserModel

/// A transaction that a simulation runs now and then, at some replica.
public struct SimulatedTransaction: Sendable {
  /// What runs; what it throws takes it back, as in `Replica.write`.
  public typealias Body = @Sendable (borrowing Transaction, inout Draw) throws -> Void

  /// What runs of a transaction.
  enum Work: Sendable {
    case closure(Body)
    case declared(AnyDeclaredTransaction)
    /// One that is submitted to the order.
    case ordered(AnyDeclaredTransaction)
  }

  /// The name by which histories call it.
  public let name: String
  /// How often it runs beside the others, from 1 to a million; what is beyond is taken for these.
  public let weight: Int
  /// The first of the simulation's programs that has it; 0 for all.
  public let program: Int
  /// Whether it is sent as a request, now and then more than once and to several replicas.
  public let isRequest: Bool
  let work: Work

  private static let greatestWeight = 1_000_000

  /// Whether it is submitted to an order.
  var isOrdered: Bool { if case .ordered = work { true } else { false } }

  /// The transaction of the given parts.
  ///
  /// - Parameters:
  ///   - name: the name by which histories call it.
  ///   - weight: how often it runs beside the others.
  ///   - program: the first of the simulation's programs that has it.
  ///   - isRequest: whether it is sent as a request (`Replica.write(request:contents:scope:recordsRefusal:body:)`), now
  ///     and then more than once and to several replicas.
  ///   - body: what runs. It draws all that it chooses, and is otherwise a function of what it reads.
  public init(
    _ name: String, weight: Int = 1, since program: Int = 0, isRequest: Bool = false,
    body: @escaping Body
  ) {
    self.name = name
    self.weight = min(max(1, weight), Self.greatestWeight)
    self.program = program
    self.isRequest = isRequest
    work = .closure(body)
  }

  /// A declared transaction, with one of the arguments that a search tries.
  init(_ transaction: AnyDeclaredTransaction, isOrdered: Bool) {
    name = transaction.name
    weight = 1
    program = 0
    isRequest = false
    work = isOrdered ? .ordered(transaction) : .declared(transaction)
  }
}

/// Collects the transactions of a simulation.
@resultBuilder
public enum SimulatedTransactionsBuilder {
  /// Transactions one after the other.
  public static func buildBlock(_ parts: SimulatedTransaction...) -> [SimulatedTransaction] {
    parts
  }
}
