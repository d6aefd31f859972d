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
/// A message stands in frames of at most 64 KiB. Between those of one with versions others may stand that are short.
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
    encode(CutMessage(message), to: &bytes)
  }

  /// Appends the bytes of the next message, of which nothing was sent.
  mutating func encode(_ message: CutMessage, to bytes: inout [UInt8]) {
    var message = message
    repeat { encodeFrame(of: &message, to: &bytes) } while !message.isEmpty
  }

  /// Appends the next frame of a message.
  package mutating func encodeFrame(of message: inout CutMessage, to bytes: inout [UInt8]) {
    let chunk = message.rest.prefix(SyncCoding.chunkSize)
    message.rest = message.rest.dropFirst(chunk.count)
    let kind = message.isEmpty ? message.kind : message.kind | SyncCoding.continues
    checksum = FrameCoding.append(kind, body: chunk, after: checksum, to: &bytes)
    if message.isEmpty { count += 1 }
  }
}

/// What is left of a message that is sent frame by frame.
package struct CutMessage: Sendable {
  let kind: UInt8
  fileprivate(set) var rest: ArraySlice<UInt8>

  /// A message of which nothing was sent.
  package init(_ message: SyncMessage) {
    kind = message.kind
    rest = message.body[...]
  }

  /// Whether all of it was encoded.
  package var isEmpty: Bool { rest.isEmpty }
  /// Whether one frame has room for what is left.
  var fitsFrame: Bool { rest.count <= SyncCoding.chunkSize }
}
