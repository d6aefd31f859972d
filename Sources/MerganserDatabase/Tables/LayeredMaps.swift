/// What has rows, or what follows from them, in a ``LayeredMap``.
package protocol Layered: Sendable {
  associatedtype Value: Sendable

  var layered: LayeredMap<Value> { get set }
}

/// What is layered, by number, over one stored layer.
///
/// That layer is kept once for all of them: to go on with what is stored now costs the same for one table and for
/// a thousand.
package struct LayeredMaps<Element: Layered>: Sendable {
  /// These are without the stored layer.
  private(set) var elements: PagedArray<Element>
  /// The stored layer; `nil` if nothing is looked for there.
  var layer: LayeredMap<Element.Value>.StoredLayer?

  init(_ elements: [Element]) { self.elements = PagedArray(elements) }
}

extension LayeredMaps {
  /// Whether what is stored in a keyspace is known to be the same as under other maps.
  func sharesStored(_ space: Keyspace, with other: LayeredMaps) -> Bool {
    guard let layer, let theirs = other.layer else { return layer == nil && other.layer == nil }
    if layer === theirs { return true }
    guard let mine = layer.state as? StateInMemory, let theirs = theirs.state as? StateInMemory
    else { return false }
    return mine.isCopy(of: theirs, in: space)
  }
}

extension LayeredMaps: RandomAccessCollection {
  /// The number of the first.
  package var startIndex: Int { 0 }

  /// How many there are.
  package var endIndex: Int { elements.endIndex }

  /// The one of a number.
  package internal(set) subscript(number: Int) -> Element {
    // Where nothing is stored, it is read and changed where it stands: to copy one is to copy all its references.
    _read {
      if let layer {
        var element = elements[number]
        element.layered.layer = layer
        yield element
      } else {
        yield elements[number]
      }
    }
    _modify {
      guard let layer else {
        yield &elements[number]
        return
      }
      elements[number].layered.layer = layer
      defer { elements[number].layered.layer = nil }
      yield &elements[number]
    }
  }
}
