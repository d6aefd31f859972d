public import MerganserTypes

/// What a table holds under one key: its incarnations, each with what was written to it.
///
/// A row lives by the dots of its creations. What is written to a row hangs under an incarnation and
/// dies with it: deleting a row wins over every concurrent write to the row that was deleted, and a row
/// created concurrently lives on. There are several incarnations only after concurrent creations;
/// a value read is their union (``MerganserTypes/Replicated/unite(_:with:)``).
public struct Row<Store: DotStore & BinaryCodable>: DotStore {
  /// One creation of the row.
  public struct Incarnation: Equatable, Sendable {
    /// The dot of the creation.
    public let dot: Dot
    /// The incarnations of the rows that this one refers to, as they were when it was created.
    ///
    /// They never change: once none of those that a foreign key asks for lives, this incarnation is
    /// dead, on every replica and for ever.
    public let anchors: [Dot]
    /// What was written.
    public var store: Store

    /// An incarnation with the given parts.
    public init(dot: Dot, anchors: [Dot], store: Store) {
      self.dot = dot
      self.anchors = anchors
      self.store = store
    }
  }

  /// The living incarnations, in the order of their dots.
  public internal(set) var incarnations: [Incarnation]

  /// The row that is not there.
  public init() { incarnations = [] }

  /// The row of one incarnation.
  init(_ incarnation: Incarnation) { incarnations = [incarnation] }

  /// Whether nothing is in it.
  public var isBottom: Bool { incarnations.isEmpty }

  /// The dots of the incarnations, in order.
  var incarnationDots: [Dot] { incarnations.map { $0.dot } }

  /// Calls `body` with every dot that lives here.
  public func forEachDot(_ body: (Dot) -> Void) {
    for incarnation in incarnations {
      body(incarnation.dot)
      incarnation.store.forEachDot(body)
    }
  }

  /// Joins `other` into this store, and tells whether that changed it.
  @discardableResult
  public mutating func merge(_ other: Row, seen: CausalContext, otherSeen: CausalContext) -> Bool {
    if let mine = incarnations.first, let theirs = other.incarnations.first,
      incarnations.count == 1, other.incarnations.count == 1, mine.dot == theirs.dot
    {
      return incarnations[0].store.merge(theirs.store, seen: seen, otherSeen: otherSeen)
    }
    var merged: [Incarnation] = []
    var changed = false
    var (mine, theirs) = (incarnations[...], other.incarnations[...])
    while let next = [mine.first?.dot, theirs.first?.dot].compactMap({ $0 }).min() {
      switch (mine.first?.dot == next, theirs.first?.dot == next) {
      case (true, true):
        var incarnation = mine.removeFirst()
        if incarnation.store.merge(
          theirs.removeFirst().store, seen: seen, otherSeen: otherSeen)
        {
          changed = true
        }
        merged.append(incarnation)
      case (true, false):
        let incarnation = mine.removeFirst()
        if otherSeen.contains(next) { changed = true } else { merged.append(incarnation) }
      default:
        let incarnation = theirs.removeFirst()
        if !seen.contains(next) {
          merged.append(incarnation)
          changed = true
        }
      }
    }
    incarnations = merged
    return changed
  }
}

extension Row: BinaryCodable {
  /// Appends the value's bytes.
  public func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(count: incarnations.count)
    for incarnation in incarnations {
      incarnation.dot.encode(to: &encoder)
      incarnation.anchors.encode(to: &encoder)
      incarnation.store.encode(to: &encoder)
    }
  }

  /// Reads a value from its bytes.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    incarnations = []
    for _ in 0..<(try decoder.decodeCount(minimumSize: 3)) {
      let start = decoder.offset
      let dot = try Dot(from: &decoder)
      if let last = incarnations.last, last.dot >= dot {
        throw .invalidValue(offset: start, expected: "incarnations in ascending order")
      }
      incarnations.append(
        Incarnation(
          dot: dot, anchors: try [Dot](from: &decoder), store: try Store(from: &decoder)))
    }
  }
}
