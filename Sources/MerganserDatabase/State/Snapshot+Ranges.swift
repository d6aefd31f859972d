public import MerganserModel
public import MerganserTypes

/// A range of keys, in the order in which they are stored: `a..<b`, `a...b`, `a...`, `..<b` and `...b`.
public protocol KeyRange<Bound> {
  /// The keys.
  associatedtype Bound: TableKey

  /// The bytes from which on keys are in the range, and those from which on they are not any more.
  var keyBounds: (lower: [UInt8], upper: [UInt8]?) { get }
}

extension Range: KeyRange where Bound: TableKey {
  /// The bytes of the two bounds.
  public var keyBounds: (lower: [UInt8], upper: [UInt8]?) {
    (lowerBound.keyEncoded(), upperBound.keyEncoded())
  }
}

extension ClosedRange: KeyRange where Bound: TableKey {
  /// The bytes of the lower bound, and the first that come behind the upper one.
  public var keyBounds: (lower: [UInt8], upper: [UInt8]?) {
    (lowerBound.keyEncoded(), upperBound.keyEncoded() + [0])
  }
}

extension PartialRangeFrom: KeyRange where Bound: TableKey {
  /// The bytes of the lower bound.
  public var keyBounds: (lower: [UInt8], upper: [UInt8]?) { (lowerBound.keyEncoded(), nil) }
}

extension PartialRangeUpTo: KeyRange where Bound: TableKey {
  /// The bytes of the upper bound.
  public var keyBounds: (lower: [UInt8], upper: [UInt8]?) { ([], upperBound.keyEncoded()) }
}

extension PartialRangeThrough: KeyRange where Bound: TableKey {
  /// The first bytes that come behind the upper bound.
  public var keyBounds: (lower: [UInt8], upper: [UInt8]?) { ([], upperBound.keyEncoded() + [0]) }
}

extension Snapshot {
  /// The rows of a table whose keys are in a range, in the order of their keys.
  ///
  /// - Complexity: O(log *n* + *m*) for *m* rows in the range.
  /// - Throws: as ``subscript(_:_:)``.
  @inlinable
  public func rows<Key, Value>(
    _ table: Table<Key, Value>, in range: some KeyRange<Key>
  ) throws -> [(key: Key, value: Value)] {
    let (lower, upper) = range.keyBounds
    return try rows(table, from: lower, below: upper)
  }

  /// The rows of a table whose keys lie below one parent, in the order of the children.
  ///
  /// - Complexity: O(log *n* + *m*) for *m* rows below the parent.
  /// - Throws: as ``subscript(_:_:)``.
  @inlinable
  public func rows<Parent, Child, Value>(
    _ table: Table<Path<Parent, Child>, Value>, below parent: Parent
  ) throws -> [(key: Path<Parent, Child>, value: Value)] {
    let (lower, upper) = Path<Parent, Child>.bounds(below: parent)
    return try rows(table, from: lower, below: upper)
  }

  /// The rows of a table whose keys lie below one parent, for children in a range, in the order of these.
  ///
  /// - Complexity: O(log *n* + *m*) for *m* rows in the range.
  /// - Throws: as ``subscript(_:_:)``.
  @inlinable
  public func rows<Parent, Child, Value>(
    _ table: Table<Path<Parent, Child>, Value>, below parent: Parent, in range: some KeyRange<Child>
  ) throws -> [(key: Path<Parent, Child>, value: Value)] {
    let (first, end) = Path<Parent, Child>.bounds(below: parent)
    let (lower, upper) = range.keyBounds
    return try rows(table, from: first + lower, below: upper.map { first + $0 } ?? end)
  }

  @inlinable
  func rows<Key, Value>(
    _ table: Table<Key, Value>, from lower: [UInt8], below upper: [UInt8]?
  ) throws -> [(key: Key, value: Value)] {
    var rows: [(key: Key, value: Value)] = []
    try forEachRow(of: table, from: lower, below: upper) { key, value in
      rows.append((key, value))
      return true
    }
    return rows
  }

  /// Hands the rows whose keys' bytes are in a range to `body`, until it returns false.
  ///
  /// The compiler makes it for each table's types where it is called, as what can be done with a row.
  @inlinable
  func forEachRow<Key, Value>(
    of table: Table<Key, Value>, from lower: [UInt8], below upper: [UInt8]?,
    body: (Key, Value) throws -> Bool
  ) throws {
    let rows = try rows(of: table)
    try rows.forEachRow(from: lower, below: upper) { entry in
      switch entry {
      case .inMemory(let key, let row):
        guard let value = row.value(as: Value.self) else { return true }
        return try body(try Key(keyEncoded: key), value)
      case .stored(let key, let bytes):
        let row = try rows.decoded(bytes, under: key, as: Value.Store.self)
        guard let value = row.value(as: Value.self) else { return true }
        return try body(try Key(keyEncoded: key), value)
      }
    }
  }
}

extension Path {
  /// The bytes from which on keys lie below `parent`, and those from which on they do not any more.
  @inlinable
  static func bounds(below parent: Parent) -> (lower: [UInt8], upper: [UInt8]) {
    let prefix = prefix(below: parent.keyEncoded())
    return (prefix, Array(prefix.dropLast()) + [1])
  }
}
