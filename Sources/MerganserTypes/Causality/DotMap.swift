/// Dot stores by key; a key is here as long as its store has anything in it.
public struct DotMap<Key: Hashable & Sendable, Value: DotStore>: DotStore {
  @usableFromInline var entries: [Key: Value]

  /// The store with no key in it.
  @inlinable
  public init() { entries = [:] }

  @inlinable
  public var isBottom: Bool { entries.isEmpty }

  /// The store under `key`; one with nothing in it is the same as none.
  @inlinable
  public subscript(key: Key) -> Value? {
    get { entries[key] }
    set { entries[key] = newValue.flatMap { $0.isBottom ? nil : $0 } }
  }

  /// The keys that are here, in no particular order.
  @inlinable
  public var keys: Dictionary<Key, Value>.Keys { entries.keys }

  @inlinable
  public func forEachDot(_ body: (Dot) -> Void) {
    for value in entries.values { value.forEachDot(body) }
  }

  @inlinable
  @discardableResult
  public mutating func merge(
    _ other: Self, seen: CausalContext, otherSeen: CausalContext
  ) -> Bool {
    var changed = false
    for key in Set(entries.keys).union(other.entries.keys) {
      var mine = entries[key] ?? Value()
      if mine.merge(other.entries[key] ?? Value(), seen: seen, otherSeen: otherSeen) {
        self[key] = mine
        changed = true
      }
    }
    return changed
  }
}
