/// A counter that stays within bounds on every replica, without asking anyone.
///
/// The distance to each bound is split into rights, which replicas hold. A decrement uses up rights to
/// decrement, and gives its replica as many to increment; an increment the other way round. A replica
/// spends only what it holds, so that no set of concurrent updates can pass a bound. Rights move
/// by ``transfer(_:of:as:to:under:)``, which only their holder makes.
///
/// | concurrent | increment | decrement | transfer |
/// | --- | --- | --- | --- |
/// | **increment** | both count | both count | both count |
/// | **decrement** | both count | both count | both count |
/// | **transfer** | both count | both count | both count |
///
/// The bounds are no part of the state: they are ``EscrowTerms``, the same on every replica. What a
/// replica has not yet seen can only add to its rights. Balegas, Serra, Duarte, Ferreira,
/// Rodrigues, Preguiça, Shapiro, Najafzadeh, *Extending Eventually Consistent Cloud Databases for
/// Enforcing Numeric Invariants* (2015), section IV.
///
/// An update costs O(*n* log *n*) for *n* replicas, a merge O(size of both); the state holds a
/// number for each pair of replicas between which rights have moved.
public struct EscrowCounter: Equatable, Sendable, Codable {
  /// A way to move.
  public typealias Direction = EscrowDirection

  var counts: PNCounter
  var incrementTransfers: EscrowTransfers
  var decrementTransfers: EscrowTransfers

  /// The counter at 0.
  public init() {
    counts = PNCounter()
    incrementTransfers = EscrowTransfers()
    decrementTransfers = EscrowTransfers()
  }

  /// The sum of all increments less that of all decrements.
  ///
  /// Under two bounds it always fits; see ``exactValue``.
  ///
  /// - Throws: ``LatticeError/valueOverflow`` where it does not fit.
  public var value: Int64 {
    get throws(LatticeError) { try counts.value }
  }

  /// The sum of all increments less that of all decrements, in so many bits that every value fits; see
  /// ``PNCounter/exactValue``.
  public var exactValue: Int128 { counts.exactValue }

  /// By how much `replica` may decrement now; `nil` if no bound limits that.
  ///
  /// More than `Int64.max` is told as `Int64.max`.
  public func rights(toDecrementOf replica: ReplicaID, under terms: EscrowTerms) -> Int64? {
    rights(of: replica, towards: .decrement, under: terms)
  }

  /// By how much `replica` may increment now; `nil` if no bound limits that.
  ///
  /// More than `Int64.max` is told as `Int64.max`.
  public func rights(toIncrementOf replica: ReplicaID, under terms: EscrowTerms) -> Int64? {
    rights(of: replica, towards: .increment, under: terms)
  }

  /// By how much `replica` may move in `direction` now; `nil` if no bound limits that.
  ///
  /// More than `Int64.max` is told as `Int64.max`.
  public func rights(
    of replica: ReplicaID, towards direction: Direction, under terms: EscrowTerms
  ) -> Int64? {
    exactRights(of: replica, towards: direction, under: terms).map { Int64(clamping: $0) }
  }

  /// By how much `replica` may move in `direction` now, also where that does not fit 64 bits; `nil` if
  /// no bound limits it.
  ///
  /// - Parameters:
  ///   - replica: whose rights.
  ///   - direction: towards which bound.
  ///   - terms: the bounds, and who began with what they give.
  ///   - delta: what is joined in for that; this counter stays as it is.
  /// - Returns: the rights, which are negative where it has spent more than it had.
  package func exactRights(
    of replica: ReplicaID, towards direction: Direction, under terms: EscrowTerms,
    with delta: EscrowCounter = EscrowCounter()
  ) -> Int128? {
    let bound = direction == .decrement ? terms.lower : terms.upper
    guard let bound else { return nil }
    if terms.heirs.isEmpty {
      return account(of: replica, towards: direction, bound: bound, under: terms, with: delta)
    }
    if terms.heirs[replica] != nil { return 0 }
    // What those held that have ended counts to their heir, now and whatever comes to them later.
    let estates = terms.heirs.filter { $0.value == replica }.keys
    return ([replica] + estates).reduce(Int128(0)) { sum, one in
      sum + account(of: one, towards: direction, bound: bound, under: terms, with: delta)
    }
  }

  /// Whether joining `delta` in can take rights towards a bound from `replica`.
  package func canSpend(
    by replica: ReplicaID, towards direction: Direction, delta: EscrowCounter
  ) -> Bool {
    switch direction {
    case .decrement:
      delta.counts.decrements(of: replica) > counts.decrements(of: replica)
        || !delta.decrementTransfers.isBottom
    case .increment:
      delta.counts.increments(of: replica) > counts.increments(of: replica)
        || !delta.incrementTransfers.isBottom
    }
  }

