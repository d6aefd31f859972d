import MerganserTypes

/// A condition that holds of every value written to a table.
///
/// It is declared for types whose merged value consists of written values, and looks at one of them at
/// a time; therefore it is I-confluent, whatever the condition says.
///
/// A check is known by its name and its table, as a condition is code, which nothing can compare. A stricter
/// condition needs a new name; otherwise rows that break it are not noticed.
///
/// ```swift
/// Check("a price is positive", on: prices) { _, price in price > 0 }
/// ```
public struct Check: KeptInvariant {
  /// The name by which a violation is reported.
  public let name: String
  let table: any AnyTable
  let check: RowCheck

  @usableFromInline
  init(_ name: String, on table: any AnyTable, check: RowCheck) {
    self.name = name
    self.table = table
    self.check = check
  }

  /// Requires `condition` of every value written to a row of `table`.
  @inlinable
  public init<Key, Value: ConsistsOfWrites>(
    _ name: String, on table: Table<Key, Value>,
    condition: @escaping @Sendable (Key, Value.Written) -> Bool
  ) {
    self.init(
      name, on: table,
      check: RowCheck(of: table) { key, written in
        if condition(key, written) { return nil }
        return InvariantViolation(
          invariant: name, table: table.name, key: "\(key)", found: "\(written)",
          needed: "a value for which the check holds")
      })
  }

  /// The invariant as data.
  public var description: SchemaDescription.Invariant {
    SchemaDescription.Invariant(kind: Self.kind, name: name, parameters: [table.name])
  }
}

extension Check {
  package static let kind = "Check"

  package static func traits(of parameters: [String]) -> InvariantTraits? {
    guard parameters.count == 1 else { return nil }
    return InvariantTraits(
      tables: parameters, governs: parameters, decides: [], cannotLose: [], cascades: [],
      growth: .byCheckingRows, storesIndex: false, isCode: true, summary: parameters[0],
      remedy: InvariantTraits.standardRemedy,
      theory: ConfluenceTheory(
        theorems: [
          .yes(
            WriteKind.every,
            reference: "\(ConfluenceTheorem.table2): equality and inequality of an attribute")
        ],
        closure: .written, restsOnOwners: false, local: nil))
  }

  package static func described(
    _ name: String, parameters: [String], among tables: [String: any AnyTable]
  ) -> (any KeptInvariant)? { nil }

  package func needs() -> InvariantNeeds {
    InvariantNeeds(tables: [table], row: check, commit: .checked, asksVersions: true)
  }

  package func check(_ footprint: Footprint, at place: InvariantPlace) throws {
    let table = footprint.state.definition(ofTable: place.tables[0])
    try check.require(of: footprint.rows(of: place.tables[0]), in: table)
  }

  package func obstacle(
    to write: ReceivedWrite, here: () throws(StorageError) -> AnyRow?, from version: ReceivedVersion
  ) -> VersionObstacle? {
    check.obstacle(to: write, from: version)
  }

  package func forEachViolation(
    in state: any StateView, at place: InvariantPlace, body: (InvariantViolation) -> Bool
  ) throws {
    try check.forEachViolation(in: state, table: place.tables[0], body: body)
  }
}
