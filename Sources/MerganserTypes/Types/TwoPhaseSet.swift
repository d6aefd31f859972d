/// A set from which an element can be removed, once and for ever.
///
/// | concurrent, of one element | insert | remove |
/// | --- | --- | --- |
/// | **insert** | in | out |
/// | **remove** | out | out |
///
/// Mutators of different elements do not meet. Of an element there is never anything but: not seen, in,
/// out, in this order; what was removed is remembered for ever, and cannot be inserted again. Where
/// it should be, ``ORSet`` and ``RWSet`` are the sets to use. Shapiro, Preguiça, Baquero, Zawirski, *A
/// Comprehensive Study of Convergent and Commutative Replicated Data Types* (2011), specification 12.
///
/// Mutators cost O(1) on average, a merge O(*m*) for *m* elements on the other side.
public struct TwoPhaseSet<Element: Hashable & BinaryCodable>: Equatable, Sendable {
  /// Of each element that was seen whether it is out.
  private var phases = GMap<Element, Max<Phase>>()

  /// Where an element is.
  private enum Phase: UInt8, Comparable, BinaryCodable, Codable {
    case inside, outside

    static func < (a: Phase, b: Phase) -> Bool { a.rawValue < b.rawValue }

    func encode(to encoder: inout BinaryEncoder) { encoder.encode(byte: rawValue) }

    init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
      let start = decoder.offset
      guard let phase = Phase(rawValue: try decoder.decodeByte()) else {
        throw .invalidValue(offset: start, expected: "0 or 1 for in or out")
      }
      self = phase
    }
  }

  /// The set with nothing in it.
  public init() {}

  /// Whether `element` is in.
  public func contains(_ element: Element) -> Bool { phases[element].value == .inside }

  /// Whether `element` was removed, and cannot be inserted again.
  public func hasRemoved(_ element: Element) -> Bool { phases[element].value == .outside }

  /// The elements.
  ///
  /// - Complexity: O(*n*), what was removed included.
  public var elements: Set<Element> {
    Set(phases.entries.lazy.filter { $0.value.value == .inside }.map(\.key))
  }

  /// The elements that were removed, and cannot be inserted again.
  package var removed: Set<Element> {
    Set(phases.entries.lazy.filter { $0.value.value == .outside }.map(\.key))
  }

  /// Puts `element` in; the delta holds it alone, and is bottom if it is in or out already.
  @discardableResult
  public mutating func insert(_ element: Element) -> Self { move(element, to: .inside) }

  /// Puts `element` out for ever, if it is in; the delta holds it alone, and is bottom if it is not in.
  @discardableResult
  public mutating func remove(_ element: Element) -> Self {
    contains(element) ? move(element, to: .outside) : Self()
  }

  private mutating func move(_ element: Element, to phase: Phase) -> Self {
    var delta = Self()
    if phases.merge(Max(phase), at: element) { delta.phases.merge(Max(phase), at: element) }
    return delta
  }
}

extension TwoPhaseSet: LatticeStore {
  /// Holds: the state names neither who wrote nor when.
  @inlinable
  public func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool { true }

  /// Whether no element was ever seen.
  public var isBottom: Bool { phases.isBottom }

  /// Joins by the later phase of each element.
  @discardableResult
  public mutating func merge(_ other: Self) -> Bool { phases.merge(other.phases) }

  /// Each element on its own.
  public func decomposed() -> [Self] { phases.decomposed().map { Self(phases: $0) } }

  /// The elements that are new, or newly out.
  public func delta(since known: Self) -> Self { Self(phases: phases.delta(since: known.phases)) }

  private init(phases: GMap<Element, Max<Phase>>) { self.phases = phases }
}

extension TwoPhaseSet: Replicated {}

extension TwoPhaseSet: BinaryCodable {
  /// Appends the elements with their phases, in the order of the elements' bytes.
  public func encode(to encoder: inout BinaryEncoder) { phases.encode(to: &encoder) }

  /// Reads what ``encode(to:)`` wrote.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    phases = try GMap(from: &decoder)
  }
}

extension TwoPhaseSet: Codable where Element: Codable {}

extension TwoPhaseSet: CustomStringConvertible {
  /// The elements, in the order of their bytes.
  public var description: String {
    "{" + elements.inCanonicalOrder().map { "\($0)" }.joined(separator: ", ") + "}"
  }
}

extension TwoPhaseSet: BuiltInType {
  /// The elements' type.
  public static var componentTypes: [any StoredType.Type] { [Element.self] }
}
