import Merganser

/// A schema with some of the transactions of another, whose databases may begin with more.
struct AttackedSchema<Base: TransactionSchema>: TransactionSchema, CustomReflectable {
  let base: Base
  let transactions: [AnyDeclaredTransaction]
  let invariants: [any Invariant]
  /// What is written behind the start.
  var addition: (@Sendable (borrowing Transaction) throws -> Void)?

  init(_ base: Base, transactions: some Sequence<AnyDeclaredTransaction>) {
    self.base = base
    self.transactions = Array(transactions)
    invariants = base.invariants
  }

  func start(_ tx: borrowing Transaction) throws {
    try base.start(tx)
    try addition?(tx)
  }

  /// The tables are the other schema's.
  var customMirror: Mirror { Mirror(reflecting: base) }
}
