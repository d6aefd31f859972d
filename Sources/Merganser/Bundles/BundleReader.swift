import Foundation
import MerganserDatabase
import MerganserLog
import MerganserSync

/// Reads a bundle's file, frame by frame.
///
/// It is used by one caller at a time.
final class BundleReader: @unchecked Sendable {
  private let path: String
  private let file: FileHandle
  private let size: Int
  private var decoder: BundleDecoder
  /// Is told how many bytes of how many were read.
  private let progress: @Sendable (_ read: Int, _ all: Int) -> Void
  /// A frame that was read, and given back.
  private var next: SyncMessage?

  /// The reader of the file at `path`.
  init(
    _ path: String, progress: @escaping @Sendable (_ read: Int, _ all: Int) -> Void
  ) throws(BundleError) {
    (self.path, self.progress, (file, size)) = (path, progress, try Self.open(path))
    let preface = try Self.read(file, count: BundleDecoder.prefaceSize, path: path)
    decoder = try BundleDecoder(preface: preface)
  }

  deinit { try? file.close() }

  /// The next frame; `nil` behind the end.
  func nextFrame() throws(BundleError) -> SyncMessage? {
    if let frame = next.take() { return frame }
    if decoder.isComplete {
      guard decoder.offset == size else {
        throw .damaged(offset: decoder.offset, reason: "there is something behind its end")
      }
      return nil
    }
    let head = try Self.read(file, count: BundleDecoder.frameHeadSize, path: path)
    let length = try decoder.length(behind: head)
    // No more room is made than the file can fill.
    guard length <= size - decoder.offset - head.count else {
      throw .damaged(offset: decoder.offset, reason: "it ends too early")
    }
    let frame = try decoder.decode(head: head, body: try Self.read(file, count: length, path: path))
    progress(decoder.offset, size)
    return frame
  }

  /// The next part of the state; `nil` behind the last, and where there is no state.
  func nextPart() throws(BundleError) -> StatePart? {
    guard let frame = try nextFrame() else { return nil }
    guard case .rows(let part) = frame else {
      next = frame
      return nil
    }
    return part
  }

  private static func open(_ path: String) throws(BundleError) -> (FileHandle, Int) {
    var status = stat()
    // A pipe would be waited for.
    if stat(path, &status) == 0 {
      switch status.st_mode & S_IFMT {
      case S_IFREG: break
      // File systems differ in what can be done with it.
      case S_IFDIR: throw .file(path: path, reason: SystemReason.text(EISDIR))
      default: throw .file(path: path, reason: "it is no file")
      }
    }
    do {
      let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      let size = try file.seekToEnd()
      try file.seek(toOffset: 0)
      return (file, Int(clamping: size))
    } catch {
      throw .file(path: path, reason: BundleWriter.reason(of: error))
    }
  }

  private static func read(
    _ file: FileHandle, count: Int, path: String
  ) throws(BundleError) -> [UInt8] {
    do {
      guard count > 0 else { return [] }
      return Array(try file.read(upToCount: count) ?? Data())
    } catch {
      throw .file(path: path, reason: BundleWriter.reason(of: error))
    }
  }
}
