package import MerganserModel
package import MerganserTypes

extension Database: HistoryHolder {
  /// How many replicas can have written to a database, and how many of them can have ended.
  ///
  /// Each counts for ever, on every replica. What comes of more is refused, and everybody else goes on.
  public static let maximumOrigins = HistoryLimits.origins

  package var vector: VersionVector { state.vector }

  package func head(of origin: ReplicaID) -> Head? { state.head(of: origin) }

  package var latestTime: HybridTime { clock.latest }

  package var succession: Succession { state.succession }
}

extension Version {
  /// The ends of identities that it writes; those that cannot be read are left out.
  ///
  /// - Complexity: O(*n*) in the number of rows, of which no other is read.
  package var cuts: [(identity: ReplicaID, cut: Cut)] {
    guard hasCuts else { return [] }
    var found: [RowDelta] = []
    stored.payload.withUnsafeBytes { bytes in
      var cursor = WriteCursor(writesOffset)
      while let (table, count) = cursor.nextTable(in: bytes) {
        let isCuts = UnsafeRawBufferPointer(rebasing: bytes[table]).isEqual(
          to: VersionCoding.cutTableName)
        for _ in 0..<count {
          let row = cursor.nextRow(in: bytes)
          guard isCuts else { continue }
          found.append(
            RowDelta(table: cutTable.name, key: bytes[row.key], delta: bytes[row.delta]))
        }
      }
    }
    if found.isEmpty { return [] }
    let replicas = replicas
    return found.flatMap { row -> [(ReplicaID, Cut)] in
      guard let identity = try? ReplicaID(keyEncoded: Array(row.key)) else { return [] }
      let delta = try? BinaryDecoder.decoding(Array(row.delta)) {
        decoder throws(BinaryDecodingError) in
        decoder.replicas = replicas
        return try Causal<Row<GSet<Cut>>>(from: &decoder)
      }
      return delta?.store.incarnations.flatMap(\.store.elements).map { (identity, $0) } ?? []
    }
  }
}
