/// A set of live dots, with nothing attached to them.
public struct DotSet: DotStore, Hashable {
  /// What hangs under a dot of a set: nothing.
  @usableFromInline
  struct Nothing: Hashable, Sendable {
    @inlinable
    init() {}
  }

  @usableFromInline var live: LiveDots<Nothing>

  /// The store with no dot in it.
  @inlinable
  public init() { live = LiveDots() }

  /// The store of the given dots.
  @inlinable
  public init(_ dots: some Sequence<Dot>) {
    live = LiveDots()
    for dot in dots { live.set(dot, payload: Nothing()) }
  }

  /// Holds: nothing but dots names who wrote.
  @inlinable
  public func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool { true }

  /// Whether no dot lives.
  @inlinable
  public var isBottom: Bool { live.isEmpty }

  /// How many dots live.
  @inlinable
  public var count: Int { live.count }

  /// Calls `body` with every live dot.
  @inlinable
  public func forEachDot(_ body: (Dot) -> Void) {
    live.forEach { dot, _ in body(dot) }
  }

  /// The live dots, as a context.
  @inlinable
  public var dots: CausalContext { live.dots }

  /// Joins `other` into this set by the rule of dot stores.
  @inlinable
  @discardableResult
  public mutating func merge(
    _ other: DotSet, seen: CausalContext, otherSeen: CausalContext
  ) -> Bool {
    live.merge(other.live, seen: seen, otherSeen: otherSeen)
  }

  /// The dots that `known` has not seen.
  @inlinable
  public func excluding(_ known: CausalContext) -> DotSet {
    var rest = DotSet()
    rest.live = live.filter { !known.contains($0) }
    return rest
  }

  /// The dots that `known` has not seen, under a context that names these and the dead ones.
  @inlinable
  public func delta(under context: CausalContext, since known: CausalContext) -> Causal<DotSet> {
    let delta = live.delta(under: context, since: known)
    var store = DotSet()
    store.live = delta.dots
    return Causal(store, context: delta.context)
  }

  /// Whether nothing changes but dots that come or go: so it is.
  @inlinable
  public static var changesByDotsAlone: Bool { true }

  /// Whether the same dots live in both.
  @inlinable
  public static func == (a: DotSet, b: DotSet) -> Bool { a.live == b.live }

  /// Feeds the dots, in order, to `hasher`.
  public func hash(into hasher: inout Hasher) {
    live.forEach { dot, _ in hasher.combine(dot) }
  }
}

extension DotSet: BinaryCodable {
  /// Appends the dots, in order.
  public func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(count: live.count)
    dots.forEachRun { replica, run in
      let place = UInt64(encoder.place(of: replica))
      for sequence in run {
        encoder.encode(varint: place)
        encoder.encode(
          varint: encoder.renaming == nil
            ? sequence : encoder.rename(Dot(replica, sequence: sequence)))
      }
    }
  }

  /// Reads what `encode(to:)` wrote; dots out of order are refused.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    self.init()
    var last: Dot?
    var runs: [(replica: ReplicaID, run: ClosedRange<UInt64>)] = []
    let count = try decoder.decodeCount(minimumSize: 2)
    for _ in 0..<count {
      let start = decoder.offset
      let dot = try Dot(from: &decoder)
      if let last, last >= dot {
        throw .invalidValue(offset: start, expected: "dots in ascending order")
      }
      if let last, last.replica == dot.replica, last.sequence + 1 == dot.sequence {
        runs[runs.count - 1].run = runs[runs.count - 1].run.lowerBound...dot.sequence
      } else {
        runs.append((dot.replica, dot.sequence...dot.sequence))
      }
      last = dot
    }
    live.fill(runs, payloads: ArraySlice(repeating: Nothing(), count: count), count: count)
  }
}
