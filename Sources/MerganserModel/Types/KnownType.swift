package import MerganserTypes

/// A type that comes with this package, as it is found by its name.
package protocol KnownType: BuiltInType {
  /// The type of this name with other arguments; `nil` if they do not suit it.
  static func applied(to arguments: TypeArguments) -> (any KnownType.Type)?
}

extension KnownType {
  /// The type itself, which has no arguments.
  package static func applied(to arguments: TypeArguments) -> (any KnownType.Type)? {
    arguments.count == 0 ? Self.self : nil
  }
}

/// What a rows' type that comes with this package says of itself, for tools that show stores.
package protocol KnownValue: KnownType, Replicated {
  /// What a value shows by itself.
  static var words: ChangeWords { get }

  /// The value as tools show it.
  var readable: ReadableValue { get }

  /// What a change from `old`, `nil` if the row was not there, did beside what ``readable`` shows, in a few words;
  /// `others` are the replicas that it may have given something to.
  func furtherChanges(since old: Self?, to others: [ReplicaID]) -> [String]
}

extension KnownValue {
  /// Nothing else.
  package func furtherChanges(since old: Self?, to others: [ReplicaID]) -> [String] { [] }
}

/// How a change of a type is put into words.
package enum ChangeWords: Sendable {
  /// As the difference of two counts; a delta says nothing by itself.
  case count
  /// As what is there now; a delta holds just what was written.
  case value
  /// As elements that came and went; a delta holds just those that came.
  case elements
  /// As what is there now, part by part; a delta says nothing by itself.
  case parts
}

/// What arguments of types have to be.
typealias EquatableElement = Equatable & BinaryCodable
typealias ComparableElement = Comparable & BinaryCodable
typealias HashableElement = Hashable & BinaryCodable

/// A type's arguments.
package struct TypeArguments {
  private let types: [any KnownType.Type]

  /// The given arguments.
  package init(_ types: [any KnownType.Type]) { self.types = types }

  /// The arguments of the given names; `nil` if `type` does not know one.
  init?(_ names: [TypeName], type: (TypeName) -> (any KnownType.Type)?) {
    types = names.compactMap(type)
    guard types.count == names.count else { return nil }
  }

  /// How many there are.
  package var count: Int { types.count }

  /// The first argument, if it is the only one and as `Kind` says.
  func only<Kind>(_: Kind.Type = Kind.self) -> Kind? { count == 1 ? types[0] as? Kind : nil }

  /// Both arguments, if there are two and they are as `First` and `Second` say.
  func both<First, Second>(
    _: First.Type = First.self, _: Second.Type = Second.self
  ) -> (First, Second)? {
    guard count == 2, let first = types[0] as? First, let second = types[1] as? Second
    else { return nil }
    return (first, second)
  }
}

/// A known type that is its own store, with no dots: what lattices are made of.
package protocol RowLattice: KnownValue, LatticeStore, BinaryCodable where Store == Self {}

/// A known type in which everything lives by dots: what an ``/MerganserTypes/ORMap`` holds.
package protocol CausalRow: KnownValue where Store: CausalStore {}
