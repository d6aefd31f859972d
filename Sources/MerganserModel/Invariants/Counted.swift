public import MerganserTypes

/// A counter of any kind, in which whatever is counted concurrently adds up.
///
/// Invariants over sums rest on that. ``/MerganserTypes/ResettableCounter`` is therefore none: two concurrent
/// resets take back once what both saw.
public protocol Counted: Replicated {
  /// What it shows, also where that does not fit 64 bits.
  ///
  /// Each replica counts within 64 bits; what they count together can be more. Invariants compare it at its full
  /// width, so that no row is out of their reach.
  var count: Int128 { get }

  /// What the incarnations of one row show together.
  ///
  /// The default is what their union shows.
  static func count(of incarnations: [Store]) -> Int128

  /// Which kind of write a change of one store is, for invariants over counters.
  ///
  /// The default tells by what both stores show: ``WriteKind/increment``, ``WriteKind/decrement``, or
  /// ``WriteKind/write`` if that is the same.
  static func kind(ofChangeFrom old: Store, to new: Store) -> WriteKind
}

extension Counted {
  /// Tells by what both stores show.
  public static func kind(ofChangeFrom old: Store, to new: Store) -> WriteKind {
    let before = Self(old).count
    let after = Self(new).count
    return after == before ? .write : after > before ? .increment : .decrement
  }

  /// What the union of the incarnations shows.
  @inlinable
  public static func count(of incarnations: [Store]) -> Int128 {
    guard var store = incarnations.first else { return 0 }
    for other in incarnations.dropFirst() { unite(&store, with: other, for: .reading) }
    return Self(store).count
  }
}

/// What the counter in a row shows, for whoever need not know its type.
@usableFromInline
package struct RowCount: Sendable {
  @usableFromInline package let count: @Sendable (AnyRow) -> Int128?

  @inlinable
  init(_ count: @escaping @Sendable (AnyRow) -> Int128?) { self.count = count }

  /// The count of counters of the given type.
  @inlinable
  package static func of<Counter: Counted>(_: Counter.Type) -> RowCount {
    RowCount { row in
      let living = row.typed(as: Counter.Store.self).living
      return living.isEmpty ? nil : Counter.count(of: living.map(\.store))
    }
  }

  /// What a row shows; `nil` if there is none.
  package func callAsFunction(_ row: AnyRow?) -> Int128? { row.flatMap(count) }
}
