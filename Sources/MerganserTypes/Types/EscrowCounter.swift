/// A counter that stays within bounds on every replica, without asking anyone.
///
/// The distance to each bound is split into rights, which replicas hold. A decrement uses up rights to
/// decrement, and gives its replica as many to increment; an increment the other way round. A replica
/// spends only what it holds, so that no set of concurrent updates can pass a bound. Rights move
/// by ``transfer(_:of:from:to:under:)``, which only their holder makes.
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
  public enum Direction: String, Hashable, Sendable, Codable {
    /// Up, to the upper bound.
    case increment
    /// Down, to the lower bound.
    case decrement
  }

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
  /// - Throws: ``LatticeError/valueOverflow`` where it does not fit.
  public var value: Int64 {
    get throws(LatticeError) { try counts.value }
  }

  /// The sum of all increments less that of all decrements, also where it does not fit 64 bits.
  package var sum: Int128 { counts.sum }

  /// By how much `replica` may decrement now; nothing where no bound limits that.
  ///
  /// More than `Int64.max` is told as `Int64.max`.
  public func rights(toDecrementOf replica: ReplicaID, under terms: EscrowTerms) -> Int64? {
    rights(of: replica, towards: .decrement, under: terms)
  }

  /// By how much `replica` may increment now; nothing where no bound limits that.
  ///
  /// More than `Int64.max` is told as `Int64.max`.
  public func rights(toIncrementOf replica: ReplicaID, under terms: EscrowTerms) -> Int64? {
    rights(of: replica, towards: .increment, under: terms)
  }

  /// By how much `replica` may move in `direction` now; nothing where no bound limits that.
  ///
  /// More than `Int64.max` is told as `Int64.max`.
  public func rights(
    of replica: ReplicaID, towards direction: Direction, under terms: EscrowTerms
  ) -> Int64? {
    exactRights(of: replica, towards: direction, under: terms).map { Int64(clamping: $0) }
  }

  /// By how much `replica` may move in `direction` now, also where that does not fit 64 bits; nothing where
  /// no bound limits it.
  package func exactRights(
    of replica: ReplicaID, towards direction: Direction, under terms: EscrowTerms
  ) -> Int128? {
    let bound = direction == .decrement ? terms.lower : terms.upper
    guard let bound else { return nil }
    let up = Int128(counts.increments(of: replica))
    let down = Int128(counts.decrements(of: replica))
    let minted = terms.founder == replica ? Int128(bound) : 0
    return switch direction {
    case .decrement: up - down - minted + decrementTransfers.balance(of: replica)
    case .increment: down - up + minted + incrementTransfers.balance(of: replica)
    }
  }

  /// Counts `amount` up as `replica`, using its rights.
  ///
  /// - Throws: ``LatticeError/insufficientRights(needed:available:)``, ``LatticeError/negativeAmount(_:)``,
  ///   ``LatticeError/amountOverflow(replica:held:amount:)``; nothing has changed then.
  public mutating func increment(
    _ amount: Int64 = 1, by replica: ReplicaID, under terms: EscrowTerms
  ) throws(LatticeError) {
    try authorize(amount, .increment, by: replica, under: terms)
    try counts.increment(amount, by: replica)
  }

  /// Counts `amount` down as `replica`, using its rights.
  ///
  /// - Throws: what ``increment(_:by:under:)`` throws.
  public mutating func decrement(
    _ amount: Int64 = 1, by replica: ReplicaID, under terms: EscrowTerms
  ) throws(LatticeError) {
    try authorize(amount, .decrement, by: replica, under: terms)
    try counts.decrement(amount, by: replica)
  }

  /// Gives `amount` of the rights that `holder`, who acts, has in `direction` to `receiver`.
  ///
  /// - Throws: ``LatticeError/insufficientRights(needed:available:)``, ``LatticeError/transferToSelf(_:)``,
  ///   ``LatticeError/transferNotPositive(_:)``, ``LatticeError/rightsUnlimited(_:)``,
  ///   ``LatticeError/amountOverflow(replica:held:amount:)``; nothing has changed then.
  public mutating func transfer(
    _ amount: Int64, of direction: Direction, from holder: ReplicaID, to receiver: ReplicaID,
    under terms: EscrowTerms
  ) throws(LatticeError) {
    guard amount > 0 else { throw .transferNotPositive(amount) }
    guard holder != receiver else { throw .transferToSelf(holder) }
    guard rights(of: holder, towards: direction, under: terms) != nil else {
      throw .rightsUnlimited(direction)
    }
    try authorize(amount, direction, by: holder, under: terms)
    let transfers = Self.transfers(direction)
    let given = self[keyPath: transfers][holder, receiver]
    self[keyPath: transfers][holder, receiver] = try given.counting(amount, as: holder)
  }

  private func authorize(
    _ amount: Int64, _ direction: Direction, by replica: ReplicaID, under terms: EscrowTerms
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

// The delta-mutators.
extension EscrowCounter {
  /// Counts `amount` up as `replica`; the delta is what that replica has counted up since ever.
  ///
  /// - Throws: what ``increment(_:by:under:)`` throws.
  public mutating func increment(
    by amount: Int64 = 1, as replica: ReplicaID, under terms: EscrowTerms
  ) throws(LatticeError) -> EscrowCounter {
    try authorize(amount, .increment, by: replica, under: terms)
    var delta = EscrowCounter()
    delta.counts = try counts.increment(by: amount, as: replica)
    return delta
  }

  /// Counts `amount` down as `replica`; the delta is what that replica has counted down since ever.
  ///
  /// - Throws: what ``increment(_:by:under:)`` throws.
  public mutating func decrement(
    by amount: Int64 = 1, as replica: ReplicaID, under terms: EscrowTerms
  ) throws(LatticeError) -> EscrowCounter {
    try authorize(amount, .decrement, by: replica, under: terms)
    var delta = EscrowCounter()
    delta.counts = try counts.decrement(by: amount, as: replica)
    return delta
  }

  /// Gives `amount` of the rights that `holder` has in `direction` to `receiver`; the delta is what
  /// `holder` has given it since ever.
  ///
  /// - Throws: what ``transfer(_:of:from:to:under:)`` throws.
  public mutating func transfer(
    _ amount: Int64, of direction: Direction, as holder: ReplicaID, to receiver: ReplicaID,
    under terms: EscrowTerms
  ) throws(LatticeError) -> EscrowCounter {
    try transfer(amount, of: direction, from: holder, to: receiver, under: terms)
    let transfers = Self.transfers(direction)
    var delta = EscrowCounter()
    delta[keyPath: transfers][holder, receiver] = self[keyPath: transfers][holder, receiver]
    return delta
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
    parts(counts, \.counts) + parts(incrementTransfers, \.incrementTransfers)
      + parts(decrementTransfers, \.decrementTransfers)
  }

  private func parts<Part: Decomposable>(
    _ part: Part, _ path: WritableKeyPath<EscrowCounter, Part>
  ) -> [EscrowCounter] {
    part.decomposed().map {
      var counter = EscrowCounter()
      counter[keyPath: path] = $0
      return counter
    }
  }
}

extension EscrowCounter: LatticeStore, Replicated {
  /// Adds the numbers of both: each row began to count at 0, even if one replica wrote to both.
  ///
  /// The result is for reading; updates and transfers are made on one row's counter. A sum that does
  /// not fit 64 bits makes every reading throw ``LatticeError/valueOverflow``.
  public static func unite(_ store: inout EscrowCounter, with concurrent: EscrowCounter) {
    PNCounter.unite(&store.counts, with: concurrent.counts)
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
