import MerganserTypes

/// The types that come with this package: of keys, of elements, and of what rows hold.
///
/// A tool knows a store's tables by these alone. To add a type: declare it a ``/MerganserTypes/BuiltInType`` and a
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
    LWWRegister<Int>.self, FWWRegister<Int>.self, MVRegister<Int>.self,
    Max<Int>.self, Min<Int>.self,
    GSet<Int>.self, ORSet<Int>.self, RWSet<Int>.self, LWWSet<Int>.self, TwoPhaseSet<Int>.self,
    Pair<GCounter, GCounter>.self, Lexicographic<GCounter, GCounter>.self,
    GMap<Int, GCounter>.self, ORMap<Int, EnableWinsFlag>.self, Incarnated<GCounter>.self,
  ]

  private static let byName = Dictionary(all.map { (TypeName($0.typeName)?.base ?? "", $0) }) {
    first, _ in first
  }

  /// The table that a description is of; `nil` if one of its types is not known here.
  ///
  /// A type that is made of others stays in memory until the process ends. Of what others tell, ask
  /// ``standIn(for:)`` first, and make types once nothing of it is refused any more.
  package static func table(_ description: SchemaDescription.Table) -> (any AnyTable)? {
    table(description, type: type)
  }

  /// A table that does in a catalog wherever the one that a description is of does; `nil` if there is none.
  ///
  /// Its types are some of few, whatever is described: see ``standIns``.
  package static func standIn(for description: SchemaDescription.Table) -> (any AnyTable)? {
    table(description) { $0.arguments.isEmpty ? type($0) : standIn(for: $0) }
  }

  private static func table(
    _ description: SchemaDescription.Table, type: (TypeName) -> (any KnownType.Type)?
  ) -> (any AnyTable)? {
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

  /// The type of a name; `nil` if it is not known here, or its arguments do not suit it.
  private static func type(_ name: TypeName) -> (any KnownType.Type)? {
    TypeArguments(name.arguments, type: type).flatMap { byName[name.base]?.applied(to: $0) }
  }

  /// The stand-in for the type of a name; `nil` if ``type(_:)`` has none.
  private static func standIn(for name: TypeName) -> (any KnownType.Type)? {
    let type = TypeArguments(name.arguments, type: standIn).flatMap {
      byName[name.base]?.applied(to: $0)
    }
    return type.map { standIns[TypeUses(of: $0)] ?? $0 }
  }

  /// By what a type can be used for: the one that stands for all that can be used so.
  ///
  /// What suits a type as its argument, and what the result can be used for, depends on the uses of the argument
  /// alone. So a name is checked with types that are made of these alone, and there are few of those. A test
  /// makes sure that there is one for all uses that come up.
  package static let standIns: [TypeUses: any KnownType.Type] = {
    let types: [any KnownType.Type] = all + [GCounter?.self, EnableWinsFlag?.self]
    return Dictionary(types.map { (TypeUses(of: $0), $0) }) { first, _ in first }
  }()
}

/// What a type can be used for where others are made of it, and by tables.
package struct TypeUses: Hashable, Sendable {
  private let uses: [Bool]

  /// What the given type can be used for.
  package init(of type: any KnownType.Type) {
    uses = [
      type is any EquatableElement.Type, type is any ComparableElement.Type,
      type is any HashableElement.Type, type is any BinaryCodable.Type,
      type is any RowLattice.Type, type is any CausalRow.Type,
      type is any TableKey.Type, type is any KnownValue.Type,
    ]
  }
}

extension SchemaDescription.Table {
  /// The types of a table that is not known here, in a text that shows why: without modules, unless types of the
  /// package would be read then.
  package var unknownTypes: String {
    let plain = Self(name: name, key: key.unqualifiedTypeName, value: value.unqualifiedTypeName)
    guard KnownTypes.standIn(for: plain) != nil else { return types }
    let told = layouts.keys.sorted().prefix(3).joined(separator: ", ")
    return "\(value) by \(key)" + (told.isEmpty ? "" : ", with a layout of its own for \(told)")
  }
}
