/// A set of live dots, with nothing attached to them.
public struct DotSet: DotStore, Hashable {
  @usableFromInline var live: Set<Dot>

  /// The store with no dot in it.
  @inlinable
  public init() { live = [] }

  /// The store of the given dots.
  @inlinable
  public init(_ dots: some Sequence<Dot>) { live = Set(dots) }

  @inlinable
  public var isBottom: Bool { live.isEmpty }

  @inlinable
  public func forEachDot(_ body: (Dot) -> Void) {
    for dot in live { body(dot) }
  }

  @inlinable
  @discardableResult
  public mutating func merge(
    _ other: DotSet, seen: CausalContext, otherSeen: CausalContext
  ) -> Bool {
    var changed = false
    for dot in live where !other.live.contains(dot) && otherSeen.contains(dot) {
      live.remove(dot)
      changed = true
    }
    for dot in other.live where !live.contains(dot) && !seen.contains(dot) {
      live.insert(dot)
      changed = true
    }
    return changed
  }

  @inlinable
  public func excluding(_ known: CausalContext) -> DotSet {
    DotSet(live.filter { !known.contains($0) })
  }
}

extension DotSet: BinaryCodable {
  public func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(count: live.count)
    for dot in live.sorted() { dot.encode(to: &encoder) }
  }

  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    self.init()
    var last: Dot?
    for _ in 0..<(try decoder.decodeCount(minimumSize: 2)) {
      let start = decoder.offset
      let dot = try Dot(from: &decoder)
      if let last, last >= dot {
        throw .invalidValue(offset: start, expected: "dots in ascending order")
      }
      last = dot
      live.insert(dot)
    }
  }
}
