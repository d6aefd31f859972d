/// Any condition over whole tables, of which nothing is known.
///
/// Two replicas can each keep such a condition and break it when they meet. Writes to its tables are
/// therefore refused, unless they are made with ``Scope/localOnly``: then the condition is checked over
/// this replica's own state, and after a merge it may not hold.
public struct Custom: OrderedInvariant {
  /// The name by which a violation is reported.
  public let name: String
  package var group: String?
  private let tables: [any AnyTable]
  private let condition: @Sendable (any StateView) throws -> Bool
  private let reads: @Sendable (any StateView) -> String

  /// A condition.
  ///
  /// - Parameters:
  ///   - name: the name by which a violation is reported.
  ///   - tables: what it reads.
  ///   - group: the group in whose order all of its tables are written; `nil` if they are not.
  ///   - condition: whether it holds.
  ///   - reads: what it reads in a state, as a person reads it; empty where it reads nothing.
  package init(
    _ name: String, over tables: [any AnyTable], group: String?,
    condition: @escaping @Sendable (any StateView) throws -> Bool,
    reads: @escaping @Sendable (any StateView) -> String
  ) {
    self.name = name
    self.tables = tables
    self.group = group
    self.condition = condition
    self.reads = reads
  }

  /// The invariant as data.
  public var description: SchemaDescription.Invariant {
    SchemaDescription.Invariant(kind: Self.kind, name: name, parameters: tables.map(\.name))
      .ordered(in: group)
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
        throw violation(in: footprint.state, table: table.name)
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
    var violation: InvariantViolation
    do {
      if try condition(state) { return }
      violation = self.violation(in: state, table: tables.map(\.name).joined(separator: ", "))
    } catch let error as StorageError {
      throw error
    } catch let error as SchemaError {
      throw error
    } catch {
      violation = self.violation(in: state, table: tables.map(\.name).joined(separator: ", "))
      violation.found = "\(error), thrown on \(violation.found)"
    }
    _ = body(violation)
  }

  package func isBroken(in state: any StateView, at place: InvariantPlace) throws -> Bool {
    do { return try !condition(state) } catch let error as StorageError {
      throw error
    } catch let error as SchemaError {
      throw error
    } catch { return true }
  }

  private func violation(in state: any StateView, table: String) -> InvariantViolation {
    let reads = reads(state)
    return InvariantViolation(
      invariant: name, table: table, key: "", found: reads.isEmpty ? "no rows" : reads,
      needed: "a state in which it holds")
  }
}
