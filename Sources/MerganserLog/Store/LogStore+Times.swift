public import MerganserModel
public import MerganserTypes

// The time up to which the replica accepts times of others, whatever the clocks show.
extension LogStore {
  /// The time up to which the replica was told to accept times of others.
  public var acceptedTime: HybridTime { writer.withLock { $0.acceptedTime } }

  /// Records that times up to the given one are accepted; durable when it returns.
  ///
  /// It stays so, in copies of the store too. An earlier time changes nothing.
  public func acceptTimes(upTo time: HybridTime) throws(StorageError) {
    try writer.withLock { writer throws(StorageError) in
      guard !writer.isClosed else { throw .closed(path: path) }
      guard time > writer.acceptedTime else { return }
      var contents = writer.contents
      contents.snapshotNumber = try writer.environment.writeAcceptedTime(time)
      writer.acceptedTime = time
      commit(contents, writer: &writer)
    }
  }
}

extension LogReading {
  /// The time up to which the store's replica was told to accept times of others.
  public func acceptedTime() throws(StorageError) -> HybridTime {
    try AcceptedTimeRecord.read(try environment.read())
  }
}

/// A record in `meta`: the time up to which times of other replicas are accepted; none where none is.
enum AcceptedTimeRecord {
  static let key = Array("accepted".utf8)

  static func read(_ transaction: ReadTransaction) throws(StorageError) -> HybridTime {
    guard let bytes = try StoreRecords.optional(key, in: transaction) else { return .zero }
    do {
      return HybridTime(
        bits: try BinaryDecoder.decoding(bytes) { decoder throws(BinaryDecodingError) in
          try decoder.decodeFixed64()
        })
    } catch {
      throw .damaged(place: "the record of the accepted time", reason: "\(error)")
    }
  }
}

extension Environment {
  /// Records the accepted time, and returns the number of the transaction that did.
  func writeAcceptedTime(_ time: HybridTime) throws(StorageError) -> Int {
    try write(reserving: 8) { transaction throws(StorageError) in
      var encoder = BinaryEncoder(reservingCapacity: 8)
      encoder.encode(fixed64: time.bits)
      try transaction.putRecord(AcceptedTimeRecord.key, body: encoder.bytes)
      return transaction.number
    }
  }
}
