package import MerganserTypes

// Keys and elements.

extension String: KnownType {}
extension Bool: KnownType {}
extension Int: KnownType {}
extension Int64: KnownType {}
extension UInt64: KnownType {}
extension UInt32: KnownType {}
extension UInt8: KnownType {}
extension ReplicaID: KnownType {}
extension Dot: KnownType {}
extension HybridTime: KnownType {}
extension RequestID: KnownType {}
extension RequestOutcome: KnownType {}

extension Cut: KnownType {}

extension Optional: KnownType where Wrapped: BinaryCodable {
  package static func applied(to arguments: TypeArguments) -> (any KnownType.Type)? {
    func make<E: BinaryCodable>(_: E.Type) -> any KnownType.Type { E?.self }
    return arguments.only((any BinaryCodable.Type).self).map { make($0) }
  }
}

extension Array: KnownType where Element: BinaryCodable {
  package static func applied(to arguments: TypeArguments) -> (any KnownType.Type)? {
    func make<E: BinaryCodable>(_: E.Type) -> any KnownType.Type { [E].self }
    return arguments.only((any BinaryCodable.Type).self).map { make($0) }
  }
}

extension Path: KnownType {
  package static func applied(to arguments: TypeArguments) -> (any KnownType.Type)? {
    func make<P: TableKey, C: TableKey>(_: P.Type, _: C.Type) -> any KnownType.Type {
      Path<P, C>.self
    }
    guard let (first, second) = arguments.both((any TableKey.Type).self, (any TableKey.Type).self)
    else {
      return nil
    }
    return make(first, second)
  }
}
