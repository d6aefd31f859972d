public import MerganserTypes

/// A table of a schema: rows of one replicated type, named by keys.
///
/// A table is declared as a stored property of a ``Schema`` and passed to transactions and snapshots
/// to say where. Where another module's `Table` is imported too, write `Merganser.Table`.
public struct Table<Key: TableKey, Value: Replicated>: AnyTable {
  /// The name by which a violation is reported.
  public let name: String

  /// A table with the given name.
  public init(_ name: String) {
    self.name = name
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

  /// The table with no rows in it.
  func emptyState() -> any AnyTableState

  /// Decodes the deltas of a version, to be merged into the table's rows once all are known to be sound.
  func decode(
    _ rows: [RowDelta], of arrival: Arrival
  ) throws(ReplicationError) -> any DecodedDeltas

  /// Decodes the rows of a part of a state, whose dots `covered` covers.
  func decode(
    _ part: StatePart, covered: VersionVector
  ) throws(ReplicationError) -> any DecodedPart

  /// A row as a person reads it; nothing where there is no row.
  func text(
    of key: [UInt8], in state: any AnyTableState
  ) throws(StorageError) -> (key: String, value: String)?

  /// A key as a person reads it.
  func text(ofKey key: [UInt8]) -> String
}

/// A version that is being applied, for the tables that it wrote to.
package struct Arrival {
  /// Where it was committed.
  let origin: ReplicaID
  /// The dots that are its own.
  let sequences: ClosedRange<UInt64>
  /// The table of replicas that its deltas refer to.
  let replicaTable: [ReplicaID]
  /// What had been seen before it.
  let seen: CausalContext
}

/// What a version wrote to a table of some type, decoded.
package protocol DecodedDeltas {
  /// Merges the deltas into the table's rows, and says what that changed.
  func merge(
    into state: inout any AnyTableState, seen: CausalContext
  ) throws(StorageError) -> [RowChange]
}

private struct TypedDeltas<Store: DotStore & BinaryCodable>: DecodedDeltas {
  private var rows: [(key: [UInt8], delta: Causal<Row<Store>>)] = []

  /// Decodes what a version wrote, and says where it is none of its own, if it is.
  @_specialize(where Store == EscrowCounter)
  @_specialize(where Store == PNCounter)
  @_specialize(where Store == GCounter)
  @_specialize(where Store == LWWRegister<String>)
  mutating func decode(
    _ encoded: [RowDelta], of arrival: Arrival
  ) -> (place: Int, reason: String)? {
    rows.reserveCapacity(encoded.count)
    for (place, row) in encoded.enumerated() {
      let delta: Causal<Row<Store>>
      do {
        delta = try BinaryDecoder.decoding(row.delta) { decoder throws(BinaryDecodingError) in
          decoder.replicas = arrival.replicaTable
          return try Causal<Row<Store>>(from: &decoder)
        }
      } catch {
        return (place, "\(error)")
      }
      var foreign: Dot?
      delta.store.forEachDot { dot in
        let own = dot.replica == arrival.origin && arrival.sequences.contains(dot.sequence)
        if !own && !arrival.seen.contains(dot) { foreign = dot }
      }
      if let foreign { return (place, "it writes dot \(foreign), not its own") }
      rows.append((row.key, delta))
    }
    return nil
  }

  @_specialize(where Store == EscrowCounter)
  @_specialize(where Store == PNCounter)
  @_specialize(where Store == GCounter)
  @_specialize(where Store == LWWRegister<String>)
  func merge(
    into state: inout any AnyTableState, seen: CausalContext
  ) throws(StorageError) -> [RowChange] {
    try TableState<Store>.modify(&state) { table throws(StorageError) in
      var changes: [RowChange] = []
      changes.reserveCapacity(rows.count)
      for (key, delta) in rows {
        changes.append(
          try table.update(key) { $0.merge(delta.store, seen: seen, otherSeen: delta.context) })
      }
      return changes
    } ?? []
  }
}

extension Table: TableDefinition {
  package var description: SchemaDescription.Table {
    SchemaDescription.Table(name: name, key: Key.typeName, value: Value.typeName)
  }

