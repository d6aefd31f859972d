/// Elements in an order that their holder keeps, in chunks: an insertion moves elements of one chunk,
/// and not all that stand behind.
///
/// A few elements are one array, as they would be without chunks.
@usableFromInline
struct ChunkedArray<Element: Sendable>: Sendable {
  /// The first chunk; empty only if there is no element.
  @usableFromInline var first: ContiguousArray<Element> = []
  /// The other chunks, none of them empty.
  @usableFromInline var more: ContiguousArray<ContiguousArray<Element>> = []

  /// A chunk with more elements than this is halved.
  @inlinable
  static var mostInChunk: Int { 256 }

  @inlinable
  init() {}

  /// Where an element stands: the number of its chunk, and its place there.
  @usableFromInline
  struct Index: Comparable, Sendable {
    @usableFromInline var chunk: Int
    @usableFromInline var offset: Int

    @inlinable
    init(_ chunk: Int, offset: Int) {
      self.chunk = chunk
      self.offset = offset
    }

    @inlinable
    static func < (a: Index, b: Index) -> Bool {
      a.chunk == b.chunk ? a.offset < b.offset : a.chunk < b.chunk
    }
  }

  /// How many elements a chunk has.
  @inlinable
  func count(ofChunk chunk: Int) -> Int { chunk == 0 ? first.count : more[chunk - 1].count }
}

extension ChunkedArray: BidirectionalCollection {
  @inlinable
  var startIndex: Index { Index(0, offset: 0) }

  @inlinable
  var endIndex: Index { first.isEmpty ? Index(0, offset: 0) : Index(more.count + 1, offset: 0) }

  @inlinable
  var isEmpty: Bool { first.isEmpty }

  @inlinable
  var count: Int { more.isEmpty ? first.count : more.reduce(first.count) { $0 + $1.count } }

  @inlinable
  var last: Element? { more.isEmpty ? first.last : more[more.count - 1].last }

  @inlinable
  func index(after index: Index) -> Index {
    index.offset + 1 < count(ofChunk: index.chunk)
      ? Index(index.chunk, offset: index.offset + 1) : Index(index.chunk + 1, offset: 0)
  }

  @inlinable
  func index(before index: Index) -> Index {
    index.offset > 0
      ? Index(index.chunk, offset: index.offset - 1)
      : Index(index.chunk - 1, offset: count(ofChunk: index.chunk - 1) - 1)
  }

  @inlinable
  subscript(index: Index) -> Element {
    get { index.chunk == 0 ? first[index.offset] : more[index.chunk - 1][index.offset] }
    _modify {
      if index.chunk == 0 {
        yield &first[index.offset]
      } else {
        yield &more[index.chunk - 1][index.offset]
      }
    }
  }
}

extension ChunkedArray {
  /// The index of the first element that does not come `before` what is looked for; elements that do
  /// stand in front of all others.
  ///
  /// - Complexity: O(log *n*).
  @inlinable
  func partitioningIndex(where before: (Element) -> Bool) -> Index {
    if more.isEmpty {
      let offset = Self.offset(in: first, where: before)
      return offset == first.count ? endIndex : Index(0, offset: offset)
    }
    // The first chunk whose last element does not come before.
    var low = 0
    var high = more.count + 1
    while low < high {
      let middle = (low + high) / 2
      let chunk = middle == 0 ? first : more[middle - 1]
      if before(chunk[chunk.count - 1]) { low = middle + 1 } else { high = middle }
    }
    if low > more.count { return endIndex }
    return Index(low, offset: Self.offset(in: low == 0 ? first : more[low - 1], where: before))
  }

  @inlinable
  static func offset(
    in chunk: ContiguousArray<Element>, where before: (Element) -> Bool
  ) -> Int {
    var low = 0
    var high = chunk.count
    while low < high {
      let middle = (low + high) / 2
      if before(chunk[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Adds an element behind all others.
  @inlinable
  mutating func append(_ element: Element) {
    if more.isEmpty, first.count < Self.mostInChunk {
      first.append(element)
    } else if more.isEmpty || more[more.count - 1].count == Self.mostInChunk {
      more.append([element])
    } else {
      more[more.count - 1].append(element)
    }
  }

  /// Adds an element in front of the one at `index`; no index stays valid.
  ///
  /// - Complexity: O(a chunk's elements, and the number of chunks where one is halved).
  @inlinable
  mutating func insert(_ element: Element, at index: Index) {
    if index == endIndex { return append(element) }
    if index.chunk == 0 {
      first.insert(element, at: index.offset)
      if first.count > Self.mostInChunk { more.insert(Self.halve(&first), at: 0) }
    } else {
      let place = index.chunk - 1
      more[place].insert(element, at: index.offset)
      if more[place].count > Self.mostInChunk {
        more.insert(Self.halve(&more[place]), at: place + 1)
      }
    }
  }

  /// Takes the second half out of a chunk.
  @inlinable
  static func halve(_ chunk: inout ContiguousArray<Element>) -> ContiguousArray<Element> {
    let half = ContiguousArray(chunk[(chunk.count / 2)...])
    chunk.removeSubrange((chunk.count / 2)...)
    return half
  }

  /// Removes the element at `index`, and gives the index of the one that stood behind it.
  ///
  /// - Complexity: O(a chunk's elements).
  @discardableResult
  @inlinable
  mutating func remove(at index: Index) -> Index {
    if index.chunk == 0 {
      first.remove(at: index.offset)
      if first.isEmpty, !more.isEmpty { first = more.removeFirst() }
    } else {
      more[index.chunk - 1].remove(at: index.offset)
      if more[index.chunk - 1].isEmpty { more.remove(at: index.chunk - 1) }
    }
    // Behind a chunk's last element comes the next chunk's first.
    guard index.chunk <= more.count, index.offset == count(ofChunk: index.chunk) else {
      return index
    }
    return isEmpty ? endIndex : Index(index.chunk + 1, offset: 0)
  }
}

extension ChunkedArray: Equatable where Element: Equatable {
  @inlinable
  static func == (a: Self, b: Self) -> Bool {
    if a.more.isEmpty, b.more.isEmpty { return a.first == b.first }
    return a.count == b.count && a.elementsEqual(b)
  }
}

extension ChunkedArray: Hashable where Element: Hashable {
  @usableFromInline
  func hash(into hasher: inout Hasher) {
    hasher.combine(count)
    for element in self { hasher.combine(element) }
  }
}
