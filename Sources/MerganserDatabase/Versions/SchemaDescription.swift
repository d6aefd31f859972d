import CXXHash
public import MerganserTypes

/// A schema as data: what a store records of it, and what replicas compare when they meet.
public struct SchemaDescription: Hashable, Sendable {
  /// One table.
  public struct Table: Hashable, Sendable {
    /// The table's name.
    public var name: String
    /// The type of its keys.
    public var key: String
    /// The type of its values.
    public var value: String

    /// The description of one table.
    public init(name: String, key: String, value: String) {
      self.name = name
      self.key = key
      self.value = value
    }
  }

  /// One invariant: its kind, its name, and its parameters in a fixed order.
  public struct Rule: Hashable, Sendable {
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
  public var rules: [Rule]

  /// The description of the given tables and invariants.
  public init(tables: [Table], rules: [Rule]) {
    self.tables = tables.sorted { $0.name < $1.name }
    self.rules = rules
  }

  /// A number that tells schemas apart: equal for equal descriptions, on every machine.
  public var fingerprint: UInt64 {
    binaryEncoded().withUnsafeBytes { XXH3_64bits($0.baseAddress, $0.count) }
  }
}

extension SchemaDescription {
  /// Where this schema first differs from `other`, in words; nothing where they are equal.
  public func difference(from other: SchemaDescription) -> String? {
    let known = Dictionary(other.tables.map { ($0.name, $0) }) { first, _ in first }
    for table in tables {
      guard let found = known[table.name] else { return "it has no table \(table.name)" }
      if found != table {
        return """
          its table \(table.name) holds \(found.value) by \(found.key), and not \(table.value) by \
          \(table.key)
          """
      }
    }
    for table in other.tables where !tables.contains(where: { $0.name == table.name }) {
      return "it has a table \(table.name) more"
    }
    for rule in rules where !other.rules.contains(rule) {
      return "it does not have the rule \(rule.kind) \"\(rule.name)\" \(rule.parameters)"
    }
    for rule in other.rules where !rules.contains(rule) {
      return "it has the rule \(rule.kind) \"\(rule.name)\" \(rule.parameters)"
    }
    return self == other ? nil : "it has the same rules in another order"
  }
}

extension SchemaDescription: BinaryCodable {
  /// Appends the value's bytes.
  public func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(count: tables.count)
    for table in tables {
      table.name.encode(to: &encoder)
      table.key.encode(to: &encoder)
      table.value.encode(to: &encoder)
    }
    encoder.encode(count: rules.count)
    for rule in rules {
      rule.kind.encode(to: &encoder)
      rule.name.encode(to: &encoder)
      rule.parameters.encode(to: &encoder)
    }
  }

  /// Reads a value from its bytes.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    var tables: [Table] = []
    for _ in 0..<(try decoder.decodeCount(minimumSize: 3)) {
      tables.append(
        Table(
          name: try String(from: &decoder), key: try String(from: &decoder),
          value: try String(from: &decoder)))
    }
    var rules: [Rule] = []
    for _ in 0..<(try decoder.decodeCount(minimumSize: 3)) {
      rules.append(
        Rule(
          kind: try String(from: &decoder), name: try String(from: &decoder),
          parameters: try [String](from: &decoder)))
    }
    self.init(tables: tables, rules: rules)
  }
}
