import MerganserTypes

/// A type of which it is known what a merge can show, given what is shown on both sides.
///
/// What a store holds beyond what it shows, as dots and times, decides which of the possible outcomes a merge has. A
/// search over what is shown takes them all, and some that no history has.
protocol ShownType: Replicated {
  /// The store that shows the same, as if all of it were of one author's making.
  ///
  /// - Throws: what a mutator throws.
  static func plain(_ store: Store, as author: inout Author) throws -> Store

  /// What the merge of two stores can show.
  ///
  /// - Parameters:
  ///   - one: a store.
  ///   - other: another one, which may show the same.
  ///   - lost: what transactions take away again, see ``lost(from:to:)``.
  /// - Returns: the outcomes.
  /// - Throws: ``TooManyOutcomes``.
  static func joins(_ one: Store, with other: Store, lost: Set<[UInt8]>) throws -> [Store]

  /// What a transaction has taken away of what was shown.
  static func lost(from before: Store, to after: Store) -> Set<[UInt8]>

  /// What a row can show of which some creations are gone, each with what was written to it: parts of what it showed,
  /// or what it showed at another time.
  ///
  /// - Parameters:
  ///   - store: what all creations show together.
  ///   - seen: what the row was seen to show.
  /// - Returns: what it can show.
  /// - Throws: ``TooManyOutcomes``.
  static func parts(of store: Store, seen: [Store]) throws -> [Store]

  /// Whether what several creations of one row show together merges like what one shows.
  static var standsSeveralCreations: Bool { get }
}

extension ShownType {
  /// Nothing, where what was written is never taken away.
  static func lost(from before: Store, to after: Store) -> Set<[UInt8]> { [] }

  /// Holds of what joins, and of counts that each replica adds to alone.
  static var standsSeveralCreations: Bool { true }
}

/// Thrown where a merge can show more than is looked through.
struct TooManyOutcomes: Error {}

/// A type whose stores show all that they hold: what they show merges as they do.
protocol ShownLattice: ShownType, DotStore, Decomposable, BinaryCodable where Store == Self {}

extension ShownLattice {
  static func plain(_ store: Self, as author: inout Author) throws -> Self { store }

  static func joins(_ one: Self, with other: Self, lost: Set<[UInt8]>) throws -> [Self] {
    var join = one
    join.merge(other)
    return [join]
  }
}

extension GCounter: ShownLattice {
  static func parts(of store: GCounter, seen: [GCounter]) throws -> [GCounter] {
    try Workload.replicas.reduce([GCounter()]) { parts, replica in
      try parts.flatMap { part in
        try amounts(upTo: store.count(of: replica)).map { amount in
          var part = part
          try part.increment(by: amount, as: replica)
          return part
        }
      }.checked()
    }
  }
}

extension PNCounter: ShownLattice {
  static func parts(of store: PNCounter, seen: [PNCounter]) throws -> [PNCounter] {
    try Workload.replicas.reduce([PNCounter()]) { parts, replica in
      try parts.flatMap { part in
        try amounts(upTo: store.increments(of: replica)).flatMap { up in
          try amounts(upTo: store.decrements(of: replica)).map { down in
            var part = part
            try part.increment(by: up, as: replica)
            try part.decrement(by: down, as: replica)
            return part
          }
        }
      }.checked()
    }
  }
}

/// Every amount up to a count.
private func amounts(upTo count: UInt64) throws -> ClosedRange<Int64> {
  guard count <= 16 else { throw TooManyOutcomes() }
  return 0...Int64(count)
}

extension ResettableCounter: ShownLattice {
  /// Does not hold: a reset by one replica of one creation and by another one of another both count.
  static var standsSeveralCreations: Bool { false }

  static func parts(
    of store: ResettableCounter, seen: [ResettableCounter]
  ) throws -> [ResettableCounter] {
    throw TooManyOutcomes()
  }
}

extension Max: ShownType, ShownLattice {
  // The greatest of what was written to a creation was shown when it was written.
  static func parts(of store: Self, seen: [Self]) throws -> [Self] { [Self()] + seen }
}

extension Min: ShownType, ShownLattice {
  static func parts(of store: Self, seen: [Self]) throws -> [Self] { [Self()] + seen }
}

extension GSet: ShownType, ShownLattice {
  static func parts(of store: Self, seen: [Self]) throws -> [Self] {
    try Set.choices(of: Set(store.elements)).map { elements in
      var part = Self()
      for element in elements { part.insert(element) }
      return part
    }
  }
}

extension TwoPhaseSet: ShownType, ShownLattice {
  static func parts(of store: Self, seen: [Self]) throws -> [Self] {
    let removed = store.removed
    return try Set.choices(of: store.elements.union(removed)).flatMap { elements in
      try Set.choices(of: elements.intersection(removed)).map { removed in
        var part = Self()
        for element in elements { part.insert(element) }
        for element in removed { part.remove(element) }
        return part
      }
    }.checked()
  }
}

extension LWWRegister: ShownType {
  static func plain(_ store: Self, as author: inout Author) throws -> Self {
    var plain = Self()
    if let value = store.value { try plain.set(value, as: author.replica, at: author.time) }
    return plain
  }

  static func joins(_ one: Self, with other: Self, lost: Set<[UInt8]>) -> [Self] {
    if one.isBottom { return [other] }
    return other.isBottom || one.value == other.value ? [one] : [one, other]
  }

  // What was written to a creation last was shown when it was written.
  static func parts(of store: Self, seen: [Self]) -> [Self] { [Self()] + seen }
}

