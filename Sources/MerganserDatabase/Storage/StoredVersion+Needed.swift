package import MerganserTypes

extension StoredVersion {
  /// What has to be seen before this version: what it depends on, and its origin's version before.
  package func needed() throws(StorageError) -> VersionVector {
    do {
      return try BinaryDecoder.decoding(payload) { decoder throws(BinaryDecodingError) in
        _ = try VersionCoding.decodeHead(&decoder)
        _ = try decoder.decodeFixed64()
        decoder.replicas = try decoder.decodeReplicaTable()
        var needed = try VersionVector(from: &decoder)
        if sequences.lowerBound > 1 { needed[origin] = sequences.lowerBound - 1 }
        // What it wrote is left unread.
        try decoder.withRaw(count: decoder.remaining) { _ in }
        return needed
      }
    } catch {
      throw .damaged(
        place: "version \(Dot(origin, sequences.lowerBound))", reason: "\(error)")
    }
  }
}
