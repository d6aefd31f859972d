package import MerganserTypes

/// The local transactions that go with an ordered one, by their names: all take its arguments.
package struct LocalPart: Hashable, Sendable {
  /// What runs when the request is submitted, in the version that submits it.
  package let hold: String
  /// What runs at the same replica once the request has committed; `nil` if nothing does.
  package let use: String?
  /// What runs there once it was rejected.
  package let release: String

  /// The names with what each is for.
  package var names: [String] { [hold, release] + [use].compactMap(\.self) }

  /// What runs once a request has ended.
  package func followUp(of outcome: RequestOutcome) -> String? {
    outcome.isCommitted ? use : release
  }
}

extension OrderedCall {
  /// What a call of a declared transaction asks the primary for that is submitted at a replica.
  package init(
    _ transaction: AnyDeclaredTransaction, on arguments: [UInt8], lifetime: Duration,
    submittedAt replica: ReplicaID
  ) {
    self.init(
      transaction: transaction.name, edition: transaction.edition, arguments: arguments,
      lifetime: lifetime, holder: transaction.localPart == nil ? nil : replica)
  }
}
