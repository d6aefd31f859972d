import CXXHash
public import MerganserTypes

/// A schema as data: what a store records of it, and what replicas compare when they meet.
public struct SchemaDescription: Hashable, Sendable {
  /// One invariant: its kind, its name, and its parameters in a fixed order.
  public struct Invariant: Hashable, Sendable {
    /// The kind, for instance `Bounds`.
    public var kind: String
    /// The name by which a violation is reported.
    public var name: String
    /// What it is about: tables, limits, choices.
    public var parameters: [String]

    /// The description of one invariant.
    public init(kind: String, name: String, parameters: [String]) {
      self.kind = kind
      self.name = name
      self.parameters = parameters
    }
  }

  /// The tables, in the order of their names.
  public var tables: [Table]
  /// The invariants, in the order in which they were declared.
  public var invariants: [Invariant]

  /// The description of the given tables and invariants.
  public init(tables: [Table], invariants: [Invariant]) {
    self.tables = tables.sorted { $0.name < $1.name }
    self.invariants = invariants
  }

  /// How many tables a schema has at most.
  public static let maximumTables = 1024
  /// How many invariants a schema has at most.
  public static let maximumInvariants = 4096
  /// How many bytes a schema's description has at most.
  public static let maximumSize = 4 << 20
  /// How many bytes the name of a type has at most.
  public static let maximumTypeNameLength = 4096
  /// How many types the types of a table are made of at most, with themselves: each is made where a program takes
  /// the table over, and stays in memory until the process ends.
  public static let maximumTypeCount = 64

  /// What of the schema is more than replicas take of each other; `nil` if nothing is.
  ///
  /// - Complexity: O(*n*) in its bytes.
  package var excess: String? {
    func over(_ found: Int, limit: Int, what: String) -> String? {
      found > limit ? "it has \(found) \(what), and at most \(limit) are taken" : nil
    }
    if let excess = over(tables.count, limit: Self.maximumTables, what: "tables")
      ?? over(invariants.count, limit: Self.maximumInvariants, what: "invariants")
    {
      return excess
    }
    for table in tables {
      for type in [table.key, table.value] {
        if let excess = over(
          type.utf8.count, limit: Self.maximumTypeNameLength, what: "bytes in a type's name")
        {
          return excess
        }
      }
      if let excess = over(table.typeCount, limit: Self.maximumTypeCount, what: "types in a table")
        ?? over(table.layouts.count, limit: Table.maximumLayouts, what: "layouts in a table")
        ?? over(
          table.valueWithLayouts.utf8.count, limit: Table.maximumTextLength,
          what: "bytes of layouts in a table")
      {
        return excess
      }
    }
    return over(binaryEncoded().count, limit: Self.maximumSize, what: "bytes")
  }

  /// A number that tells schemas apart, on every machine: by tables, the short names of types, and invariants.
  public var fingerprint: UInt64 {
    let plain = tables.map {
      Table(
        name: $0.name, key: $0.key.unqualifiedTypeName, value: $0.value.unqualifiedTypeName)
    }
    return SchemaDescription(tables: plain, invariants: invariants).binaryEncoded()
      .withUnsafeBytes { XXH3_64bits($0.baseAddress, $0.count) }
  }
}

extension SchemaDescription {
  /// Where this schema first differs from `other`, in words; `nil` if they are equal.
  public func difference(from other: SchemaDescription) -> String? {
    if let difference = layoutDifference(from: other) { return "\(difference)" }
    for table in tables where !other.tables.contains(where: { $0.name == table.name }) {
      return "it has no table \(table.name)"
    }
    for table in other.tables where !tables.contains(where: { $0.name == table.name }) {
      return "it has a table \(table.name) more"
    }
    for invariant in invariants where !other.invariants.contains(invariant) {
      return
        "it does not have the invariant \(invariant.kind) \"\(invariant.name)\" \(invariant.parameters)"
    }
    for invariant in other.invariants where !invariants.contains(invariant) {
      return "it has the invariant \(invariant.kind) \"\(invariant.name)\" \(invariant.parameters)"
    }
    return invariants == other.invariants ? nil : "it has the same invariants in another order"
  }

  /// Where a table's rows are first other bytes in `other` than here, as far as both tell.
  public func layoutDifference(from other: SchemaDescription) -> LayoutDifference? {
    let known = Dictionary(other.tables.map { ($0.name, $0) }) { first, _ in first }
    for table in tables {
      if let difference = known[table.name].flatMap(table.difference) { return difference }
    }
    return nil
  }
}

extension SchemaDescription: BinaryCodable {
  /// Appends the value's bytes.
  public func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(count: tables.count)
    for table in tables {
      table.name.encode(to: &encoder)
      table.key.encode(to: &encoder)
      table.valueWithLayouts.encode(to: &encoder)
    }
    encoder.encode(count: invariants.count)
    for invariant in invariants {
      invariant.kind.encode(to: &encoder)
      invariant.name.encode(to: &encoder)
      invariant.parameters.encode(to: &encoder)
    }
  }

  /// Reads a value from its bytes.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    var tables: [Table] = []
    for _ in 0..<(try decoder.decodeCount(minimumSize: 3)) {
      let name = try String(from: &decoder)
      let key = try String(from: &decoder)
      let start = decoder.offset
      guard
        let table = Table(name: name, key: key, valueWithLayouts: try String(from: &decoder))
      else {
        throw .invalidValue(offset: start, expected: "a type's name with layouts by name behind it")
      }
      tables.append(table)
    }
    var invariants: [Invariant] = []
    for _ in 0..<(try decoder.decodeCount(minimumSize: 3)) {
      invariants.append(
        Invariant(
          kind: try String(from: &decoder), name: try String(from: &decoder),
          parameters: try [String](from: &decoder)))
    }
    self.init(tables: tables, invariants: invariants)
  }
}
