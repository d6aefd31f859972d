package import MerganserModel
package import MerganserTypes

extension Catalog {
  /// How many rows of a table, and how many versions of an origin, a sample has at most from each end.
  private static let sampleSize = 16

  /// A row of a table whose rows, as a sample of what is stored has them, this program cannot read; nothing
  /// if it can read most, or nothing is stored.
  ///
  /// The tables are asked whose layouts `recorded`, which does not differ from this schema, and the program
  /// do not both tell. A sample in which most rows can be read has rows that are damaged, or that a later
  /// program wrote: each is refused where it is read. What stands in stored rows and own versions this store's
  /// programs have read or written; only where there is none of that, versions of others tell.
  ///
  /// - Throws: ``/MerganserModel/StorageError``, if the storage cannot be read.
  package func unreadableSample(
    of snapshot: any VersionSnapshot, recorded: SchemaDescription, own: ReplicaID
  ) throws(StorageError) -> UnreadableRow? {
    let known = Dictionary(recorded.tables.map { ($0.name, $0.layouts) }) { first, _ in first }
    var samples: [String: Sample] = [:]
    for table in tables where !described.contains(table.name) {
      guard let layouts = known[table.name] else { continue }
      let own = OwnTypes.all(in: [table.types.key, table.types.value])
      if own.allSatisfy({ $0.layout != .unknown && layouts[$0.typeName] != nil }) { continue }
      samples[table.name] = Sample(of: table)
    }
    if samples.isEmpty { return nil }
    for name in samples.keys {
      try samples[name]?.readRows(of: snapshot.state, limit: Self.sampleSize)
    }
    try readVersions(of: snapshot, own: own, into: &samples)
    return samples.sorted { $0.key < $1.key }.lazy.compactMap(\.value.failure).first
  }

  /// Reads some of the versions that no checkpoint has stored.
  private func readVersions(
    of snapshot: any VersionSnapshot, own: ReplicaID, into samples: inout [String: Sample]
  ) throws(StorageError) {
    let stored = snapshot.state.checkpoint?.vector ?? VersionVector()
    for (origin, head) in snapshot.heads.sorted(by: { $0.key < $1.key })
    where head.sequence > stored[origin] {
      let start = max(stored[origin], snapshot.truncation(of: origin)?.sequence ?? 0)
      let reader = try snapshot.versions(of: origin, after: start)
      for _ in 0..<Self.sampleSize {
        guard let version = try reader.next() else { break }
        let decoded: Version
        // What is wrong with a version itself is told when it is applied.
        do { decoded = try version.decoded() } catch { break }
        for write in decoded.writes {
          samples[write.table]?.read(write, replicas: decoded.replicas, isOwn: origin == own)
        }
      }
    }
  }
}

/// Rows of a table, of which it is tried whether they can be read.
private struct Sample {
  private let table: any TableDefinition
  /// Some of the rows, and those that cannot be read.
  private struct Rows {
    var count = 0
    var unreadable: [UnreadableRow] = []
  }

  /// What this store's programs have read or written, and what others wrote.
  private var own = Rows()
  private var others = Rows()

  init(of table: any TableDefinition) { self.table = table }

  /// A row that cannot be read, if most cannot.
  var failure: UnreadableRow? {
    let rows = own.count > 0 ? own : others
    return rows.unreadable.count * 2 > rows.count ? rows.unreadable.first : nil
  }

  /// Reads the first rows that are stored, and the last.
  mutating func readRows(of state: any StoredState, limit: Int) throws(StorageError) {
    let prefix = Array(table.name.utf8) + [0]
    let entries = try state.entries(from: prefix, in: .rows)
    var last: [UInt8] = []
    for _ in 0..<limit {
      guard let entry = try entries.next(), entry.key.starts(with: prefix) else { return }
      read(entry, prefix: prefix)
      last = entry.key
    }
    var end = Array(table.name.utf8) + [1]
    for _ in 0..<limit {
      guard let entry = try state.entry(before: end, in: .rows), last.precedes(entry.key) else {
        return
      }
      read(entry, prefix: prefix)
      end = entry.key
    }
  }

  private mutating func read(_ entry: StateEntry, prefix: [UInt8]) {
    let operations = table.operations
    read(key: Array(entry.key.dropFirst(prefix.count)), into: \.own) {
      () throws(BinaryDecodingError) in
      try BinaryDecoder.decodingStandalone(entry.value, body: operations.decode) != nil
    }
  }

  /// Reads what a version wrote to a row.
  mutating func read(_ write: RowDelta, replicas: [ReplicaID], isOwn: Bool) {
    let operations = table.operations
    read(key: Array(write.key), into: isOwn ? \.own : \.others) { () throws(BinaryDecodingError) in
      try BinaryDecoder.decoding(Array(write.delta)) { decoder throws(BinaryDecodingError) in
        decoder.replicas = replicas
        return try operations.decodeDelta(&decoder).row != nil
      }
    }
  }

  /// Counts a row, unless `isThere` reads one in which nothing is.
  private mutating func read(
    key: [UInt8], into rows: WritableKeyPath<Sample, Rows>,
    isThere: () throws(BinaryDecodingError) -> Bool
  ) {
    var reason = "that is no key of the table"
    if key.withUnsafeBytes(table.isKey) {
      do throws(BinaryDecodingError) {
        if try isThere() { self[keyPath: rows].count += 1 }
        return
      } catch { reason = "\(error)" }
    }
    self[keyPath: rows].count += 1
    self[keyPath: rows].unreadable.append(
      UnreadableRow(table: table.name, key: table.text(ofKey: key), reason: reason))
  }
}
