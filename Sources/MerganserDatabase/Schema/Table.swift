public import MerganserTypes

/// A table of a schema: rows of one replicated type, named by keys.
///
/// A table is declared as a stored property of a ``Schema`` and passed to transactions and snapshots
/// to say where. Where another module's `Table` is imported too, write `Merganser.Table`.
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
      return TypedKey(bytes, key)
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

  /// A key, read from its bytes for the rules that ask for it.
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
  func encoded(_ key: Key) throws(KeyError) -> [UInt8] {
    try fitting(key.keyEncoded())
  }

  /// The bytes under which the key's row is or would be among the rows that `row` finds.
  @inlinable
  func encoded(_ key: Key, among row: ([UInt8]) throws -> AnyRow?) throws -> [UInt8] {
    if let former = try? key.formerKeyEncoded().map(fitting), try row(former) != nil {
      return former
    }
    return try encoded(key)
  }

  @usableFromInline
  func fitting(_ bytes: [UInt8]) throws(KeyError) -> [UInt8] {
    let length = name.utf8.count + 1 + bytes.count
    guard length <= maximumKeyLength else {
      throw .tooLong(table: name, length: length, limit: maximumKeyLength)
    }
    return bytes
  }
}

extension TableDefinition {
  /// Decodes what a version wrote to a row, to be joined in once all is known to be sound.
  ///
  /// - Throws: what is wrong with it.
  func decode(
    _ bytes: UnsafeRawBufferPointer, under key: UnsafeRawBufferPointer,
    of version: StoredVersion, replicas: [ReplicaID], from origin: DeltaOrigin?,
    after vector: VersionVector, noting latestStamp: inout HybridTime
  ) throws(VersionObstacle) -> AnyRowDelta {
    guard isKey(key) else {
      throw .refused(unreadable(version, key, "that is no key of the table"))
    }
    let delta: AnyRowDelta
    do {
      delta = try BinaryDecoder.decoding(bytes) { decoder throws(BinaryDecodingError) in
        decoder.replicas = replicas
        let delta = try operations.decodeDelta(&decoder)
        latestStamp = max(latestStamp, decoder.latestStamp)
        return delta
      }
    } catch { throw .refused(unreadable(version, key, "\(error)")) }
    if let origin, let fault = operations.fault(delta, origin, vector) {
      throw obstacle(fault, of: version, key)
    }
    return delta
  }

  /// What a fault of a row's delta makes of the version that it is in.
  func obstacle(
    _ fault: DeltaFault, of version: StoredVersion, _ key: UnsafeRawBufferPointer
  ) -> VersionObstacle {
    switch fault {
    case .otherHand:
      .refused(
        malformed(
          version, key, "it counts for another replica, or is stamped later than its version"))
    case .ahead(let dot): .refused(malformed(version, key, "it names \(dot), which comes later"))
    case .unseen(let needed): .early(needed)
    }
  }

  /// What is said of a version that wrote to a row what it should not have.
  func malformed(
    _ version: StoredVersion, _ key: UnsafeRawBufferPointer, _ reason: String
  ) -> ReplicationError {
    .malformed(
      origin: version.origin, sequence: version.sequences.lowerBound,
      reason: "table \(name), key \(text(ofKey: Array(key))): \(reason)")
  }

  /// What is said of a version that wrote to a row what cannot be read.
  ///
  /// It is malformed, unless a program with other types of its own may have written it. Of no type a key is
  /// longer than fits.
  func unreadable(
    _ version: StoredVersion, _ key: UnsafeRawBufferPointer, _ reason: String
  ) -> ReplicationError {
    guard hasOwnTypes, hasRoom(forKeyOf: key.count) else {
      return malformed(version, key, reason)
    }
    return .unreadable(
      origin: version.origin, sequence: version.sequences.lowerBound,
      row: UnreadableRow(table: name, key: text(ofKey: Array(key)), reason: reason))
  }

  /// Whether a key of so many bytes fits.
  private func hasRoom(forKeyOf count: Int) -> Bool {
    name.utf8.count + 1 + count <= maximumKeyLength
  }

  /// Whether types of the program's own say how its bytes are read.
  package var hasOwnTypes: Bool { !OwnTypes.all(in: [types.key, types.value]).isEmpty }

  /// Decodes the rows of a part of a state, whose dots `covered` covers.
  func decode(
    _ part: StatePart, covered: VersionVector
  ) throws(ReplicationError) -> DecodedPart {
    var rows: [[UInt8]: AnyRow] = [:]
    var latestStamp = HybridTime.zero
    var previous = part.behind
    for row in part.rows {
      func malformed(_ reason: String) -> ReplicationError {
        .malformedState(reason: "table \(name), key \(text(ofKey: row.key)): \(reason)")
      }
      guard previous.map({ $0.precedes(row.key) }) ?? true,
        part.last.map({ !$0.precedes(row.key) }) ?? true
      else { throw malformed("it is not in its place") }
      func unreadable(_ reason: String) -> ReplicationError {
        hasOwnTypes && hasRoom(forKeyOf: row.key.count)
          ? .unreadableState(
            UnreadableRow(table: name, key: text(ofKey: row.key), reason: reason))
          : malformed(reason)
      }
      guard row.key.withUnsafeBytes(isKey) else {
        throw unreadable("that is no key of the table")
      }
      let decoded: AnyRow?
      do {
        decoded = try BinaryDecoder.decodingStandalone(row.bytes) {
          decoder throws(BinaryDecodingError) in
          let row = try operations.decode(&decoder)
          latestStamp = max(latestStamp, decoder.latestStamp)
          return row
        }
      } catch { throw unreadable("\(error)") }
      guard let decoded else { throw malformed("nothing is in it") }
      if let foreign = operations.firstDot(decoded, { $0.sequence <= covered[$0.replica] }) {
        throw malformed("it has dot \(foreign), which the state has not seen")
      }
      rows[row.key] = decoded
      previous = row.key
    }
    return DecodedPart(
      behind: part.behind, last: part.last, keys: part.rows.map(\.key), rows: rows,
      latestStamp: latestStamp)
  }
}

extension Row {
  /// The value that the row's incarnations show together; `nil` if there are none.
  @inlinable
  package func value<Value: Replicated>(as: Value.Type) -> Value? where Value.Store == Store {
    Self.value(of: living)
  }

  /// The value that some of a row's incarnations show together; `nil` for none.
  @inlinable
  static func value<Value: Replicated>(
    of incarnations: some Collection<Incarnation>
  ) -> Value? where Value.Store == Store {
    guard var store = incarnations.first?.store else { return nil }
    for incarnation in incarnations.dropFirst() {
      Value.unite(&store, with: incarnation.store, for: .reading)
    }
    return Value(store)
  }
}
