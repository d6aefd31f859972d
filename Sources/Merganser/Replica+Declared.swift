public import MerganserDatabase

// Declared transactions.
extension Replica {
  /// Runs a declared transaction as the plan says, and returns when what it wrote is as safe as the
  /// storage makes it.
  ///
  /// - Parameters:
  ///   - transaction: the transaction.
  ///   - argument: its arguments, which need not be among those that a search tries.
  /// - Throws: ``MerganserDatabase/PlanError``, if it runs at another replica, or is not declared; and
  ///   what ``write(_:_:)`` throws. Nothing has happened then.
  public func perform<each Argument: Sendable>(
    _ transaction: DeclaredTransaction<(repeat each Argument)>, _ argument: repeat each Argument
  ) async throws {
    let arguments = (repeat each argument)
    let (wall, clearance) = (wall, try clearance(of: transaction, on: arguments))
    try await run { database in
      try database.transact(clearance: clearance, wall: wall()) { tx in
        try transaction.body(tx, arguments)
      }
    }
  }

  /// Runs a declared transaction as the plan says, so that it counts once, however often its request is
  /// sent to this replica; see ``write(request:_:_:)``.
  ///
  /// - Parameters:
  ///   - request: the request's id.
  ///   - transaction: the transaction.
  ///   - argument: its arguments, which need not be among those that a search tries.
  /// - Returns: that it committed, that it was refused for good, or what became of it before.
  /// - Throws: ``MerganserDatabase/PlanError``, if it runs at another replica, or is not declared: the
  ///   request may be sent there; and what ``write(request:_:_:)`` throws.
  @discardableResult
  public func perform<each Argument: Sendable>(
    request: RequestID, _ transaction: DeclaredTransaction<(repeat each Argument)>,
    _ argument: repeat each Argument
  ) async throws -> RequestResult<Void> {
    let arguments = (repeat each argument)
    let (wall, clearance) = (wall, try clearance(of: transaction, on: arguments))
    return try await run { database in
      try database.transact(request: request, clearance: clearance, wall: wall()) { tx in
        try transaction.body(tx, arguments)
      }
    }
  }

  private func clearance<Arguments>(
    of transaction: DeclaredTransaction<Arguments>, on arguments: Arguments
  ) throws(PlanError) -> Clearance {
    try admission.clearance(
      ofCall: transaction.name, arguments: transaction.text(arguments), at: id)
  }
}
