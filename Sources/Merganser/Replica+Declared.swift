public import MerganserDatabase

// Declared transactions.
extension Replica {
  /// Runs a declared transaction as the plan says, and returns when what it wrote is as safe as the
  /// storage makes it.
  ///
  /// - Throws: ``MerganserDatabase/PlanError``, if it runs at another replica, or is not declared; and
  ///   what ``write(_:_:)`` throws. Nothing has happened then.
  public func perform(_ transaction: DeclaredTransaction<Void>) async throws {
    try await perform(transaction, on: ())
  }

  /// Runs a declared transaction of one argument as the plan says; see ``perform(_:)``.
  public func perform<Argument>(
    _ transaction: DeclaredTransaction<Argument>, _ argument: Argument
  ) async throws {
    try await perform(transaction, on: argument)
  }

  /// Runs a declared transaction of two arguments as the plan says; see ``perform(_:)``.
  public func perform<First, Second>(
    _ transaction: DeclaredTransaction<(First, Second)>, _ first: First, _ second: Second
  ) async throws {
    try await perform(transaction, on: (first, second))
  }

  /// Runs a declared transaction of three arguments as the plan says; see ``perform(_:)``.
  public func perform<First, Second, Third>(
    _ transaction: DeclaredTransaction<(First, Second, Third)>, _ first: First, _ second: Second,
    _ third: Third
  ) async throws {
    try await perform(transaction, on: (first, second, third))
  }

  private func perform<Arguments>(
    _ transaction: DeclaredTransaction<Arguments>, on arguments: Arguments
  ) async throws {
    let clearance = try admission.clearance(
      ofCall: transaction.name, arguments: transaction.text(arguments), at: id)
    let wall = wall
    try await run { database in
      try database.transact(clearance: clearance, wall: wall()) { tx in
        try transaction.body(tx, arguments)
      }
    }
  }
}