  /// What one replica was given and counted itself, less what it spent and gave away.
  private func account(
    of replica: ReplicaID, towards direction: Direction, bound: Int64, under terms: EscrowTerms,
    with delta: EscrowCounter
  ) -> Int128 {
    let up = Int128(
      max(counts.increments(of: replica), delta.counts.increments(of: replica)))
    let down = Int128(
      max(counts.decrements(of: replica), delta.counts.decrements(of: replica)))
    let minted = terms.founder == replica ? Int128(bound) : 0
    return switch direction {
    case .decrement:
      up - down - minted
        + decrementTransfers.balance(of: replica, with: delta.decrementTransfers)
    case .increment:
      down - up + minted
        + incrementTransfers.balance(of: replica, with: delta.incrementTransfers)
    }
  }

  /// Counts `amount` up as `replica`, using its rights; the delta is what that replica has counted up
  /// since ever.
  ///
  /// - Throws: ``LatticeError/insufficientRights(needed:available:)``, ``LatticeError/negativeAmount(_:)``,
  ///   ``LatticeError/amountOverflow(replica:held:amount:)``; nothing has changed then.
  @discardableResult
  public mutating func increment(
    by amount: Int64 = 1, as replica: ReplicaID, under terms: EscrowTerms
  ) throws(LatticeError) -> EscrowCounter {
    try authorize(amount, towards: .increment, by: replica, under: terms)
    var delta = EscrowCounter()
    delta.counts = try counts.increment(by: amount, as: replica)
    return delta
  }

  /// Counts `amount` down as `replica`, using its rights; the delta is what that replica has counted down
  /// since ever.
  ///
  /// - Throws: what ``increment(by:as:under:)`` throws.
  @discardableResult
  public mutating func decrement(
    by amount: Int64 = 1, as replica: ReplicaID, under terms: EscrowTerms
  ) throws(LatticeError) -> EscrowCounter {
    try authorize(amount, towards: .decrement, by: replica, under: terms)
    var delta = EscrowCounter()
    delta.counts = try counts.decrement(by: amount, as: replica)
    return delta
  }

  /// Gives `amount` of the rights that `holder`, who acts, has in `direction` to `receiver`; the delta is
  /// what `holder` has given it since ever.
  ///
  /// - Throws: ``LatticeError/insufficientRights(needed:available:)``, ``LatticeError/transferToSelf(_:)``,
  ///   ``LatticeError/transferNotPositive(_:)``, ``LatticeError/rightsUnlimited(_:)``,
  ///   ``LatticeError/amountOverflow(replica:held:amount:)``; nothing has changed then.
  @discardableResult
  public mutating func transfer(
    _ amount: Int64, of direction: Direction, as holder: ReplicaID, to receiver: ReplicaID,
    under terms: EscrowTerms
  ) throws(LatticeError) -> EscrowCounter {
    guard amount > 0 else { throw .transferNotPositive(amount) }
    guard holder != receiver else { throw .transferToSelf(holder) }
    guard rights(of: holder, towards: direction, under: terms) != nil else {
      throw .rightsUnlimited(direction)
    }
    try authorize(amount, towards: direction, by: holder, under: terms)
    let transfers = Self.transfers(direction)
    let given = try self[keyPath: transfers][holder, receiver].counting(amount, as: holder)
    self[keyPath: transfers][holder, receiver] = given
    var delta = EscrowCounter()
    delta[keyPath: transfers][holder, receiver] = given
    return delta
  }

  private func authorize(
    _ amount: Int64, towards direction: Direction, by replica: ReplicaID, under terms: EscrowTerms
  ) throws(LatticeError) {
    guard amount >= 0 else { throw .negativeAmount(amount) }
    guard let available = rights(of: replica, towards: direction, under: terms) else { return }
    guard amount <= available || amount == 0 else {
      throw .insufficientRights(needed: amount, available: available)
    }
  }

  private static func transfers(
    _ direction: Direction
  ) -> WritableKeyPath<EscrowCounter, EscrowTransfers> {
    direction == .decrement ? \.decrementTransfers : \.incrementTransfers
  }
}

extension EscrowCounter: Decomposable {
  /// Whether this is bottom.
  public var isBottom: Bool {
    counts.isBottom && incrementTransfers.isBottom && decrementTransfers.isBottom
  }

  /// Joins by the greater of each number: what a replica counted in each direction, and what it
  /// gave to each other.
  @discardableResult
  public mutating func merge(_ other: EscrowCounter) -> Bool {
    let counted = counts.merge(other.counts)
    let up = incrementTransfers.merge(other.incrementTransfers)
    let down = decrementTransfers.merge(other.decrementTransfers)
    return counted || up || down
  }

  /// Each number on its own.
  public func decomposed() -> [EscrowCounter] {
    parts(counts, path: \.counts) + parts(incrementTransfers, path: \.incrementTransfers)
      + parts(decrementTransfers, path: \.decrementTransfers)
  }

  private func parts<Part: Decomposable>(
    _ part: Part, path: WritableKeyPath<EscrowCounter, Part>
  ) -> [EscrowCounter] {
    part.decomposed().map {
      var counter = EscrowCounter()
      counter[keyPath: path] = $0
      return counter
    }
  }
}

