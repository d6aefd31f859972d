package import MerganserTypes

// Counters, flags and registers.

extension GCounter: KnownValue {
  package static var words: ChangeWords { .count }
  package var readable: ReadableValue {
    ReadableValue(count: { () throws(LatticeError) in try value })
  }
}

extension PNCounter: KnownValue {
  package static var words: ChangeWords { .count }
  package var readable: ReadableValue {
    ReadableValue(count: { () throws(LatticeError) in try value })
  }
}

extension ResettableCounter: KnownValue {
  package static var words: ChangeWords { .count }
  package var readable: ReadableValue {
    ReadableValue(count: { () throws(LatticeError) in try value })
  }
}

extension EscrowCounter: KnownValue {
  package static var words: ChangeWords { .count }
  package var readable: ReadableValue {
    ReadableValue(count: { () throws(LatticeError) in try value })
  }
}

extension EnableWinsFlag: KnownValue {
  package static var words: ChangeWords { .parts }
  package var readable: ReadableValue { .text(description) }
}

extension DisableWinsFlag: KnownValue {
  package static var words: ChangeWords { .parts }
  package var readable: ReadableValue { .text(description) }
}

extension LWWRegister: KnownValue {
  package static var words: ChangeWords { .value }
  package var readable: ReadableValue { value.map { ReadableValue(of: $0) } ?? .nothing }

  package static func applied(to arguments: TypeArguments) -> (any KnownType.Type)? {
    func make<E: EquatableElement>(_: E.Type) -> any KnownType.Type {
      LWWRegister<E>.self
    }
    return arguments.only((any EquatableElement.Type).self).map { make($0) }
  }
}

extension MVRegister: KnownValue {
  package static var words: ChangeWords { .value }
  package var readable: ReadableValue {
    let values = values.map { ReadableValue(of: $0) }
    return values.count == 1 ? values[0] : values.isEmpty ? .nothing : .list(values)
  }

  package static func applied(to arguments: TypeArguments) -> (any KnownType.Type)? {
    func make<E: HashableElement>(_: E.Type) -> any KnownType.Type { MVRegister<E>.self }
    return arguments.only((any HashableElement.Type).self).map { make($0) }
  }
}

extension Max: KnownValue {
  package static var words: ChangeWords { .value }
  package var readable: ReadableValue { value.map { ReadableValue(of: $0) } ?? .nothing }

  package static func applied(to arguments: TypeArguments) -> (any KnownType.Type)? {
    func make<E: ComparableElement>(_: E.Type) -> any KnownType.Type { Max<E>.self }
    return arguments.only((any ComparableElement.Type).self).map { make($0) }
  }
}

extension Min: KnownValue {
  package static var words: ChangeWords { .value }
  package var readable: ReadableValue { value.map { ReadableValue(of: $0) } ?? .nothing }

  package static func applied(to arguments: TypeArguments) -> (any KnownType.Type)? {
    func make<E: ComparableElement>(_: E.Type) -> any KnownType.Type { Min<E>.self }
    return arguments.only((any ComparableElement.Type).self).map { make($0) }
  }
}

extension RequestRecord: KnownValue {
  package static var words: ChangeWords { .value }
  package var readable: ReadableValue { .text(description) }
}
