import CXXHash
import MerganserModel
import MerganserTypes

/// The bytes of a bundle, format 2.
///
/// ```
/// "MERGBNDL"       8 bytes
/// format           4 bytes
/// frames           each: kind, 1 byte; length, 4 bytes; checksum, 8 bytes; as many bytes as the length says
/// ```
///
/// The header comes first, then a state with its parts if there is one, then versions, then the end.
/// Numbers stand with their least significant byte first. A frame's checksum is XXH3-64 over its bytes,
/// seeded by the checksum before, the kind and the length: no frame can be changed, left out, repeated
/// or moved. Only a bundle with its end is whole.
///
/// Format 2 came with the schema in the header, and the names of the tables before a state.
enum BundleCoding {
  static let magic = Array("MERGBNDL".utf8)
  static let formats: ClosedRange<UInt32> = 1...2
  static let seed: UInt64 = 0x4D45_5247_0000_0001

  /// The checksum of a frame behind one with the checksum `previous`.
  static func checksum(_ kind: UInt8, _ body: [UInt8], after previous: UInt64) -> UInt64 {
    let seed = previous ^ (UInt64(kind) << 56 | UInt64(body.count))
    return body.withUnsafeBytes { XXH3_64bits_withSeed($0.baseAddress, $0.count, seed) }
  }
}

/// Makes the bytes of a bundle, frame by frame.
public struct BundleEncoder: Sendable {
  /// The longest frame: there is room for any row.
  public static let maximumFrameSize = RowSize.maximumPart

  /// What stands before the first frame.
  public static let preface =
    BundleCoding.magic
    + withUnsafeBytes(of: BundleCoding.formats.upperBound.littleEndian) { Array($0) }

  private var checksum = BundleCoding.seed
  private var frames = 0

  /// The encoder of a new bundle.
  public init() {}

  /// How many frames there were.
  public var frameCount: Int { frames }

  /// The next frame's bytes.
  ///
  /// - Throws: ``BundleError/tooLarge(size:limit:)``.
  public mutating func encode(_ frame: BundleFrame) throws(BundleError) -> [UInt8] {
    let body =
      switch frame {
      case .header(let header): header.binaryEncoded()
      case .state(let header): header.binaryEncoded()
      case .rows(let part): part.binaryEncoded()
      case .versions(let versions): BundledVersions(versions).binaryEncoded()
      case .end(let frames): UInt64(max(frames, 0)).binaryEncoded()
      }
    guard body.count <= Self.maximumFrameSize else {
      throw .tooLarge(size: body.count, limit: Self.maximumFrameSize)
    }
    checksum = BundleCoding.checksum(frame.kind, body, after: checksum)
    frames += 1
    return [frame.kind]
      + withUnsafeBytes(of: UInt32(body.count).littleEndian) { Array($0) }
      + withUnsafeBytes(of: checksum.littleEndian) { Array($0) } + body
  }
}
