package import MerganserTypes

/// The least elements seen, at most ``limit`` of them: a set that only grows, and not for ever.
///
/// Merge keeps the least of both sides. That is a join: what one side left out has ``limit`` lesser ones in
/// every later state.
package struct Earliest<Element: Comparable & BinaryCodable>: Equatable, Sendable {
  /// How many elements are kept.
  package static var limit: Int { 8 }

  /// The elements, in order.
  package private(set) var elements: [Element]

  /// The set with nothing in it.
  package init() { elements = [] }

  /// The set of one element.
  package init(_ element: Element) { elements = [element] }

  /// How many elements there are.
  package var count: Int { elements.count }
}

extension Earliest: Decomposable {
  /// Whether there is none.
  package var isBottom: Bool { elements.isEmpty }

  /// Keeps the least elements of both.
  @discardableResult
  package mutating func merge(_ other: Self) -> Bool {
    if elements.isEmpty {
      elements = other.elements
      return !elements.isEmpty
    }
    var grew = false
    for element in other.elements {
      let place = elements.firstIndex { $0 >= element } ?? elements.endIndex
      if place >= Self.limit { break }
      if place < elements.endIndex, elements[place] == element { continue }
      elements.insert(element, at: place)
      if elements.count > Self.limit { elements.removeLast() }
      grew = true
    }
    return grew
  }

  /// Holds: whoever has elements that name a writer asks these.
  package func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool { true }

  /// Each element on its own.
  package func decomposed() -> [Self] { elements.map { Self($0) } }
}

extension Earliest: BinaryCodable {
  /// Appends the elements in order.
  package func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(count: elements.count)
    for element in elements { element.encode(to: &encoder) }
  }

  /// Reads what ``encode(to:)`` wrote.
  package init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    let start = decoder.offset
    let count = try decoder.decodeCount()
    guard count <= Self.limit else {
      throw .invalidValue(offset: start, expected: "at most \(Self.limit) elements")
    }
    elements = []
    for _ in 0..<count {
      let start = decoder.offset
      let element = try Element(from: &decoder)
      if let last = elements.last, last >= element {
        throw .invalidValue(offset: start, expected: "elements in ascending order")
      }
      elements.append(element)
    }
  }
}
