import MerganserTypes

/// What rows take by the rule that an index is for.
///
/// Given a key, what the row under it takes as it was and as it is now. Made where the types are known.
@usableFromInline
package typealias IndexedRows =
  @Sendable (
    _ key: AnyKey, _ before: AnyRow?, _ after: AnyRow?
  ) -> (before: [RuleIndex.Entry], after: [RuleIndex.Entry])
