public import MerganserTypes

// MVRegister as what a row holds.

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

extension MVRegister: CausalRow {}

extension MVRegister: ConsistsOfWrites {
  /// The values that stand side by side.
  public static func written(in store: Store) -> [Value] { Array(MVRegister(store).values) }
}

extension Item {
  /// Sets the register, in place of every value that it shows.
  @inlinable
  public func set<Written>(_ value: Written) throws where Value == MVRegister<Written> {
    try change { store, author in store.set(value, as: &author) }
  }

  /// Sets the register to one value in the place of several, and tells whether there were several.
  ///
  /// `choose` is given the values that stand, with the dots that name their writes.
  @inlinable
  @discardableResult
  public func resolve<Written>(
    _ choose: ([(dot: Dot, value: Written)]) throws -> Written
  ) throws -> Bool where Value == MVRegister<Written> {
    guard let versions = try value?.versions, versions.count > 1 else { return false }
    try set(try choose(versions))
    return true
  }
}