extension FWWRegister: ShownType {
  static func plain(_ store: Self, as author: inout Author) throws -> Self {
    var plain = Self()
    if let value = store.value { plain.set(value, as: author.replica, at: author.time) }
    return plain
  }

  static func joins(_ one: Self, with other: Self, lost: Set<[UInt8]>) -> [Self] {
    if one.isBottom { return [other] }
    return other.isBottom || one.value == other.value ? [one] : [one, other]
  }

  static func parts(of store: Self, seen: [Self]) -> [Self] { [Self()] + seen }
}

extension MVRegister: ShownType {
  static func plain(_ store: Store, as author: inout Author) -> Store {
    make(Set(store.versions().map(\.value)), as: &author)
  }

  private static func make(_ values: Set<Value>, as author: inout Author) -> Store {
    var store = Store()
    for value in values.inOrderOfBytes {
      store[author.nextDot()] = MerganserTypes.Written(value)
    }
    return store
  }

  static func joins(_ one: Store, with other: Store, lost: Set<[UInt8]>) throws -> [Store] {
    let (left, right) = (
      Set(one.versions().map(\.value)), Set(other.versions().map(\.value))
    )
    if left.isEmpty || right.isEmpty { return [left.isEmpty ? other : one] }
    // Any value may have been followed by one that is on the other side, but not all: the last write stands.
    return try stores(of: left.union(right)).filter { !$0.isBottom }
  }

  private static func stores(of values: Set<Value>) throws -> [Store] {
    try Set.choices(of: values).map {
      var author = Author(.plain, nextSequence: 1)
      return make($0, as: &author)
    }
  }

  static func parts(of store: Store, seen: [Store]) throws -> [Store] {
    try stores(of: Set(store.versions().map(\.value)))
  }
}

extension EnableWinsFlag: ShownType {
  static func plain(_ store: DotSet, as author: inout Author) -> DotSet { store.plain(as: &author) }

  static func joins(_ one: DotSet, with other: DotSet, lost: Set<[UInt8]>) -> [DotSet] {
    one.joins(other, lost: lost)
  }

  static func lost(from before: DotSet, to after: DotSet) -> Set<[UInt8]> {
    after.isBottom && !before.isBottom ? [[]] : []
  }

  static func parts(of store: DotSet, seen: [DotSet]) -> [DotSet] { [DotSet(), store] }
}

extension DisableWinsFlag: ShownType {
  static func plain(_ store: DotSet, as author: inout Author) -> DotSet { store.plain(as: &author) }

  static func joins(_ one: DotSet, with other: DotSet, lost: Set<[UInt8]>) -> [DotSet] {
    one.joins(other, lost: lost)
  }

  static func lost(from before: DotSet, to after: DotSet) -> Set<[UInt8]> {
    after.isBottom && !before.isBottom ? [[]] : []
  }

  static func parts(of store: DotSet, seen: [DotSet]) -> [DotSet] { [DotSet(), store] }
}

extension DotSet {
  fileprivate func plain(as author: inout Author) -> DotSet {
    isBottom ? self : DotSet(CollectionOfOne(author.nextDot()))
  }

  /// Of dots that are taken away, each side's may be those that the other has seen go.
  fileprivate func joins(_ other: DotSet, lost: Set<[UInt8]>) -> [DotSet] {
    let union = isBottom ? other : self
    return lost.isEmpty || union.isBottom ? [union] : [union, DotSet()]
  }
}

extension ORSet: ShownType where Element: BinaryCodable {
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

  static func joins(_ one: Store, with other: Store, lost: Set<[UInt8]>) throws -> [Store] {
    let union = Set(ORSet(one)).union(ORSet(other))
    let some = union.filter { !lost.isEmpty && lost.contains($0.binaryEncoded()) }
    return stores(try Set.choices(of: some).map { union.subtracting(some).union($0) })
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

  static func joins(_ one: Self, with other: Self, lost: Set<[UInt8]>) throws -> [Self] {
    // The last write to an element that either has seen is the last that one of them has.
    let both = one.elements.intersection(other.elements)
    let either = one.elements.symmetricDifference(other.elements)
    let some = either.filter { lost.contains($0.binaryEncoded()) }
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

  static func joins(_ one: Store, with other: Store, lost: Set<[UInt8]>) throws -> [Store] {
    // Each mark takes the place of those that it sees: the last mark of an element stands.
    let union = marks(of: one).union(marks(of: other))
    let elements = Set(union.map(\.element))
    let some = union.filter { mark in
      union.contains(Mark(mark.element, isInsertion: !mark.isInsertion))
        && lost.contains(mark.binaryEncoded())
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

extension Set where Element: BinaryCodable {
  /// The elements in an order that hangs on nothing but them.
  fileprivate var inOrderOfBytes: [Element] {
    sorted { $0.binaryEncoded().lexicographicallyPrecedes($1.binaryEncoded()) }
  }

  /// All parts of a set.
  fileprivate static func choices(of some: Set) throws -> [Set] {
    guard some.count <= 6 else { throw TooManyOutcomes() }
    return some.inOrderOfBytes.reduce(into: [Set()]) { choices, element in
      choices += choices.map { $0.union([element]) }
    }
  }
}

extension Array {
  /// The outcomes, if they are not too many.
  fileprivate func checked() throws -> Self {
    if count > 256 { throw TooManyOutcomes() }
    return self
  }
}

extension ReplicaID {
  /// Who has written what stands in a plain state.
  static let plain = ReplicaID(high: 0x7000_0000_0000_0001, low: 0)
}
