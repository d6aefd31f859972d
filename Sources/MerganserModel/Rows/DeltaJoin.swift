public import MerganserTypes

/// Deltas that come one after the other, and are joined by and by: two that are of as many each.
///
/// To join each into one that grows would cost, in the end, the square of their number.
@usableFromInline
package struct DeltaJoin<Store: DotStore & BinaryCodable> {
  @usableFromInline package var parts: Few<(count: Int, delta: Causal<Store>)>

  @inlinable
  init() { parts = Few() }

  @inlinable
  package var isEmpty: Bool { parts.isEmpty }

  @inlinable
  package mutating func add(_ delta: Causal<Store>) {
    var last = (count: 1, delta: delta)
    while (parts.last?.count ?? .max) <= last.count, let before = parts.popLast() {
      last = Self.joined(before, with: last)
    }
    parts.append(last)
  }

  /// The join of all.
  @inlinable
  package func joined() -> Causal<Store> {
    // Most rows are written to once.
    if parts.count == 1 { return parts[0].delta }
    var parts = parts
    guard var last = parts.popLast() else { return Causal() }
    while let before = parts.popLast() { last = Self.joined(before, with: last) }
    return last.delta
  }

  /// Joins all into one, and lets `body` change it.
  @inlinable
  package mutating func change(_ body: (inout Causal<Store>) -> Void) {
    var delta = joined()
    let count = parts.reduce(0) { $0 + $1.count }
    parts = Few()
    body(&delta)
    if count > 0 { parts.append((count, delta)) }
  }

  @inlinable
  package static func joined(
    _ first: (count: Int, delta: Causal<Store>), with second: (count: Int, delta: Causal<Store>)
  ) -> (count: Int, delta: Causal<Store>) {
    var delta = first.delta
    delta.merge(second.delta)
    return (first.count + second.count, delta)
  }
}
