/// A counter that only grows: each replica counts for itself, and the value is the sum.
///
/// | concurrent | increment *a* | increment *b* |
/// | --- | --- | --- |
/// | **increment** | both count | both count |
///
/// Shapiro, Preguiça, Baquero, Zawirski, *A Comprehensive Study of Convergent and Commutative
/// Replicated Data Types* (2011), specification 6.
///
/// An increment costs O(log *n*) for *n* replicas that have counted before, a merge O(*n* + *m*).
public struct GCounter: Equatable, Sendable {
  /// What each replica has counted; never 0.
  ///
  /// A mutator keeps an entry at `Int64.max` or below. `UInt64.max` stands for a sum that did not fit,
  /// see ``unite(_:with:)``.
  var counts: ReplicaMap<UInt64>

  /// The counter at 0.
  public init() { counts = ReplicaMap() }

  /// The sum of what all replicas counted.
  ///
  /// - Throws: ``LatticeError/valueOverflow`` where the sum does not fit.
  /// - Complexity: O(*n*).
  public var value: Int64 {
    get throws(LatticeError) {
      guard let value = Int64(exactly: sum) else { throw .valueOverflow }
      return value
    }
  }

  /// The sum of what all replicas counted, also where it does not fit 64 bits.
  package var sum: Int128 { counts.values.reduce(Int128(0)) { $0 + Int128($1) } }

  /// What `replica` has counted.
  public func count(of replica: ReplicaID) -> UInt64 { counts[replica] ?? 0 }

  /// Counts `amount` more as `replica`.
  ///
  /// - Throws: ``LatticeError/negativeAmount(_:)``, or ``LatticeError/amountOverflow(replica:held:amount:)``.
  public mutating func increment(
    _ amount: Int64 = 1, by replica: ReplicaID
  ) throws(LatticeError) {
    let count = try count(of: replica).counting(amount, as: replica)
    if count > 0 { counts[replica] = count }
  }

  /// Counts `amount` more as `replica`; the delta is that replica's new count.
  ///
  /// - Throws: what ``increment(_:by:)`` throws.
  public mutating func increment(
    by amount: Int64 = 1, as replica: ReplicaID
  ) throws(LatticeError) -> GCounter {
    try increment(amount, by: replica)
    var delta = GCounter()
    if amount > 0 { delta.counts[replica] = counts[replica] }
    return delta
  }
}

extension UInt64 {
  /// This count and `amount`.
  func counting(_ amount: Int64, as replica: ReplicaID) throws(LatticeError) -> UInt64 {
    guard amount >= 0 else { throw .negativeAmount(amount) }
    let (sum, overflow) = addingReportingOverflow(UInt64(amount))
    guard !overflow, amount == 0 || sum <= UInt64(Int64.max) else {
      throw .amountOverflow(replica: replica, held: self, amount: amount)
    }
    return sum
  }

  /// The sum of two incarnations' counts; `UInt64.max`, which no reading accepts, if it does not fit.
  func united(with other: UInt64) -> UInt64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }

  /// Takes the greater of both, and tells whether that is the other.
  mutating func mergeMaximum(_ other: UInt64) -> Bool {
    guard self < other else { return false }
    self = other
    return true
  }
}

extension GCounter: Decomposable {
  /// Whether this is bottom.
  public var isBottom: Bool { counts.isEmpty }

  /// Joins by each replica's greater count.
  @discardableResult
  public mutating func merge(_ other: GCounter) -> Bool {
    counts.merge(other.counts) { $0.mergeMaximum($1) }
  }

  /// Each replica's count on its own.
  public func decomposed() -> [GCounter] {
    counts.map { replica, count in
      var part = GCounter()
      part.counts.append(replica, count)
      return part
    }
  }

  /// - Complexity: O(*n* log *m*).
  public func delta(since known: GCounter) -> GCounter {
    var delta = GCounter()
    for (replica, count) in counts where count > known.count(of: replica) {
      delta.counts.append(replica, count)
    }
    return delta
  }
}

extension GCounter: LatticeStore, Replicated {
  /// Adds the counts of both: each row began to count at 0, even if one replica wrote to both.
  ///
  /// The result is for reading. A sum that does not fit 64 bits makes every reading throw
  /// ``LatticeError/valueOverflow``.
  public static func unite(_ store: inout GCounter, with concurrent: GCounter) {
    store.counts.merge(concurrent.counts) {
      $0 = $0.united(with: $1)
      return true
    }
  }
}

extension GCounter: BinaryCodable {
  /// Appends what this holds.
  public func encode(to encoder: inout BinaryEncoder) {
    counts.encode(to: &encoder) { $1.encode(varint: $0) }
  }

  /// Reads what `encode(to:)` wrote.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    counts = try ReplicaMap(from: &decoder) { decoder throws(BinaryDecodingError) in
      let start = decoder.offset
      let count = try decoder.decodeVarint()
      guard count > 0 else { throw .invalidValue(offset: start, expected: "a count above 0") }
      return count
    }
  }
}

extension GCounter: Codable {
  /// Reads what `encode(to:)` wrote.
  public init(from decoder: any Decoder) throws {
    let counts = try ReplicaMap<UInt64>(from: decoder)
    guard counts.values.allSatisfy({ $0 > 0 }) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "expected counts above 0"))
    }
    self.counts = counts
  }

  /// Appends what this holds.
  public func encode(to encoder: any Encoder) throws { try counts.encode(to: encoder) }
}

extension GCounter: CustomStringConvertible {
  /// The value as text.
  public var description: String {
    (try? value).map(String.init) ?? "a count beyond 64 bits"
  }
}
