import MerganserModel
import MerganserTypes

// Versions of other replicas, and those of a log.
extension DatabaseState {
  /// Takes one more version into the rows; `catalog` says which tables are known.
  ///
  /// What a version wrote to tables that a tool's catalog leaves out stays in the log, for a program that
  /// knows them.
  ///
  /// - Parameters:
  ///   - version: the version.
  ///   - catalog: the schema.
  ///   - gate: what is asked of it; `nil` for nothing.
  ///   - lately: what is reused from version to version.
  /// - Returns: what keeps the version from being applied; nothing has changed then.
  /// - Throws: what reading stored rows throws; the state is of no use then.
  mutating func apply(
    _ version: Version, catalog: Catalog, through gate: Gate?, lately: inout LatelyRead
  ) throws(StorageError) -> VersionObstacle? {
    let result: Result<VersionObstacle?, StorageError> = version.stored.payload.withUnsafeBytes {
      bytes in
      Result { () throws(StorageError) in
        let received = gate.flatMap {
          $0.origin.wasApplied
            ? nil
            : ReceivedVersion(
              gate: $0, isOfThisSchema: $0.terms.schema == catalog.fingerprint,
              seen: CausalContext(vector), succession: succession)
        }
        if let only = onlyWrite(of: version, in: bytes, catalog: catalog, lately: &lately) {
          guard let received, catalog.invariantBook.tables[only.table].isJudged else {
            return try mergeEncoded(
              only, of: version, catalog: catalog, from: gate?.origin, lately: &lately, in: bytes)
          }
          return try mergeJudged(
            only, of: version, catalog: catalog, received: received, lately: &lately, in: bytes)
        }
        defer { lately.writes.removeAll(keepingCapacity: true) }
        do throws(VersionObstacle) {
          try decode(version, in: bytes, catalog: catalog, from: gate?.origin, lately: &lately)
        } catch {
          return error
        }
        if let received {
          var holding: VersionObstacle?
          for place in lately.writes.indices {
            let table = lately.writes[place].table
            let key = lately.writes[place].key
            let obstacle = try received.obstacle(
              to: lately.writes[place].delta, in: table, under: key, catalog: catalog
            ) { () throws(StorageError) in try tables[table].row(Array(key)) }
            if case .refused = obstacle { return obstacle }
            if holding == nil { holding = obstacle }
          }
          if let holding { return holding }
        }
        try merge(lately.writes, catalog: catalog)
        return nil
      }
    }
    return try result.get()
  }

  /// Joins in what a version wrote, in which nothing is wrong.
  private mutating func merge(
    _ writes: [LatelyRead.Write], catalog: Catalog
  ) throws(StorageError) {
    let seen = CausalContext(vector)
    var changes: [RowChange] = []
    for write in writes where catalog.invariantBook.tables[write.table].keeping != .judged {
      let change = try merge(
        write.table, key: write.key, with: write.delta.row, seen: seen,
        otherSeen: write.delta.context,
        in: catalog.invariantBook)
      if let change { changes.append(change) }
    }
    if !changes.isEmpty { try settle(changes, in: catalog.invariantBook) }
    for write in writes where write.table == catalog.cuts {
      try readCut(write.table, key: Array(write.key))
    }
  }

  /// What a version wrote to a row, still encoded, in the version's bytes.
  private struct EncodedWrite {
    let table: Int
    let key: UnsafeRawBufferPointer
    let delta: UnsafeRawBufferPointer
  }

  /// What a version wrote that wrote one row, of a table from whose rows nothing follows, as most do;
  /// nothing of any other.
  private func onlyWrite(
    of version: Version, in bytes: UnsafeRawBufferPointer, catalog: Catalog,
    lately: inout LatelyRead
  ) -> EncodedWrite? {
    var cursor = WriteCursor(version.writesOffset)
    guard let (name, count) = cursor.nextTable(in: bytes), count == 1,
      let number = lately.number(of: UnsafeRawBufferPointer(rebasing: bytes[name]), in: catalog),
      !catalog.invariantBook.tables[number].isFollowed
    else { return nil }
    let row = cursor.nextRow(in: bytes)
    guard cursor.nextTable(in: bytes) == nil else { return nil }
    return EncodedWrite(
      table: number, key: UnsafeRawBufferPointer(rebasing: bytes[row.key]),
      delta: UnsafeRawBufferPointer(rebasing: bytes[row.delta]))
  }

