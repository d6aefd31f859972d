import MerganserTypes

/// Every row of one table has the row of another that its key refers to.
///
/// ```swift
/// ForeignKey("an owner's account exists", from: owners, to: accounts, onDelete: .cascade)  // by the same key
/// ForeignKey("a line belongs to an order", from: lines, to: orders, onDelete: .cascade)  // Path<Order, Line>
/// ForeignKey("a booking has its hall", from: bookings, to: halls, onDelete: .restrict, by: .order("halls"))
/// ```
public struct ForeignKey: OrderedInvariant {
  /// What deleting a parent does.
  public enum Deletion: String, Sendable {
    /// Its children go with it, on every replica.
    ///
    /// A row refers to the parent's *incarnation*: with it, it goes, and a parent that is created again
    /// does not bring old children back. Deleting a parent wins over concurrent writes to its children.
    /// That is I-confluent (Bailis et al., VLDB 2015, Table 2, foreign key with cascading delete).
    case cascade
    /// It is refused while there are children, and needs coordination where there are none: another
    /// replica may have added one (Bailis et al., VLDB 2015, Table 2, foreign key with deletion). With
    /// `by: .order(group)` the children are in the group, and of a parent outside of it the deletion alone is ordered.
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
  package var group: String?
  private let child: any AnyTable
  private let parent: any AnyTable
  private let deletion: Deletion
  private let reference: KeyReference.Form

  /// A row of `child` needs the row of `parent` with the same key.
  public init<Key, Child, Parent>(
    _ name: String, from child: Table<Key, Child>, to parent: Table<Key, Parent>,
    onDelete deletion: Deletion, by coordination: Coordination<Never> = .nobody
  ) {
    self.init(
      name, from: child, to: parent, onDelete: deletion, referring: .sameKey,
      group: coordination.group)
  }

  /// A row of `child` needs the row of `parent` that its path lies below.
  public init<Key, Name, Child, Parent>(
    _ name: String, from child: Table<Path<Key, Name>, Child>, to parent: Table<Key, Parent>,
    onDelete deletion: Deletion, by coordination: Coordination<Never> = .nobody
  ) {
    self.init(
      name, from: child, to: parent, onDelete: deletion, referring: .parentOfPath,
      group: coordination.group)
  }

  init(
    _ name: String, from child: any AnyTable, to parent: any AnyTable,
    onDelete deletion: Deletion, referring reference: KeyReference.Form, group: String?
  ) {
    self.name = name
    self.group = group
    self.child = child
    self.parent = parent
    self.deletion = deletion
    self.reference = reference
  }

  /// The invariant as data.
  public var description: SchemaDescription.Invariant {
    SchemaDescription.Invariant(
      kind: Self.kind, name: name,
      parameters: [child.name, parent.name, deletion.rawValue, reference.rawValue]
    ).ordered(in: group)
  }
}

extension ForeignKey {
  package static let kind = "ForeignKey"

  /// What stands in a description.
  private static func parts(
    _ parameters: [String]
  ) -> (child: String, parent: String, deletion: Deletion, reference: KeyReference.Form)? {
    guard parameters.count == 4, let deletion = Deletion(rawValue: parameters[2]),
      let reference = KeyReference.Form(rawValue: parameters[3])
    else { return nil }
    return (parameters[0], parameters[1], deletion, reference)
  }

  package static func traits(of parameters: [String]) -> InvariantTraits? {
    guard let (child, parent, deletion, _) = parts(parameters) else { return nil }
    let isCascade = deletion == .cascade
    return InvariantTraits(
      tables: [child, parent], governs: isCascade ? [child] : [child, parent], decides: [child],
      cannotLose: isCascade ? [] : [parent],
      cascades: isCascade ? [.init(child: child, parent: parent)] : [],
      growth: .onlyWithItsTables, storesIndex: false, isCode: false,
      summary: "\(child) → \(parent), on delete \(deletion.rawValue)",
      remedy: "declare onDelete: .cascade or .touch, or let the children be ordered (by: .order)",
      theory: ConfluenceTheory(
        theorems: theorems(deletion, child: child, parent: parent),
        closure: deletion == .restrict ? .reference : nil, restsOnOwners: false,
        local: isCascade ? (means: .cascade, writes: [.delete], table: parent) : nil),
      ordersDeletionsOf: deletion == .restrict ? [parent] : [])
  }

