/// Any condition over whole tables, of which nothing is known.
///
/// Two replicas can each keep such a condition and break it when they meet. Writes to its tables are
/// therefore refused, unless they are made with ``Scope/localOnly``: then the condition is checked over
/// this replica's own state, and after a merge it may not hold.
public struct Custom: KeptInvariant {
  /// The name by which a violation is reported.
  public let name: String
  private let tables: [any AnyTable]
  private let condition: @Sendable (any StateView) throws -> Bool

  package init(
    _ name: String, over tables: [any AnyTable],
    condition: @escaping @Sendable (any StateView) throws -> Bool
  ) {
    self.name = name
    self.tables = tables
    self.condition = condition
  }

  /// The invariant as data.
  public var description: SchemaDescription.Invariant {
    SchemaDescription.Invariant(kind: Self.kind, name: name, parameters: tables.map(\.name))
  }
}

extension Custom {
  package static let kind = "Custom"

  package static func traits(of parameters: [String]) -> InvariantTraits? {
    guard !parameters.isEmpty else { return nil }
    return InvariantTraits(
      tables: parameters, governs: parameters, decides: [], cannotLose: parameters, cascades: [],
      growth: .onlyWithItsTables, storesIndex: false, isCode: true,
      summary: parameters.joined(separator: ", "), remedy: InvariantTraits.standardRemedy,
      theory: ConfluenceTheory(theorems: [], closure: nil, restsOnOwners: false, local: nil))
  }

  package static func described(
    _ name: String, parameters: [String], among tables: [String: any AnyTable]
  ) -> (any KeptInvariant)? { nil }

  package func needs() throws(SchemaError) -> InvariantNeeds {
    guard !tables.isEmpty else {
      throw .invalidInvariant(name, reason: "it is about no table; name those that it reads")
    }
    return InvariantNeeds(tables: tables, commit: .checkedAsAWhole, asksVersions: false)
  }

  package func check(_ footprint: Footprint, at place: InvariantPlace) throws {
    for (table, number) in zip(tables, place.tables)
    where footprint.rows(of: number).contains(where: { _ in true }) {
      try footprint.requireCoordination(for: self, in: table)
      guard try condition(footprint.state) else {
        throw InvariantViolation(
          invariant: name, table: table.name, key: "", found: "a state that breaks it",
          needed: "a state in which it holds")
      }
      return
    }
  }

  /// Nothing is asked: whether a whole state keeps it hangs on what else is here.
  package func obstacle(
    to write: ReceivedWrite, here: () throws(StorageError) -> AnyRow?, from version: ReceivedVersion
  ) -> VersionObstacle? { nil }

  package func forEachViolation(
    in state: any StateView, at place: InvariantPlace, body: (InvariantViolation) -> Bool
  ) throws {
    var found = "a state that breaks it"
    do {
      if try condition(state) { return }
    } catch let error as StorageError {
      throw error
    } catch let error as SchemaError {
      throw error
    } catch {
      found = "a state of which it cannot be told: \(error)"
    }
    _ = body(
      InvariantViolation(
        invariant: name, table: tables.map(\.name).joined(separator: ", "), key: "", found: found,
        needed: "a state in which it holds"))
  }
}
