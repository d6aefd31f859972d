/// A type whose values have a least upper bound, their join, which ``merge(_:)`` takes.
///
/// Merge is associative, commutative and idempotent: replicas that took in the same states in any
/// order, any number of times, hold equal values. Shapiro, Preguiça, Baquero, Zawirski,
/// *Conflict-free Replicated Data Types* (2011), section 2.
///
/// The order of the lattice is derived from merge, see ``isCovered(by:)``. It is partial, therefore
/// never `Comparable`.
public protocol JoinSemilattice: Equatable, Sendable {
  /// Joins `other` into this value, and tells whether that made it grow.
  @discardableResult
  mutating func merge(_ other: Self) -> Bool

  /// Whether this value is below or equal to `other`: merging it there would bring nothing.
  ///
  /// The default merges into a copy; a type that can tell sooner has its own.
  func isCovered(by other: Self) -> Bool
}

extension JoinSemilattice {
  /// The join of this value and `other`.
  @inlinable
  public func merging(_ other: Self) -> Self {
    var result = self
    result.merge(other)
    return result
  }

  /// Whether merging this value into `other` would bring nothing.
  @inlinable
  public func isCovered(by other: Self) -> Bool {
    var copy = other
    return !copy.merge(self)
  }
}

/// A join-semilattice with a least value, bottom (⊥), which `init()` makes.
///
/// Bottom is the identity of merge: it is what a replica holds that has seen nothing.
public protocol BoundedJoinSemilattice: JoinSemilattice {
  /// Bottom.
  init()

  /// Whether this value is bottom.
  var isBottom: Bool { get }
}

extension BoundedJoinSemilattice {
  /// The least value, the identity of merge.
  @inlinable
  public static var bottom: Self { Self() }

  /// Whether this is bottom.
  @inlinable
  public var isBottom: Bool { self == Self() }
}

/// A lattice whose values are the join of minimal parts, their irreducibles.
///
/// Enes, Almeida, Baquero, Leitão, *Efficient Synchronization of State-based CRDTs* (2019),
/// section III: the decomposition of a value is unique and irredundant, and the least that a peer
/// lacks is the join of the irreducibles that do not lie below what the peer holds.
public protocol Decomposable: BoundedJoinSemilattice {
  /// The irreducibles whose join is this value; none for bottom.
  func decomposed() -> [Self]

  /// The least value that, merged into `known`, gives the join of `known` and this value.
  func delta(since known: Self) -> Self

  /// Makes the change that led from `before` to `after` once more, here and as `author`, and gives the
  /// delta.
  ///
  /// This is how what was written under an identity that has ended is written again under another: what
  /// replicas count each for themselves counts for `author`, what lives by a dot gets one of `author`'s,
  /// and what was removed is removed. Made on a value that equals `before`, the change gives a value that
  /// shows what `after` shows. On another one it is concurrent with what that one has beyond `before`.
  ///
  /// What `before` had already is not made again, wherever it came from: of a change that added nothing to it
  /// nothing is left, as of a value that ``Max`` observed below the one that it had.
  ///
  /// The default joins `after.delta(since: before)`, which is right for every lattice that does not ask who wrote; a type whose
  /// state names replicas says how they are named anew.
  ///
  /// - Parameters:
  ///   - before: the value on which the change was made; covered by `after`.
  ///   - after: the value that the change made of it.
  ///   - author: who makes it now.
  /// - Returns: what changed here.
  /// - Throws: ``LatticeError`` where `author` cannot make it; nothing has changed then.
  @discardableResult
  mutating func repeatChange(
    from before: Self, to after: Self, by author: inout Author
  ) throws(LatticeError) -> Self

  /// Whether `replica` can have written this as a delta at `time`.
  ///
  /// A delta that comes from elsewhere is refused for good where this does not hold, so it follows from the
  /// delta alone: what replicas count each for themselves, `replica` counts under its own name, and no stamp is
  /// later than `time`. A lattice that is made of others asks these; one whose state names neither replicas nor times
  /// returns `true`. There is no default: a type that forgets to ask would take what a replica writes in the name of
  /// another.
  func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool
}

extension Decomposable {
  /// - Complexity: of the general form here, the number of irreducibles times the cost of a merge.
  ///   Types with large states have a faster one of their own.
  @inlinable
  public func delta(since known: Self) -> Self {
    var delta = Self()
    for part in decomposed() where !part.isCovered(by: known) { delta.merge(part) }
    return delta
  }

  /// Joins what `after` has beyond `before`.
  @discardableResult
  public mutating func repeatChange(
    from before: Self, to after: Self, by author: inout Author
  ) throws(LatticeError) -> Self {
    let delta = after.delta(since: before).delta(since: self)
    merge(delta)
    return delta
  }
}
