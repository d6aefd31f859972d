/// Where calls of a declared transaction run.
public enum Placement: Hashable, Sendable {
  /// At any replica, without coordination.
  case everywhere
  /// At the primary only, which is the database's founder: in one order, that everybody learns.
  case ordered
  /// At the replica that owns the value of one argument.
  case owned(byArgument: Int)
}

/// A declared transaction without the types of its arguments: what a schema lists and a search runs.
public struct AnyDeclaredTransaction: Sendable {
  /// The transaction with arguments.
  package struct Call: Sendable {
    /// The arguments as text.
    package let arguments: [String]
    /// The arguments.
    package let values: any Sendable
    /// Whether given arguments are the call's: of the same type, and equal.
    package let hasArguments: @Sendable (Any) -> Bool
    /// The same transaction with other arguments, which a number tells apart; `nil` where none can be made up.
    package let varied: @Sendable (UInt64) -> Call?
    package var body: @Sendable (borrowing Transaction) throws -> Void
    /// The arguments as a request carries them; `nil` if none can.
    package let encoded: @Sendable () -> [UInt8]?

    init<Arguments>(_ transaction: DeclaredTransaction<Arguments>, on arguments: Arguments) {
      self.arguments = transaction.text(arguments)
      values = arguments
      hasArguments = { other in
        (other as? Arguments).map { transaction.areEqual($0, arguments) } ?? false
      }
      varied = { number in
        transaction.varied(arguments, number).map { Call(transaction, on: $0) }
      }
      body = { try transaction.body($0, arguments) }
      encoded = { transaction.coding?.encode(arguments) }
    }
  }

  /// The transaction's name.
  public let name: String
  /// Where its calls run.
  public var placement: Placement = .everywhere
  /// The calls that a search tries.
  package private(set) var calls: [Call]
  /// Which edition of the code it is.
  public let edition: UInt64
  /// What runs locally with it; `nil` if nothing does.
  package let localPart: LocalPart?
  /// The call of arguments that a request carries; `nil` if a request cannot carry them.
  package let callOfRequest: (@Sendable ([UInt8]) throws -> Call)?

  /// The transaction without its types.
  public init<Arguments>(_ transaction: DeclaredTransaction<Arguments>) {
    name = transaction.name
    calls = transaction.domain.map { Call(transaction, on: $0) }
    edition = transaction.edition
    localPart = transaction.localPart
    guard let decode = transaction.coding?.decode else {
      callOfRequest = nil
      return
    }
    callOfRequest = { (bytes: [UInt8]) throws -> Call in
      Call(transaction, on: try decode(bytes))
    }
  }

  /// The call of the given arguments among those that a search tries; `nil` if there is none.
  package func call(of arguments: Any, text: [String]) -> Call? {
    calls.first { $0.arguments == text && $0.hasArguments(arguments) }
  }

  /// How many arguments the transaction has.
  public var argumentCount: Int { calls.first?.arguments.count ?? 0 }

  /// The transaction, restricted to run where `placement` says.
  public func placed(_ placement: Placement) -> AnyDeclaredTransaction {
    var copy = self
    copy.placement = placement
    return copy
  }

  /// The transaction with the first of its calls alone, for a search.
  package func limited(toCalls count: Int) -> AnyDeclaredTransaction {
    var copy = self
    copy.calls = Array(calls.prefix(count))
    return copy
  }

  /// A call as a person writes it.
  package func text(ofCall number: Int) -> String {
    "\(name)(\(calls[number].arguments.joined(separator: ", ")))"
  }
}

extension [AnyDeclaredTransaction] {
  /// Refuses two of one name, owners of arguments that there are not, and local parts that are not declared.
  ///
  /// - Throws: ``SchemaError/duplicateTransaction(_:)``; ``SchemaError/invalidTransaction(_:reason:)``.
  package func check() throws(SchemaError) {
    var names: Set<String> = []
    for transaction in self {
      guard names.insert(transaction.name).inserted else {
        throw .duplicateTransaction(transaction.name)
      }
      // One without calls has no arguments that anybody knows.
      guard case .owned(let argument) = transaction.placement, !transaction.calls.isEmpty,
        !(0..<transaction.argumentCount).contains(argument)
      else { continue }
      throw .invalidTransaction(
        transaction.name,
        reason: "it is placed at the owner of argument \(argument), counted from 0, and has "
          + "\(transaction.argumentCount) of them; name one that it has")
    }
    for transaction in self {
      for part in transaction.localPart?.names ?? [] where !names.contains(part) {
        throw .invalidTransaction(
          transaction.name,
          reason: "\(part) runs with it, and is not declared; list it in transactions")
      }
    }
  }
}

/// A schema that declares, besides its tables and invariants, the transactions that run over them.
///
/// What is declared can be decided before it runs: whether it may run without coordination, and if not,
/// what helps. A ``Plan`` says the outcome, and a replica of such a schema is opened with one.
///
/// ```swift
/// struct Savings: TransactionSchema {
///   let accounts = Table<String, PNCounter>("accounts")
///
///   var invariants: [any Invariant] { Limit("not below 0", on: accounts, atLeast: 0) }
///
///   var transactions: [AnyDeclaredTransaction] {
///     save
///     spend
///   }
///
///   var save: DeclaredTransaction<Int64> {
///     DeclaredTransaction("save", over: [1, 2]) { tx, amount in
///       try tx[accounts, "ann"].increment(by: amount)
///     }
///   }
///   // …
/// }
/// ```
public protocol TransactionSchema: Schema {
  /// The declared transactions, each with the arguments that a search tries.
  @TransactionsBuilder var transactions: [AnyDeclaredTransaction] { get }

  /// Writes what stands in a database at first; by default nothing.
  ///
  /// A search begins with it, and so does every database: its founder commits it as the first version. It must be a
  /// function of nothing, and keep every invariant.
  func start(_ tx: borrowing Transaction) throws
}

extension TransactionSchema {
  /// Writes nothing.
  public func start(_ tx: borrowing Transaction) throws {}
}

/// Collects declared transactions.
@resultBuilder
public enum TransactionsBuilder {
  /// One transaction.
  public static func buildExpression<Arguments>(
    _ one: DeclaredTransaction<Arguments>
  ) -> [AnyDeclaredTransaction] {
    [AnyDeclaredTransaction(one)]
  }

  /// One transaction without its types.
  public static func buildExpression(_ one: AnyDeclaredTransaction) -> [AnyDeclaredTransaction] {
    [one]
  }

  /// Several transactions.
  public static func buildExpression(
    _ several: [AnyDeclaredTransaction]
  ) -> [AnyDeclaredTransaction] { several }

  /// Transactions one after the other.
  public static func buildBlock(_ parts: [AnyDeclaredTransaction]...) -> [AnyDeclaredTransaction] {
    parts.flatMap { $0 }
  }

  /// Transactions under a condition.
  public static func buildOptional(_ part: [AnyDeclaredTransaction]?) -> [AnyDeclaredTransaction] {
    part ?? []
  }

  /// The transactions of the first branch.
  public static func buildEither(
    first part: [AnyDeclaredTransaction]
  ) -> [AnyDeclaredTransaction] { part }

  /// The transactions of the second branch.
  public static func buildEither(
    second part: [AnyDeclaredTransaction]
  ) -> [AnyDeclaredTransaction] { part }

  /// The transactions of a loop.
  public static func buildArray(_ parts: [[AnyDeclaredTransaction]]) -> [AnyDeclaredTransaction] {
    parts.flatMap { $0 }
  }
}
