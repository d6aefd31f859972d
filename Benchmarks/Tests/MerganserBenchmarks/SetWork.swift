import MerganserTypes

/// What the set benchmarks need of a set, so that both sides do exactly the same.
protocol SetWork {
  associatedtype Element: Hashable
  init()
  mutating func add(_ element: Element, by replica: ReplicaID)
  mutating func drop(_ element: Element)
  func has(_ element: Element) -> Bool
  mutating func take(_ other: Self)
  func news(since known: Self) -> Self
  var size: Int { get }
}

extension ORSet: SetWork {
  mutating func add(_ element: Element, by replica: ReplicaID) { insert(element, by: replica) }
  mutating func drop(_ element: Element) { remove(element, by: Benchmark.a) }
  func has(_ element: Element) -> Bool { contains(element) }
  mutating func take(_ other: Self) { merge(other) }
  func news(since known: Self) -> Self { delta(since: known.context) }
  var size: Int { count }
}

extension Baseline: SetWork {
  mutating func add(_ element: Element, by replica: ReplicaID) { insert(element, by: replica) }
  mutating func drop(_ element: Element) { remove(element) }
  func has(_ element: Element) -> Bool { contains(element) }
  mutating func take(_ other: Self) { merge(other) }
  func news(since known: Self) -> Self { delta(since: known) }
  var size: Int { entries.count }
}

extension SetWork {
  /// A copy that shares nothing that the work could copy.
  func unshared() -> Self where Element == UInt64 {
    var copy = self
    copy.add(0, by: Benchmark.a)
    copy.drop(0)
    return copy
  }
}
