/// Values by the dot that wrote them; where both sides hold a dot, their values merge.
///
/// A value that never changes once it is written is wrapped in ``Written``.
public struct DotFunction<Value: DotStore>: DotStore {
  @usableFromInline var live: LiveDots<Value>

  /// The store with no dot in it.
  @inlinable
  public init() { live = LiveDots() }

  /// Whether no dot lives.
  @inlinable
  public var isBottom: Bool { live.isEmpty }

  /// How many dots live.
  @inlinable
  public var count: Int { live.count }

  /// The value written under `dot`, if it lives; setting `nil` removes it.
  @inlinable
  public subscript(dot: Dot) -> Value? {
    get { live[dot] }
    set {
      if let newValue { live.set(dot, payload: newValue) } else { live.remove(dot) }
    }
  }

  /// The live dots with their values, in the order of the dots.
  @inlinable
  public var sortedEntries: [(dot: Dot, value: Value)] {
    var entries: [(dot: Dot, value: Value)] = []
    entries.reserveCapacity(live.count)
    live.forEach { entries.append((dot: $0, value: $1)) }
    return entries
  }

  /// Calls `body` with every live dot, those inside of values included.
  @inlinable
  public func forEachDot(_ body: (Dot) -> Void) {
    live.forEach { dot, value in
      body(dot)
      value.forEachDot(body)
    }
  }

  /// The live dots, as a context.
  @inlinable
  public var dots: CausalContext {
    var dots = live.dots
    if Value.isWrittenOnce { return dots }
    live.forEach { _, value in value.forEachDot { dots.insert($0) } }
    return dots
  }

  /// Joins `other` into this store by the rule of dot stores; values of a dot that both hold merge.
  @inlinable
  @discardableResult
  public mutating func merge(
    _ other: Self, seen: CausalContext, otherSeen: CausalContext
  ) -> Bool {
    if Value.isWrittenOnce { return live.merge(other.live, seen: seen, otherSeen: otherSeen) }
    return live.merge(other.live, seen: seen, otherSeen: otherSeen) {
      $0.merge($1, seen: seen, otherSeen: otherSeen)
    }
  }

  /// The entries whose dots are new; where values change after they were written, all of them.
  @inlinable
  public func excluding(_ known: CausalContext) -> Self {
    guard Value.isWrittenOnce else { return self }
    var rest = Self()
    rest.live = live.filter { !known.contains($0) }
    return rest
  }

  /// The entries that a side with `known` may lack, under a context that names their dots and the dead
  /// ones.
  @inlinable
  public func delta(under context: CausalContext, since known: CausalContext) -> Causal<Self> {
    // Values that change may have changed under any dot, and their own dots count as well.
    guard Value.isWrittenOnce else {
      return Causal(self, context: context)
    }
    let delta = live.delta(under: context, since: known)
    var store = Self()
    store.live = delta.dots
    return Causal(store, context: delta.context)
  }

  /// Whether values stay as they were written.
  @inlinable
  public static var changesByDotsAlone: Bool { Value.isWrittenOnce }

  /// Whether both hold the same dots with equal values.
  @inlinable
  public static func == (a: Self, b: Self) -> Bool { a.live == b.live }
}

/// A value that was written once, under a dot, and never changes.
public struct Written<Value: Hashable & Sendable>: DotStore, Hashable {
  /// What was written; nothing only in the store that `init()` makes.
  public var value: Value?

  /// The store in which nothing was written.
  @inlinable
  public init() { value = nil }

  /// The store of one written value.
  @inlinable
  public init(_ value: Value) { self.value = value }

  /// Holds: nothing but dots names who wrote.
  @inlinable
  public func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool { true }

  /// Whether this is bottom: nothing is in it.
  @inlinable
  public var isBottom: Bool { value == nil }

  /// Calls `body` with every dot that lives here.
  @inlinable
  public func forEachDot(_ body: (Dot) -> Void) {}

  /// Joins `other` into this store by the rule of dot stores.
  @inlinable
  @discardableResult
  public mutating func merge(
    _ other: Self, seen: CausalContext, otherSeen: CausalContext
  ) -> Bool {
    guard value == nil, other.value != nil else { return false }
    value = other.value
    return true
  }

  /// Whether values stay as they were written.
  @inlinable
  public static var isWrittenOnce: Bool { true }
}
