/// What the machines promise that a replica is made of: all of it, always, unless a simulation switches something off to
/// see that it is missed.
///
/// Each names one thing that is done and could be left out.
package struct Guarantees: OptionSet, Hashable, Sendable {
  package let rawValue: UInt

  package init(rawValue: UInt) { self.rawValue = rawValue }

  /// A version is applied only when all that it depends on is here.
  package static let causalOrder = Self(rawValue: 1 << 0)
  /// What a transaction wrote is checked against the invariants before it commits.
  package static let checkedCommits = Self(rawValue: 1 << 1)
  /// What could not be stored is taken back before anybody sees it.
  package static let takenBack = Self(rawValue: 1 << 2)
  /// What follows from a change is looked for again when a store is read back whose rows may be ahead.
  package static let followedAgain = Self(rawValue: 1 << 3)
  /// What conflicts with the history that is here is set aside.
  package static let judgedHistories = Self(rawValue: 1 << 4)
  /// Bytes that came are compared with their checksums.
  package static let checkedBytes = Self(rawValue: 1 << 5)
  /// An append is on the disk when it returns.
  package static let flushedAppends = Self(rawValue: 1 << 6)
  /// A part of a checkpoint is stored as a whole or not at all.
  package static let wholeSteps = Self(rawValue: 1 << 7)
  /// A copy of a store, and one that was restored, go on under an identity of their own.
  package static let newIdentities = Self(rawValue: 1 << 8)

  /// All guarantees.
  package static let all = Self(rawValue: .max)
}
