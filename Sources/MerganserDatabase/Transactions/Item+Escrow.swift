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
      incarnations, bounds: bounds, founder: workspace.founder
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
    try createHolding(holder)
    let view = EscrowView(incarnations, bounds: bounds, founder: workspace.founder)
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
    let dots = incarnations.map { $0.dot }
    let isMint = bounds != nil && holder == workspace.founder
    if dots.isEmpty || (isMint && !dots.contains { $0.replica == holder }) {
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

/// The incarnations of an escrow counter's row, under the bounds of its table.
///
/// Each incarnation is a counter of its own, with rights of its own. Rights are minted once: an
/// incarnation begins with those that the bounds give exactly if the founder created it. The founder
/// creates one only where it sees none of its own, so that at most one of them lives in any state that a
/// replica can be in, and the sum of the incarnations stays within the bounds.
struct EscrowView {
  let incarnations: [Row<EscrowCounter>.Incarnation]
  let bounds: Bounds?
  let founder: ReplicaID

  init(_ incarnations: [Row<EscrowCounter>.Incarnation], bounds: Bounds?, founder: ReplicaID) {
    self.incarnations = incarnations
    self.bounds = bounds
    self.founder = founder
  }

  /// The terms under which an incarnation counts.
  func terms(of incarnation: Dot) throws(LatticeError) -> EscrowTerms {
    try EscrowTerms(
      lower: bounds?.lower, upper: bounds?.upper,
      founder: incarnation.replica == founder ? founder : nil)
  }

  /// The rights of a replica in one incarnation; nothing where no bound limits them.
  func rights(
    of replica: ReplicaID, towards direction: EscrowCounter.Direction,
    in incarnation: Row<EscrowCounter>.Incarnation
  ) throws(LatticeError) -> Int64? {
    incarnation.store.rights(
      of: replica, towards: direction, under: try terms(of: incarnation.dot))
  }

  /// The rights of a replica in the whole row; nothing where no bound limits them.
  ///
  /// More than `Int64.max` is told as `Int64.max`. The founder's rights count where it has not created
  /// an incarnation yet, as it would on its next write.
  func rights(
    of replica: ReplicaID, towards direction: EscrowCounter.Direction
  ) throws(LatticeError) -> Int64? {
    let bound = direction == .decrement ? bounds?.lower : bounds?.upper
    guard let bound else { return nil }
    var sum: Int128 = 0
    for incarnation in incarnations {
      sum += Int128(try rights(of: replica, towards: direction, in: incarnation) ?? 0)
    }
    if replica == founder, !incarnations.contains(where: { $0.dot.replica == founder }) {
      sum += Int128(bound.magnitude)
    }
    return Int64(clamping: sum)
  }
}
