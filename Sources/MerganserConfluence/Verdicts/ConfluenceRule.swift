import MerganserDatabase

/// What the literature says of one kind of write under one kind of invariant.
///
/// A rule that says yes is true of every state and any number of replicas, as long as a transaction
/// makes no other writes to the invariant's tables; the database refuses these where they are made. What
/// no rule speaks of is unknown.
public struct ConfluenceRule: Hashable, Sendable {
  /// The kind of invariant, as in a schema's description, with the choice that matters.
  public var invariant: String
  /// The kinds of writes.
  public var effects: Set<Effect.Kind>
  /// Whether these are I-confluent with it.
  public var isConfluent: Bool
  /// Where that is shown.
  public var reference: String
  /// What to declare instead, where it is not.
  public var remedy: String?
  /// Whether one replica that makes all of these writes keeps the invariant, whatever writes that are
  /// I-confluent others make: those it has not seen leave it only more room than it sees.
  public var isKeptByOrder = false

  /// The rules, as the literature has them.
  public static let all: [ConfluenceRule] = {
    let every = Set(Effect.Kind.allCases)
    let table2 = "Bailis et al., Coordination Avoidance in Database Systems, VLDB 2015, Table 2"
    let escrow = "Balegas et al., Extending Eventually Consistent Cloud Databases, SRDS 2015"
    return [
      yes("Bounds", every, "\(escrow), section IV: escrow"),
      yes("Check", every, "\(table2): equality and inequality of an attribute"),
      yes("ForeignKey cascade", every, "\(table2): foreign key, cascading deletion"),
      yes("ForeignKey touch", every, "Balegas et al., IPA, VLDB 2018: add-wins by touch"),
      yes("ForeignKey restrict", [.insert, .write], "\(table2): foreign key, insertion"),
      no(
        "ForeignKey restrict", [.delete], "\(table2): foreign key, deletion",
        "onDelete: .cascade, or .touch"),
      yes("Unique owned", every, "\(table2): specific values, partitioned by owner"),
      yes("Unique generated", every, "\(table2): uniqueness, some value"),
      yes("Unique chosen", [.delete], "Bailis et al., VLDB 2015, section 4.1: users leave"),
      no(
        "Unique chosen", [.insert, .write], "\(table2): uniqueness, a chosen value",
        "generated keys, or an owner for each name", isKeptByOrder: true),
      yes("NoOverlap owned", every, "Terry et al., Bayou, SOSP 1995; by partition"),
      yes("NoOverlap chosen", [.delete], "removing intervals leaves the others apart"),
      no(
        "NoOverlap chosen", [.insert, .write], "Terry et al., Bayou, SOSP 1995, section 2",
        "an owner for each resource", isKeptByOrder: true),
      yes("Limit lower", [.increment, .insert], "\(table2): counter >, increment"),
      no(
        "Limit lower", [.decrement], "\(table2): counter >, decrement",
        "Bounds over an EscrowCounter", isKeptByOrder: true),
      yes("Limit upper", [.decrement, .insert], "\(table2): counter <, decrement"),
      no(
        "Limit upper", [.increment], "\(table2): counter <, increment",
        "Bounds over an EscrowCounter", isKeptByOrder: true),
      yes(
        "SumOf", [.increment, .decrement, .insert, .transfer],
        "\(table2): materialized views, and section 6, TPC-C 1"),
      no("SumOf", [.delete], "what others count meanwhile stays in the total", nil),
      yes("Sequential", [.write], "\(table2): AUTO_INCREMENT speaks of insertion only"),
      no(
        "Sequential", [.insert, .delete], "\(table2): AUTO_INCREMENT", "generated keys (Unique)",
        isKeptByOrder: true),
    ]
  }()

  private static func yes(
    _ invariant: String, _ effects: Set<Effect.Kind>, _ reference: String
  ) -> ConfluenceRule {
    ConfluenceRule(
      invariant: invariant, effects: effects, isConfluent: true, reference: reference)
  }

  private static func no(
    _ invariant: String, _ effects: Set<Effect.Kind>, _ reference: String, _ remedy: String?,
    isKeptByOrder: Bool = false
  ) -> ConfluenceRule {
    ConfluenceRule(
      invariant: invariant, effects: effects, isConfluent: false, reference: reference,
      remedy: remedy, isKeptByOrder: isKeptByOrder)
  }

  /// The rules for what a transaction does under an invariant: all that are needed to say yes, or those
  /// that say no; nothing where they do not say.
  static func applying(
    to effects: Set<Effect>, under rule: SchemaDescription.Rule, in catalog: Catalog
  ) -> [ConfluenceRule]? {
    // A deletion that takes rows with it which nobody here has seen is no matter of this table alone.
    for effect in effects where effect.kind == .delete {
      if catalog.invariantsBroken(byDeletingFrom: effect.table).contains(rule.name) { return nil }
    }
    let rules = all.filter { $0.invariant == rule.confluenceKind }
    var applied: [ConfluenceRule] = []
    for effect in effects.sorted(by: { $0.description < $1.description })
    where rule.tables.contains(effect.table) {
      // Deleting a child breaks no reference.
      let isChild = rule.kind == "ForeignKey" && effect.table == rule.parameters[0]
      let asked = isChild && effect.kind == .delete ? .write : effect.kind
      guard let found = rules.first(where: { $0.effects.contains(asked) }) else { return nil }
      if !applied.contains(found) { applied.append(found) }
    }
    let refusing = applied.filter { !$0.isConfluent }
    return refusing.isEmpty ? applied : refusing
  }

  /// Whether the rules say that what a transaction does is I-confluent with an invariant.
  static func allows(
    _ effects: Set<Effect>, under rule: SchemaDescription.Rule, in catalog: Catalog
  ) -> Bool {
    applying(to: effects, under: rule, in: catalog)?.allSatisfy(\.isConfluent) ?? false
  }
}
