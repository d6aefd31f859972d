import MerganserModel
import MerganserTypes

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
      throw .refused(unreadable(version, key: key, reason: "that is no key of the table"))
    }
    let delta: AnyRowDelta
    do {
      delta = try BinaryDecoder.decoding(bytes) { decoder throws(BinaryDecodingError) in
        decoder.replicas = replicas
        let delta = try operations.decodeDelta(&decoder)
        latestStamp = max(latestStamp, decoder.latestStamp)
        return delta
      }
    } catch { throw .refused(unreadable(version, key: key, reason: "\(error)")) }
    if let origin, let fault = operations.fault(delta, origin, vector) {
      throw obstacle(fault, of: version, key: key)
    }
    return delta
  }

  /// What a fault of a row's delta makes of the version that it is in.
  func obstacle(
    _ fault: DeltaFault, of version: StoredVersion, key: UnsafeRawBufferPointer
  ) -> VersionObstacle {
    switch fault {
    case .otherHand:
      .refused(
        malformed(
          version, key: key,
          reason: "it counts for another replica, or is stamped later than its version"))
    case .ahead(let dot):
      .refused(malformed(version, key: key, reason: "it names \(dot), which comes later"))
    case .unseen(let needed): .early(needed)
    }
  }

  /// What is said of a version that wrote to a row what it should not have.
  func malformed(
    _ version: StoredVersion, key: UnsafeRawBufferPointer, reason: String
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
    _ version: StoredVersion, key: UnsafeRawBufferPointer, reason: String
  ) -> ReplicationError {
    guard hasOwnTypes, hasRoom(forKeyOf: key.count) else {
      return malformed(version, key: key, reason: reason)
    }
    return .unreadable(
      origin: version.origin, sequence: version.sequences.lowerBound,
      row: UnreadableRow(table: name, key: text(ofKey: Array(key)), reason: reason))
  }

  /// Whether a key of so many bytes fits.
  private func hasRoom(forKeyOf count: Int) -> Bool {
    name.utf8.count + 1 + count <= maximumKeyLength
  }

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
