import MerganserTypes

/// What the set benchmarks need of a set, so that both sides do exactly the same.
///
/// The types that conform name their elements' type, as a user's code does: a witness of a generic type
/// would not be specialized.
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

/// An add-wins set of integers.
struct Integers: SetWork {
  var value = ORSet<UInt64>()
  mutating func add(_ element: UInt64, by replica: ReplicaID) { value.insert(element, as: replica) }
  mutating func drop(_ element: UInt64) { value.remove(element, as: Benchmark.a) }
  func has(_ element: UInt64) -> Bool { value.contains(element) }
  mutating func take(_ other: Self) { value.merge(other.value) }
  func news(since known: Self) -> Self {
    Self(value: value.delta(since: known.value.context))
  }
  var size: Int { value.count }
}

/// The obvious set of integers.
struct BaselineIntegers: SetWork {
  var value = Baseline<UInt64>()
  mutating func add(_ element: UInt64, by replica: ReplicaID) { value.insert(element, as: replica) }
  mutating func drop(_ element: UInt64) { value.remove(element) }
  func has(_ element: UInt64) -> Bool { value.contains(element) }
  mutating func take(_ other: Self) { value.merge(other.value) }
  func news(since known: Self) -> Self {
    Self(value: value.delta(since: known.value))
  }
  var size: Int { value.entries.count }
}

/// An add-wins set of strings.
struct Strings: SetWork {
  var value = ORSet<String>()
  mutating func add(_ element: String, by replica: ReplicaID) { value.insert(element, as: replica) }
  mutating func drop(_ element: String) { value.remove(element, as: Benchmark.a) }
  func has(_ element: String) -> Bool { value.contains(element) }
  mutating func take(_ other: Self) { value.merge(other.value) }
  func news(since known: Self) -> Self {
    Self(value: value.delta(since: known.value.context))
  }
  var size: Int { value.count }
}

/// The obvious set of strings.
struct BaselineStrings: SetWork {
  var value = Baseline<String>()
  mutating func add(_ element: String, by replica: ReplicaID) { value.insert(element, as: replica) }
  mutating func drop(_ element: String) { value.remove(element) }
  func has(_ element: String) -> Bool { value.contains(element) }
  mutating func take(_ other: Self) { value.merge(other.value) }
  func news(since known: Self) -> Self {
    Self(value: value.delta(since: known.value))
  }
  var size: Int { value.entries.count }
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
