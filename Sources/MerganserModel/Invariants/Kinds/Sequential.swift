/// The keys of a table are 1, 2, 3, … without gaps, and each was given out once.
///
/// Not I-confluent: two replicas give out the same next number (Bailis et al., VLDB 2015, Table 2,
/// AUTO_INCREMENT). Rows come and go only where that is coordinated.
///
/// ```swift
/// Sequential("invoices are numbered", on: invoices, by: .order("books"))
/// ```
public struct Sequential: OrderedInvariant {
  /// The name by which a violation is reported.
  public let name: String
  package var group: String?
  private let table: any AnyTable

  /// Keeps the keys of `table` sequential: by one order if `coordination` says so.
  public init<Value>(
    _ name: String, on table: Table<Int, Value>, by coordination: Coordination<Never> = .nobody
  ) {
    self.init(name, of: table, group: coordination.group)
  }

  private init(_ name: String, of table: any AnyTable, group: String?) {
    self.name = name
    self.group = group
    self.table = table
  }

  /// The invariant as data.
  public var description: SchemaDescription.Invariant {
    SchemaDescription.Invariant(kind: Self.kind, name: name, parameters: [table.name])
      .ordered(in: group)
  }
}

extension Sequential {
  package static let kind = "Sequential"

  package static func traits(of parameters: [String]) -> InvariantTraits? {
    guard parameters.count == 1 else { return nil }
    return InvariantTraits(
      tables: parameters, governs: parameters, decides: [], cannotLose: parameters, cascades: [],
      growth: .onlyWithItsTables, storesIndex: false, isCode: false, summary: parameters[0],
      remedy: "declare Unique over generated keys",
      theory: ConfluenceTheory(
        theorems: [
          .yes(
            WriteKind.every.subtracting([.insert, .delete]),
            reference: "\(ConfluenceTheorem.table2): AUTO_INCREMENT speaks of insertion only"),
          .no(
            [.insert, .delete], reference: "\(ConfluenceTheorem.table2): AUTO_INCREMENT",
            instead: "generated keys (Unique)", isKeptByOrder: true),
        ],
        closure: nil, restsOnOwners: false, local: nil))
  }

  package static func described(
    _ name: String, parameters: [String], among tables: [String: any AnyTable]
  ) -> (any KeptInvariant)? {
    guard parameters.count == 1, let table = tables[parameters[0]],
      (table as? any TableDefinition)?.types.key is Int.Type
    else { return nil }
    return Sequential(name, of: table, group: nil)
  }

  package func needs() -> InvariantNeeds {
    InvariantNeeds(tables: [table], commit: .checked, asksVersions: false)
  }

  package func check(_ footprint: Footprint, at place: InvariantPlace) throws {
    let number = place.tables[0]
    let state = footprint.state
    for row in footprint.rows(of: number) {
      let key = row.key
      guard let id = try? Int(keyEncoded: key) else { continue }
      // A row below 1 leaves no gap where it goes, and nothing comes behind the last number that there is.
      let leavesGap =
        if row.after != nil {
          try id < 1 || id > 1 && state.row((id - 1).keyEncoded(), ofTable: number) == nil
        } else {
          try id >= 1 && id < .max && state.row((id + 1).keyEncoded(), ofTable: number) != nil
        }
      if leavesGap {
        throw state.violation(
          of: self, in: number, under: key, found: "a gap", needed: "ids from 1 without gaps")
      }
      if !row.lives.created.isEmpty || !row.lives.removed.isEmpty {
        try footprint.requireCoordination(for: self, in: table)
      }
    }
  }

  /// Nothing is asked: whether a number follows the others hangs on what else is here.
  package func obstacle(
    to write: ReceivedWrite, here: () throws(StorageError) -> AnyRow?, from version: ReceivedVersion
  ) -> VersionObstacle? { nil }

  package func forEachViolation(
    in state: any StateView, at place: InvariantPlace, body: (InvariantViolation) -> Bool
  ) throws {
    let number = place.tables[0]
    var expected = 1
    try state.forEachKey(ofTable: number) { key in
      let isTwice = try state.creationCount(of: key, inTable: number) > 1
      let id = try? Int(keyEncoded: key)
      if isTwice || id != expected {
        let found = state.violation(
          of: self, in: number, under: key,
          found: isTwice ? "an id that was given out twice" : "a gap before it",
          needed: "ids from 1 without gaps, each given out once")
        if !body(found) { return false }
      }
      let (next, isPastTheEnd) = (id ?? expected).addingReportingOverflow(1)
      expected = isPastTheEnd ? .max : next
      return true
    }
  }
}
