/// The kinds of invariants, the only list of them.
///
/// What a kind is called, what follows from its description, and what the database does for it, its own file says.
package let invariantKinds: [any KeptInvariant.Type] = [
  Bounds.self, Check.self, Custom.self, ForeignKey.self, Limit.self, NoOverlap.self,
  Quota.self, Sequential.self,
  SumOf.self, Unique.self,
]

extension InvariantTraits {
  /// The traits of an invariant that this program does not know: it may be broken by anything.
  fileprivate static func unknown(_ invariant: SchemaDescription.Invariant) -> InvariantTraits {
    let tables = invariant.parameters
    return InvariantTraits(
      tables: tables, governs: tables, decides: tables, cannotLose: tables,
      // In a ring, by which each takes all others with it.
      cascades: zip(tables, tables.dropFirst() + tables.prefix(1)).map {
        Cascade(child: $0, parent: $1)
      },
      growth: .onlyWithItsTables, storesIndex: true, isCode: false,
      summary: tables.joined(separator: ", "),
      remedy: "use a version of the program that knows the kind \(invariant.kind)",
      theory: ConfluenceTheory(theorems: [], closure: nil, restsOnOwners: true, local: nil))
  }
}

extension SchemaDescription.Invariant {
  /// The invariant's kind; `nil` if this program has none of that name.
  private var knownKind: (any KeptInvariant.Type)? {
    for kind in invariantKinds where kind.kind == self.kind { return kind }
    return nil
  }

  /// Whether this program knows what the description means: the kind, and its parameters.
  package var isUnderstood: Bool { knownKind?.traits(of: parameters) != nil }

  /// What follows from the description.
  ///
  /// What is not known is taken to be unsafe: any write to a table that it names can break it, and so can the
  /// loss of any row of such a table.
  package var traits: InvariantTraits { knownKind?.traits(of: parameters) ?? .unknown(self) }

  /// The tables that the invariant is about.
  package var tables: [String] { traits.tables }

  /// The invariant among the given tables; `nil` if its description does not tell it.
  package func described(among tables: [String: any AnyTable]) -> (any KeptInvariant)? {
    knownKind?.described(name, parameters: parameters, among: tables)
  }
}
