/// Elements by number, in pages that copies share: a change after a copy copies one page and the list of the
/// pages, and not all elements.
package struct PagedArray<Element: Sendable>: Sendable {
  /// All but the last are full, and none is empty.
  private(set) var pages: [[Element]] = []

  /// How many elements a page has: about as many as a thousand elements have pages.
  static var pageSize: Int { 16 }

  /// The array of the given elements.
  init(_ elements: [Element]) {
    for start in stride(from: 0, to: elements.count, by: Self.pageSize) {
      pages.append(Array(elements[start..<Swift.min(start + Self.pageSize, elements.count)]))
    }
  }
}

extension PagedArray: RandomAccessCollection {
  /// The number of the first element.
  package var startIndex: Int { 0 }

  /// How many elements there are.
  package var endIndex: Int {
    pages.last.map { (pages.count - 1) * Self.pageSize + $0.count } ?? 0
  }

  /// The element of a number.
  package internal(set) subscript(number: Int) -> Element {
    _read { yield pages[number / Self.pageSize][number % Self.pageSize] }
    _modify { yield &pages[number / Self.pageSize][number % Self.pageSize] }
  }
}
