public import MerganserTypes

/// The values of a table's counters never leave a range, on any replica, at any moment.
///
/// Kept by escrow: the distance from a counter's start, 0, to each bound is a stock of rights, which the
/// database's founder holds at first. An increment uses up rights to increment, and gives its replica as many
/// to decrement; a decrement the other way round. A replica spends only rights that it holds, and hands them
/// on by ``Item/transfer(_:of:to:)``. Under `0...` nobody can decrement at first: whoever increments gets the
/// rights to. Balegas, Serra, Duarte, Ferreira, Rodrigues, Shapiro, Preguiça,
/// *Extending Eventually Consistent Cloud Databases for Enforcing Numeric Invariants* (2015),
/// section 3.
///
/// ```swift
/// Bounds(accounts, in: 0...)  // no account is overdrawn
/// Bounds(seats, in: 0...40, name: "a bus has 40 seats")
/// ```
public struct Bounds: KeptInvariant {
  /// The name by which a violation is reported.
  public let name: String
  /// The least value allowed.
  public let lower: Int64?
  /// The greatest value allowed.
  public let upper: Int64?
  private let table: any AnyTable

  /// Keeps the counters at or above `range.lowerBound`, which is at most 0.
  public init<Key>(
    _ table: Table<Key, EscrowCounter>, in range: PartialRangeFrom<Int64>, name: String? = nil
  ) {
    self.init(table, lower: range.lowerBound, upper: nil, name: name)
  }

  /// Keeps the counters at or below `range.upperBound`, which is at least 0.
  public init<Key>(
    _ table: Table<Key, EscrowCounter>, in range: PartialRangeThrough<Int64>, name: String? = nil
  ) {
    self.init(table, lower: nil, upper: range.upperBound, name: name)
  }

  /// Keeps the counters within `range`, which contains 0.
  public init<Key>(
    _ table: Table<Key, EscrowCounter>, in range: ClosedRange<Int64>, name: String? = nil
  ) {
    self.init(table, lower: range.lowerBound, upper: range.upperBound, name: name)
  }

  /// Keeps the counters of a table at or above `lower` and at or below `upper`.
  init(_ table: any AnyTable, lower: Int64?, upper: Int64?, name: String?) {
    self.table = table
    self.lower = lower
    self.upper = upper
    self.name =
      name
      ?? "\(table.name) within \(lower.map(String.init) ?? "")...\(upper.map(String.init) ?? "")"
  }

  /// The invariant as data.
  public var description: SchemaDescription.Invariant {
    SchemaDescription.Invariant(
      kind: Self.kind, name: name,
      parameters: [
        table.name, lower.map(String.init) ?? "", upper.map(String.init) ?? "",
      ])
  }
}

extension Bounds {
  package static let kind = "Bounds"

  package static func traits(of parameters: [String]) -> InvariantTraits? {
    guard parameters.count == 3, let range = range(parameters) else { return nil }
    let table = parameters[0]
    let words = [
      range.lower.map { "at least \($0)" }, range.upper.map { "at most \($0)" },
    ].compactMap(\.self)
    return InvariantTraits(
      tables: [table], governs: [table], decides: [table], cannotLose: [], cascades: [],
      growth: .onlyWithItsTables, storesIndex: false, isCode: false,
      summary: "\(table) \(words.joined(separator: ", "))",
      remedy: InvariantTraits.standardRemedy,
      theory: ConfluenceTheory(
        theorems: [
          .yes(
            WriteKind.every,
            reference:
              "Balegas et al., Extending Eventually Consistent Cloud Databases, SRDS 2015, section IV: escrow"
          )
        ],
        closure: .escrow, restsOnOwners: false,
        local: (means: .escrow, writes: WriteKind.every, table: table)))
  }

  package static func described(
    _ name: String, parameters: [String], among tables: [String: any AnyTable]
  ) -> (any KeptInvariant)? {
    guard parameters.count == 3, let range = range(parameters), let table = tables[parameters[0]],
      (table as? any TableDefinition)?.types.value is EscrowCounter.Type
    else { return nil }
    return Bounds(table, lower: range.lower, upper: range.upper, name: name)
  }

  private static func range(_ parameters: [String]) -> EscrowLimits? {
    let lower = Int64(parameters[1])
    let upper = Int64(parameters[2])
    guard lower != nil || parameters[1].isEmpty, upper != nil || parameters[2].isEmpty else {
      return nil
    }
    return EscrowLimits(lower: lower, upper: upper)
  }

