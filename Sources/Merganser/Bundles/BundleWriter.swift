import Foundation
import MerganserSync
import MerganserLog

/// Writes a bundle's file, which is there as a whole or not at all.
struct BundleWriter {
  private let path: String
  private let partial: String
  private let file: FileHandle
  private var encoder = BundleEncoder()
  /// How many bytes were written.
  private(set) var size = 0

  /// The writer of a file that is not there yet.
  init(_ path: String) throws(BundleError) {
    try Self.requireNew(path)
    self.path = path
    partial = PartialName.make(beside: path)
    // By the system's own call, which tells why it fails.
    let descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .file(path: path, reason: SystemReason.text(errno)) }
    file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    do throws(BundleError) { try write(BundleEncoder.preface) } catch {
      discard()
      throw error
    }
  }

  /// Refuses a name that something has, a symbolic link that leads nowhere among it.
  private static func requireNew(_ path: String) throws(BundleError) {
    var status = stat()
    if lstat(path, &status) != 0 { return }
    throw .file(path: path, reason: "it exists already; name another file, or remove it")
  }

  /// Writes a frame.
  mutating func write(_ frame: SyncMessage) throws(BundleError) {
    try write(try encoder.encode(frame))
  }

  /// Writes the end, waits for the disk, and gives the file its name.
  mutating func finish() throws(BundleError) {
    try write(.end(messages: encoder.frameCount))
    do {
      try file.synchronize()
      try file.close()
    } catch {
      throw .file(path: path, reason: Self.reason(of: error))
    }
    // A link takes no name that something has by now; not every disk has links.
    if link(partial, path) == 0 {
      unlink(partial)
    } else {
      try Self.requireNew(path)
      guard rename(partial, path) == 0 else {
        throw .file(path: path, reason: SystemReason.text(errno))
      }
    }
    let folder = open(URL(fileURLWithPath: path).deletingLastPathComponent().path, O_RDONLY)
    guard folder >= 0 else { return }
    defer { close(folder) }
    guard fsync(folder) == 0 else {
      throw .file(path: path, reason: SystemReason.text(errno))
    }
  }

  /// Takes away what was written.
  func discard() {
    try? file.close()
    try? FileManager.default.removeItem(atPath: partial)
  }

  private mutating func write(_ bytes: [UInt8]) throws(BundleError) {
    do {
      try file.write(contentsOf: Data(bytes))
      size += bytes.count
    } catch {
      throw .file(path: path, reason: Self.reason(of: error))
    }
  }

  /// What the system says is wrong.
  static func reason(of error: any Error) -> String {
    let failure = error as NSError
    let cause = failure.userInfo[NSUnderlyingErrorKey] as? NSError ?? failure
    guard cause.domain == NSPOSIXErrorDomain else {
      return "the system refused it (\(cause.domain) \(cause.code))"
    }
    return SystemReason.text(Int32(cause.code))
  }
}
