import MerganserModel
import MerganserTypes

/// What a data file says of the last opening or closing of its store: a number that was drawn for it, which
/// the file ``OpeningFile`` beside it has too.
///
/// Who puts old bytes of the data file back in its place does not change that file, so the two differ then. The
/// number is written into the data file first, and outside before anything is appended. If a process ends
/// between the two, the file outside has the number that was there before, and the data file has seen no
/// transaction since.
///
/// Earlier programs do not know the record, and leave it as it is.
struct OpeningRecord: Equatable {
  static let key = Array("opening".utf8)

  /// The number that was drawn.
  var number: UInt64
  /// The number that the file outside had until then; `nil` if there was none.
  var before: UInt64?
  /// The transaction that wrote this.
  var transaction = 0
  /// The data file that it was written to.
  var file: FileBirth
  /// The file outside that has the number.
  var outside: FileBirth?
  /// Whether this is a backup: whoever goes on from it, wherever it lies, is another replica.
  var isBackup = false

  /// Whether a store goes on from here that lies in `file`, has seen transactions up to `last`, and has
  /// `outside` beside it.
  func isContinued(by outside: OpeningFile?, in file: FileBirth, last: Int) -> Bool {
    guard !isBackup, self.file.isSame(as: file) else { return false }
    guard outside?.number == number else {
      return outside?.number == before && last == transaction
    }
    guard let found = outside?.birth, let written = self.outside else { return true }
    return found.isSame(as: written)
  }
}

extension OpeningRecord: BinaryCodable {
  func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(fixed64: number)
    encoder.encode(byte: (before == nil ? 0 : 1) | (outside == nil ? 0 : 2) | (isBackup ? 4 : 0))
    encoder.encode(fixed64: UInt64(transaction))
    file.encode(to: &encoder)
    if let before { encoder.encode(fixed64: before) }
    outside?.encode(to: &encoder)
  }

  init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    number = try decoder.decodeFixed64()
    let parts = try decoder.decodeByte()
    transaction = Int(truncatingIfNeeded: try decoder.decodeFixed64())
    file = try FileBirth(from: &decoder)
    before = parts & 1 == 0 ? nil : try decoder.decodeFixed64()
    outside = parts & 2 == 0 ? nil : try FileBirth(from: &decoder)
    isBackup = parts & 4 != 0
  }
}

extension StoreRecords {
  /// What the data file says of its last opening; `nil` if it was written by earlier programs alone.
  static func opening(_ transaction: ReadTransaction) throws(StorageError) -> OpeningRecord? {
    guard let record = try optional(OpeningRecord.key, in: transaction) else { return nil }
    do { return try OpeningRecord(binaryEncoded: record) } catch {
      throw .damaged(place: "the record of the last opening", reason: "\(error)")
    }
  }
}

extension WriteTransaction {
  /// Writes a record of an opening, as of this transaction.
  func put(_ opening: OpeningRecord) throws(StorageError) {
    var opening = opening
    opening.transaction = number
    try putRecord(OpeningRecord.key, body: opening.binaryEncoded())
  }
}
