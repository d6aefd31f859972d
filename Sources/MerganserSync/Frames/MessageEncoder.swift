/// What stands first in each direction of a sync.
enum SyncCoding {
  static let magic = Array("MERGSYNC".utf8)
  /// The versions of the protocol that this program speaks; two sides speak the highest that both do.
  static let versions: ClosedRange<UInt16> = 1...1
  /// How many bytes of a message a frame has at most.
  static let chunkSize = 1 << 16
  /// What is added to a message's kind in all of its frames but the last.
  static let continues: UInt8 = 0x80
}

/// Makes the bytes of a sync's messages, which a transport may cut as it likes.
///
/// A message stands in frames of at most 64 KiB.
package struct MessageEncoder: Sendable {
  private var checksum = FrameCoding.seed
  /// How many messages there were.
  package private(set) var count = 0

  /// The encoder of one direction of a sync.
  package init() {}

  /// What stands before the first message.
  package static var preface: [UInt8] {
    let versions = SyncCoding.versions
    return [versions.lowerBound, versions.upperBound].reduce(into: SyncCoding.magic) {
      bytes, number in
      withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }
  }

  /// Appends the bytes of the next message.
  package mutating func encode(_ message: SyncMessage, to bytes: inout [UInt8]) {
    var rest = message.body[...]
    repeat {
      let chunk = rest.prefix(SyncCoding.chunkSize)
      rest = rest.dropFirst(chunk.count)
      let kind = rest.isEmpty ? message.kind : message.kind | SyncCoding.continues
      checksum = FrameCoding.append(kind, body: chunk, after: checksum, to: &bytes)
    } while !rest.isEmpty
    count += 1
  }
}
