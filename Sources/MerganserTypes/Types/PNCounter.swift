/// A counter that goes up and down: each replica counts both ways for itself, and the value is the
/// difference of the sums.
///
/// | concurrent | increment | decrement |
/// | --- | --- | --- |
/// | **increment** | both count | both count |
/// | **decrement** | both count | both count |
///
/// Nothing bounds the value; ``EscrowCounter`` is the counter that keeps a bound on every replica.
///
/// Shapiro, Preguiça, Baquero, Zawirski, *A Comprehensive Study of Convergent and Commutative
/// Replicated Data Types* (2011), specification 7.
///
/// An update costs O(log *n*) for *n* replicas that have counted before, a merge O(*n* + *m*).
public struct PNCounter: Equatable, Sendable {
  /// What one replica has counted up and down; each at `Int64.max` or below, or `UInt64.max` for a sum
  /// that did not fit.
  struct Tally: Equatable, Sendable, Codable {
    var increments: UInt64 = 0
    var decrements: UInt64 = 0

    var isEmpty: Bool { increments == 0 && decrements == 0 }
  }

  /// What each replica has counted; no entry is empty.
  var tallies: ReplicaMap<Tally>

  /// The counter at 0.
  public init() { tallies = ReplicaMap() }

  /// The sum of all increments less that of all decrements.
  ///
  /// - Throws: ``LatticeError/valueOverflow`` where it does not fit.
  /// - Complexity: O(*n*).
  public var value: Int64 {
    get throws(LatticeError) {
      var sum = Int128(0)
      for tally in tallies.values {
        guard tally.increments < .max, tally.decrements < .max else { throw .valueOverflow }
        sum += Int128(tally.increments) - Int128(tally.decrements)
      }
      guard let value = Int64(exactly: sum) else { throw .valueOverflow }
      return value
    }
  }

  /// The sum of all increments less that of all decrements, also where it does not fit 64 bits.
  package var sum: Int128 {
    tallies.values.reduce(Int128(0)) { $0 + Int128($1.increments) - Int128($1.decrements) }
  }

  /// What `replica` has counted up.
  public func increments(of replica: ReplicaID) -> UInt64 { tallies[replica]?.increments ?? 0 }

  /// What `replica` has counted down.
  public func decrements(of replica: ReplicaID) -> UInt64 { tallies[replica]?.decrements ?? 0 }

  /// Counts `amount` up as `replica`.
  ///
  /// - Throws: ``LatticeError/negativeAmount(_:)``, or ``LatticeError/amountOverflow(replica:held:amount:)``.
  public mutating func increment(
    _ amount: Int64 = 1, by replica: ReplicaID
  ) throws(LatticeError) {
    try count(amount, \.increments, as: replica)
  }

  /// Counts `amount` down as `replica`.
  ///
  /// - Throws: what ``increment(_:by:)`` throws.
  public mutating func decrement(
    _ amount: Int64 = 1, by replica: ReplicaID
  ) throws(LatticeError) {
    try count(amount, \.decrements, as: replica)
  }

  /// Counts `amount` up as `replica`; the delta is what that replica has counted up since ever.
  ///
  /// - Throws: what ``increment(_:by:)`` throws.
  public mutating func increment(
    by amount: Int64 = 1, as replica: ReplicaID
  ) throws(LatticeError) -> PNCounter {
    try increment(amount, by: replica)
    return amount == 0 ? PNCounter() : part(replica, \.increments)
  }

  /// Counts `amount` down as `replica`; the delta is what that replica has counted down since ever.
  ///
  /// - Throws: what ``increment(_:by:)`` throws.
  public mutating func decrement(
    by amount: Int64 = 1, as replica: ReplicaID
  ) throws(LatticeError) -> PNCounter {
    try decrement(amount, by: replica)
    return amount == 0 ? PNCounter() : part(replica, \.decrements)
  }

