package import MerganserModel
import MerganserTypes

extension LogWalk.Step {
  /// What a version wrote to one row, readable.
  package struct Write: Equatable, Sendable {
    /// The table's name.
    package let table: String
    /// The row's key.
    package let key: String
    /// What the write did, in a few words.
    package let change: String
    /// Whether the words say how the row changed; where what it was before is not known any more, they
    /// say what was written.
    package let isDifference: Bool
  }

  /// The version, decoded, and what it wrote; of tables that the catalog leaves out, how much.
  package func writes() throws(StorageError) -> (version: Version, writes: [Write]) {
    let version = try decoding { () throws(BinaryDecodingError) in try stored.decoded() }
    let replicas = version.replicas
    var writes: [Write] = []
    for delta in version.writes { writes.append(try write(delta, replicaTable: replicas)) }
    return (version, writes)
  }

  private func decoding<Value>(
    _ body: () throws(BinaryDecodingError) -> Value
  ) throws(StorageError) -> Value {
    do { return try body() } catch {
      throw .damaged(
        place: "version \(Dot(stored.origin, sequence: stored.sequences.lowerBound))",
        reason: "\(error)")
    }
  }

  /// A key whose type nobody knows here: text where it is such, and else its first bytes.
  private static func text(ofUnknown key: [UInt8]) -> String {
    if let text = String(validating: key, as: UTF8.self), text.utf8.allSatisfy({ $0 >= 0x20 }) {
      return text.shortened
    }
    let digits = key.prefix(8).map { byte in
      let digits = String(byte, radix: 16)
      return digits.count < 2 ? "0" + digits : digits
    }
    return "0x" + digits.joined() + (key.count > 8 ? "… (\(key.count) bytes)" : "")
  }

  private func write(
    _ row: RowDelta, replicaTable: [ReplicaID]
  ) throws(StorageError) -> Write {
    let name = row.table
    let rowKey = Array(row.key)
    guard let number = catalog.number(of: name),
      let table = catalog.tables[number] as? any ReadableTable
    else {
      return Write(
        table: name, key: Self.text(ofUnknown: rowKey), change: "\(row.delta.count) bytes",
        isDifference: false)
    }
    let key = table.text(ofKey: rowKey)
    if let before, let after {
      let change = try table.change(
        of: rowKey, from: before.state.tables[number], to: after.state.tables[number],
        others: replicaTable.filter { $0 != stored.origin })
      // What changed nothing may be in the rows already, where a checkpoint was cut short.
      if let change = change ?? (isAhead ? nil : "as before") {
        return Write(table: name, key: key, change: change, isDifference: true)
      }
    }
    func words() throws(BinaryDecodingError) -> String {
      try table.words(for: Array(row.delta), replicaTable: replicaTable)
    }
    guard isApplied else {
      let change = (try? words()) ?? "\(row.delta.count) bytes"
      return Write(table: name, key: key, change: "not applied: \(change)", isDifference: false)
    }
    return Write(table: name, key: key, change: try decoding(words), isDifference: false)
  }
}
