public import MerganserTypes

extension Item where Value == EscrowCounter {
  /// Counts `amount` up, within the rights that this replica holds.
  ///
  /// - Throws: ``InvariantViolation`` with the shortfall, if it holds too few.
  public func increment(by amount: Int64 = 1) throws {
    try spend(amount, .increment) { store, part, author, terms in
      try store.increment(by: part, as: author.replica, under: terms)
    }
  }

  /// Counts `amount` down, within the rights that this replica holds.
  ///
  /// - Throws: ``InvariantViolation`` with the shortfall, if it holds too few.
  public func decrement(by amount: Int64 = 1) throws {
    try spend(amount, .decrement) { store, part, author, terms in
      try store.decrement(by: part, as: author.replica, under: terms)
    }
  }

  /// Gives `amount` of the rights that this replica holds to another one.
  ///
  /// - Throws: ``InvariantViolation`` with the shortfall, if it holds too few.
  public func transfer(
    _ amount: Int64, of direction: EscrowCounter.Direction, to receiver: ReplicaID
  ) throws {
    try spend(amount, direction) { store, part, author, terms in
      try store.transfer(part, of: direction, as: author.replica, to: receiver, under: terms)
    }
  }

  /// How far `replica` may move the counter in `direction` now; nothing where no bound limits that.
  public func rights(
    of replica: ReplicaID, towards direction: EscrowCounter.Direction
  ) throws -> Int64? {
    try EscrowView(
      try incarnations, bounds: bounds, founder: workspace.founder,
      succession: workspace.succession
    ).rights(of: replica, towards: direction)
  }

  private var bounds: Bounds? { workspace.catalog.rules.tables[number].bounds }

  /// Applies `spend` to as many incarnations as it takes to find `amount` rights.
  private func spend(
    _ amount: Int64, _ direction: EscrowCounter.Direction,
    _ spend: (inout EscrowCounter, Int64, Author, EscrowTerms) throws -> EscrowCounter
  ) throws {
    let holder = workspace.author.replica
    if let held = try rights(of: holder, towards: direction), held < amount {
      throw shortfall(needed: amount, available: held, direction)
    }
    let (author, written) = (workspace.author, rows[writtenTo: encodedKey])
    do {
      try createHolding(holder)
      try spendHeld(amount, direction, holder, spend)
    } catch {
      (workspace.author, rows[writtenTo: encodedKey]) = (author, written)
      throw error
    }
  }

  /// Takes the rights from one incarnation after the other.
  private func spendHeld(
    _ amount: Int64, _ direction: EscrowCounter.Direction, _ holder: ReplicaID,
    _ spend: (inout EscrowCounter, Int64, Author, EscrowTerms) throws -> EscrowCounter
  ) throws {
    let view = EscrowView(
      try incarnations, bounds: bounds, founder: workspace.founder,
      succession: workspace.succession)
    var rest = amount
    for incarnation in view.incarnations {
      let rights = try view.rights(of: holder, towards: direction, in: incarnation)
      let part = min(rest, max(rights ?? .max, 0))
      // What is not positive goes through once, for the counter itself to say what it makes of it.
      if part == 0, rest > 0 { continue }
      try update(incarnation.dot) { store, author in
        let terms = try view.terms(of: incarnation.dot)
        return Causal(try spend(&store, part, author, terms), context: [])
      }
      rest -= part
      if rest <= 0 { break }
    }
  }

  /// Sees to it that the row is there, and that the founder has an incarnation that its rights are in.
  private func createHolding(_ holder: ReplicaID) throws {
    let view = EscrowView(
      try incarnations, bounds: bounds, founder: workspace.founder,
      succession: workspace.succession)
    let isMint = bounds != nil && holder == view.mint
    if view.incarnations.isEmpty
      || (isMint && !view.incarnations.contains { view.isMinted($0.dot) })
    {
      _ = try createIncarnation()
    }
  }

  private func shortfall(
    needed: Int64, available: Int64, _ direction: EscrowCounter.Direction
  ) -> InvariantViolation {
    InvariantViolation(
      invariant: bounds?.name ?? table.name, table: table.name, key: "\(key)",
      found: "this replica holds rights to \(direction.rawValue) by \(available)",
      needed: "rights to \(direction.rawValue) by \(needed)",
      shortfall: .init(needed: needed, available: available))
  }
}
