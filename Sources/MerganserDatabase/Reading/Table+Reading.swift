public import MerganserModel
import MerganserTypes

/// A table as tools read it that do not have its types in code.
protocol ReadableTable: TableDefinition {
  /// A row; `nil` if there is none.
  func row(
    _ key: [UInt8], in state: TableState
  ) throws(StorageError) -> (key: String, value: ReadableValue)?

  /// What happened to a row between two states, in a few words, and nothing if nothing did; `others` are
  /// the replicas that rights may have gone to.
  func change(
    of key: [UInt8], from before: TableState, to after: TableState,
    others: [ReplicaID]
  ) throws(StorageError) -> String?

  /// What a delta says by itself, whatever the row was before, in a few words.
  func words(for delta: [UInt8], replicaTable: [ReplicaID]) throws(BinaryDecodingError) -> String
}

extension Table: ReadableTable {
  func row(
    _ key: [UInt8], in state: TableState
  ) throws(StorageError) -> (key: String, value: ReadableValue)? {
    try value(key, in: state).map { (text(ofKey: key), Self.readable($0)) }
  }

  func change(
    of key: [UInt8], from before: TableState, to after: TableState,
    others: [ReplicaID]
  ) throws(StorageError) -> String? {
    let old = try value(key, in: before)
    let new = try value(key, in: after)
    guard let new else { return old == nil ? nil : "deleted" }
    let further = Self.furtherChanges(from: old, to: new, others: others)
    let words: String =
      switch (old.map(Self.readable) ?? .nothing, Self.readable(new)) {
      case (.list(let old), .list(let new)): Self.difference(from: old, to: new)
      case (.nothing, .list(let new)): Self.difference(from: [], to: new)
      case (.entries(let old), .entries(let new)): Self.difference(from: old, to: new)
      case (.nothing, .entries(let new)): Self.difference(from: [], to: new)
      case (.integer(let old), .integer(let new)) where Self.words == .count:
        Self.difference(from: old, to: new)
      case (.nothing, .integer(let new)) where Self.words == .count:
        Self.difference(from: 0, to: new)
      case (let old, let new): old == new ? "" : "= \(new)"
      }
    let parts = ([words] + further).filter { !$0.isEmpty }
    if parts.isEmpty { return old == nil ? "created" : nil }
    return parts.joined(separator: ", ")
  }

  func words(for delta: [UInt8], replicaTable: [ReplicaID]) throws(BinaryDecodingError) -> String {
    let row = try BinaryDecoder.decoding(delta) { decoder throws(BinaryDecodingError) in
      decoder.replicas = replicaTable
      return try Causal<Row<Value.Store>>(from: &decoder).store
    }
    guard let value = row.value(as: Value.self) else { return "deleted" }
    switch Self.readable(value) {
    case .list(let elements) where Self.words == .elements && !elements.isEmpty:
      return Self.difference(from: [], to: elements)
    case let value where Self.words == .value && value != .nothing: return "= \(value)"
    default: return "\(description.value.unqualifiedTypeName), \(delta.count) bytes"
    }
  }

  private func value(
    _ key: [UInt8], in state: TableState
  ) throws(StorageError) -> Value? {
    try state.row(key, as: Value.Store.self)?.value(as: Value.self)
  }

  private static func readable(_ value: Value) -> ReadableValue {
    (value as? any KnownValue)?.readable ?? .text("\(value)")
  }

  /// How a change is put into words; `nil` for a type of a program's own.
  private static var words: ChangeWords? { (Value.self as? any KnownValue.Type)?.words }

  private static func difference(from old: Int64, to new: Int64) -> String {
    let (difference, overflow) = new.subtractingReportingOverflow(old)
    if overflow { return "= \(new)" }
    return difference == 0 ? "" : difference > 0 ? "+\(difference)" : "\(difference)"
  }

  private static func difference(from old: [ReadableValue], to new: [ReadableValue]) -> String {
    let added = new.filter { !old.contains($0) }.map { "+\($0)" }
    let removed = old.filter { !new.contains($0) }.map { "-\($0)" }
    return (added + removed).joined(separator: " ")
  }

  private static func difference(
    from old: [ReadableValue.Entry], to new: [ReadableValue.Entry]
  ) -> String {
    let set = new.filter { !old.contains($0) }.map {
      "\($0.name.escaped) = \($0.value)"
    }
    let removed = old.filter { entry in !new.contains { $0.name == entry.name } }
      .map { "-\($0.name.escaped)" }
    return (set + removed).joined(separator: ", ")
  }

  /// What a change did beside what the values show, as their type tells.
  private static func furtherChanges(
    from old: Value?, to new: Value, others: [ReplicaID]
  ) -> [String] {
    func words<Known: KnownValue>(_ new: Known) -> [String] {
      new.furtherChanges(since: old as? Known, to: others)
    }
    return (new as? any KnownValue).map { words($0) } ?? []
  }
}

extension Snapshot {
  /// The rows of a table as tools show them, in the order of their keys: the first `limit` of them.
  ///
  /// - Throws: ``/MerganserModel/SchemaError``, if the schema has no such table; ``/MerganserModel/StorageError``.
  package func readableRows(
    ofTable name: String, limit: Int = .max
  ) throws -> [(key: String, value: ReadableValue)] {
    var readable: [(key: String, value: ReadableValue)] = []
    guard limit > 0 else { return readable }
    try forEachReadableRow(ofTable: name) { key, value in
      readable.append((key, value))
      return readable.count < limit
    }
    return readable
  }

  /// Hands the rows of a table to `body` as tools show them, in the order of their keys, until it
  /// returns false; a row that cannot be read is shown as such.
  ///
  /// - Throws: as ``readableRows(ofTable:limit:)``, and what `body` throws.
  package func forEachReadableRow(
    ofTable name: String, body: (String, ReadableValue) throws -> Bool
  ) throws {
    guard let number = catalog.number(of: name),
      let table = catalog.tables[number] as? any ReadableTable
    else { throw SchemaError.unknownTable(name, expected: nil) }
    let rows = state.tables[number]
    var keys = try rows.keys()
    while let key = try keys.next() {
      if try isForgotten(key, ofTable: name) { continue }
      let row: (key: String, value: ReadableValue)?
      do throws(StorageError) { row = try table.row(key, in: rows) } catch {
        guard case .unreadableRow(let unreadable) = error else { throw error }
        row = (unreadable.key, .unreadable(unreadable.reason))
      }
      guard let row else { continue }
      guard try body(row.key, row.value) else { return }
    }
  }

  /// The rows of all tables whose bytes are not those of a value.
  ///
  /// - Complexity: O(number of rows).
  /// - Throws: ``/MerganserModel/StorageError``, if the storage cannot be read.
  package func unreadableRows() throws -> [UnreadableRow] {
    var unreadable: [UnreadableRow] = []
    for table in state.tables {
      var keys = try table.keys()
      while let key = try keys.next() {
        do throws(StorageError) { _ = try table.row(key) } catch {
          guard case .unreadableRow(let row) = error else { throw error }
          unreadable.append(row)
        }
      }
    }
    return unreadable
  }

  /// How many rows a table has; `nil` if the catalog has no such table.
  package func rowCount(ofTable name: String) -> Int? {
    catalog.number(of: name).map { state.tables[$0].count }
  }
}
