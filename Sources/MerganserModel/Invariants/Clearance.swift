/// What a transaction may write on the strength of what is known of it beforehand.
@usableFromInline
package struct Clearance: Sendable {
  /// Where the invariants are known to hold afterwards.
  @usableFromInline package var scope: Scope
  /// The invariants that a plan says the transaction keeps, by the way in which it runs.
  @usableFromInline package var kept: Set<String> = []
  /// By table: an invariant that a plan keeps by its own transactions, which no other may touch.
  @usableFromInline package var reserved: [String: String] = [:]
  /// By table: a transaction that a plan lets run by a search in which nobody else writes to it.
  @usableFromInline package var searched: [String: String] = [:]
  /// What a plan allows the call to do; `nil` for what is no call of a declared transaction.
  package var permission: Permission?
  /// The digest of the plan by which it runs; 0 where there is none.
  @usableFromInline package var plan: UInt64 = 0

  /// The clearance of a transaction of which nothing else is known.
  @inlinable
  package init(scope: Scope) { self.scope = scope }

  /// Whether a write that can break an invariant on a merge is to be refused.
  package func refuses(_ invariant: String) -> Bool {
    scope == .everywhere && !kept.contains(invariant)
  }
}
