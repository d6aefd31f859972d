import MerganserDatabase
import MerganserModel
import MerganserTypes

/// What a store says of its peers: a record in `meta` that counts the parts, and the parts.
///
/// It came without a new format. A program that does not know it leaves it as it is, and it stays true
/// then: peers hold no less than it says, and were met no earlier. A store without it knows nobody.
struct PeersRecord {
  let peers: KnownPeers
  /// What follows the count, cut into records.
  let parts: [[UInt8]]

  fileprivate static let name = "peers"
  fileprivate static let key = Array(name.utf8)

  init(_ peers: KnownPeers) {
    self.peers = peers
    parts = StoreRecords.parts(peers.binaryEncoded())
  }

  /// How many pages it may take to write it.
  var pages: Int { 2 * parts.count + 8 }

  /// What a store says of its peers.
  static func read(_ transaction: ReadTransaction) throws(StorageError) -> KnownPeers {
    guard let count = try StoreRecords.optional(key, in: transaction) else { return KnownPeers() }
    let parts: Int
    do {
      parts = try BinaryDecoder.decoding(count) { decoder throws(BinaryDecodingError) in
        Int(clamping: try decoder.decodeFixed64())
      }
      return try KnownPeers(
        binaryEncoded: try StoreRecords.joined(name, parts: parts, in: transaction))
    } catch let error as StorageError {
      throw error
    } catch {
      throw .damaged(place: "the record of the peers", reason: "\(error)")
    }
  }
}

extension WriteTransaction {
  /// Writes what is to be written of peers, if anything is.
  func put(_ record: PeersRecord?) throws(StorageError) {
    guard let record else { return }
    var encoder = BinaryEncoder(reservingCapacity: 8)
    encoder.encode(fixed64: UInt64(record.parts.count))
    try putRecord(PeersRecord.key, body: encoder.bytes)
    try putParts(PeersRecord.name, parts: record.parts)
  }
}