  package func needs() throws(SchemaError) -> InvariantNeeds {
    do {
      _ = try EscrowTerms(lower: lower, upper: upper, founder: nil)
    } catch {
      throw .invalidInvariant(
        name,
        reason:
          "a counter starts at 0, which the bounds must admit; found \(description.parameters)"
      )
    }
    return InvariantNeeds(
      tables: [table], commit: .unchecked, asksVersions: true,
      limits: EscrowLimits(lower: lower, upper: upper))
  }

  /// Nothing is left to check: no write spends more than its replica holds.
  package func check(_ footprint: Footprint, at place: InvariantPlace) throws {}

  package func obstacle(
    to write: ReceivedWrite, here: () throws(StorageError) -> AnyRow?, from version: ReceivedVersion
  ) throws(StorageError) -> VersionObstacle? {
    let range = EscrowLimits(lower: lower, upper: upper)
    guard let missing = version.missingRights(for: write.row, row: try here(), limits: range) else {
      return nil
    }
    let key = write.key
    return .held(
      .lacksRights(
        origin: version.origin, sequence: version.gate.sequences.lowerBound,
        table: write.table.name, key: write.table.text(ofKey: key), missing: missing),
      until: .row(table: write.number, key: key))
  }

  /// A counter out of the range, and rights that somebody has spent without holding them.
  package func forEachViolation(
    in state: any StateView, at place: InvariantPlace, body: (InvariantViolation) -> Bool
  ) throws {
    let range = EscrowLimits(lower: lower, upper: upper)
    try state.forEachRow(ofTable: place.tables[0]) { key, row in
      func found(_ found: String, needed: String) -> Bool {
        body(
          state.violation(
            of: self, in: place.tables[0], under: key, found: found, needed: needed))
      }
      let incarnations = row.typed(as: EscrowCounter.self).incarnations
      if incarnations.isEmpty { return true }
      let value = incarnations.reduce(Int128(0)) { $0 + $1.store.exactValue }
      if lower.map({ value < $0 }) ?? false || upper.map({ value > $0 }) ?? false {
        let least = description.parameters[1]
        let most = description.parameters[2]
        if !found("the value is \(value)", needed: "a value within \(least)...\(most)") {
          return false
        }
      }
      let view = EscrowView(
        incarnations, limits: range, founder: state.founder, succession: state.succession)
      for (replica, _) in state.vector {
        for direction in [EscrowDirection.decrement, .increment] {
          guard let rights = try view.exactRights(of: replica, towards: direction), rights < 0
          else { continue }
          let holds =
            "\(replica.shortDescription) holds rights to \(direction.rawValue) by \(rights)"
          if !found(holds, needed: "no less than 0") { return false }
        }
      }
      return true
    }
  }
}

extension ReceivedVersion {
  /// How much a write spends that its origin does not hold, in a row that lives; `nil` if it holds all.
  fileprivate func missingRights(
    for written: AnyRow, row: AnyRow?, limits: EscrowLimits
  ) -> Int64? {
    let here = row?.typed(as: EscrowCounter.self).incarnations ?? []
    for written in written.typed(as: EscrowCounter.self).incarnations {
      let place = here.firstIndex { $0.dot == written.dot }
      // It is gone here.
      if place == nil, seen.contains(written.dot) { continue }
      let counter = place.map { here[$0].store }
      if limits.lower != nil,
        let missing = missingRights(
          for: written, direction: .decrement, beside: counter, limits: limits)
      {
        return missing
      }
      if limits.upper != nil,
        let missing = missingRights(
          for: written, direction: .increment, beside: counter, limits: limits)
      {
        return missing
      }
    }
    return nil
  }

  /// How much a write to one incarnation spends in one direction that its origin does not hold; `nil` if it
  /// holds all.
  private func missingRights(
    for written: Row<EscrowCounter>.Incarnation, direction: EscrowDirection,
    beside counter: EscrowCounter?, limits: EscrowLimits
  ) -> Int64? {
    if let counter, !counter.canSpend(by: origin, towards: direction, delta: written.store) {
      return nil
    }
    let view = EscrowView([], limits: limits, founder: gate.founder, succession: succession)
    // The bounds were found to admit 0 when the schema was made.
    guard let terms = try? view.terms(of: written.dot) else { return nil }
    let rights = (counter ?? written.store).exactRights(
      of: origin, towards: direction, under: terms, with: written.store)
    guard let rights, rights < 0 else { return nil }
    return Int64(clamping: -rights)
  }
}
