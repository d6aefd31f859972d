/// A dot store whose content is the join of minimal parts.
public protocol DecomposableStore: DotStore {
  /// Stores that hold one minimal part each, and join to this one.
  func parts() -> [Self]
}

/// A dot store in which everything lives by a dot, so that what is removed from it stays removed.
///
/// What an ``ORMap`` holds is one. A lattice with no dots is none: ``Incarnated`` makes one of it.
public protocol CausalStore: DecomposableStore {}

/// A lattice with no dots in it, as a store: merged as a store, it merges as a lattice.
public protocol LatticeStore: DecomposableStore, Decomposable {}

extension LatticeStore {
  /// A lattice with no dots is its own store, whatever initializers it has.
  public typealias Store = Self

  /// Makes the change as the lattice does; there is no dot to be named.
  @discardableResult
  public mutating func repeatChange(
    from before: Self, to after: Self, as author: inout Author
  ) throws(LatticeError) -> Causal<Self> {
    Causal(try repeatChange(from: before, to: after, by: &author), context: CausalContext())
  }

  /// The irreducibles.
  @inlinable
  public func parts() -> [Self] { decomposed() }
}
