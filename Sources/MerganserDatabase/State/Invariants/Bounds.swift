public import MerganserTypes

/// The values of a table's counters never leave a range, on any replica, at any moment.
///
/// Kept by escrow: the distance from a counter's start, 0, to each bound is a stock of rights. The
/// database's founder holds it at first; a replica spends only rights that it holds, and hands them on
/// by ``Item/transfer(_:of:to:)``. Balegas, Serra, Duarte, Ferreira, Rodrigues, Shapiro, Preguiça,
/// *Extending Eventually Consistent Cloud Databases for Enforcing Numeric Invariants* (2015),
/// section 3.
public struct Bounds: BindableInvariant {
  /// The name by which a violation is reported.
  public let name: String
  /// The least value allowed.
  public let lower: Int64?
  /// The greatest value allowed.
  public let upper: Int64?
  private let table: any AnyTable
  /// The range, for what asks often.
  var limits: EscrowLimits { EscrowLimits(lower: lower, upper: upper) }
  let count = RowCount.of(EscrowCounter.self)

  /// Keeps the counters at or above `range.lowerBound`, which is at most 0.
  public init<Key>(
    _ table: Table<Key, EscrowCounter>, _ range: PartialRangeFrom<Int64>, name: String? = nil
  ) {
    self.init(table, lower: range.lowerBound, upper: nil, name: name)
  }

  /// Keeps the counters at or below `range.upperBound`, which is at least 0.
  public init<Key>(
    _ table: Table<Key, EscrowCounter>, _ range: PartialRangeThrough<Int64>, name: String? = nil
  ) {
    self.init(table, lower: nil, upper: range.upperBound, name: name)
  }

  /// Keeps the counters within `range`, which contains 0.
  public init<Key>(
    _ table: Table<Key, EscrowCounter>, _ range: ClosedRange<Int64>, name: String? = nil
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

  /// The rule as data.
  public var rule: SchemaDescription.Rule {
    SchemaDescription.Rule(
      kind: "Bounds", name: name,
      parameters: [
        table.name, lower.map(String.init) ?? "", upper.map(String.init) ?? "",
      ])
  }

  package func bind(to rules: inout RuleBook) throws(SchemaError) {
    let number = try rules.number(of: table, for: name)
    guard rules.tables[number].bounds == nil else {
      throw .invalidInvariant(name, reason: "table \(table.name) has bounds already")
    }
    do {
      _ = try EscrowTerms(lower: lower, upper: upper, founder: nil)
    } catch {
      throw .invalidInvariant(
        name, reason: "a counter starts at 0, which the bounds must admit; found \(rule.parameters)"
      )
    }
    rules.tables[number].bounds = self
    rules.tables[number].limits = limits
  }

  package func violation(in snapshot: Snapshot) throws -> InvariantViolation? {
    guard let number = snapshot.catalog.number(of: table.name) else { return nil }
    var entries = try snapshot.state.tables[number].rows.entries()
    while let (key, row) = try entries.next() {
      guard let value = count(row) else { continue }
      if lower.map({ value < $0 }) ?? false || upper.map({ value > $0 }) ?? false {
        return InvariantViolation(
          invariant: name, table: table.name,
          key: snapshot.catalog.tables[number].text(ofKey: key), found: "\(value)",
          needed: "a value within \(rule.parameters[1])...\(rule.parameters[2])")
      }
    }
    return nil
  }
}