extension EscrowCounter {
  /// Whether nobody else's counts are in it, and nothing that another one gave.
  public func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool {
    counts.canBeWritten(by: replica, at: time)
      && incrementTransfers.canBeWritten(by: replica, at: time)
      && decrementTransfers.canBeWritten(by: replica, at: time)
  }

  /// Counts for `author` what was counted from `before` to `after`, and gives as `author` what was given,
  /// by whomever.
  ///
  /// This knows no terms, and so looks at no rights: it suits a counter without bounds.
  /// ``repeatChange(of:from:to:by:under:)`` keeps them.
  @discardableResult
  public mutating func repeatChange(
    from before: EscrowCounter, to after: EscrowCounter, by author: inout Author
  ) throws(LatticeError) -> EscrowCounter {
    // Nothing is to have changed if a part is refused.
    var result = self
    var delta = EscrowCounter()
    delta.counts = try result.counts.repeatChange(
      from: before.counts, to: after.counts, by: &author)
    for direction in [Direction.increment, .decrement] {
      let transfers = Self.transfers(direction)
      let gifts = after[keyPath: transfers].given(since: before[keyPath: transfers])
      for (receiver, amount) in gifts where receiver != author.replica {
        let held = result[keyPath: transfers][author.replica, receiver]
        let given = try held.counting(
          amount.amount(as: author.replica, held: held), as: author.replica)
        result[keyPath: transfers][author.replica, receiver] = given
        delta[keyPath: transfers][author.replica, receiver] = given
      }
    }
    self = result
    return delta
  }

  /// Counts and gives as `replica`, under its rights, what `identity` counted and gave from `before` to
  /// `after`; the delta is the join of these updates.
  ///
  /// Of increments and decrements those come first that the others need for their rights. What others than
  /// `identity` did on the way is theirs, and not done again.
  ///
  /// - Throws: what ``increment(by:as:under:)`` and ``transfer(_:of:as:to:under:)`` throw where `replica`
  ///   may not do all of it; nothing has changed then.
  @discardableResult
  public mutating func repeatChange(
    of identity: ReplicaID, from before: EscrowCounter, to after: EscrowCounter,
    by replica: ReplicaID, under terms: EscrowTerms
  ) throws(LatticeError) -> EscrowCounter {
    let up = after.counts.increments(of: identity).since(before.counts.increments(of: identity))
    let down = after.counts.decrements(of: identity).since(before.counts.decrements(of: identity))
    var result = self
    var delta = EscrowCounter()
    do throws(LatticeError) {
      delta.merge(
        try result.increment(by: up.amount(as: replica, held: 0), as: replica, under: terms))
      delta.merge(
        try result.decrement(by: down.amount(as: replica, held: 0), as: replica, under: terms))
    } catch {
      guard case .insufficientRights = error else { throw error }
      result = self
      delta = EscrowCounter()
      delta.merge(
        try result.decrement(by: down.amount(as: replica, held: 0), as: replica, under: terms))
      delta.merge(
        try result.increment(by: up.amount(as: replica, held: 0), as: replica, under: terms))
    }
    for direction in [Direction.increment, .decrement] {
      let transfers = Self.transfers(direction)
      let gifts = after[keyPath: transfers].given(since: before[keyPath: transfers], by: identity)
      for (receiver, amount) in gifts where receiver != replica {
        delta.merge(
          try result.transfer(
            amount.amount(as: replica, held: 0), of: direction, as: replica, to: receiver,
            under: terms))
      }
    }
    self = result
    return delta
  }
}

extension EscrowCounter: LatticeStore, Replicated {
  /// Adds the numbers of both for reading: each row began to count at 0, even if one replica wrote to
  /// both.
  ///
  /// Updates and transfers are made on one row's counter after the other, as the rights in each allow. A
  /// sum that does not fit 64 bits makes every reading throw ``LatticeError/valueOverflow``.
  public static func unite(
    _ store: inout EscrowCounter, with concurrent: EscrowCounter, for access: RowAccess
  ) {
    guard access == .reading else { return }
    PNCounter.unite(&store.counts, with: concurrent.counts, for: access)
    store.incrementTransfers.unite(with: concurrent.incrementTransfers)
    store.decrementTransfers.unite(with: concurrent.decrementTransfers)
  }
}

extension EscrowCounter: BinaryCodable {
  /// Appends what this holds.
  public func encode(to encoder: inout BinaryEncoder) {
    counts.encode(to: &encoder)
    incrementTransfers.encode(to: &encoder)
    decrementTransfers.encode(to: &encoder)
  }

  /// Reads what `encode(to:)` wrote.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    counts = try PNCounter(from: &decoder)
    incrementTransfers = try EscrowTransfers(from: &decoder)
    decrementTransfers = try EscrowTransfers(from: &decoder)
  }
}

extension EscrowCounter: CustomStringConvertible {
  /// The value as text.
  public var description: String { counts.description }
}

extension EscrowCounter: BuiltInType {}
