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
  /// What of the tables that are ordered it may write.
  @usableFromInline package var order = Order.nothing
  /// What a plan allows the call to do; `nil` for what is no call of a declared transaction.
  package var permission: Permission?
  /// The digest of the plan by which it runs; 0 where there is none.
  @usableFromInline package var plan: UInt64 = 0

  /// What of the tables that are ordered a transaction may write.
  @usableFromInline
  package enum Order: Sendable {
    /// Nothing: it runs by itself.
    case nothing
    /// The tables of one group: it is the next of the order.
    case group
    /// All: it is what stands in the database at first.
    case start
  }

  /// The clearance of a transaction of which nothing else is known.
  @inlinable
  package init(scope: Scope) { self.scope = scope }

  /// The clearance of what stands in a database at first.
  package static var start: Clearance {
    var clearance = Clearance(scope: .localOnly)
    clearance.order = .start
    return clearance
  }

  /// Whether a write that can break an invariant on a merge is to be refused.
  package func refuses(_ invariant: String) -> Bool {
    scope == .everywhere && !kept.contains(invariant)
  }
}
