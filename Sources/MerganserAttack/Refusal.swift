import Merganser

/// An error by which something was refused.
struct Refusal {
  let error: any Error
  /// The error's type and case.
  let name: String

  init(_ error: any Error) {
    self.error = error
    let label = Mirror(reflecting: error).children.first?.label
    let isEnumeration = Mirror(reflecting: error).displayStyle == .enum
    name = "\(type(of: error))" + (isEnumeration ? label.map { ".\($0)" } ?? "" : "")
  }

  /// Whether a write or a call may be refused so: by the errors of the article "When a write is refused", or by what
  /// its own code throws.
  var isDocumentedForWrites: Bool {
    guard error is any MerganserError else { return true }
    return error is InvariantViolation || error is TransactionError || error is LatticeError
      || error is SchemaError || error is KeyError || error is PlanError
  }

  /// Whether giving a seat may be refused so.
  var isDocumentedForSeats: Bool {
    error is PlanError || error is TransactionError || error is InvariantViolation
  }

  /// Whether ending a replica may be refused so.
  var isDocumentedForSuccession: Bool { error is SuccessionError || error is TransactionError }
}
