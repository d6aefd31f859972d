import MerganserDatabase
import MerganserModel
import MerganserTypes

/// Reads the frames of a bundle, of which its caller brings the bytes.
///
/// Total and bounded: whatever the bytes are, they give frames or an error.
package struct BundleDecoder: Sendable {
  /// How many bytes stand before the first frame.
  package static let prefaceSize = FrameCoding.prefaceSize
  /// How many bytes stand before what a frame holds.
  package static let frameHeadSize = FrameCoding.headSize

  /// Where the next frame begins.
  package private(set) var offset = prefaceSize
  /// Whether the end has come.
  package private(set) var isComplete = false

  private var checksum = FrameCoding.seed
  private var frames = 0
  private var lastKind: UInt8 = 0

  /// The decoder of a bundle that begins with `preface`.
  ///
  /// - Throws: ``BundleError/notABundle``; ``BundleError/unsupportedFormat(found:supported:)``.
  package init(preface: [UInt8]) throws(BundleError) {
    guard preface.count == Self.prefaceSize, preface.starts(with: BundleCoding.magic) else {
      throw .notABundle
    }
    let format = UInt32(truncatingIfNeeded: FrameCoding.number(preface[8...]))
    guard BundleCoding.formats.contains(format) else {
      throw .unsupportedFormat(found: format, supported: BundleCoding.formats)
    }
  }

  /// How many bytes follow the frame head `head`.
  ///
  /// - Throws: ``BundleError/damaged(offset:reason:)``.
  package func length(behind head: [UInt8]) throws(BundleError) -> Int {
    guard head.count == Self.frameHeadSize else {
      throw damaged("it ends where \(frames == 0 ? "its header" : "another part") should stand")
    }
    let length = Int(FrameCoding.number(head[1..<5]))
    guard length <= BundleEncoder.maximumFrameSize else {
      throw damaged("a length of \(length) bytes is none")
    }
    return length
  }

  /// The frame with the given head and bytes.
  ///
  /// - Throws: ``BundleError/damaged(offset:reason:)``.
  package mutating func decode(
    head: [UInt8], body: [UInt8]
  ) throws(BundleError) -> SyncMessage {
    guard try length(behind: head) == body.count else { throw damaged("it ends too early") }
    let kind = head[0]
    let found = FrameCoding.number(head[5...])
    guard FrameCoding.checksum(kind, body: body, after: checksum) == found else {
      throw damaged("its checksum does not fit its contents")
    }
    let follows =
      switch kind {
      case 1: lastKind == 0
      case 2: lastKind == 1
      case 3: lastKind == 2 || lastKind == 3
      case 4: lastKind == 1 || lastKind == 3 || lastKind == 4
      case 5: lastKind != 0 && lastKind != 5
      default: false
      }
    guard follows else { throw damaged("a part of kind \(kind) stands behind \(lastKind)") }
    let frame = try decode(kind, body: body)
    if case .end(let count) = frame {
      guard count == frames else {
        throw damaged("\(count) parts were written, and \(frames) are here")
      }
      isComplete = true
    }
    checksum = found
    lastKind = kind
    frames += 1
    offset += head.count + body.count
    return frame
  }

  private func decode(_ kind: UInt8, body: [UInt8]) throws(BundleError) -> SyncMessage {
    do { return try SyncMessage(kind: kind, body: body) } catch {
      throw damaged("it cannot be read: \(error)")
    }
  }

  private func damaged(_ reason: String) -> BundleError { .damaged(offset: offset, reason: reason) }
}
