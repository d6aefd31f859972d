public import MerganserModel

// A schema may grow while its data stays: by tables, by rules that are about these alone, and by rules on
// single rows, which the rows that are there can be asked for. It loses nothing again: of two schemas, of
// which one grew from the other, it is plain which is the later.
extension SchemaDescription {
  /// The later of this schema and `other`, by which replicas under the two of them meet.
  ///
  /// Whatever `other` says of a table or a rule that is in this schema is compared, and changes nothing: nobody
  /// knows whether a program that has the types said it. Only tables and rules that are new come from `other`.
  ///
  /// - Throws: ``ReplicationError/otherLayout(_:)``, if they read a table's rows in different ways;
  ///   ``ReplicationError/otherSchema(ours:theirs:)``, if neither grew from the other;
  ///   ``ReplicationError/uncheckedRule(_:lackedBy:)``, if the rows of the earlier may break a rule of the later;
  ///   ``ReplicationError/malformedSchema(reason:)``, if `other` is none of a schema.
  public func later(_ other: SchemaDescription) throws(ReplicationError) -> SchemaDescription {
    if other == self { return self }
    if let fault = other.fault { throw .malformedSchema(reason: fault) }
    if let difference = layoutDifference(from: other) { throw .otherLayout(difference) }
    let (earlier, later): (SchemaDescription, SchemaDescription)
    if obstacle(toGrowingFrom: other) == nil {
      (earlier, later) = (other, self)
    } else if other.obstacle(toGrowingFrom: self) == nil {
      (earlier, later) = (self, grown(by: other))
    } else {
      throw .otherSchema(ours: fingerprint, theirs: other.fingerprint)
    }
    if let rule = later.rulesToCheck(growingFrom: earlier).first {
      throw .uncheckedRule(rule.name, lackedBy: nil)
    }
    return later
  }

  /// This schema with the tables and the rules of `later` that it does not have.
  ///
  /// The rules have the order of the program that declared the new ones, as the fingerprint counts it, if that
  /// leaves the rules of this schema in their order.
  private func grown(by later: SchemaDescription) -> SchemaDescription {
    let (known, old) = (Set(tables.map(\.name)), Set(rules))
    let new = later.tables.filter { !known.contains($0.name) }
    let keepsOrder = later.rules.filter(old.contains) == rules
    return SchemaDescription(
      tables: tables + new,
      rules: keepsOrder ? later.rules : rules + later.rules.filter { !old.contains($0) })
  }

  /// Why no program can have declared this schema; `nil` if one can.
  private var fault: String? {
    if let excess { return excess }
    var known = Set<String>()
    for table in tables {
      guard Catalog.isTableName(table.name) else {
        return "\"\(table.name.shortened)\" is no name for a table"
      }
      guard known.insert(table.name).inserted else { return "table \(table.name) is in it twice" }
    }
    known = []
    for rule in rules where !known.insert(rule.name).inserted {
      return "the rule \"\(rule.name)\" is in it twice"
    }
    let names = Set(tables.map(\.name))
    for rule in rules {
      guard rule.isUnderstood else {
        return """
          this program does not know what the invariant "\(rule.name.shortened)" says, \(rule.kind.shortened) of \
          \(rule.parameters.count) parameters; use a version that does
          """
      }
      if let table = rule.traits.tables.first(where: { !names.contains($0) }) {
        return "the rule \"\(rule.name)\" is about a table \(table) that is not in it"
      }
    }
    return nil
  }

  /// Why what was written under `earlier` cannot go on under this schema; `nil` if it can.
  ///
  /// Rules that decide what a row holds (bounds and references of tables that are there) or that
  /// compare rows of several replicas cannot be added afterwards: no replica sees by itself whether the
  /// others' rows keep them. Nor can rules that do not stand the loss of rows, where these go with rows
  /// that who does not know the rule may delete. And no rule is dropped: who lacks it is the earlier.
  public func obstacle(toGrowingFrom earlier: SchemaDescription) -> String? {
    let old = Set(earlier.tables.map(\.name))
    for table in earlier.tables {
      guard let found = tables.first(where: { $0.name == table.name }) else {
        return "table \(table.name), which holds \(table.types), is missing"
      }
      if let difference = found.difference(from: table) { return "\(difference)" }
    }
    for rule in earlier.rules where !rules.contains(rule) {
      return "the rule \(rule.kind) \"\(rule.name)\" \(rule.parameters) is missing"
    }
    for rule in rules where !earlier.rules.contains(rule) {
      let traits = rule.traits
      if traits.growth == .byCheckingRows || traits.governs.allSatisfy({ !old.contains($0) }) {
        continue
      }
      return """
        the rule \(rule.kind) \"\(rule.name)\" \(rule.parameters) is new, and about a table that is not
        """
    }
    let new = Set(rules.filter { !earlier.rules.contains($0) }.map(\.name))
    for (table, broken) in rulesBrokenByDeletions where old.contains(table) {
      guard let rule = broken.first(where: new.contains) else { continue }
      return """
        the rule "\(rule)" is new, and needs rows that go with those of table \(table), which is not
        """
    }
    return nil
  }

  /// By table: the rules that a deletion can break by the rows that go with what is deleted.
  private var rulesBrokenByDeletions: [(table: String, rules: [String])] {
    let numbers = Dictionary(tables.enumerated().map { ($1.name, $0) }) { first, _ in first }
    let hazards = CascadeHazards(rules, numbers)
    return numbers.sorted { $0.value < $1.value }.map { ($0.key, hazards.invariants[$0.value]) }
  }

  /// The rules that rows have to be asked for which were written under `earlier`.
  public func rulesToCheck(growingFrom earlier: SchemaDescription) -> [Rule] {
    let old = Set(earlier.tables.map(\.name))
    return rules.filter { rule in
      !earlier.rules.contains(rule) && rule.traits.governs.contains { old.contains($0) }
    }
  }
}
