/// Elements in an order that their holder keeps, of which there is most often one: that one takes no memory of its
/// own, so that copying and changing it allocates none.
@usableFromInline
package struct Few<Element> {
  /// The first; `nil` only if there is none.
  @usableFromInline var first: Element?
  /// The others.
  @usableFromInline var more: [Element]

  @inlinable
  package init() { (first, more) = (nil, []) }

  /// The one element.
  @inlinable
  package init(_ only: Element) { (first, more) = (only, []) }

  @inlinable
  package init(_ elements: [Element]) {
    (first, more) = (elements.first, Array(elements.dropFirst()))
  }
}

extension Few {
  /// The elements as an array.
  @inlinable
  package var array: [Element] {
    guard let first else { return [] }
    return more.isEmpty ? [first] : [first] + more
  }
}

extension Few: Sendable where Element: Sendable {}

extension Few: Equatable where Element: Equatable {}

extension Few: RandomAccessCollection, MutableCollection {
  @inlinable
  package var startIndex: Int { 0 }

  @inlinable
  package var endIndex: Int { first == nil ? 0 : 1 + more.count }

  @inlinable
  package subscript(place: Int) -> Element {
    get {
      if place == 0, let first { return first }
      return more[place - 1]
    }
    _modify {
      if place == 0, var element = first.take() {
        // Taken out meanwhile, so that it is changed where it stands.
        defer { first = element }
        yield &element
      } else {
        yield &more[place - 1]
      }
    }
  }
}

extension Few {
  /// Lets `body` change an element where it stands, without the memory that the subscript takes for a large one.
  @inlinable
  package mutating func change<Result>(
    at place: Int, body: (inout Element) -> Result
  ) -> Result {
    guard place == 0, var element = first.take() else { return body(&more[place - 1]) }
    defer { first = element }
    return body(&element)
  }
}

extension Few: RangeReplaceableCollection {
  @inlinable
  package mutating func replaceSubrange(
    _ places: Range<Int>, with elements: some Collection<Element>
  ) {
    var all = Array(self)
    all.replaceSubrange(places, with: elements)
    self = Few(all)
  }

  @inlinable
  package mutating func append(_ element: consuming Element) {
    if first == nil { first = element } else { more.append(element) }
  }

  @inlinable
  package mutating func insert(_ element: Element, at place: Int) {
    if place == endIndex { return append(element) }
    replaceSubrange(place..<place, with: CollectionOfOne(element))
  }

  /// Removes the last element; returns `nil` if there is none.
  @inlinable
  package mutating func popLast() -> Element? { more.popLast() ?? first.take() }
}