  package func emptyState() -> any AnyTableState { TableState<Value.Store>() }

  package func decode(
    _ rows: [RowDelta], of arrival: Arrival
  ) throws(ReplicationError) -> any DecodedDeltas {
    for row in rows where !isKey(row.key) {
      throw malformed(arrival, row.key, "that is no key of the table")
    }
    var deltas = TypedDeltas<Value.Store>()
    if let fault = deltas.decode(rows, of: arrival) {
      throw malformed(arrival, rows[fault.place].key, fault.reason)
    }
    return deltas
  }

  private func malformed(
    _ arrival: Arrival, _ key: [UInt8], _ reason: String
  ) -> ReplicationError {
    .malformed(
      origin: arrival.origin, sequence: arrival.sequences.lowerBound,
      reason: "table \(name), key \(text(ofKey: key)): \(reason)")
  }

  package func decode(
    _ part: StatePart, covered: VersionVector
  ) throws(ReplicationError) -> any DecodedPart {
    var rows: [[UInt8]: Row<Value.Store>] = [:]
    var previous = part.behind
    for row in part.rows {
      func malformed(_ reason: String) -> ReplicationError {
        .malformedState(reason: "table \(name), key \(text(ofKey: row.key)): \(reason)")
      }
      guard previous.map({ $0.precedes(row.key) }) ?? true,
        part.last.map({ !$0.precedes(row.key) }) ?? true
      else { throw malformed("it is not in its place") }
      guard isKey(row.key) else { throw malformed("that is no key of the table") }
      let decoded: Row<Value.Store>
      do { decoded = try Row(binaryEncoded: row.bytes) } catch { throw malformed("\(error)") }
      var foreign: Dot?
      decoded.forEachDot { if $0.sequence > covered[$0.replica] { foreign = $0 } }
      if let foreign { throw malformed("it has dot \(foreign), which the state has not seen") }
      if decoded.isBottom { throw malformed("nothing is in it") }
      rows[row.key] = decoded
      previous = row.key
    }
    return TypedPart(
      behind: part.behind, last: part.last, keys: part.rows.map(\.key), rows: rows)
  }

  package func text(
    of key: [UInt8], in state: any AnyTableState
  ) throws(StorageError) -> (key: String, value: String)? {
    guard let row = try (state as? TableState<Value.Store>)?.row(key) else { return nil }
    return (text(ofKey: key), row.value(as: Value.self).map { "\($0)" } ?? "")
  }

  package func text(ofKey key: [UInt8]) -> String {
    guard let key = try? Key(keyEncoded: key) else { return "\(key)" }
    return "\(key)"
  }

  /// Whether bytes are a key that a transaction could have written to.
  private func isKey(_ bytes: [UInt8]) -> Bool {
    storedPrefix.count + bytes.count <= maximumKeyLength && (try? Key(keyEncoded: bytes)) != nil
  }

  /// The key's bytes, if LMDB has room for them.
  func encoded(_ key: Key) throws(KeyError) -> [UInt8] {
    let bytes = key.keyEncoded()
    let length = name.utf8.count + 1 + bytes.count
    guard length <= maximumKeyLength else {
      throw .tooLong(table: name, length: length, limit: maximumKeyLength)
    }
    return bytes
  }
}

extension Row {
  /// The value that the row's incarnations show together; nothing where there are none.
  package func value<Value: Replicated>(as: Value.Type) -> Value? where Value.Store == Store {
    Self.value(of: incarnations)
  }

  /// The value that some of a row's incarnations show together; nothing for none.
  static func value<Value: Replicated>(
    of incarnations: some Collection<Incarnation>
  ) -> Value? where Value.Store == Store {
    guard var store = incarnations.first?.store else { return nil }
    for incarnation in incarnations.dropFirst() { Value.unite(&store, with: incarnation.store) }
    return Value(store)
  }
}
