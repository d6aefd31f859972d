package import MerganserTypes

/// What invariants see of a state.
package protocol StateView: Sendable {
  /// Who founded the database.
  var founder: ReplicaID { get }
  /// Which versions the state is the join of.
  var vector: VersionVector { get }
  /// Who has ended, and who takes whose place.
  var succession: Succession { get }

  /// A table, by its number.
  func definition(ofTable number: Int) -> any TableDefinition

  /// The rows of a table, by its number.
  func rows(ofTable number: Int) -> TableState

  /// What is indexed for an invariant, by its number.
  func index(_ number: Int) -> RuleIndex
}

extension StateView {
  /// A key as a person reads it.
  func text(ofKey key: [UInt8], in table: Int) -> String {
    definition(ofTable: table).text(ofKey: key)
  }

  /// A row that was found to break an invariant.
  func violation(
    of invariant: some Invariant, in table: Int, under key: [UInt8], found: String, needed: String
  ) -> InvariantViolation {
    let table = definition(ofTable: table)
    return InvariantViolation(
      invariant: invariant.name, table: table.name, key: table.text(ofKey: key), found: found,
      needed: needed)
  }

  /// Calls `body` with the rows of a table, in the order of their keys, until it returns `false`.
  func forEachRow(ofTable number: Int, _ body: ([UInt8], AnyRow) throws -> Bool) throws {
    var entries = try rows(ofTable: number).rows.entries()
    while let (key, row) = try entries.next() {
      if try !body(key, row) { return }
    }
  }
}
