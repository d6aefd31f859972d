// The types that are known by their names, each with the types that it is made of.

extension String: BuiltInType {}
extension Bool: BuiltInType {}
extension Int: BuiltInType {}
extension Int64: BuiltInType {}
extension UInt64: BuiltInType {}
extension UInt32: BuiltInType {}
extension UInt8: BuiltInType {}
extension ReplicaID: BuiltInType {}
extension HybridTime: BuiltInType {}
extension Dot: BuiltInType {}

extension Optional: StoredType, BuiltInType where Wrapped: BinaryCodable {
  /// The type of what may be there.
  public static var componentTypes: [any StoredType.Type] { [Wrapped.self] }
}

extension Array: StoredType, BuiltInType where Element: BinaryCodable {
  /// The elements' type.
  public static var componentTypes: [any StoredType.Type] { [Element.self] }
}

extension GCounter: BuiltInType {}
extension PNCounter: BuiltInType {}
extension ResettableCounter: BuiltInType {}
extension EscrowCounter: BuiltInType {}
extension EnableWinsFlag: BuiltInType {}
extension DisableWinsFlag: BuiltInType {}

extension LWWRegister: BuiltInType {
  /// The type of what is written.
  public static var componentTypes: [any StoredType.Type] { [Value.self] }
}

extension MVRegister: BuiltInType {
  /// The type of what is written.
  public static var componentTypes: [any StoredType.Type] { [Value.self] }
}

extension Max: BuiltInType {
  /// The type of what is compared.
  public static var componentTypes: [any StoredType.Type] { [Value.self] }
}

extension Min: BuiltInType {
  /// The type of what is compared.
  public static var componentTypes: [any StoredType.Type] { [Value.self] }
}

extension GSet: BuiltInType {
  /// The elements' type.
  public static var componentTypes: [any StoredType.Type] { [Element.self] }
}

extension ORSet: StoredType, BuiltInType where Element: BinaryCodable {
  /// The elements' type.
  public static var componentTypes: [any StoredType.Type] { [Element.self] }
}

extension RWSet: BuiltInType {
  /// The elements' type.
  public static var componentTypes: [any StoredType.Type] { [Element.self] }
}

extension LWWSet: BuiltInType {
  /// The elements' type.
  public static var componentTypes: [any StoredType.Type] { [Element.self] }
}

extension TwoPhaseSet: BuiltInType {
  /// The elements' type.
  public static var componentTypes: [any StoredType.Type] { [Element.self] }
}

extension Pair: BuiltInType {
  /// The components' types.
  public static var componentTypes: [any StoredType.Type] { [First.self, Second.self] }
}

extension Lexicographic: BuiltInType {
  /// The components' types.
  public static var componentTypes: [any StoredType.Type] { [First.self, Second.self] }
}

extension GMap: BuiltInType {
  /// The keys' type and the values'.
  public static var componentTypes: [any StoredType.Type] { [Key.self, Value.self] }
}

extension ORMap: BuiltInType {
  /// The keys' type and the values'.
  public static var componentTypes: [any StoredType.Type] { [Key.self, Value.self] }
}

extension Incarnated: BuiltInType {
  /// The type of what is created and removed.
  public static var componentTypes: [any StoredType.Type] { [Value.self] }
}
