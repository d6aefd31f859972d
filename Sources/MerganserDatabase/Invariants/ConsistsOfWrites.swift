public import MerganserTypes

/// A type whose merged value consists of values that somebody wrote, so that what holds of each write
/// holds of every merge.
public protocol ConsistsOfWrites: Replicated {
  /// What a write chooses.
  associatedtype Written

  /// The written values that `store` consists of.
  static func written(in store: Store) -> [Written]
}

extension LWWRegister: ConsistsOfWrites {
  /// The value, if one was written.
  @inlinable
  public static func written(in store: Self) -> [Value] { store.value.map { [$0] } ?? [] }
}

extension MVRegister: ConsistsOfWrites {
  /// The values that stand side by side.
  public static func written(in store: Store) -> [Value] { Array(MVRegister(store).values) }
}

extension ORSet: ConsistsOfWrites where Element: BinaryCodable {
  /// The elements.
  public static func written(in store: Store) -> [Element] { Array(ORSet(store)) }
}

extension GSet: ConsistsOfWrites {
  /// The elements.
  public static func written(in store: Self) -> [Element] { Array(store) }
}
