/// What the machines of a simulation promise each other: all of it, unless a test switches something off to see that it is
/// missed.
package struct SimulationGuarantees: OptionSet, Hashable, Sendable {
  package let rawValue: UInt

  package init(rawValue: UInt) { self.rawValue = rawValue }

  /// An append is on the disk when it returns.
  package static let flushedAppends = Self(rawValue: 1 << 0)
  /// A copy of a store, and one that was restored, go on under an identity of their own.
  package static let newIdentities = Self(rawValue: 1 << 1)

  /// All guarantees.
  package static let all: Self = [.flushedAppends, .newIdentities]
}
