/// A container whose contents live by dots: what is no longer here, although its dot has been seen,
/// was removed.
///
/// A store has no context of its own. Whoever holds it says what has been seen: a ``Causal`` value
/// keeps a context beside its store, and a database keeps one for all of its rows. Almeida, Shoker,
/// Baquero, *Delta State Replicated Data Types* (2018), section 7.2.
///
/// A lattice with no dots in it conforms as well: merged as a store, it merges as a lattice.
public protocol DotStore: Equatable, Sendable {
  /// The store with nothing in it.
  init()

  /// Whether nothing is in it.
  var isBottom: Bool { get }

  /// Calls `body` with every dot that lives here, in no particular order.
  func forEachDot(_ body: (Dot) -> Void)

  /// The dots that live here, as a context.
  var dots: CausalContext { get }

  /// Whether `context` has seen every dot that lives here.
  func isCovered(by context: CausalContext) -> Bool

  /// Joins `other` into this store: a dot lives on if both hold it, or if one does and the other's
  /// context has not seen it.
  ///
  /// - Parameters:
  ///   - other: the store of the other side.
  ///   - seen: the context of this store; covers its dots.
  ///   - otherSeen: the context of `other`; covers its dots.
  /// - Returns: whether this store changed.
  @discardableResult
  mutating func merge(_ other: Self, seen: CausalContext, otherSeen: CausalContext) -> Bool

  /// The least state that, merged into one whose context is `known`, brings it everything of this
  /// store under `context`, which covers its dots.
  ///
  /// The default takes time in proportion to the whole store.
  func delta(under context: CausalContext, since known: CausalContext) -> Causal<Self>

  /// What of this store one whose context is `known` may lack: at least everything that lives by dots
  /// outside of it.
  ///
  /// A delta carries this much. The default is the whole store, which is right and never the least.
  func excluding(_ known: CausalContext) -> Self

  /// Makes the change that led from `before` to `after` once more, here and as `author`, and gives the
  /// delta; see ``Decomposable/repeatChange(from:to:by:)``.
  ///
  /// What was removed of `before` is removed; what is concurrent with the change stays. The default joins
  /// what ``excluding(_:)`` gives of `after`, under the dots that it has there. So it suits a store in which all
  /// lives by dots; what lives without is joined whole, what `before` had included.
  ///
  /// - Throws: ``LatticeError`` where `author` cannot make it; nothing has changed then.
  @discardableResult
  mutating func repeatChange(
    from before: Self, to after: Self, as author: inout Author
  ) throws(LatticeError) -> Causal<Self>

  /// Whether `replica` can have written this as a delta at `time`; see
  /// ``Decomposable/canBeWritten(by:at:)``.
  ///
  /// A store that has lattices in it asks these, and one of dots alone returns `true`: whose dots a version may name is asked
  /// of the version as a whole.
  func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool

  /// Whether a value of this type never changes after it was written under a dot, so that two copies
  /// under one dot are the same; false unless a type says otherwise.
  static var isWrittenOnce: Bool { get }

  /// Whether a store of this type changes only by dots that come or go, and ``excluding(_:)`` gives
  /// exactly what lives by dots outside of what is known; false unless a type says otherwise.
  static var changesByDotsAlone: Bool { get }
}

extension DotStore {
  /// What a side that has seen `known` may lack.
  @inlinable
  public func excluding(_ known: CausalContext) -> Self { self }

  /// What ``excluding(_:)`` gives, and a context that names its dots and those that are dead here.
  @inlinable
  public func delta(under context: CausalContext, since known: CausalContext) -> Causal<Self> {
    let carried = excluding(known)
    var settled = dots.intersection(known)
    settled.subtract(carried.dots)
    return Causal(carried, context: context.subtracting(settled))
  }

  /// Joins what is new in `after`, and removes what is gone there.
  @discardableResult
  public mutating func repeatChange(
    from before: Self, to after: Self, as author: inout Author
  ) throws(LatticeError) -> Causal<Self> {
    let old = before.dots
    let new = after.dots
    let came = after.excluding(old)
    var named = old.subtracting(new)
    named.merge(came.dots)
    // What was removed here meanwhile stays removed.
    merge(came, seen: old.subtracting(dots), otherSeen: named)
    return Causal(came, context: named)
  }

  /// Whether `context` has seen every dot that lives here.
  @inlinable
  public func isCovered(by context: CausalContext) -> Bool { dots.isCovered(by: context) }

  /// Whether values stay as they were written.
  @inlinable
  public static var isWrittenOnce: Bool { false }

  /// Whether nothing changes but dots that come or go.
  @inlinable
  public static var changesByDotsAlone: Bool { false }

  /// The dots that live here, as a context.
  public var dots: CausalContext {
    var dots: [Dot] = []
    forEachDot { dots.append($0) }
    dots.sort()
    return CausalContext(dots)
  }
}

extension DotStore where Self: BoundedJoinSemilattice {
  /// Calls `body` with every dot that lives here.
  @inlinable
  public func forEachDot(_ body: (Dot) -> Void) {}

  /// There is no dot to be covered.
  @inlinable
  public func isCovered(by context: CausalContext) -> Bool { true }

  /// Joins `other` into this store by the rule of dot stores.
  @inlinable
  @discardableResult
  public mutating func merge(
    _ other: Self, seen: CausalContext, otherSeen: CausalContext
  ) -> Bool {
    merge(other)
  }
}
