/// A counter that goes up and down and can be reset: a reset takes back exactly the counts that it saw.
///
/// | concurrent | increment, decrement | reset |
/// | --- | --- | --- |
/// | **increment, decrement** | both count | counts after the reset |
/// | **reset** | counts after the reset | one reset |
///
/// Beside what each replica has counted since ever stands how much of it was reset, which only grows as
/// well; the value is what lies above. Counters that are reset by removing dots bring back counts that a
/// reset saw, or lose some that it did not: Baquero, Almeida, Lerche, *The Problem with Embedded CRDT
/// Counters and a Solution* (2016).
///
/// An update costs O(log *n*) for *n* replicas that have counted before, a reset and a merge
/// O(*n* + *m*).
public struct ResettableCounter: Equatable, Sendable, Codable {
  private var counts = PNCounter()
  private var floors = PNCounter()

  /// The counter at 0.
  public init() {}

  /// The sum of all increments less that of all decrements, as far as they were not reset.
  ///
  /// Each replica's counts fit 64 bits, and the value may not: ``exactValue`` is there in any case.
  ///
  /// - Throws: ``LatticeError/valueOverflow`` where it does not fit.
  /// - Complexity: O(*n* log *n*).
  public var value: Int64 {
    get throws(LatticeError) {
      guard !counts.tallies.values.contains(where: \.isOverfull),
        let value = Int64(exactly: exactValue)
      else { throw .valueOverflow }
      return value
    }
  }

  /// The sum of all increments less that of all decrements, as far as they were not reset, in so many
  /// bits that every value fits; see ``PNCounter/exactValue``.
  ///
  /// A floor may arrive before the counts that it is made of; it then takes nothing away.
  ///
  /// - Complexity: O(*n* log *n*).
  public var exactValue: Int128 {
    var sum = Int128(0)
    for (replica, tally) in counts.tallies {
      let up = Int128(tally.increments) - Int128(floors.increments(of: replica))
      let down = Int128(tally.decrements) - Int128(floors.decrements(of: replica))
      sum += max(0, up) - max(0, down)
    }
    return sum
  }

  /// By replica: how much of its counts up and down was not reset.
  package var amountsLeft: [(replica: ReplicaID, up: UInt64, down: UInt64)] {
    counts.tallies.map { replica, tally in
      let (up, down) = (floors.increments(of: replica), floors.decrements(of: replica))
      return (
        replica, tally.increments - min(up, tally.increments),
        tally.decrements - min(down, tally.decrements)
      )
    }
  }

  /// Counts `amount` up as `replica`; the delta is what that replica has counted up since ever.
  ///
  /// - Throws: ``LatticeError/negativeAmount(_:)``, or ``LatticeError/amountOverflow(replica:held:amount:)``;
  ///   nothing has changed then.
  @discardableResult
  public mutating func increment(
    by amount: Int64 = 1, as replica: ReplicaID
  ) throws(LatticeError) -> ResettableCounter {
    var delta = ResettableCounter()
    delta.counts = try counts.increment(by: amount, as: replica)
    return delta
  }

  /// Counts `amount` down as `replica`; the delta is what that replica has counted down since ever.
  ///
  /// - Throws: what ``increment(by:as:)`` throws.
  @discardableResult
  public mutating func decrement(
    by amount: Int64 = 1, as replica: ReplicaID
  ) throws(LatticeError) -> ResettableCounter {
    var delta = ResettableCounter()
    delta.counts = try counts.decrement(by: amount, as: replica)
    return delta
  }

  /// Takes back all that is counted here; the delta says how much that was, replica by replica.
  ///
  /// A reset counts for nobody; `replica` says who acts, as in every mutator of the type.
  @discardableResult
  public mutating func reset(as replica: ReplicaID) -> ResettableCounter {
    var delta = ResettableCounter()
    delta.floors = counts.delta(since: floors)
    floors.merge(delta.floors)
    return delta
  }
}

extension ResettableCounter: LatticeStore {
  /// Whether nothing was ever counted or reset.
  public var isBottom: Bool { counts.isBottom && floors.isBottom }

  /// Joins by the greater of each number.
  @discardableResult
  public mutating func merge(_ other: ResettableCounter) -> Bool {
    let counted = counts.merge(other.counts)
    let reset = floors.merge(other.floors)
    return counted || reset
  }

