/// A set of live dots, with nothing attached to them.
public struct DotSet: DotStore, Hashable {
  @usableFromInline var live: Set<Dot>

  /// The store with no dot in it.
  @inlinable
  public init() { live = [] }

  /// The store of the given dots.
  @inlinable
  public init(_ dots: some Sequence<Dot>) { live = Set(dots) }

  @inlinable
  public var isBottom: Bool { live.isEmpty }

  @inlinable
  public func forEachDot(_ body: (Dot) -> Void) {
    for dot in live { body(dot) }
  }

  @inlinable
  @discardableResult
  public mutating func merge(
    _ other: DotSet, seen: CausalContext, otherSeen: CausalContext
  ) -> Bool {
    var changed = false
    for dot in live where !other.live.contains(dot) && otherSeen.contains(dot) {
      live.remove(dot)
      changed = true
    }
    for dot in other.live where !live.contains(dot) && !seen.contains(dot) {
      live.insert(dot)
      changed = true
    }
    return changed
  }
}
