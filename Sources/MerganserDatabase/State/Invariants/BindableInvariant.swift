/// An invariant of a kind that the database knows how to keep.
package protocol BindableInvariant: Invariant {
  /// Puts the rule where the tables that it governs are looked up.
  func bind(to rules: inout RuleBook) throws(SchemaError)

  /// A violation in a whole state, if there is one: what no commit and no merge should have let in.
  ///
  /// - Complexity: O(number of rows of its tables).
  func violation(in snapshot: Snapshot) throws -> InvariantViolation?
}
