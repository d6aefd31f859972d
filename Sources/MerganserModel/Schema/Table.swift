public import MerganserTypes

/// A table of a schema: rows of one replicated type, named by keys.
///
/// A table is declared as a stored property of a ``Schema`` and passed to transactions and snapshots
/// to say where. Where another module's `Table` is imported too, write `Merganser.Table`.
///
/// ```swift
/// struct Library: Schema {
///   let books = Table<String, LWWRegister<String>>("books")  // titles, by their numbers
///   let loans = Table<Path<String, Int>, GSet<String>>("loans")  // below a book, by year
/// }
/// ```
public struct Table<Key: TableKey, Value: Replicated>: AnyTable {
  /// The name by which a violation is reported.
  public let name: String
  @usableFromInline package let operations: RowOperations
  @usableFromInline let readKey: @Sendable ([UInt8]) -> AnyKey

  /// A table with the given name.
  @inlinable
  public init(_ name: String) {
    self.name = name
    operations = RowOperations(of: Value.Store.self) { bytes in
      guard let key = try? Key(keyEncoded: bytes) else { return "\(bytes)" }
      return "\(key)"
    }
    readKey = { bytes in
      guard let key = try? Key(keyEncoded: bytes) else { return AnyKey(bytes) }
      return TypedKey(bytes, key: key)
    }
  }
}

/// A table, whatever it holds.
public protocol AnyTable: Sendable {
  /// The table's name, the same in every version of the program.
  var name: String { get }
}

/// What the database does with a table without knowing its types; every ``Table`` can.
package protocol TableDefinition: AnyTable {
  /// The table as data.
  var description: SchemaDescription.Table { get }

  /// The types of its keys and values.
  var types: (key: any StoredType.Type, value: any Replicated.Type) { get }

  /// What can be done with its rows.
  var operations: RowOperations { get }

  /// A row as a transaction writes to it, from where the transaction begins.
  func stagedRow(_ row: AnyRow?, seen: SeenVersions) -> StagedRow

  /// A key, read from its bytes for the invariants that ask for it.
  func key(_ bytes: [UInt8]) -> AnyKey

  /// Whether bytes are a key that a transaction could have written to.
  func isKey(_ bytes: UnsafeRawBufferPointer) -> Bool

  /// A row as a person reads it.
  func text(of row: AnyRow, under key: [UInt8]) -> (key: String, value: String)

  /// A key as a person reads it; of one that no table has room for, how long it is.
  func text(ofKey key: [UInt8]) -> String
}

extension Table: TableDefinition {
  package var description: SchemaDescription.Table {
    SchemaDescription.Table(name: name, key: Key.self, value: Value.self)
  }

  package var types: (key: any StoredType.Type, value: any Replicated.Type) {
    (Key.self, Value.self)
  }

  package func stagedRow(_ row: AnyRow?, seen: SeenVersions) -> StagedRow {
    TypedStagedRow<Value>(row, seen: seen)
  }

  package func key(_ bytes: [UInt8]) -> AnyKey { readKey(bytes) }

  package func isKey(_ bytes: UnsafeRawBufferPointer) -> Bool {
    name.utf8.count + 1 + bytes.count <= maximumKeyLength && Key.isKey(bytes)
  }

  package func text(of row: AnyRow, under key: [UInt8]) -> (key: String, value: String) {
    let value = row.typed(as: Value.Store.self).value(as: Value.self)
    return (text(ofKey: key), value.map { "\($0)" } ?? "")
  }

  package func text(ofKey key: [UInt8]) -> String {
    // It can be anybody's bytes, and no key is as long.
    key.count > maximumKeyLength ? "of \(key.count) bytes" : operations.keyText(key)
  }

  /// The key's bytes, if LMDB has room for them.
  @inlinable
  package func encoded(_ key: Key) throws(KeyError) -> [UInt8] {
    try fitting(key.keyEncoded())
  }

  /// The bytes under which the key's row is or would be among the rows that `row` finds.
  @inlinable
  package func encoded(_ key: Key, among row: ([UInt8]) throws -> AnyRow?) throws -> [UInt8] {
    if let former = try? key.formerKeyEncoded().map(fitting), try row(former) != nil {
      return former
    }
    return try encoded(key)
  }

  @usableFromInline
  func fitting(_ bytes: [UInt8]) throws(KeyError) -> [UInt8] {
    let length = name.utf8.count + 1 + bytes.count
    guard length <= maximumKeyLength else {
      throw .tooLong(table: name, length: length - 1, limit: maximumKeyLength - 1)
    }
    return bytes
  }
}

extension TableDefinition {
  /// Whether types of the program's own say how its bytes are read.
  package var hasOwnTypes: Bool { !OwnTypes.all(in: [types.key, types.value]).isEmpty }
}

extension Row {
  /// The value that the row's incarnations show together; `nil` if there are none.
  @inlinable
  package func value<Value: Replicated>(as: Value.Type) -> Value? where Value.Store == Store {
    // Most rows were created once, and nothing of them is copied but what is shown.
    if living.more.isEmpty { return (living.first?.store).map { Value($0) } }
    return Self.value(of: living)
  }

  /// The value that some of a row's incarnations show together; `nil` for none.
  @inlinable
  package static func value<Value: Replicated>(
    of incarnations: some Collection<Incarnation>
  ) -> Value? where Value.Store == Store {
    guard var store = incarnations.first?.store else { return nil }
    for incarnation in incarnations.dropFirst() {
      Value.unite(&store, with: incarnation.store, for: .reading)
    }
    return Value(store)
  }
}
