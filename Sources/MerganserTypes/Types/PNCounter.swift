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
///
/// ```swift
/// var count = PNCounter()
/// try count.increment(by: 3, as: laptop)
/// try count.decrement(by: 1, as: laptop)
/// print(try count.value)  // 2
/// ```
public struct PNCounter: Equatable, Sendable {
  /// What one replica has counted up and down; each at `Int64.max` or below, or `UInt64.max` for a sum
  /// that did not fit.
  @usableFromInline
  struct Tally: Equatable, Sendable, Codable {
    @usableFromInline var increments: UInt64 = 0
    @usableFromInline var decrements: UInt64 = 0

    var isEmpty: Bool { increments == 0 && decrements == 0 }

    /// Whether a direction holds a sum that did not fit.
    var isOverfull: Bool { increments == .max || decrements == .max }
  }

  /// What each replica has counted; no entry is empty.
  var tallies: ReplicaMap<Tally>

  /// The counter at 0.
  public init() { tallies = ReplicaMap() }

  /// The sum of all increments less that of all decrements.
  ///
  /// Each replica's counts fit 64 bits, and the value may not: ``exactValue`` is there in any case. A
  /// value that does not fit comes back into range by counts in the other direction.
  ///
  /// - Throws: ``LatticeError/valueOverflow`` where it does not fit.
  /// - Complexity: O(*n*).
  public var value: Int64 {
    get throws(LatticeError) {
      guard !tallies.values.contains(where: \.isOverfull),
        let value = Int64(exactly: exactValue)
      else { throw .valueOverflow }
      return value
    }
  }

  /// The sum of all increments less that of all decrements, in so many bits that every value fits.
  ///
  /// What adds or compares the values of counters does it in these. Where rows that were created apart
  /// are united and one replica's counts in a direction together do not fit 64 bits, they count as
  /// `UInt64.max`; ``value`` throws then.
  ///
  /// - Complexity: O(*n*).
  public var exactValue: Int128 {
    tallies.values.reduce(0) { $0 + Int128($1.increments) - Int128($1.decrements) }
  }

  /// What `replica` has counted up.
  public func increments(of replica: ReplicaID) -> UInt64 { tallies[replica]?.increments ?? 0 }

  /// What `replica` has counted down.
  public func decrements(of replica: ReplicaID) -> UInt64 { tallies[replica]?.decrements ?? 0 }

  /// Counts `amount` up as `replica`; the delta is what that replica has counted up since ever.
  ///
  /// - Throws: ``LatticeError/negativeAmount(_:)``, or ``LatticeError/amountOverflow(replica:held:amount:)``;
  ///   nothing has changed then.
  @discardableResult
  @inlinable
  public mutating func increment(
    by amount: Int64 = 1, as replica: ReplicaID
  ) throws(LatticeError) -> PNCounter {
    let tally = try count(up: amount, down: 0, as: replica)
    return delta(of: replica, up: amount == 0 ? 0 : tally.increments, down: 0)
  }

  /// Counts `amount` down as `replica`; the delta is what that replica has counted down since ever.
  ///
  /// - Throws: what ``increment(by:as:)`` throws.
  @discardableResult
  @inlinable
  public mutating func decrement(
    by amount: Int64 = 1, as replica: ReplicaID
  ) throws(LatticeError) -> PNCounter {
    let tally = try count(up: 0, down: amount, as: replica)
    return delta(of: replica, up: 0, down: amount == 0 ? 0 : tally.decrements)
  }

  /// Counts up and down as `replica`, of which one is 0, and gives what that replica has counted.
  @usableFromInline
  mutating func count(
    up: Int64, down: Int64, as replica: ReplicaID
  ) throws(LatticeError) -> Tally {
    let (index, found) = tallies.position(of: replica)
    var tally = found ? tallies.values[index] : Tally()
    tally.increments = try tally.increments.counting(up, as: replica)
    tally.decrements = try tally.decrements.counting(down, as: replica)
    if found {
      tallies.values[index] = tally
    } else if !tally.isEmpty {
      tallies.insert(replica, value: tally, at: index)
    }
    return tally
  }

  /// The counter of what one replica counted up and down, which the compiler leaves out where nobody looks at
  /// it.
  @_effects(readonly)
  @usableFromInline
  func delta(of replica: ReplicaID, up: UInt64, down: UInt64) -> PNCounter {
    let tally = Tally(increments: up, decrements: down)
    // Where nobody else has counted, nor the other way, that is the counter itself, and takes no memory.
    if tallies.count == 1, tallies.values[0] == tally { return self }
    var delta = PNCounter()
    if !tally.isEmpty { delta.tallies.append(replica, value: tally) }
    return delta
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
    tallies.flatMap { replica, tally in
      [
        PNCounter().delta(of: replica, up: tally.increments, down: 0),
        PNCounter().delta(of: replica, up: 0, down: tally.decrements),
      ]
    }
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
      if !lacking.isEmpty { delta.tallies.append(replica, value: lacking) }
    }
    return delta
  }
}

extension PNCounter {
  /// Whether nobody else's counts are in it.
  public func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool {
    tallies.isOnly(of: replica)
  }

  /// Counts for `author` what was counted up and what was counted down from `before` to `after`, by
  /// whomever.
  @discardableResult
  public mutating func repeatChange(
    from before: PNCounter, to after: PNCounter, by author: inout Author
  ) throws(LatticeError) -> PNCounter {
    try count(after.counted(since: before), as: author.replica)
  }

  /// What all replicas counted since `before`, in each direction.
  func counted(since before: PNCounter) -> Tally {
    var sum = Tally()
    for (replica, tally) in tallies {
      let old = before.tallies[replica] ?? Tally()
      sum.increments = sum.increments.united(
        with: tally.increments.since(old.increments))
      sum.decrements = sum.decrements.united(
        with: tally.decrements.since(old.decrements))
    }
    return sum
  }

  /// The lesser of what each replica counted here and there, in each direction.
  func limited(to other: PNCounter) -> PNCounter {
    var least = PNCounter()
    for (replica, tally) in tallies {
      let tally = Tally(
        increments: Swift.min(tally.increments, other.increments(of: replica)),
        decrements: Swift.min(tally.decrements, other.decrements(of: replica)))
      if !tally.isEmpty { least.tallies.append(replica, value: tally) }
    }
    return least
  }

  /// Counts in both directions as `replica`.
  mutating func count(_ sum: Tally, as replica: ReplicaID) throws(LatticeError) -> PNCounter {
    var result = self
    var delta = try result.increment(
      by: sum.increments.amount(as: replica, held: increments(of: replica)), as: replica)
    delta.merge(
      try result.decrement(
        by: sum.decrements.amount(as: replica, held: decrements(of: replica)), as: replica))
    self = result
    return delta
  }
}

extension PNCounter: LatticeStore, Replicated {
  /// Adds the counts of both for reading: each row began to count at 0, even if one replica wrote to both.
  ///
  /// A sum that does not fit 64 bits makes every reading throw ``LatticeError/valueOverflow``. A mutator in
  /// a transaction is shown the first row's counter alone, and counts there.
  public static func unite(
    _ store: inout PNCounter, with concurrent: PNCounter, for access: RowAccess
  ) {
    guard access == .reading else { return }
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
    "\(exactValue)"
  }
}

extension PNCounter: BuiltInType {}
