/// What the machine of an order expects of the replica that runs it: each can be left out of a test, to see that it is missed.
package struct HostGuarantees: OptionSet, Hashable, Sendable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// A row is durable before anybody else sees it.
  package static let durable = Self(rawValue: 1 << 0)
  /// A store that was restored has a new identity.
  package static let newIdentity = Self(rawValue: 1 << 1)
  /// Whoever receives a row receives what its writer had applied when it wrote it.
  package static let causal = Self(rawValue: 1 << 2)

  /// All guarantees.
  package static let all: Self = [.durable, .newIdentity, .causal]
}
