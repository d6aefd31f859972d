public import MerganserTypes

/// A counter of any kind.
public protocol Counted: Replicated {
  /// What it shows.
  var count: Int64 { get throws }
}

extension GCounter: Counted {
  /// How many there are.
  public var count: Int64 { get throws { Int64(clamping: try value) } }
}

extension PNCounter: Counted {
  /// How many there are.
  public var count: Int64 { get throws { try value } }
}

extension EscrowCounter: Counted {
  /// How many there are.
  public var count: Int64 { get throws { try value } }
}

/// What the counter in a row shows, for whoever need not know its type.
@usableFromInline
struct RowCount: Sendable {
  @usableFromInline let count: @Sendable (AnyRow) throws -> Int64?

  @inlinable
  init(_ count: @escaping @Sendable (AnyRow) throws -> Int64?) { self.count = count }

  /// The count of counters of the given type.
  @inlinable
  static func of<Counter: Counted>(_: Counter.Type) -> RowCount {
    RowCount { try $0.typed(as: Counter.Store.self).value(as: Counter.self)?.count }
  }

  /// What a row shows; nothing where there is none.
  func callAsFunction(_ row: AnyRow?) throws -> Int64? { try row.flatMap(count) }
}
