/// Some tables are ordered together with those of a group: their rows come, change and go by ordered transactions alone.
///
/// It is for tables that no other invariant puts into the group, and that are to be written in one transaction with it.
///
/// ```swift
/// Ordered("whoever books is on the list", on: guests, in: "halls")
/// ```
public struct Ordered: OrderedInvariant {
  /// The name by which reports call it.
  public let name: String
  package var group: String?
  private let tables: [any AnyTable]

  /// Puts tables into a group.
  public init<each Key, each Value>(
    _ name: String, on table: repeat Table<each Key, each Value>, in group: String
  ) {
    self.name = name
    self.group = group
    var tables: [any AnyTable] = []
    for one in repeat each table { tables.append(one) }
    self.tables = tables
  }

  private init(_ name: String, tables: [any AnyTable]) {
    self.name = name
    self.tables = tables
  }

  /// The invariant as data.
  public var description: SchemaDescription.Invariant {
    SchemaDescription.Invariant(kind: Self.kind, name: name, parameters: tables.map(\.name))
      .ordered(in: group)
  }
}

extension Ordered {
  package static let kind = "Ordered"

  package static func traits(of parameters: [String]) -> InvariantTraits? {
    guard !parameters.isEmpty else { return nil }
    return InvariantTraits(
      tables: parameters, governs: parameters, decides: [], cannotLose: [], cascades: [],
      growth: .onlyWithItsTables, storesIndex: false, isCode: false,
      summary: parameters.joined(separator: ", "), remedy: "",
      theory: ConfluenceTheory(theorems: [], closure: nil, restsOnOwners: false, local: nil))
  }

  package static func described(
    _ name: String, parameters: [String], among tables: [String: any AnyTable]
  ) -> (any KeptInvariant)? {
    let named = parameters.compactMap { tables[$0] }
    return named.count == parameters.count ? Ordered(name, tables: named) : nil
  }

  package func needs() throws(SchemaError) -> InvariantNeeds {
    guard !tables.isEmpty else {
      throw .invalidInvariant(name, reason: "it is about no table; name those of the group")
    }
    return InvariantNeeds(tables: tables, commit: .unchecked, asksVersions: false)
  }

  package func check(_ footprint: Footprint, at place: InvariantPlace) {}

  /// Nothing is asked but who orders, which is asked of every table of a group.
  package func obstacle(
    to write: ReceivedWrite, here: () throws(StorageError) -> AnyRow?, from version: ReceivedVersion
  ) -> VersionObstacle? { nil }

  package func forEachViolation(
    in state: any StateView, at place: InvariantPlace, body: (InvariantViolation) -> Bool
  ) {}
}
