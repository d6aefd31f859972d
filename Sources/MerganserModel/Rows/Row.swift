public import MerganserTypes

/// What a table holds under one key: its incarnations, each with what was written to it.
///
/// A row lives by the dots of its creations. What is written to a row hangs under an incarnation and
/// dies with it: deleting a row wins over every concurrent write to the row that was deleted, and a row
/// created concurrently lives on. There are several incarnations only after concurrent creations;
/// a value read is their union (``/MerganserTypes/Replicated/unite(_:with:for:)``).
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

    /// Whether it does no more than keep the row alive, see ``Item/touch()``.
    ///
    /// It names itself among its anchors, which nothing else does. Nothing is created under it and nothing
    /// written to it alone, so that whoever made it can put a later one in its place.
    @inlinable
    public var isTouch: Bool { anchors.contains(dot) }

    /// A touch, with what it carries along.
    @inlinable
    package init(touch dot: Dot, store: Store) {
      self.init(dot: dot, anchors: [dot], store: store)
    }

    /// An incarnation with the given parts.
    @inlinable
    public init(dot: Dot, anchors: [Dot], store: Store) {
      self.dot = dot
      self.anchors = anchors
      self.store = store
    }
  }

  /// The living incarnations, in the order of their dots; there are several only after concurrent creations.
  @usableFromInline package var living: Few<Incarnation>

  /// The living incarnations, in the order of their dots.
  @inlinable
  public var incarnations: [Incarnation] { living.array }

  /// The row that is not there.
  @inlinable
  public init() { living = Few() }

  /// The row of one incarnation.
  @inlinable
  package init(_ incarnation: Incarnation) { living = Few(incarnation) }

  /// Whether it holds of what hangs under each incarnation.
  @inlinable
  public func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool {
    living.allSatisfy { $0.store.canBeWritten(by: replica, at: time) }
  }

  /// Whether nothing is in it.
  @inlinable
  public var isBottom: Bool { living.isEmpty }

  /// The dots of the incarnations, in order.
  @inlinable
  var incarnationDots: [Dot] { living.map { $0.dot } }

  /// Adds an incarnation, in its place.
  @inlinable
  package mutating func add(_ incarnation: Incarnation) {
    let place = living.firstIndex { $0.dot > incarnation.dot } ?? living.endIndex
    living.insert(incarnation, at: place)
  }

  /// Makes the incarnations for which a condition holds refer to `anchors`.
  @inlinable
  package mutating func anchor(to anchors: [Dot], where isOwn: (Dot) -> Bool) {
    for place in living.indices where isOwn(living[place].dot) {
      let found = living[place]
      living[place] = Incarnation(
        dot: found.dot, anchors: found.isTouch ? (anchors + [found.dot]).sorted() : anchors,
        store: found.store)
    }
  }

  /// Calls `body` with every dot that lives here.
  @inlinable
  public func forEachDot(_ body: (Dot) -> Void) {
    for incarnation in living {
      body(incarnation.dot)
      incarnation.store.forEachDot(body)
    }
  }

  /// Whether `context` has seen every dot that lives here.
  @inlinable
  public func isCovered(by context: CausalContext) -> Bool {
    living.allSatisfy { context.contains($0.dot) && $0.store.isCovered(by: context) }
  }

  /// Joins `other` into this store, and tells whether that changed it.
  @inlinable
  @discardableResult
  public mutating func merge(_ other: Row, seen: CausalContext, otherSeen: CausalContext) -> Bool {
    // Looked at where they stand: to copy an incarnation is to copy all that its store is made of.
    if living.more.isEmpty, other.living.more.isEmpty, let dot = living.first?.dot,
      dot == other.living.first?.dot, let theirs = other.living.first?.store
    {
      return living.change(at: 0) { $0.store.merge(theirs, seen: seen, otherSeen: otherSeen) }
    }
    return mergeIncarnations(other, seen: seen, otherSeen: otherSeen)
  }

  @inlinable
  mutating func mergeIncarnations(
    _ other: Row, seen: CausalContext, otherSeen: CausalContext
  ) -> Bool {
    // What both hold is changed where it stands.
    var changed = false
    var added: [Incarnation] = []
    var place = 0
    for theirs in other.living {
      while place < living.count, living[place].dot < theirs.dot { place += 1 }
      if place < living.count, living[place].dot == theirs.dot {
        let didMerge = living.change(at: place) {
          $0.store.merge(theirs.store, seen: seen, otherSeen: otherSeen)
        }
        if didMerge { changed = true }
      } else if !seen.contains(theirs.dot) {
        added.append(theirs)
      }
    }
    // Those that the other side has not, though it has seen them.
    var kept = other.living[...]
    let count = living.count
    living.removeAll { mine in
      while let next = kept.first, next.dot < mine.dot { kept.removeFirst() }
      return kept.first?.dot != mine.dot && otherSeen.contains(mine.dot)
    }
    if living.count < count { changed = true }
    if added.isEmpty { return changed }
    living = Few((Array(living) + added).sorted { $0.dot < $1.dot })
    return true
  }
}

extension Row: BinaryCodable {
  /// Appends the value's bytes.
  @inlinable
  public func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(count: living.count)
    for incarnation in living {
      incarnation.dot.encode(to: &encoder)
      incarnation.anchors.encode(to: &encoder)
      incarnation.store.encode(to: &encoder)
    }
  }

  /// Reads a value from its bytes.
  @inlinable
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    let count = try decoder.decodeCount(minimumSize: 3)
    living = Few()
    for _ in 0..<count {
      let start = decoder.offset
      let dot = try Dot(from: &decoder)
      if let last = living.last, last.dot >= dot {
        throw .invalidValue(offset: start, expected: "incarnations in ascending order")
      }
      living.append(
        Incarnation(
          dot: dot, anchors: try decoder.isAtZero() ? [] : [Dot](from: &decoder),
          store: try Store(from: &decoder)))
    }
  }
}
