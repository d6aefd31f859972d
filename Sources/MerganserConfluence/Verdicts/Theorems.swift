import MerganserDatabase
import MerganserModel

// What the theory of an invariant's kind says of a workload.
extension SchemaDescription.Invariant {
  /// The theorems on what a transaction does: all that are needed to say that it is I-confluent with the
  /// invariant, or those that say that it is not; `nil` where they do not say.
  ///
  /// - Parameters:
  ///   - effects: what it does.
  ///   - all: what all transactions of the program do.
  ///   - catalog: the schema.
  /// - Returns: the theorems.
  func theorems(
    on effects: Set<Effect>, among all: Set<Effect>, in catalog: Catalog
  ) -> [ConfluenceTheorem]? {
    // A deletion that takes rows with it which nobody here has seen is no matter of this table alone.
    for effect in effects where effect.kind == .delete {
      if catalog.invariantsBroken(byDeletingFrom: effect.table).contains(name) { return nil }
    }
    let traits = traits
    var applied: [ConfluenceTheorem] = []
    for effect in effects.sorted(by: { $0.description < $1.description })
    where traits.tables.contains(effect.table) {
      let found = traits.theory.theorems.first { theorem in
        theorem.writes.contains(effect.kind) && theorem.table.map { $0 == effect.table } ?? true
          && theorem.absent.allSatisfy { !all.contains(Effect($0, in: effect.table)) }
      }
      guard let found else { return nil }
      if !applied.contains(found) { applied.append(found) }
    }
    let refusing = applied.filter { !$0.isConfluent }
    return refusing.isEmpty ? applied : refusing
  }

  /// Whether the theorems say that what a transaction does is I-confluent with the invariant.
  func allows(_ effects: Set<Effect>, among all: Set<Effect>, in catalog: Catalog) -> Bool {
    theorems(on: effects, among: all, in: catalog)?.allSatisfy(\.isConfluent) ?? false
  }
}

extension [ConfluenceTheorem] {
  /// Where they are shown, each once.
  var references: [String] {
    var references: [String] = []
    for theorem in self where !references.contains(theorem.reference) {
      references.append(theorem.reference)
    }
    return references
  }
}

extension Catalog {
  /// All that transactions can do to tables.
  var everyEffect: Set<Effect> {
    Set(tables.flatMap { table in WriteKind.allCases.map { Effect($0, in: table.name) } })
  }
}
