import MerganserTypes

/// A flag, which is a set of one element: the dots that stand.
protocol ShownFlag: ShownType where Store == DotSet {}

extension ShownFlag {
  static var keepsRepeats: Bool { true }

  static func plain(_ store: DotSet, as author: inout Author) -> DotSet {
    store.isBottom ? store : DotSet(CollectionOfOne(author.nextDot()))
  }

  // Of dots that are taken away, each side's may be those that the other has seen go.
  static func joins(_ one: DotSet, with other: DotSet, among: ShownHabits<DotSet>) -> [DotSet] {
    // What each has seen at the start stands where both show it.
    if let gained = among.gained, gained.isEmpty { return [one.isBottom ? one : other] }
    let union = one.isBottom ? other : one
    return among.lost.isEmpty || union.isBottom ? [union] : [union, DotSet()]
  }

  static func gained(in store: DotSet, from first: UInt64) -> Set<[UInt8]>? {
    var isWritten = false
    store.forEachDot { if $0.sequence >= first { isWritten = true } }
    return isWritten ? [[]] : []
  }

  static func lost(from before: DotSet, to after: DotSet) -> Set<[UInt8]> {
    after.isBottom && !before.isBottom ? [[]] : []
  }

  static func parts(of store: DotSet, seen: [DotSet]) -> [DotSet] { [DotSet(), store] }
}

extension EnableWinsFlag: ShownFlag, ShownType {}
extension DisableWinsFlag: ShownFlag, ShownType {}

extension ORSet: ShownType where Element: BinaryCodable {
  static var keepsRepeats: Bool { true }

  static func plain(_ store: Store, as author: inout Author) -> Store {
    make(Set(ORSet(store)), as: &author)
  }

  private static func make(_ elements: Set<Element>, as author: inout Author) -> Store {
    var store = Store()
    for element in elements.inOrderOfBytes { store.insert(element, as: &author) }
    return store
  }

  private static func stores(_ sets: [Set<Element>]) -> [Store] {
    sets.map {
      var author = Author(.plain, nextSequence: 1)
      return make($0, as: &author)
    }
  }

  static func joins(_ one: Store, with other: Store, among: ShownHabits<Store>) throws -> [Store] {
    let (left, right) = (Set(ORSet(one)), Set(ORSet(other)))
    var union = left.union(right)
    if let gained = among.gained, left != right {
      // Each has seen at the start what nobody writes.
      union = union.filter {
        left.contains($0) && right.contains($0) || gained.contains($0.binaryEncoded())
      }
    }
    let some = union.filter { among.gained?.contains($0.binaryEncoded()) ?? true }.filter {
      !among.lost.isEmpty && among.lost.contains($0.binaryEncoded())
    }
    return stores(try Set.choices(of: some).map { union.subtracting(some).union($0) })
  }

  static func gained(in store: Store, from first: UInt64) -> Set<[UInt8]>? {
    Set(
      store.sortedEntries.filter { $0.dot.sequence >= first }.map { $0.element.binaryEncoded() })
  }

  static func lost(from before: Store, to after: Store) -> Set<[UInt8]> {
    Set(Set(ORSet(before)).subtracting(ORSet(after)).map { $0.binaryEncoded() })
  }

  static func parts(of store: Store, seen: [Store]) throws -> [Store] {
    stores(try Set.choices(of: Set(ORSet(store))))
  }
}

extension LWWSet: ShownType {
  static func plain(_ store: Self, as author: inout Author) throws -> Self {
    try make(store.elements, as: &author)
  }

  private static func make(_ elements: Set<Element>, as author: inout Author) throws -> Self {
    var store = Self()
    for element in elements.inOrderOfBytes { try store.insert(element, as: &author) }
    return store
  }

  private static func stores(_ sets: [Set<Element>]) throws -> [Self] {
    try sets.map {
      var author = Author(.plain, nextSequence: 1)
      return try make($0, as: &author)
    }
  }

  static func joins(_ one: Self, with other: Self, among: ShownHabits<Self>) throws -> [Self] {
    // The last write to an element that either has seen is the last that one of them has.
    let both = one.elements.intersection(other.elements)
    let either = one.elements.symmetricDifference(other.elements)
    let some = either.filter { among.lost.contains($0.binaryEncoded()) }
    return try stores(
      Set.choices(of: some).map { both.union(either.subtracting(some)).union($0) })
  }

  static func lost(from before: Self, to after: Self) -> Set<[UInt8]> {
    Set(before.elements.subtracting(after.elements).map { $0.binaryEncoded() })
  }

  static func parts(of store: Self, seen: [Self]) throws -> [Self] {
    try stores(Set.choices(of: store.elements))
  }
}

extension RWSet: ShownType {
  static var keepsRepeats: Bool { true }

  /// A mark of an element: that it was inserted, or that it was removed.
  private struct Mark: Hashable, BinaryCodable {
    let element: Element
    let isInsertion: Bool

    init(_ element: Element, isInsertion: Bool) {
      self.element = element
      self.isInsertion = isInsertion
    }

    func encode(to encoder: inout BinaryEncoder) {
      element.encode(to: &encoder)
      isInsertion.encode(to: &encoder)
    }

    init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
      element = try Element(from: &decoder)
      isInsertion = try Bool(from: &decoder)
    }
  }

  private static func marks(of store: Store) -> Set<Mark> {
    var marks: Set<Mark> = []
    for element in store.keys {
      guard let pair = store[element] else { continue }
      if !pair.first.isBottom { marks.insert(Mark(element, isInsertion: true)) }
      if !pair.second.isBottom { marks.insert(Mark(element, isInsertion: false)) }
    }
    return marks
  }

  static func plain(_ store: Store, as author: inout Author) -> Store {
    make(marks(of: store), as: &author)
  }

  private static func make(_ marks: Set<Mark>, as author: inout Author) -> Store {
    var store = Store()
    for mark in marks.inOrderOfBytes {
      var pair = store[mark.element] ?? DotPair()
      let dots = DotSet(CollectionOfOne(author.nextDot()))
      if mark.isInsertion { pair.first = dots } else { pair.second = dots }
      store[mark.element] = pair
    }
    return store
  }

  private static func stores(_ sets: [Set<Mark>]) -> [Store] {
    sets.map {
      var author = Author(.plain, nextSequence: 1)
      return make($0, as: &author)
    }
  }

  static func joins(_ one: Store, with other: Store, among: ShownHabits<Store>) throws -> [Store] {
    // Each mark takes the place of those that it sees: the last mark of an element stands.
    let union = marks(of: one).union(marks(of: other))
    let elements = Set(union.map(\.element))
    let some = union.filter { mark in
      union.contains(Mark(mark.element, isInsertion: !mark.isInsertion))
        && among.lost.contains(mark.binaryEncoded())
    }
    return stores(
      try Set.choices(of: some).map { union.subtracting(some).union($0) }.filter {
        Set($0.map(\.element)) == elements
      })
  }

  static func lost(from before: Store, to after: Store) -> Set<[UInt8]> {
    Set(marks(of: before).subtracting(marks(of: after)).map { $0.binaryEncoded() })
  }

  static func parts(of store: Store, seen: [Store]) throws -> [Store] {
    stores(try Set.choices(of: marks(of: store)))
  }
}
