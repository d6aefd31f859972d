package import MerganserTypes

/// The types that come with this package: of keys, of elements, and of what rows hold.
///
/// A tool knows a store's tables by these alone. To add a type: declare it a ``BuiltInType`` and a
/// ``KnownType`` (rows' types a ``KnownValue``), and name it here; its description, what tools show of it,
/// and that earlier programs keep its tables follow. A test walks the list.
package enum KnownTypes {
  /// All of them; a generic type stands here with any arguments.
  package static let all: [any KnownType.Type] = [
    String.self, Bool.self, Int.self, Int64.self, UInt64.self, UInt32.self, UInt8.self,
    Optional<Int>.self, [Int].self,
    ReplicaID.self, Dot.self, HybridTime.self, RequestID.self, RequestOutcome.self, Cut.self,
    Path<Int, Int>.self,
    GCounter.self, PNCounter.self, ResettableCounter.self, EscrowCounter.self,
    EnableWinsFlag.self, DisableWinsFlag.self,
    LWWRegister<Int>.self, MVRegister<Int>.self,
    Max<Int>.self, Min<Int>.self,
    GSet<Int>.self, ORSet<Int>.self, RWSet<Int>.self, LWWSet<Int>.self, TwoPhaseSet<Int>.self,
    Pair<GCounter, GCounter>.self, Lexicographic<GCounter, GCounter>.self,
    GMap<Int, GCounter>.self, ORMap<Int, EnableWinsFlag>.self, Incarnated<GCounter>.self,
  ]

  private static let byName = Dictionary(all.map { (TypeName($0.typeName)?.base ?? "", $0) }) {
    first, _ in first
  }

  /// The table that a description is of; nothing if one of its types is not known here.
  static func table(_ description: SchemaDescription.Table) -> (any AnyTable)? {
    // What has a layout of its own is not one of ours, whatever its name.
    guard description.layouts.isEmpty,
      let key = TypeName(description.key).flatMap(type) as? any TableKey.Type,
      let value = TypeName(description.value).flatMap(type) as? any KnownValue.Type
    else { return nil }
    func make<Key: TableKey, Value: Replicated>(
      _: Key.Type, _: Value.Type
    ) -> any AnyTable { Table<Key, Value>(description.name) }
    return make(key, value)
  }

  /// The type of a name; nothing if it is not known here, or its arguments do not suit it.
  static func type(_ name: TypeName) -> (any KnownType.Type)? {
    byName[name.base]?.applied(to: TypeArguments(name.arguments))
  }
}

/// A type that comes with this package, as it is found by its name.
package protocol KnownType: BuiltInType {
  /// The type of this name with other arguments; nothing if they do not suit it.
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

/// A type's arguments, by their names.
package struct TypeArguments {
  private let names: [TypeName]

  init(_ names: [TypeName]) { self.names = names }

  /// How many there are.
  package var count: Int { names.count }

  /// The first argument, if it is the only one and as `Kind` says.
  func only<Kind>(_: Kind.Type = Kind.self) -> Kind? { names.count == 1 ? argument(0) : nil }

  /// Both arguments, if there are two and they are as `First` and `Second` say.
  func both<First, Second>(
    _: First.Type = First.self, _: Second.Type = Second.self
  ) -> (First, Second)? {
    guard names.count == 2, let first: First = argument(0), let second: Second = argument(1)
    else { return nil }
    return (first, second)
  }

  private func argument<Kind>(_ place: Int) -> Kind? {
    KnownTypes.type(names[place]) as? Kind
  }
}
