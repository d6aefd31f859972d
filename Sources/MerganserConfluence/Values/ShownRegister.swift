import MerganserTypes

/// A register that holds one write: of two, either may be the one that stands.
protocol ShownRegister: ShownType, DotStore, BinaryCodable where Store == Self {
  associatedtype Value: Equatable

  /// What was written; `nil` if nothing was.
  var value: Value? { get }

  /// When it was written.
  var time: HybridTime? { get }

  /// Who wrote it.
  var replica: ReplicaID? { get }

  /// The register to which a value is written as `author`.
  init(_ value: Value, as author: inout Author) throws
}

extension ShownRegister {
  static func isWritten(_ store: Self, at time: HybridTime, by replica: ReplicaID) -> Bool {
    store.time == time && store.replica == replica
  }

  static func plain(_ store: Self, as author: inout Author) throws -> Self {
    try store.value.map { try Self($0, as: &author) } ?? Self()
  }

  static func joins(_ one: Self, with other: Self, among: ShownHabits<Self>) -> [Self] {
    if one.isBottom { return [other] }
    return other.isBottom || one.value == other.value ? [one] : [one, other]
  }

  // What was written to a creation last was shown when it was written.
  static func parts(of store: Self, seen: [Self]) -> [Self] { [Self()] + seen }
}

extension LWWRegister: ShownRegister, ShownType {
  static var standing: ShownStanding? { .last }

  init(_ value: Value, as author: inout Author) throws {
    self.init()
    try set(value, as: author.replica, at: author.time)
  }
}

extension FWWRegister: ShownRegister, ShownType {
  static var standing: ShownStanding? { .first }

  init(_ value: Value, as author: inout Author) {
    self.init()
    set(value, as: author.replica, at: author.time)
  }
}

extension MVRegister: ShownType {
  static var keepsRepeats: Bool { true }

  static func gained(in store: Store, from first: UInt64) -> Set<[UInt8]>? {
    Set(store.versions().filter { $0.dot.sequence >= first }.map { $0.value.binaryEncoded() })
  }

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

  static func joins(_ one: Store, with other: Store, among: ShownHabits<Store>) throws -> [Store] {
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
