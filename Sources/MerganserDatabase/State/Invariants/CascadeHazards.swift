/// What deleting a row can break on replicas that have rows which this one has not seen.
///
/// A row that is deleted takes those below it with it by cascading foreign keys, on every replica, also
/// those that were added elsewhere meanwhile. Where other rules do not stand the loss of such a row,
/// the deletion is not I-confluent with them, whether a row of theirs is seen to go or not.
struct CascadeHazards: Sendable {
  /// By table: the tables whose rows can go with its rows.
  private(set) var reach: [Set<Int>]
  /// By table: the invariants that rows which go with its rows can break.
  private(set) var invariants: [[String]]

  init(_ rules: [SchemaDescription.Rule], _ numbers: [String: Int]) {
    let cascades = rules.filter { $0.isCascade }
      .compactMap { rule -> (child: Int, parent: Int)? in
        guard let child = numbers[rule.parameters[0]], let parent = numbers[rule.parameters[1]]
        else { return nil }
        return (child, parent)
      }
    let count = (numbers.values.max() ?? -1) + 1
    reach = Array(repeating: [], count: count)
    invariants = Array(repeating: [], count: count)
    for table in reach.indices {
      var open = [table]
      while let next = open.popLast() {
        for cascade in cascades where cascade.parent == next {
          if reach[table].insert(cascade.child).inserted { open.append(cascade.child) }
        }
      }
      for rule in rules {
        let lost = rule.breakableByLoss.compactMap { numbers[$0] }
        if lost.contains(where: reach[table].contains) { invariants[table].append(rule.name) }
      }
    }
  }
}

extension Catalog {
  /// The invariants that a deletion from a table can break by what goes with the row.
  package func invariantsBroken(byDeletingFrom table: String) -> [String] {
    number(of: table).map { rules.hazards.invariants[$0] } ?? []
  }

  /// The tables whose rows can go with a row that is deleted from a table.
  package func tablesLosing(byDeletingFrom table: Int) -> Set<Int> { rules.hazards.reach[table] }
}

extension SchemaDescription.Rule {
  /// The tables that the invariant is about.
  package var tables: [String] {
    switch kind {
    case "ForeignKey", "SumOf": Array(parameters.prefix(2))
    case "Custom": parameters
    default: Array(parameters.prefix(1))
    }
  }

  /// The tables of which no row may be lost that another replica has just written.
  fileprivate var breakableByLoss: [String] {
    switch kind {
    case "ForeignKey": isCascade ? [] : Array(parameters.dropFirst().prefix(1))
    case "SumOf", "Sequential", "Custom": tables
    case "Limit":
      parameters.count > 2 && (Int64(parameters[1]) ?? 0) <= 0 && (Int64(parameters[2]) ?? 0) >= 0
        ? [] : tables
    default: []
    }
  }

  /// Whether it is a foreign key by which children go with their parents.
  fileprivate var isCascade: Bool {
    kind == "ForeignKey" && parameters.count > 2 && parameters[2] == "cascade"
  }

  /// What to declare or do instead of a write that can break the invariant on a merge.
  package var remedy: String {
    switch kind {
    case "Unique": "give each name an owner (ownedBy:), or generate keys (generated:)"
    case "NoOverlap": "give each resource an owner (ownedBy:)"
    case "ForeignKey": "declare onDelete: .cascade or .touch"
    case "Limit": "declare Bounds over an EscrowCounter"
    case "Sequential": "declare Unique over generated keys"
    case "SumOf": "set the counter back instead of deleting its row"
    default: "declare the transaction, and open with the plan that an analysis makes of it"
    }
  }
}
