public import MerganserTypes

/// A type whose merged value consists of values that somebody wrote, so that what holds of each write
/// holds of every merge.
public protocol ConsistsOfWrites: Replicated {
  /// What a write chooses.
  associatedtype Written

  /// The written values that `store` consists of.
  static func written(in store: Store) -> [Written]
}
