public import MerganserTypes

/// Deltas that come one after the other, and are joined by and by: two that are of as many each.
///
/// To join each into one that grows would cost, in the end, the square of their number.
@usableFromInline
package struct DeltaJoin<Store: DotStore & BinaryCodable> {
  @usableFromInline package var parts: Few<Causal<Store>>
  /// Of how many deltas each part is the join.
  ///
  /// A list of its own: to look at a number copies no delta, each of which is made of many references.
  @usableFromInline package var counts: Few<Int>

  @inlinable
  init() {
    parts = Few()
    counts = Few()
  }

  @inlinable
  package var isEmpty: Bool { counts.isEmpty }

  @inlinable
  package mutating func add(_ delta: consuming Causal<Store>) {
    var count = 1
    while (counts.last ?? .max) <= count, var joined = parts.popLast() {
      count += counts.popLast() ?? 0
      joined.merge(delta)
      swap(&joined, &delta)
    }
    counts.append(count)
    parts.append(delta)
  }

  /// The join of all.
  @inlinable
  package func joined() -> Causal<Store> {
    // Most rows are written to once.
    if parts.more.isEmpty, let only = parts.first { return only }
    var parts = parts
    guard var last = parts.popLast() else { return Causal() }
    while var joined = parts.popLast() {
      joined.merge(last)
      swap(&joined, &last)
    }
    return last
  }

  /// Joins all into one, and lets `body` change it.
  @inlinable
  package mutating func change(_ body: (inout Causal<Store>) -> Void) {
    var delta = joined()
    let count = counts.reduce(0, +)
    self = DeltaJoin()
    body(&delta)
    guard count > 0 else { return }
    counts.append(count)
    parts.append(delta)
  }
}
