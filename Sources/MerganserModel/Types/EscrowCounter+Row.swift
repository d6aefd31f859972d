public import MerganserTypes

// EscrowCounter as what a row holds.

extension EscrowCounter: KnownValue {
  package static var words: ChangeWords { .count }
  package var readable: ReadableValue {
    ReadableValue(count: { () throws(LatticeError) in try value })
  }

  /// The rights that others hold now and did not hold before: what was transferred to them.
  package func furtherChanges(since old: EscrowCounter?, to others: [ReplicaID]) -> [String] {
    guard let terms = try? EscrowTerms(lower: 0, upper: 0, founder: nil) else { return [] }
    let old = old ?? EscrowCounter()
    var words: [String] = []
    for replica in others {
      for direction in [Direction.decrement, .increment] {
        let before = old.rights(of: replica, towards: direction, under: terms) ?? 0
        let after = rights(of: replica, towards: direction, under: terms) ?? 0
        let (gained, overflow) = after.subtractingReportingOverflow(before)
        guard gained > 0, !overflow else { continue }
        let name = direction == .decrement ? "rights" : "rights to increment"
        words.append("\(gained) \(name) to \(replica.shortDescription)")
      }
    }
    return words
  }
}

extension EscrowCounter: RowLattice {}

extension EscrowCounter: Counted {
  /// How many there are.
  public var count: Int128 { exactValue }

  /// The sum of what each incarnation shows.
  public static func count(of incarnations: [EscrowCounter]) -> Int128 {
    incarnations.reduce(0) { $0 + $1.exactValue }
  }

  /// Tells by what both show; if that is the same, rights moved.
  public static func kind(
    ofChangeFrom old: EscrowCounter, to new: EscrowCounter
  ) -> WriteKind {
    let before = old.exactValue
    let after = new.exactValue
    return after == before ? .transfer : after > before ? .increment : .decrement
  }
}

extension Item where Value == EscrowCounter {
  /// Counts `amount` up, within the rights that this replica holds.
  ///
  /// - Throws: ``InvariantViolation`` with the shortfall, if it holds too few.
  public func increment(by amount: Int64 = 1) throws {
    try spend(amount, towards: .increment) { store, part, author, terms in
      try store.increment(by: part, as: author.replica, under: terms)
    }
  }

  /// Counts `amount` down, within the rights that this replica holds.
  ///
  /// - Throws: ``InvariantViolation`` with the shortfall, if it holds too few.
  public func decrement(by amount: Int64 = 1) throws {
    try spend(amount, towards: .decrement) { store, part, author, terms in
      try store.decrement(by: part, as: author.replica, under: terms)
    }
  }

  /// Gives `amount` of the rights that this replica holds to another one.
  ///
  /// - Throws: ``InvariantViolation`` with the shortfall, if it holds too few.
  public func transfer(
    _ amount: Int64, of direction: EscrowCounter.Direction, to receiver: ReplicaID
  ) throws {
    try spend(amount, towards: direction) { store, part, author, terms in
      try store.transfer(part, of: direction, as: author.replica, to: receiver, under: terms)
    }
  }

  /// How far `replica` may move the counter in `direction` now; `nil` if no bound limits that.
  public func rights(
    of replica: ReplicaID, towards direction: EscrowCounter.Direction
  ) throws -> Int64? {
    try view(of: try incarnations.array, context: try open())
      .rights(of: replica, towards: direction)
  }

  private func view(
    of incarnations: [Row<EscrowCounter>.Incarnation], context: any TransactionContext
  ) -> EscrowView {
    EscrowView(
      incarnations, limits: context.escrow(ofTable: number)?.limits, founder: context.founder,
      succession: context.succession)
  }

  /// Applies `spend` to as many incarnations as it takes to find `amount` rights.
  private func spend(
    _ amount: Int64, towards direction: EscrowCounter.Direction,
    spend: (inout EscrowCounter, Int64, Author, EscrowTerms) throws -> EscrowCounter
  ) throws {
    let context = try open()
    let holder = context.author.replica
    if let held = try rights(of: holder, towards: direction), held < amount {
      throw shortfall(needed: amount, available: held, towards: direction, context: context)
    }
    try write { row, dead, author in
      let before = row.mark
      do {
        let view = view(of: row.incarnations.array, context: context)
        let isMint = view.limits != nil && holder == view.mint
        let holdsNone = !view.incarnations.contains {
          view.isMinted($0.dot) && !dead.contains($0.dot)
        }
        if row.count(except: dead) == 0 || (isMint && holdsNone) {
          _ = try row.create(as: &author)
        }
        try spendHeld(
          amount, towards: direction, in: row, except: dead, as: &author, context: context,
          spend: spend)
      } catch {
        row.goBack(to: before)
        throw error
      }
    }
  }

  /// Takes the rights from one incarnation after the other.
  private func spendHeld(
    _ amount: Int64, towards direction: EscrowCounter.Direction,
    in row: TypedStagedRow<EscrowCounter>, except dead: [Dot], as author: inout Author,
    context: any TransactionContext,
    spend: (inout EscrowCounter, Int64, Author, EscrowTerms) throws -> EscrowCounter
  ) throws {
    let view = view(of: row.incarnations.array, context: context)
    var rest = amount
    for (place, incarnation) in view.incarnations.enumerated()
    where !dead.contains(incarnation.dot) {
      let rights = try view.rights(of: author.replica, towards: direction, in: incarnation)
      let part = min(rest, max(rights ?? .max, 0))
      // What is not positive goes through once, for the counter itself to say what it makes of it.
      if part == 0, rest > 0 { continue }
      try row.update(at: place, as: &author) { store, author in
        let terms = try view.terms(of: incarnation.dot)
        return Causal(try spend(&store, part, author, terms), context: [])
      }
      rest -= part
      if rest <= 0 { break }
    }
  }

  private func shortfall(
    needed: Int64, available: Int64, towards direction: EscrowCounter.Direction,
    context: any TransactionContext
  ) -> InvariantViolation {
    InvariantViolation(
      invariant: context.escrow(ofTable: number)?.invariant ?? table.name, table: table.name,
      key: "\(key)",
      found: "this replica holds rights to \(direction.rawValue) by \(available)",
      needed: "rights to \(direction.rawValue) by \(needed)",
      shortfall: .init(needed: needed, available: available))
  }
}
