package import MerganserTypes

// Sets, maps, and types made of others.

extension GSet: KnownValue {
  package static var words: ChangeWords { .elements }
  package var readable: ReadableValue { ReadableValue(ofSet: self) }

  package static func applied(to arguments: TypeArguments) -> (any KnownType.Type)? {
    func make<E: HashableElement>(_: E.Type) -> any KnownType.Type { GSet<E>.self }
    return arguments.only((any HashableElement.Type).self).map { make($0) }
  }
}

extension ORSet: KnownType, KnownValue where Element: BinaryCodable {
  package static var words: ChangeWords { .elements }
  package var readable: ReadableValue { ReadableValue(ofSet: self) }

  package static func applied(to arguments: TypeArguments) -> (any KnownType.Type)? {
    func make<E: HashableElement>(_: E.Type) -> any KnownType.Type { ORSet<E>.self }
    return arguments.only((any HashableElement.Type).self).map { make($0) }
  }
}

extension RWSet: KnownValue {
  package static var words: ChangeWords { .parts }
  package var readable: ReadableValue { ReadableValue(ofSet: elements) }

  package static func applied(to arguments: TypeArguments) -> (any KnownType.Type)? {
    func make<E: HashableElement>(_: E.Type) -> any KnownType.Type { RWSet<E>.self }
    return arguments.only((any HashableElement.Type).self).map { make($0) }
  }
}

extension LWWSet: KnownValue {
  package static var words: ChangeWords { .parts }
  package var readable: ReadableValue { ReadableValue(ofSet: elements) }

  package static func applied(to arguments: TypeArguments) -> (any KnownType.Type)? {
    func make<E: HashableElement>(_: E.Type) -> any KnownType.Type { LWWSet<E>.self }
    return arguments.only((any HashableElement.Type).self).map { make($0) }
  }
}

extension TwoPhaseSet: KnownValue {
  package static var words: ChangeWords { .parts }
  package var readable: ReadableValue { ReadableValue(ofSet: elements) }

  package static func applied(to arguments: TypeArguments) -> (any KnownType.Type)? {
    func make<E: HashableElement>(_: E.Type) -> any KnownType.Type {
      TwoPhaseSet<E>.self
    }
    return arguments.only((any HashableElement.Type).self).map { make($0) }
  }
}

extension Pair: KnownType, KnownValue
where First: Replicated, First.Store == First, Second: Replicated, Second.Store == Second {
  package static var words: ChangeWords { .parts }
  package var readable: ReadableValue {
    .entries([
      .init("first", ReadableValue(of: first)), .init("second", ReadableValue(of: second)),
    ])
  }

  package static func applied(to arguments: TypeArguments) -> (any KnownType.Type)? {
    func make<A: RowLattice, B: RowLattice>(_: A.Type, _: B.Type) -> any KnownType.Type {
      Pair<A, B>.self
    }
    guard
      let (first, second) = arguments.both((any RowLattice.Type).self, (any RowLattice.Type).self)
    else {
      return nil
    }
    return make(first, second)
  }
}

extension Lexicographic: KnownType, KnownValue
where First: Replicated, First.Store == First, Second: Replicated, Second.Store == Second {
  package static var words: ChangeWords { .parts }
  package var readable: ReadableValue {
    .entries([
      .init("first", ReadableValue(of: first)), .init("second", ReadableValue(of: second)),
    ])
  }

  package static func applied(to arguments: TypeArguments) -> (any KnownType.Type)? {
    func make<A: RowLattice, B: RowLattice>(_: A.Type, _: B.Type) -> any KnownType.Type {
      Lexicographic<A, B>.self
    }
    guard
      let (first, second) = arguments.both((any RowLattice.Type).self, (any RowLattice.Type).self)
    else {
      return nil
    }
    return make(first, second)
  }
}

extension GMap: KnownType, KnownValue where Value: Replicated, Value.Store == Value {
  package static var words: ChangeWords { .parts }
  package var readable: ReadableValue {
    .entries(ofMap: entries.map { ($0, ReadableValue(of: $1)) })
  }

  package static func applied(to arguments: TypeArguments) -> (any KnownType.Type)? {
    func make<K: HashableElement, V: RowLattice>(
      _: K.Type, _: V.Type
    ) -> any KnownType.Type { GMap<K, V>.self }
    guard
      let (first, second) = arguments.both(
        (any HashableElement.Type).self, (any RowLattice.Type).self)
    else {
      return nil
    }
    return make(first, second)
  }
}

extension ORMap: KnownValue {
  package static var words: ChangeWords { .parts }
  package var readable: ReadableValue {
    .entries(ofMap: keys.map { key in (key, self[key].map { ReadableValue(of: $0) } ?? .nothing) })
  }

  package static func applied(to arguments: TypeArguments) -> (any KnownType.Type)? {
    func make<K: HashableElement, V: CausalRow>(
      _: K.Type, _: V.Type
    ) -> any KnownType.Type { ORMap<K, V>.self }
    guard
      let (first, second) = arguments.both(
        (any HashableElement.Type).self, (any CausalRow.Type).self)
    else {
      return nil
    }
    return make(first, second)
  }
}

extension Incarnated: KnownValue {
  package static var words: ChangeWords { .parts }
  package var readable: ReadableValue { value.map { ReadableValue(of: $0) } ?? .nothing }

  package static func applied(to arguments: TypeArguments) -> (any KnownType.Type)? {
    func make<V: RowLattice>(_: V.Type) -> any KnownType.Type { Incarnated<V>.self }
    return arguments.only((any RowLattice.Type).self).map { make($0) }
  }
}

/// A known type that is its own store, with no dots: what lattices are made of.
package protocol RowLattice: KnownValue, LatticeStore, BinaryCodable where Store == Self {}

extension GCounter: RowLattice {}
extension PNCounter: RowLattice {}
extension ResettableCounter: RowLattice {}
extension EscrowCounter: RowLattice {}
extension LWWRegister: RowLattice {}
extension Max: RowLattice {}
extension Min: RowLattice {}
extension GSet: RowLattice {}
extension LWWSet: RowLattice {}
extension TwoPhaseSet: RowLattice {}
extension Pair: RowLattice
where First: Replicated, First.Store == First, Second: Replicated, Second.Store == Second {}
extension Lexicographic: RowLattice
where First: Replicated, First.Store == First, Second: Replicated, Second.Store == Second {}
extension GMap: RowLattice where Value: Replicated, Value.Store == Value {}

/// A known type in which everything lives by dots: what an ``ORMap`` holds.
package protocol CausalRow: KnownValue where Store: CausalStore {}

extension EnableWinsFlag: CausalRow {}
extension DisableWinsFlag: CausalRow {}
extension MVRegister: CausalRow {}
extension ORSet: CausalRow where Element: BinaryCodable {}
extension RWSet: CausalRow {}
extension ORMap: CausalRow {}
extension Incarnated: CausalRow {}
