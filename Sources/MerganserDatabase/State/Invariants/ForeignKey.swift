import MerganserTypes

/// Every row of one table has the row of another that its key refers to.
public struct ForeignKey: FootprintRule {
  /// What deleting a parent does.
  public enum Deletion: String, Sendable {
    /// Its children go with it, on every replica.
    ///
    /// A row refers to the parent's *incarnation*: with it, it goes, and a parent that is created again
    /// does not bring old children back. Deleting a parent wins over concurrent writes to its children.
    /// That is I-confluent (Bailis et al., VLDB 2015, Table 2, foreign key with cascading delete).
    case cascade
    /// It is refused while there are children, and needs coordination where there are none: another
    /// replica may have added one (Bailis et al., VLDB 2015, Table 2, foreign key with deletion).
    case restrict
    /// It is refused while there are children, and a concurrent child keeps the parent.
    ///
    /// A touch takes nothing away, so that a parent can have children of this kind and of
    /// ``cascade`` side by side: a deletion that a touch outlives takes those of the other kind.
    ///
    /// Who creates a child touches its parent, by `Item.touch()`, in the same transaction. That is
    /// I-confluent (Balegas et al., *IPA: Invariant-preserving Applications for Weakly Consistent
    /// Replicated Databases*, VLDB 2018, section 3).
    case touch
  }

  /// The name by which a violation is reported.
  public let name: String
  private let child: any AnyTable
  private let parent: any AnyTable
  private let deletion: Deletion
  private let reference: ForeignKeyRule.Reference

  /// A row of `child` needs the row of `parent` with the same key.
  public init<Key, Child, Parent>(
    _ name: String, from child: Table<Key, Child>, to parent: Table<Key, Parent>,
    onDelete deletion: Deletion
  ) {
    self.init(name, from: child, to: parent, onDelete: deletion, by: .sameKey)
  }

  /// A row of `child` needs the row of `parent` that its path lies below.
  public init<Key, Name, Child, Parent>(
    _ name: String, from child: Table<Path<Key, Name>, Child>, to parent: Table<Key, Parent>,
    onDelete deletion: Deletion
  ) {
    self.init(name, from: child, to: parent, onDelete: deletion, by: .parentOfPath)
  }

  init(
    _ name: String, from child: any AnyTable, to parent: any AnyTable,
    onDelete deletion: Deletion, by reference: ForeignKeyRule.Reference
  ) {
    self.name = name
    self.child = child
    self.parent = parent
    self.deletion = deletion
    self.reference = reference
  }

  /// The rule as data.
  public var rule: SchemaDescription.Rule {
    SchemaDescription.Rule(
      kind: "ForeignKey", name: name,
      parameters: [child.name, parent.name, deletion.rawValue, reference.rawValue])
  }

  package func bind(to rules: inout RuleBook) throws(SchemaError) {
    let childNumber = try rules.number(of: child, for: name)
    let parentNumber = try rules.number(of: parent, for: name)
    guard childNumber != parentNumber else {
      throw .invalidInvariant(name, reason: "a table cannot refer to itself")
    }
    let number = rules.foreignKeys.count
    rules.foreignKeys.append(
      ForeignKeyRule(
        name: name, child: childNumber, parent: parentNumber, reference: reference,
        deletion: deletion))
    rules.tables[childNumber].references.append(number)
    rules.tables[parentNumber].referrers.append(number)
    if deletion != .cascade { try rules.add(self, over: [child, parent]) }
  }

  package func check(_ footprint: Footprint, _ place: RulePlace) throws {
    let catalog = footprint.catalog
    let rule = ForeignKeyRule(
      name: name, child: place.tables[0], parent: place.tables[1], reference: reference,
      deletion: deletion)
    for row in footprint.rows(of: rule.parent) where !row.lives.removed.isEmpty {
      if row.after != nil { continue }
      let children = try footprint.state.childKeys(of: row.key, by: rule)
        .filter { try footprint.state.tables[rule.child].row($0) != nil }
      if let child = children.first {
        throw MerganserDatabase.violation(
          self, rule.parent, row.key, catalog,
          found: "row \(catalog.tables[rule.child].text(ofKey: child)) of \(self.child.name)",
          needed: "no row that refers to it")
      }
      if deletion == .restrict { try footprint.requireCoordination(for: self, in: parent) }
    }
    guard deletion == .touch else { return }
    let created = footprint.rows(of: rule.child).filter { !$0.lives.created.isEmpty }
    if created.isEmpty { return }
    let touched = footprint.created(in: rule.parent)
    for row in created {
      let parent = rule.parentKey(of: row.key)
      if !touched.contains(parent) {
        throw MerganserDatabase.violation(
          self, rule.child, row.key, catalog, found: "a row that does not touch its parent",
          needed:
            "a touch of \(catalog.tables[rule.parent].text(ofKey: parent)) in this transaction")
      }
    }
  }

  package func violation(in snapshot: Snapshot) throws -> InvariantViolation? {
    let catalog = snapshot.catalog
    guard let rule = catalog.rules.foreignKeys.first(where: { $0.name == name }) else { return nil }
    let (children, parents) = (
      snapshot.state.tables[rule.child], snapshot.state.tables[rule.parent]
    )
    var keys = try children.keys()
    while let key = try keys.next() {
      let parent = rule.parentKey(of: key)
      if try parents.incarnations(of: parent).isEmpty {
        return InvariantViolation(
          invariant: name, table: child.name, key: catalog.tables[rule.child].text(ofKey: key),
          found: "no row \(catalog.tables[rule.parent].text(ofKey: parent)) in \(self.parent.name)",
          needed: "that row")
      }
    }
    return nil
  }
}

/// A foreign key between numbered tables.
struct ForeignKeyRule: Sendable {
  /// How a child's key names its parent's.
  enum Reference: String, Sendable {
    case sameKey
    case parentOfPath
  }

  let name: String
  let child: Int
  let parent: Int
  let reference: Reference
  let deletion: ForeignKey.Deletion

  /// The key of the parent that a child refers to.
  func parentKey(of child: [UInt8]) -> [UInt8] {
    switch reference {
    case .sameKey: child
    // A key of a path table was encoded by `Path`; other bytes have no parent, as no row has this key.
    case .parentOfPath: (try? Path<String, String>.split(child).parent) ?? []
    }
  }
}
