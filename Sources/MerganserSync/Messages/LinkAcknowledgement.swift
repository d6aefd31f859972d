import MerganserDatabase
package import MerganserModel
package import MerganserTypes

/// What one side of a link has stored of what came, and how much more it takes.
package struct LinkAcknowledgement: Hashable, Sendable {
  /// The last version of each origin that was stored since the acknowledgement before.
  package var heads: [ReplicaID: Head]
  /// How many bytes of versions the other side may have sent in all, since the link began.
  package var granted: Int

  /// The acknowledgement with the given parts.
  package init(heads: [ReplicaID: Head], granted: Int) {
    self.heads = heads
    self.granted = granted
  }

  /// Checks that a correct replica can say it.
  ///
  /// - Throws: ``/MerganserModel/ReplicationError/exceedsLimit(_:found:limit:)``;
  ///   ``/MerganserModel/ReplicationError/unexpectedMessage(_:)``.
  func check() throws(ReplicationError) {
    guard heads.count <= Database.maximumOrigins else {
      throw .exceedsLimit(
        "heads in its acknowledgement", found: heads.count, limit: Database.maximumOrigins)
    }
    for head in heads.values where !(1...Dot.maximumSequence).contains(head.sequence) {
      throw .unexpectedMessage("an acknowledgement of a write numbered \(head.sequence)")
    }
  }
}

extension LinkAcknowledgement: BinaryCodable {
  /// Appends the value's bytes.
  package func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(heads: heads)
    encoder.encode(varint: UInt64(max(granted, 0)))
  }

  /// Reads a value from its bytes.
  package init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    heads = try decoder.decodeHeads()
    granted = Int(clamping: try decoder.decodeVarint())
  }
}
