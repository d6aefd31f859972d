/// A lattice that may lack a bottom gets one: nothing, below everything else.
///
/// The bottom of a lattice that has its own lies above it: "there, and bottom" is more than "not there".
extension Optional: JoinSemilattice where Wrapped: JoinSemilattice {
  /// Joins what is there; what is not there adds nothing.
  @inlinable
  @discardableResult
  public mutating func merge(_ other: Self) -> Bool {
    guard let other else { return false }
    guard var mine = self else {
      self = other
      return true
    }
    // The value is taken out while it merges, so that it is not copied.
    self = nil
    defer { self = mine }
    return mine.merge(other)
  }
}

extension Optional: BoundedJoinSemilattice where Wrapped: JoinSemilattice {
  /// Nothing.
  @inlinable
  public init() { self = nil }

  /// Whether nothing is there.
  @inlinable
  public var isBottom: Bool { self == nil }
}

extension Optional: Decomposable where Wrapped: Decomposable {
  /// Whether it holds of what is there.
  @inlinable
  public func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool {
    self?.canBeWritten(by: replica, at: time) ?? true
  }

  /// Makes the change of what is there once more, from bottom if nothing was there.
  @discardableResult
  public mutating func repeatChange(
    from before: Self, to after: Self, by author: inout Author
  ) throws(LatticeError) -> Self {
    guard let after, before != after else { return nil }
    var mine = self ?? Wrapped()
    let delta = try mine.repeatChange(from: before ?? Wrapped(), to: after, by: &author)
    self = mine
    return delta
  }

  /// The parts of what is there; its bottom has itself as a part.
  public func decomposed() -> [Self] {
    guard let self else { return [] }
    return self.isBottom ? [self] : self.decomposed()
  }
}