  private static func theorems(
    _ deletion: Deletion, child: String, parent: String
  ) -> [ConfluenceTheorem] {
    let table2 = ConfluenceTheorem.table2
    return switch deletion {
    case .cascade: [.yes(WriteKind.every, reference: "\(table2): foreign key, cascading deletion")]
    case .touch:
      [.yes(WriteKind.every, reference: "Balegas et al., IPA, VLDB 2018: add-wins by touch")]
    case .restrict:
      [
        .yes(
          WriteKind.every.subtracting([.delete]), reference: "\(table2): foreign key, insertion"),
        // Deleting a child breaks no reference.
        .yes([.delete], in: child, reference: "\(table2): foreign key, insertion"),
        .no(
          [.delete], in: parent, reference: "\(table2): foreign key, deletion",
          instead: "onDelete: .cascade, or .touch"),
      ]
    }
  }

  package static func described(
    _ name: String, parameters: [String], among tables: [String: any AnyTable]
  ) -> (any KeptInvariant)? {
    guard let (child, parent, deletion, reference) = parts(parameters), let child = tables[child],
      let parent = tables[parent]
    else { return nil }
    return ForeignKey(
      name, from: child, to: parent, onDelete: deletion, referring: reference, group: nil)
  }

  package func needs() throws(SchemaError) -> InvariantNeeds {
    guard child.name != parent.name else {
      throw .invalidInvariant(name, reason: "a table cannot refer to itself")
    }
    return InvariantNeeds(
      tables: [child, parent], commit: deletion == .cascade ? .unchecked : .checked,
      asksVersions: false,
      reference: KeyReference(form: reference, isCascading: deletion == .cascade))
  }

  /// What deleting a parent and touching one asks.
  ///
  /// That a new child has a parent is seen before, where its anchors are looked up; children of a cascade go when
  /// what changed settles.
  package func check(_ footprint: Footprint, at place: InvariantPlace) throws {
    let children = place.tables[0]
    let parents = place.tables[1]
    let reference = KeyReference(form: reference, isCascading: deletion == .cascade)
    for row in footprint.rows(of: parents) where !row.lives.removed.isEmpty {
      if row.after != nil { continue }
      let keys = try footprint.state.keys(
        ofTable: children, referringTo: row.key, by: reference)
      if let child = try keys.first(where: {
        try footprint.state.row($0, ofTable: children) != nil
      }) {
        let text = footprint.state.text(ofKey: child, in: children)
        throw footprint.state.violation(
          of: self, in: parents, under: row.key, found: "row \(text) of \(self.child.name)",
          needed: "no row that refers to it")
      }
      if deletion == .restrict { try footprint.requireCoordination(for: self, in: parent) }
    }
    guard deletion == .touch else { return }
    let created = footprint.rows(of: children).filter { !$0.lives.created.isEmpty }
    if created.isEmpty { return }
    let touched = footprint.created(in: parents)
    for row in created {
      let parent = reference.parentKey(of: row.key)
      if !touched.contains(parent) {
        throw footprint.state.violation(
          of: self, in: children, under: row.key, found: "a row that does not touch its parent",
          needed:
            "a touch of \(footprint.state.text(ofKey: parent, in: parents)) in this transaction")
      }
    }
  }

  /// Nothing is asked: a parent that is gone here may have been there where the child was written.
  package func obstacle(
    to write: ReceivedWrite, here: () throws(StorageError) -> AnyRow?, from version: ReceivedVersion
  ) -> VersionObstacle? { nil }

  package func forEachViolation(
    in state: any StateView, at place: InvariantPlace, body: (InvariantViolation) -> Bool
  ) throws {
    let reference = KeyReference(form: reference, isCascading: deletion == .cascade)
    let children = place.tables[0]
    let parents = place.tables[1]
    try state.forEachKey(ofTable: children) { key in
      let parent = reference.parentKey(of: key)
      guard try state.row(parent, ofTable: parents) == nil else { return true }
      let text = state.text(ofKey: parent, in: parents)
      let found = state.violation(
        of: self, in: children, under: key, found: "no row \(text) in \(self.parent.name)",
        needed: "that row")
      return body(found)
    }
  }
}
