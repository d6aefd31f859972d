/// The keys of a table are 1, 2, 3, … without gaps, and each was given out once.
///
/// Not I-confluent: two replicas give out the same next number (Bailis et al., VLDB 2015, Table 2,
/// AUTO_INCREMENT). Rows come and go only where that is coordinated.
public struct Sequential: FootprintRule {
  /// The name by which a violation is reported.
  public let name: String
  private let table: any AnyTable

  /// Keeps the keys of `table` sequential.
  public init<Value>(_ name: String, _ table: Table<Int, Value>) {
    self.name = name
    self.table = table
  }

  /// The rule as data.
  public var rule: SchemaDescription.Rule {
    SchemaDescription.Rule(kind: "Sequential", name: name, parameters: [table.name])
  }

  package func bind(to rules: inout RuleBook) throws(SchemaError) {
    try rules.add(self, over: [table])
  }

  package func check(_ footprint: Footprint, _ place: RulePlace) throws {
    let number = place.tables[0]
    let rows = footprint.state.tables[number]
    for row in footprint.rows(of: number) {
      let key = row.key
      guard let id = try? Int(keyEncoded: key) else { continue }
      // A row below 1 leaves no gap where it goes, and nothing comes behind the last number that there is.
      let leavesGap =
        if row.after != nil {
          try id < 1 || id > 1 && rows.row((id - 1).keyEncoded()) == nil
        } else {
          try id >= 1 && id < .max && rows.row((id + 1).keyEncoded()) != nil
        }
      if leavesGap {
        throw MerganserDatabase.violation(
          self, number, key, footprint.catalog, found: "a gap", needed: "ids from 1 without gaps")
      }
      if !row.lives.created.isEmpty || !row.lives.removed.isEmpty {
        try footprint.requireCoordination(for: self, in: table)
      }
    }
  }

  package func violation(in snapshot: Snapshot) throws -> InvariantViolation? {
    guard let number = snapshot.catalog.number(of: table.name) else { return nil }
    let rows = snapshot.state.tables[number]
    var keys = try rows.keys()
    var expected = 1
    while let key = try keys.next() {
      let isTwice = try rows.creations(of: key).count > 1
      if isTwice || (try? Int(keyEncoded: key)) != expected {
        return MerganserDatabase.violation(
          self, number, key, snapshot.catalog,
          found: isTwice ? "an id that was given out twice" : "a gap before it",
          needed: "ids from 1 without gaps, each given out once")
      }
      expected += 1
    }
    return nil
  }
}
