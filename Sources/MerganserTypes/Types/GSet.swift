/// A set that only grows.
///
/// | concurrent | insert *a* | insert *b* |
/// | --- | --- | --- |
/// | **insert** | *a* is in | both are in |
///
/// Shapiro, Preguiça, Baquero, Zawirski, *A Comprehensive Study of Convergent and Commutative
/// Replicated Data Types* (2011), specification 11.
///
/// Inserting costs O(1), a merge O(*m*) for *m* elements on the other side.
public struct GSet<Element: Hashable & BinaryCodable>: Hashable, Sendable {
  /// The elements.
  public private(set) var elements: Set<Element>

  /// The set with nothing in it.
  public init() { elements = [] }

  /// The set of the given elements.
  public init(_ elements: some Sequence<Element>) { self.elements = Set(elements) }

  /// Puts `element` in; the delta holds it alone, and is bottom if it was in already.
  @discardableResult
  @inlinable
  public mutating func insert(_ element: Element) -> Self {
    Self.delta(inserting: element, isNew: add(element))
  }

  /// Puts `element` in, and tells whether it was not there.
  @usableFromInline
  mutating func add(_ element: Element) -> Bool { elements.insert(element).inserted }

  /// The delta of an insertion, which the compiler leaves out where nobody looks at it.
  @_effects(readonly)
  @usableFromInline
  static func delta(inserting element: Element, isNew: Bool) -> Self {
    isNew ? Self(CollectionOfOne(element)) : Self()
  }

  /// Whether `element` is in.
  public func contains(_ element: Element) -> Bool { elements.contains(element) }

  /// How many elements are in.
  public var count: Int { elements.count }
}

extension GSet: Decomposable {
  /// Holds: the state names neither who wrote nor when.
  @inlinable
  public func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool { true }

  /// Whether this is bottom.
  public var isBottom: Bool { elements.isEmpty }

  /// Joins by the union.
  @discardableResult
  public mutating func merge(_ other: Self) -> Bool {
    let before = elements.count
    elements.formUnion(other.elements)
    return elements.count > before
  }

  /// Each element on its own.
  public func decomposed() -> [Self] { elements.map { Self(CollectionOfOne($0)) } }

  /// - Complexity: O(*n*).
  public func delta(since known: Self) -> Self { Self(elements.subtracting(known.elements)) }
}

extension GSet: LatticeStore, Replicated {}

extension GSet: Sequence {
  /// The elements, in no particular order.
  public func makeIterator() -> Set<Element>.Iterator { elements.makeIterator() }
}

extension GSet: ExpressibleByArrayLiteral {
  /// The set of the elements listed.
  public init(arrayLiteral elements: Element...) { self.init(elements) }
}

extension GSet: BinaryCodable {
  /// Elements stand in the order of their bytes.
  public func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(count: elements.count)
    for element in elements.inCanonicalOrder() { element.encode(to: &encoder) }
  }

  /// Reads what `encode(to:)` wrote.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    var elements: Set<Element> = []
    try decoder.decodeInCanonicalOrder { element, _ in elements.insert(element) }
    self.elements = elements
  }
}

extension GSet: Codable where Element: Codable {
  /// Reads what `encode(to:)` wrote.
  public init(from decoder: any Decoder) throws {
    self.init(try [Element](from: decoder))
  }

  /// Appends what this holds.
  public func encode(to encoder: any Encoder) throws {
    try elements.inCanonicalOrder().encode(to: encoder)
  }
}

extension GSet: CustomStringConvertible {
  /// The value as text.
  public var description: String {
    "{" + elements.inCanonicalOrder().map { "\($0)" }.joined(separator: ", ") + "}"
  }
}

extension GSet: BuiltInType {
  /// The elements' type.
  public static var componentTypes: [any StoredType.Type] { [Element.self] }
}
