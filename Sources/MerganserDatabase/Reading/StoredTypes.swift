import MerganserTypes

/// Types that are known by the names that a stored schema gives them.
enum StoredTypes {
  /// What generic values are made of.
  typealias Element = Hashable & BinaryCodable

  /// The table that a description is of; nothing if one of its types is not known here.
  static func table(_ description: SchemaDescription.Table) -> (any AnyTable)? {
    guard let key = TypeName(description.key).flatMap(key),
      let value = TypeName(description.value).flatMap(value)
    else { return nil }
    func make<Key: TableKey, Value: Replicated>(
      _: Key.Type, _: Value.Type
    ) -> any AnyTable { Table<Key, Value>(description.name) }
    return make(key, value)
  }

  private static func key(_ name: TypeName) -> (any TableKey.Type)? {
    switch (name.base, name.arguments.count) {
    case ("String", 0): String.self
    case ("Int", 0): Int.self
    case ("UInt64", 0): UInt64.self
    case ("ReplicaID", 0): ReplicaID.self
    case ("RequestID", 0): RequestID.self
    case ("Path", 2): path(name.arguments)
    default: nil
    }
  }

  private static func path(_ names: [TypeName]) -> (any TableKey.Type)? {
    func make<Parent: TableKey, Child: TableKey>(
      _: Parent.Type, _: Child.Type
    ) -> any TableKey.Type { Path<Parent, Child>.self }
    guard let parent = key(names[0]), let child = key(names[1]) else { return nil }
    return make(parent, child)
  }

  private static func value(_ name: TypeName) -> (any Replicated.Type)? {
    switch (name.base, name.arguments.count) {
    case ("GCounter", 0): return GCounter.self
    case ("PNCounter", 0): return PNCounter.self
    case ("ResettableCounter", 0): return ResettableCounter.self
    case ("EscrowCounter", 0): return EscrowCounter.self
    case ("EnableWinsFlag", 0): return EnableWinsFlag.self
    case ("DisableWinsFlag", 0): return DisableWinsFlag.self
    case (_, 1): return element(name.arguments[0]).flatMap { value(of: $0, name.base) }
    default: return nil
    }
  }

  private static func value<E: Element>(
    of _: E.Type, _ base: String
  ) -> (any Replicated.Type)? {
    switch base {
    case "LWWRegister": LWWRegister<E>.self
    case "MVRegister": MVRegister<E>.self
    case "GSet": GSet<E>.self
    case "ORSet": ORSet<E>.self
    case "RWSet": RWSet<E>.self
    case "LWWSet": LWWSet<E>.self
    default: nil
    }
  }

  private static func element(_ name: TypeName) -> (any Element.Type)? {
    switch (name.base, name.arguments.count) {
    case ("String", 0): return String.self
    case ("Bool", 0): return Bool.self
    case ("Int", 0): return Int.self
    case ("Int64", 0): return Int64.self
    case ("UInt64", 0): return UInt64.self
    case ("UInt32", 0): return UInt32.self
    case ("UInt8", 0): return UInt8.self
    case ("ReplicaID", 0): return ReplicaID.self
    case ("HybridTime", 0): return HybridTime.self
    case ("RequestID", 0): return RequestID.self
    case ("RequestOutcome", 0): return RequestOutcome.self
    case ("Optional", 1):
      func make<E: Element>(_: E.Type) -> any Element.Type { E?.self }
      return element(name.arguments[0]).map { make($0) }
    case ("Array", 1):
      func make<E: Element>(_: E.Type) -> any Element.Type { [E].self }
      return element(name.arguments[0]).map { make($0) }
    default: return nil
    }
  }
}

/// The name of a type as `String(describing:)` writes it: a base, and arguments between `<` and `>`.
struct TypeName: Equatable {
  /// How deep arguments are read: no type of ours is that deep, and stored text may be hostile.
  private static let maximumDepth = 6

  var base: String
  var arguments: [TypeName] = []

  /// Reads a name; nothing if it is none, or too deep.
  init?(_ text: String) {
    var rest = Substring(text)
    guard let name = Self.read(&rest, depth: 0), rest.isEmpty else { return nil }
    self = name
  }

  private init(base: String) { self.base = base }

  private static func read(_ text: inout Substring, depth: Int) -> TypeName? {
    guard depth < maximumDepth else { return nil }
    let base = text.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
    guard !base.isEmpty else { return nil }
    var name = TypeName(base: String(base))
    text = text.dropFirst(base.count)
    guard text.first == "<" else { return name }
    repeat {
      text = text.dropFirst().drop { $0 == " " }
      guard let argument = read(&text, depth: depth + 1) else { return nil }
      name.arguments.append(argument)
    } while text.first == ","
    guard text.first == ">" else { return nil }
    text = text.dropFirst()
    return name
  }
}