  /// Each number on its own.
  public func decomposed() -> [ResettableCounter] {
    counts.decomposed().map {
      var part = ResettableCounter()
      part.counts = $0
      return part
    }
      + floors.decomposed().map {
        var part = ResettableCounter()
        part.floors = $0
        return part
      }
  }

  /// What is lacking of each.
  public func delta(since known: ResettableCounter) -> ResettableCounter {
    var delta = ResettableCounter()
    delta.counts = counts.delta(since: known.counts)
    delta.floors = floors.delta(since: known.floors)
    return delta
  }
}

extension ResettableCounter {
  /// Whether nobody else's counts are in it; a reset takes everybody's back.
  public func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool {
    counts.canBeWritten(by: replica, at: time)
  }

  /// Takes back what `before` had counted and `after` has reset, and counts for `author` what was counted
  /// from `before` to `after` and is not reset there.
  ///
  /// Of what one replica counted in the other history, a reset takes back so much here as it took back there, at
  /// most what its heir has counted. Where one of that replica's counts was not made again, and the heir has
  /// counted something else that the reset had not seen, that is taken back in its place.
  @discardableResult
  public mutating func repeatChange(
    from before: ResettableCounter, to after: ResettableCounter, by author: inout Author
  ) throws(LatticeError) -> ResettableCounter {
    // A reset takes back what it saw: of what was counted before, no more than there was.
    let reset = after.floors.delta(since: before.floors).limited(to: before.counts)
    var settled = before.counts
    settled.merge(after.floors)
    var delta = ResettableCounter()
    delta.counts = try counts.count(
      after.counts.counted(since: settled), as: author.replica)
    delta.floors =
      author.repetition.map {
        raised(by: reset, above: before.floors, in: $0)
      } ?? reset
    delta.floors = delta.floors.delta(since: floors)
    floors.merge(delta.floors)
    return delta
  }

  /// The floors after a reset that another history made: of what was counted there and was counted here again
  /// by somebody else, that one's counts are taken back.
  private func raised(
    by reset: PNCounter, above before: PNCounter, in repetition: Repetition
  ) -> PNCounter {
    var raised = reset.limited(to: counts)
    var sums = floors
    for (replica, tally) in reset.tallies {
      let heir = repetition.heir(of: replica)
      if heir == replica { continue }
      let held = counts.tallies[replica]
      let old = before.tallies[replica]
      let up = tally.increments.above(held?.increments ?? 0, other: old?.increments ?? 0)
      let down = tally.decrements.above(held?.decrements ?? 0, other: old?.decrements ?? 0)
      var sum = sums.tallies[heir] ?? PNCounter.Tally()
      sum.increments = sum.increments.united(with: up)
      sum.decrements = sum.decrements.united(with: down)
      sums.tallies[heir] = sum
    }
    raised.merge(sums.limited(to: counts))
    return raised
  }
}

extension UInt64 {
  /// How far this lies above the greater of two numbers.
  fileprivate func above(_ one: UInt64, other: UInt64) -> UInt64 {
    let bound = Swift.max(one, other)
    return self > bound ? self - bound : 0
  }
}

extension ResettableCounter: Replicated {
  /// Adds the numbers of both for reading, so that the sum of both values is shown: each row began to
  /// count at 0, even if one replica wrote to both.
  ///
  /// A mutator in a transaction is shown the first row's counter alone, and counts there; a reset is made
  /// on each row's.
  public static func unite(
    _ store: inout ResettableCounter, with concurrent: ResettableCounter, for access: RowAccess
  ) {
    guard access == .reading else { return }
    // What a floor holds beyond its counts takes nothing away, in a sum neither.
    store.settle()
    var concurrent = concurrent
    concurrent.settle()
    PNCounter.unite(&store.counts, with: concurrent.counts, for: access)
    PNCounter.unite(&store.floors, with: concurrent.floors, for: access)
  }

  private mutating func settle() { counts.merge(floors) }
}

extension ResettableCounter: BinaryCodable {
  /// Appends what was counted, then what was reset.
  public func encode(to encoder: inout BinaryEncoder) {
    counts.encode(to: &encoder)
    floors.encode(to: &encoder)
  }

  /// Reads what ``encode(to:)`` wrote.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    counts = try PNCounter(from: &decoder)
    floors = try PNCounter(from: &decoder)
  }
}

extension ResettableCounter: CustomStringConvertible {
  /// The value.
  public var description: String {
    "\(exactValue)"
  }
}

extension ResettableCounter: BuiltInType {}
