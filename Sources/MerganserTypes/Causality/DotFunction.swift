/// Values by the dot that wrote them; where both sides hold a dot, their values merge.
///
/// A value that never changes once it is written is wrapped in ``Written``.
public struct DotFunction<Value: DotStore>: DotStore {
  @usableFromInline var entries: [Dot: Value]

  /// The store with no dot in it.
  @inlinable
  public init() { entries = [:] }

  @inlinable
  public var isBottom: Bool { entries.isEmpty }

  /// The value written under `dot`, if it lives; setting `nil` removes it.
  @inlinable
  public subscript(dot: Dot) -> Value? {
    get { entries[dot] }
    set { entries[dot] = newValue }
  }

  /// The live dots with their values, in the order of the dots.
  public var sortedEntries: [(dot: Dot, value: Value)] {
    entries.map { (dot: $0.key, value: $0.value) }.sorted { $0.dot < $1.dot }
  }

  @inlinable
  public func forEachDot(_ body: (Dot) -> Void) {
    for (dot, value) in entries {
      body(dot)
      value.forEachDot(body)
    }
  }

  @inlinable
  @discardableResult
  public mutating func merge(
    _ other: Self, seen: CausalContext, otherSeen: CausalContext
  ) -> Bool {
    var changed = false
    for dot in Array(entries.keys) {
      if let theirs = other.entries[dot] {
        if entries[dot]?.merge(theirs, seen: seen, otherSeen: otherSeen) == true { changed = true }
      } else if otherSeen.contains(dot) {
        entries[dot] = nil
        changed = true
      }
    }
    for (dot, value) in other.entries where entries[dot] == nil && !seen.contains(dot) {
      entries[dot] = value
      changed = true
    }
    return changed
  }

  /// The entries whose dots are new; where values change after they were written, all of them.
  @inlinable
  public func excluding(_ known: CausalContext) -> Self {
    guard Value.isWrittenOnce else { return self }
    var rest = Self()
    rest.entries = entries.filter { !known.contains($0.key) }
    return rest
  }
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

  @inlinable
  public var isBottom: Bool { value == nil }

  @inlinable
  public func forEachDot(_ body: (Dot) -> Void) {}

  @inlinable
  @discardableResult
  public mutating func merge(
    _ other: Self, seen: CausalContext, otherSeen: CausalContext
  ) -> Bool {
    guard value == nil, other.value != nil else { return false }
    value = other.value
    return true
  }

  @inlinable
  public static var isWrittenOnce: Bool { true }
}
