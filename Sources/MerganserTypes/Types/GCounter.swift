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
  /// see ``unite(_:with:for:)``.
  var counts: ReplicaMap<UInt64>

  /// The counter at 0.
  public init() { counts = ReplicaMap() }

  /// The sum of what all replicas counted.
  ///
  /// Each replica's count fits 64 bits, and their sum may not: ``exactValue`` is there in any case.
  ///
  /// - Throws: ``LatticeError/valueOverflow`` where the sum does not fit.
  /// - Complexity: O(*n*).
  public var value: Int64 {
    get throws(LatticeError) {
      guard let value = Int64(exactly: exactValue) else { throw .valueOverflow }
      return value
    }
  }

  /// The sum of what all replicas counted, in so many bits that every sum fits.
  ///
  /// What adds or compares the values of counters does it in these. Where rows that were created apart
  /// are united and one replica's counts together do not fit 64 bits, they count as `UInt64.max`.
  ///
  /// - Complexity: O(*n*).
  public var exactValue: Int128 { counts.values.reduce(0) { $0 + Int128($1) } }

  /// What `replica` has counted.
  public func count(of replica: ReplicaID) -> UInt64 { counts[replica] ?? 0 }

  /// Counts `amount` more as `replica`; the delta is that replica's new count.
  ///
  /// - Throws: ``LatticeError/negativeAmount(_:)``, or ``LatticeError/amountOverflow(replica:held:amount:)``;
  ///   nothing has changed then.
  @discardableResult
  @inlinable
  public mutating func increment(
    by amount: Int64 = 1, as replica: ReplicaID
  ) throws(LatticeError) -> GCounter {
    let count = try count(amount, as: replica)
    return GCounter.delta(of: replica, count: amount == 0 ? 0 : count)
  }

  /// Counts `amount` more as `replica`, and gives what that replica has counted.
  @usableFromInline
  mutating func count(_ amount: Int64, as replica: ReplicaID) throws(LatticeError) -> UInt64 {
    let (index, found) = counts.position(of: replica)
    let count = try (found ? counts.values[index] : 0).counting(amount, as: replica)
    if found {
      counts.values[index] = count
    } else if amount > 0 {
      counts.insert(replica, value: count, at: index)
    }
    return count
  }

  /// The delta of an increment, which the compiler leaves out where nobody looks at it.
  @_effects(readonly)
  @usableFromInline
  static func delta(of replica: ReplicaID, count: UInt64) -> GCounter {
    var delta = GCounter()
    if count > 0 { delta.counts.append(replica, value: count) }
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

  /// How much this count is above an earlier one.
  func since(_ earlier: UInt64) -> UInt64 { self - Swift.min(self, earlier) }

  /// This sum as an amount to count by.
  func amount(as replica: ReplicaID, held: UInt64) throws(LatticeError) -> Int64 {
    guard let amount = Int64(exactly: self) else {
      throw .amountOverflow(replica: replica, held: held, amount: .max)
    }
    return amount
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
      part.counts.append(replica, value: count)
      return part
    }
  }

  /// - Complexity: O(*n* log *m*).
  public func delta(since known: GCounter) -> GCounter {
    var delta = GCounter()
    for (replica, count) in counts where count > known.count(of: replica) {
      delta.counts.append(replica, value: count)
    }
    return delta
  }
}

extension GCounter {
  /// Whether nobody else's counts are in it.
  public func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool {
    counts.isOnly(of: replica)
  }

  /// Counts for `author` what was counted from `before` to `after`, by whomever.
  @discardableResult
  public mutating func repeatChange(
    from before: GCounter, to after: GCounter, by author: inout Author
  ) throws(LatticeError) -> GCounter {
    var sum = UInt64(0)
    for (replica, count) in after.counts {
      sum = sum.united(with: count.since(before.count(of: replica)))
    }
    return try increment(
      by: sum.amount(as: author.replica, held: count(of: author.replica)), as: author.replica)
  }
}

extension GCounter: LatticeStore, Replicated {
  /// Adds the counts of both for reading: each row began to count at 0, even if one replica wrote to both.
  ///
  /// A sum that does not fit 64 bits makes every reading throw ``LatticeError/valueOverflow``. A mutator in
  /// a transaction is shown the first row's counter alone, and counts there.
  public static func unite(
    _ store: inout GCounter, with concurrent: GCounter, for access: RowAccess
  ) {
    guard access == .reading else { return }
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
    "\(exactValue)"
  }
}

extension GCounter: BuiltInType {}
