public import MerganserTypes

/// What holds over the tables of a database, on every replica, at every moment; do not declare conformances.
///
/// A database keeps the kinds that come with it, for instance ``Bounds``, ``Check`` and ``Unique``.
public protocol Invariant: Sendable {
  /// The name by which a violation is reported.
  var name: String { get }
  /// The invariant as data.
  var description: SchemaDescription.Invariant { get }
}

/// A write that would break an invariant, and was therefore not made.
public struct InvariantViolation: MerganserError, Hashable {
  /// How much was asked for, and how much was there to give.
  public struct Shortfall: Hashable, Sendable {
    /// What the write needed.
    public var needed: Int64
    /// The rights that this replica held.
    public var available: Int64

    /// The shortfall between two amounts.
    public init(needed: Int64, available: Int64) {
      self.needed = needed
      self.available = available
    }
  }

  /// The invariant's name.
  public var invariant: String
  /// The table of the row that would break it.
  public var table: String
  /// The row's key, as a person reads it.
  public var key: String
  /// What was found.
  public var found: String
  /// What would be needed instead.
  public var needed: String
  /// For a bound: how much was asked for, and how much was there.
  public var shortfall: Shortfall?

  @usableFromInline
  package init(
    invariant: String, table: String, key: String, found: String, needed: String,
    shortfall: Shortfall? = nil
  ) {
    self.invariant = invariant
    self.table = table
    self.key = key
    self.found = found
    self.needed = needed
    self.shortfall = shortfall
  }
}

extension InvariantViolation: CustomStringConvertible {
  /// As a person reads it.
  public var description: String { "\(invariant): \(place): \(found); needed: \(needed)" }

  /// The table and the key.
  package var place: String { key.isEmpty ? table : "\(table) \(key)" }
}

extension InvariantViolation: BinaryCodable {
  /// Appends the value's bytes.
  public func encode(to encoder: inout BinaryEncoder) {
    for text in [invariant, table, key, found, needed] { text.encode(to: &encoder) }
    (shortfall != nil).encode(to: &encoder)
    shortfall?.needed.encode(to: &encoder)
    shortfall?.available.encode(to: &encoder)
  }

  /// Reads a value from its bytes.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    invariant = try String(from: &decoder)
    table = try String(from: &decoder)
    key = try String(from: &decoder)
    found = try String(from: &decoder)
    needed = try String(from: &decoder)
    shortfall =
      try Bool(from: &decoder)
      ? Shortfall(needed: try Int64(from: &decoder), available: try Int64(from: &decoder)) : nil
  }
}