  /// Joins in what a version wrote to its only row as it is read: nothing else could be wrong with it.
  private mutating func mergeEncoded(
    _ write: EncodedWrite, of version: Version, catalog: Catalog, from origin: DeltaOrigin?,
    lately: inout LatelyRead, in bytes: UnsafeRawBufferPointer
  ) throws(StorageError) -> VersionObstacle? {
    let table = catalog.tables[write.table]
    guard table.isKey(write.key) else {
      return .refused(
        table.unreadable(version.stored, key: write.key, reason: "that is no key of the table"))
    }
    let replicas = lately.replicas(of: version, in: bytes)
    let seen = CausalContext(vector)
    let result = try tables[write.table].update(
      write.key, isChange: { $0.isApplied() }
    ) { row, operations in
      Result { () throws(BinaryDecodingError) in
        try BinaryDecoder.decoding(write.delta) { decoder throws(BinaryDecodingError) in
          decoder.replicas = replicas
          let fault = try operations.mergeEncoded(&row, &decoder, seen, origin)
          lately.latestStamp = decoder.latestStamp
          return fault
        }
      }
    }
    switch result {
    case .success(nil): return nil
    case .success(let fault?): return table.obstacle(fault, of: version.stored, key: write.key)
    case .failure(let error):
      return .refused(table.unreadable(version.stored, key: write.key, reason: "\(error)"))
    }
  }

  /// Joins in what a version wrote to its only row, after it was judged.
  private mutating func mergeJudged(
    _ write: EncodedWrite, of version: Version, catalog: Catalog, received: ReceivedVersion,
    lately: inout LatelyRead, in bytes: UnsafeRawBufferPointer
  ) throws(StorageError) -> VersionObstacle? {
    let delta: AnyRowDelta
    do throws(VersionObstacle) {
      delta = try catalog.tables[write.table].decode(
        write.delta, under: write.key, of: version.stored,
        replicas: lately.replicas(of: version, in: bytes), from: received.gate.origin,
        after: vector, noting: &lately.latestStamp)
    } catch {
      return error
    }
    let result = try tables[write.table].update(
      write.key, isChange: { $0.isApplied() }
    ) { row, operations in
      Result { () throws(StorageError) in
        let obstacle = try received.obstacle(
          to: delta, in: write.table, under: write.key, catalog: catalog
        ) { () throws(StorageError) in row }
        if obstacle == nil { _ = operations.merge(&row, delta.row, received.seen, delta.context) }
        return obstacle
      }
    }
    return try result.get()
  }

  private func decode(
    _ version: Version, in bytes: UnsafeRawBufferPointer, catalog: Catalog,
    from origin: DeltaOrigin?, lately: inout LatelyRead
  ) throws(VersionObstacle) {
    var cursor = WriteCursor(version.writesOffset)
    let replicas = lately.replicas(of: version, in: bytes)
    // What refuses the version for good comes before what only holds it, wherever it stands.
    var holding: VersionObstacle?
    while let (name, count) = cursor.nextTable(in: bytes) {
      let number = lately.number(
        of: UnsafeRawBufferPointer(rebasing: bytes[name]), in: catalog)
      let table = number.map { catalog.tables[$0] }
      let isNew = origin.map { !$0.wasApplied } ?? false
      let isRecorded = number.map { !isNew || catalog.invariantBook.tables[$0].keeping != .refused }
      if isRecorded != true, count > 0 {
        let unknown = String(decoding: bytes[name], as: UTF8.self)
        guard catalog.leftOut.contains(unknown) else {
          throw .refused(
            .unknownTable(
              origin: version.origin, sequence: version.sequences.lowerBound, table: unknown))
        }
      }
      for _ in 0..<count {
        let row = cursor.nextRow(in: bytes)
        guard let number, let table else {
          // Of a table that is left out, all that is known is how long a key can be.
          guard name.count + 1 + row.key.count <= maximumKeyLength else {
            throw .refused(
              .malformed(
                origin: version.origin, sequence: version.sequences.lowerBound,
                reason: "table \(String(decoding: bytes[name], as: UTF8.self)): a key of "
                  + "\(row.key.count) bytes, which is none of a table"))
          }
          continue
        }
        let key = UnsafeRawBufferPointer(rebasing: bytes[row.key])
        do throws(VersionObstacle) {
          let delta = try table.decode(
            UnsafeRawBufferPointer(rebasing: bytes[row.delta]), under: key, of: version.stored,
            replicas: replicas, from: origin, after: vector, noting: &lately.latestStamp)
          lately.writes.append(.init(table: number, key: key, delta: delta))
        } catch {
          if case .refused = error { throw error }
          if holding == nil { holding = error }
        }
      }
    }
    if origin?.wasApplied == false, let twice = lately.firstTwiceWritten {
      throw .refused(
        catalog.tables[twice.table].malformed(
          version.stored, key: twice.key,
          reason: "it is written to twice, and a version writes to each row once"
        ))
    }
    if let holding { throw holding }
  }
}

extension Result {
  /// Whether nothing kept a delta from being applied.
  fileprivate func isApplied<Reason>() -> Bool where Success == Reason? {
    switch self {
    case .success(let reason): reason.map { _ in false } ?? true
    case .failure: false
    }
  }
}
