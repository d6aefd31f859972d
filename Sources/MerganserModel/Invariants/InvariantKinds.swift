/// The kinds of invariants, the only list of them.
///
/// What a kind is called, what follows from its description, and what the database does for it, its own file says.
package let invariantKinds: [any KeptInvariant.Type] = [
  Bounds.self, Check.self, Custom.self, ForeignKey.self, Limit.self, NoOverlap.self,
  Ordered.self, Quota.self, Sequential.self,
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
  /// What the description of an invariant is called whose tables are written in one order.
  private static let orderedKind = "InOrder"

  /// The description of the invariant where its tables are written in a group's order.
  func ordered(in group: String?) -> SchemaDescription.Invariant {
    guard let group else { return self }
    return SchemaDescription.Invariant(
      kind: Self.orderedKind, name: name, parameters: [group, kind] + parameters)
  }

  /// The group in whose order the invariant's tables are written; `nil` if they are not.
  package var group: String? {
    kind == Self.orderedKind && parameters.count > 1 ? parameters[0] : nil
  }

  /// The invariant without the order by which it is kept.
  private var condition: SchemaDescription.Invariant {
    group == nil
      ? self
      : SchemaDescription.Invariant(
        kind: parameters[1], name: name, parameters: Array(parameters.dropFirst(2)))
  }

  /// The invariant's kind; `nil` if this program has none of that name.
  private var knownKind: (any KeptInvariant.Type)? {
    for kind in invariantKinds where kind.kind == condition.kind { return kind }
    return nil
  }

  /// Whether this program knows what the description means: the kind, and its parameters.
  package var isUnderstood: Bool { knownKind?.traits(of: condition.parameters) != nil }

  /// What follows from the description.
  ///
  /// What is not known is taken to be unsafe: any write to a table that it names can break it, and so can the
  /// loss of any row of such a table.
  package var traits: InvariantTraits {
    guard let traits = knownKind?.traits(of: condition.parameters) else { return .unknown(self) }
    return group.map(traits.ordered) ?? traits
  }

  /// The tables that the invariant is about.
  package var tables: [String] { traits.tables }

  /// The invariant among the given tables; `nil` if its description does not tell it.
  package func described(among tables: [String: any AnyTable]) -> (any KeptInvariant)? {
    let kept = knownKind?.described(name, parameters: condition.parameters, among: tables)
    guard let group else { return kept is Ordered ? nil : kept }
    guard var ordered = kept as? any OrderedInvariant else { return nil }
    ordered.group = group
    return ordered
  }
}

extension InvariantTraits {
  /// The traits of an invariant that is kept by a group's order.
  fileprivate func ordered(in group: String) -> InvariantTraits {
    InvariantTraits(
      tables: tables, governs: governs, decides: decides,
      // Nobody else writes to them, so no row goes that whoever deletes has not seen.
      cannotLose: [], cascades: cascades,
      // What was written before was in no order.
      growth: .onlyWithItsTables, storesIndex: storesIndex, isCode: isCode,
      summary: "\(summary), in the order of \(group)", remedy: Self.orderRemedy,
      theory: ConfluenceTheory(
        theorems: [.yes(WriteKind.every, reference: Self.serialOrder)], closure: nil,
        restsOnOwners: false, local: theory.local.flatMap { $0.means == .cascade ? $0 : nil }),
      ordersDeletionsOf: ordersDeletionsOf)
  }

  /// What to do instead of writing to what is ordered.
  package static let orderRemedy =
    "declare the transaction, and submit it: it runs at the primary, in its turn"

  /// Why one order keeps every invariant.
  private static let serialOrder =
    "serial execution: one replica writes these tables, each time on what it wrote before"
}
