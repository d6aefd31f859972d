// A schema may grow while its data stays: by tables, by rules that are about these alone, and by rules on
// single rows, which the rows that are there can be asked for.
extension SchemaDescription {
  /// Why what was written under `earlier` cannot go on under this schema; nothing where it can.
  ///
  /// Rules that decide what a row holds (bounds and references of tables that are there) or that
  /// compare rows of several replicas cannot be added afterwards: no replica sees by itself whether the
  /// others' rows keep them.
  public func obstacle(toGrowingFrom earlier: SchemaDescription) -> String? {
    let old = Set(earlier.tables.map(\.name))
    for table in earlier.tables {
      guard let found = tables.first(where: { $0.name == table.name }) else {
        return "table \(table.name) is missing"
      }
      if found != table {
        return """
          table \(table.name) holds \(table.value) by \(table.key), and is declared with \
          \(found.value) by \(found.key)
          """
      }
    }
    for rule in earlier.rules where !rules.contains(rule) && rule.kind != "Check" {
      return "the rule \(rule.kind) \"\(rule.name)\" \(rule.parameters) is missing"
    }
    for rule in rules where !earlier.rules.contains(rule) {
      if rule.kind == "Check" || rule.governs.allSatisfy({ !old.contains($0) }) { continue }
      return """
        the rule \(rule.kind) \"\(rule.name)\" \(rule.parameters) is new, and about a table that is not
        """
    }
    return nil
  }

  /// The rules that rows have to be asked for which were written under `earlier`.
  public func rulesToCheck(growingFrom earlier: SchemaDescription) -> [Rule] {
    let old = Set(earlier.tables.map(\.name))
    return rules.filter { rule in
      !earlier.rules.contains(rule) && rule.governs.contains { old.contains($0) }
    }
  }
}

extension SchemaDescription.Rule {
  /// The tables in which a write can be refused because of the rule, or take other rows with it.
  ///
  /// Parents under a cascading foreign key are not among them: what is deleted there is deleted
  /// whether anything refers to it or not.
  fileprivate var governs: ArraySlice<String> {
    switch kind {
    case "SumOf", "Custom": parameters[...]
    case "ForeignKey":
      parameters.count > 2 && parameters[2] == "cascade"
        ? parameters.prefix(1) : parameters.prefix(2)
    default: parameters.prefix(1)
    }
  }
}
