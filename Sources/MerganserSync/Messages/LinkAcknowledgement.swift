import MerganserDatabase
package import MerganserModel
package import MerganserTypes

/// What one side of a link has stored, what became of what came, and how much more it takes.
package struct LinkAcknowledgement: Hashable, Sendable {
  /// What became of what came since the acknowledgement before; its heads are those that are stored at the side, whoever they
  /// came from, and that the other side may not know of.
  package var outcome: SyncOutcome
  /// How many bytes of versions the other side may have sent in all, since the link began.
  package var granted: Int

  /// The acknowledgement with the given parts.
  package init(_ outcome: SyncOutcome = SyncOutcome(), granted: Int) {
    self.outcome = outcome
    self.granted = granted
  }

  /// The acknowledgement of versions that are stored.
  package init(heads: [ReplicaID: Head], granted: Int) {
    self.init(granted: granted)
    outcome.heads = heads
  }
}

extension LinkAcknowledgement: BinaryCodable {
  /// Appends the value's bytes.
  package func encode(to encoder: inout BinaryEncoder) {
    outcome.encode(to: &encoder)
    encoder.encode(varint: UInt64(max(granted, 0)))
  }

  /// Reads a value from its bytes.
  package init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    outcome = try SyncOutcome(from: &decoder)
    granted = Int(clamping: try decoder.decodeVarint())
  }
}
