/// A set in which the last insertion or removal of an element stands, by hybrid time; the greater
/// replica breaks ties.
///
/// | concurrent, of one element | insert | remove |
/// | --- | --- | --- |
/// | **insert** | in | as the later says |
/// | **remove** | as the later says | out |
///
/// Mutators of different elements do not meet. What was removed stays in the state, for later writes to
/// be compared with; ``ORSet`` keeps nothing of it. Shapiro, Preguiça, Baquero, Zawirski, *A
/// Comprehensive Study of Convergent and Commutative Replicated Data Types* (2011), section 3.3.3.
///
/// Mutators cost O(1) on average, a merge O(*m*) for *m* elements on the other side.
public struct LWWSet<Element: Hashable & BinaryCodable>: Equatable, Sendable {
  @usableFromInline var marks = GMap<Element, LWWRegister<Bool>>()

  /// The set with nothing in it.
  public init() {}

  /// Whether `element` is in.
  public func contains(_ element: Element) -> Bool { marks[element].value == true }

  /// The elements.
  ///
  /// - Complexity: O(*n*), what was removed included.
  public var elements: Set<Element> {
    Set(marks.entries.lazy.filter { $0.value.value == true }.map(\.key))
  }

  /// Inserts `element` as `replica`, at `time` or just after the element's last write; the delta is this
  /// write.
  ///
  /// - Throws: ``LatticeError/timeExhausted`` where no time is later than that write's; nothing has
  ///   changed then.
  @discardableResult
  public mutating func insert(
    _ element: Element, as replica: ReplicaID, at time: HybridTime
  ) throws(LatticeError) -> Self {
    var author = Author(replica, nextSequence: 1, time: time)
    return try insert(element, as: &author)
  }

  /// Removes `element` as `replica`, at `time` or just after the element's last write; the delta is this
  /// write.
  ///
  /// - Throws: ``LatticeError/timeExhausted`` where no time is later than that write's; nothing has
  ///   changed then.
  @discardableResult
  public mutating func remove(
    _ element: Element, as replica: ReplicaID, at time: HybridTime
  ) throws(LatticeError) -> Self {
    var author = Author(replica, nextSequence: 1, time: time)
    return try remove(element, as: &author)
  }

  /// Inserts `element` as `author`; the delta is this write.
  ///
  /// - Throws: ``LatticeError/timeExhausted`` where no time is later than the element's last write.
  @discardableResult
  public mutating func insert(
    _ element: Element, as author: inout Author
  ) throws(LatticeError) -> Self {
    try mark(element, isIn: true, as: &author)
  }

  /// Removes `element` as `author`; the delta is this write.
  ///
  /// - Throws: ``LatticeError/timeExhausted`` where no time is later than the element's last write.
  @discardableResult
  public mutating func remove(
    _ element: Element, as author: inout Author
  ) throws(LatticeError) -> Self {
    try mark(element, isIn: false, as: &author)
  }

  private mutating func mark(
    _ element: Element, isIn: Bool, as author: inout Author
  ) throws(LatticeError) -> Self {
    var delta = Self()
    delta.marks = try marks.update(element) { register throws(LatticeError) in
      try register.set(isIn, as: &author)
    }
    return delta
  }
}

extension LWWSet: LatticeStore {
  /// Whether nothing was ever inserted or removed.
  public var isBottom: Bool { marks.isBottom }

  /// Joins by the later write of each element.
  @discardableResult
  public mutating func merge(_ other: Self) -> Bool { marks.merge(other.marks) }

  /// The last write of each element on its own.
  public func decomposed() -> [Self] { marks.decomposed().map { Self(marks: $0) } }

  /// The writes that are later than those known.
  public func delta(since known: Self) -> Self { Self(marks: marks.delta(since: known.marks)) }

  private init(marks: GMap<Element, LWWRegister<Bool>>) { self.marks = marks }
}

extension LWWSet {
  /// Whether none of its stamps is later than `time`.
  @inlinable
  public func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool {
    marks.canBeWritten(by: replica, at: time)
  }

  /// Makes each insertion and removal since `before` once more, as `author`.
  @discardableResult
  public mutating func repeatChange(
    from before: Self, to after: Self, by author: inout Author
  ) throws(LatticeError) -> Self {
    Self(marks: try marks.repeatChange(from: before.marks, to: after.marks, by: &author))
  }
}

extension LWWSet: Replicated {}

extension LWWSet: BinaryCodable {
  /// Appends the elements with their last writes, in the order of the elements' bytes.
  public func encode(to encoder: inout BinaryEncoder) { marks.encode(to: &encoder) }

  /// Reads what ``encode(to:)`` wrote.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    marks = try GMap(from: &decoder)
  }
}

extension LWWSet: Codable where Element: Codable {}

extension LWWSet: CustomStringConvertible {
  /// The elements, in the order of their bytes.
  public var description: String {
    "{" + elements.inCanonicalOrder().map { "\($0)" }.joined(separator: ", ") + "}"
  }
}

extension LWWSet: BuiltInType {
  /// The elements' type.
  public static var componentTypes: [any StoredType.Type] { [Element.self] }
}
