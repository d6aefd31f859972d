// Keys and elements that are known by their names; other types say so in their own files.

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