  private mutating func count(
    _ amount: Int64, _ direction: WritableKeyPath<Tally, UInt64>, as replica: ReplicaID
  ) throws(LatticeError) {
    var tally = tallies[replica] ?? Tally()
    tally[keyPath: direction] = try tally[keyPath: direction].counting(amount, as: replica)
    if !tally.isEmpty { tallies[replica] = tally }
  }

  /// What one replica counted in one direction.
  private func part(_ replica: ReplicaID, _ direction: WritableKeyPath<Tally, UInt64>) -> PNCounter
  {
    var tally = Tally()
    tally[keyPath: direction] = tallies[replica]?[keyPath: direction] ?? 0
    var part = PNCounter()
    if !tally.isEmpty { part.tallies.append(replica, tally) }
    return part
  }
}

extension PNCounter: Decomposable {
  /// Whether this is bottom.
  public var isBottom: Bool { tallies.isEmpty }

  /// Joins by each replica's greater count, in each direction.
  @discardableResult
  public mutating func merge(_ other: PNCounter) -> Bool {
    tallies.merge(other.tallies) {
      let up = $0.increments.mergeMaximum($1.increments)
      let down = $0.decrements.mergeMaximum($1.decrements)
      return up || down
    }
  }

  /// What each replica counted, each direction on its own.
  public func decomposed() -> [PNCounter] {
    tallies.replicas.flatMap { [part($0, \.increments), part($0, \.decrements)] }
      .filter { !$0.isBottom }
  }

  /// - Complexity: O(*n* log *m*).
  public func delta(since known: PNCounter) -> PNCounter {
    var delta = PNCounter()
    for (replica, tally) in tallies {
      let theirs = known.tallies[replica] ?? Tally()
      var lacking = Tally()
      if tally.increments > theirs.increments { lacking.increments = tally.increments }
      if tally.decrements > theirs.decrements { lacking.decrements = tally.decrements }
      if !lacking.isEmpty { delta.tallies.append(replica, lacking) }
    }
    return delta
  }
}

extension PNCounter: LatticeStore, Replicated {
  /// Adds the counts of both: each row began to count at 0, even if one replica wrote to both.
  ///
  /// The result is for reading. A sum that does not fit 64 bits makes every reading throw
  /// ``LatticeError/valueOverflow``.
  public static func unite(_ store: inout PNCounter, with concurrent: PNCounter) {
    store.tallies.merge(concurrent.tallies) {
      $0.increments = $0.increments.united(with: $1.increments)
      $0.decrements = $0.decrements.united(with: $1.decrements)
      return true
    }
  }
}

extension PNCounter: BinaryCodable {
  /// Appends what this holds.
  public func encode(to encoder: inout BinaryEncoder) {
    tallies.encode(to: &encoder) {
      $1.encode(varint: $0.increments)
      $1.encode(varint: $0.decrements)
    }
  }

  /// Reads what `encode(to:)` wrote.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    tallies = try ReplicaMap(from: &decoder) { decoder throws(BinaryDecodingError) in
      let start = decoder.offset
      let increments = try decoder.decodeVarint()
      let tally = Tally(increments: increments, decrements: try decoder.decodeVarint())
      guard !tally.isEmpty else {
        throw .invalidValue(offset: start, expected: "a count above 0 in one direction")
      }
      return tally
    }
  }
}

extension PNCounter: Codable {
  /// Reads what `encode(to:)` wrote.
  public init(from decoder: any Decoder) throws {
    let tallies = try ReplicaMap<Tally>(from: decoder)
    guard tallies.values.allSatisfy({ !$0.isEmpty }) else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "expected a count above 0 in one direction"))
    }
    self.tallies = tallies
  }

  /// Appends what this holds.
  public func encode(to encoder: any Encoder) throws { try tallies.encode(to: encoder) }
}

extension PNCounter: CustomStringConvertible {
  /// The value as text.
  public var description: String {
    (try? value).map(String.init) ?? "a count beyond 64 bits"
  }
}
