import MerganserDatabase
import MerganserModel
import MerganserTypes

/// What stands first in a bundle's file.
///
/// A bundle's frames are as long as their messages: the header comes first, then a state with its parts if there
/// is one, then versions, then the end. Only a bundle with its end is whole. Format 2 came with the schema in the
/// header, and the names of the tables before a state.
enum BundleCoding {
  static let magic = Array("MERGBNDL".utf8)
  static let formats: ClosedRange<UInt32> = 1...2
}

/// Makes the bytes of a bundle, frame by frame.
package struct BundleEncoder: Sendable {
  /// The longest frame: there is room for any row.
  package static let maximumFrameSize = RowSize.maximumPart

  /// What stands before the first frame.
  package static let preface =
    BundleCoding.magic
    + withUnsafeBytes(of: BundleCoding.formats.upperBound.littleEndian) { Array($0) }

  private var checksum = FrameCoding.seed
  private var frames = 0

  /// The encoder of a new bundle.
  package init() {}

  /// How many frames there were.
  package var frameCount: Int { frames }

  /// The bytes of the next message.
  ///
  /// - Throws: ``BundleError/tooLarge(size:limit:)``.
  package mutating func encode(_ message: SyncMessage) throws(BundleError) -> [UInt8] {
    let body = message.body
    guard body.count <= Self.maximumFrameSize else {
      throw .tooLarge(size: body.count, limit: Self.maximumFrameSize)
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(FrameCoding.headSize + body.count)
    checksum = FrameCoding.append(message.kind, body: body, after: checksum, to: &bytes)
    frames += 1
    return bytes
  }
}
