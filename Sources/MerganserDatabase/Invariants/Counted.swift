public import MerganserTypes

/// A counter of any kind.
public protocol Counted: Replicated {
  /// What it shows, also where that does not fit 64 bits.
  ///
  /// Each replica counts within 64 bits; what they count together can be more. Rules compare it at its full
  /// width, so that no row is out of their reach.
  var count: Int128 { get }

  /// What the incarnations of one row show together.
  ///
  /// The default is what their union shows.
  static func count(of incarnations: [Store]) -> Int128
}

extension Counted {
  /// What the union of the incarnations shows.
  @inlinable
  public static func count(of incarnations: [Store]) -> Int128 {
    guard var store = incarnations.first else { return 0 }
    for other in incarnations.dropFirst() { unite(&store, with: other, for: .reading) }
    return Self(store).count
  }
}

extension GCounter: Counted {
  /// How many there are.
  public var count: Int128 { exactValue }

  /// The sum of what each incarnation shows.
  public static func count(of incarnations: [GCounter]) -> Int128 {
    incarnations.reduce(0) { $0 + $1.exactValue }
  }
}

extension PNCounter: Counted {
  /// How many there are.
  public var count: Int128 { exactValue }

  /// The sum of what each incarnation shows.
  public static func count(of incarnations: [PNCounter]) -> Int128 {
    incarnations.reduce(0) { $0 + $1.exactValue }
  }
}

extension EscrowCounter: Counted {
  /// How many there are.
  public var count: Int128 { exactValue }

  /// The sum of what each incarnation shows.
  public static func count(of incarnations: [EscrowCounter]) -> Int128 {
    incarnations.reduce(0) { $0 + $1.exactValue }
  }
}

/// What the counter in a row shows, for whoever need not know its type.
@usableFromInline
struct RowCount: Sendable {
  @usableFromInline let count: @Sendable (AnyRow) -> Int128?

  @inlinable
  init(_ count: @escaping @Sendable (AnyRow) -> Int128?) { self.count = count }

  /// The count of counters of the given type.
  @inlinable
  static func of<Counter: Counted>(_: Counter.Type) -> RowCount {
    RowCount { row in
      let living = row.typed(as: Counter.Store.self).living
      return living.isEmpty ? nil : Counter.count(of: living.map(\.store))
    }
  }

  /// What a row shows; `nil` if there is none.
  func callAsFunction(_ row: AnyRow?) -> Int128? { row.flatMap(count) }
}
