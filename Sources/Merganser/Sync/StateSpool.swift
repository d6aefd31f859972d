import Foundation
import MerganserDatabase
import MerganserLog
import MerganserModel
import MerganserTypes
import Synchronization

/// The parts of a state that is being received, kept until the last of them is here.
///
/// Its sender may take as long as it likes, or never send the rest: what waits is this, and nothing of the
/// replica. The parts lie in a file that has no name any more, so that nothing is left of it after a crash; those
/// for a replica in memory lie in memory.
final class StateSpool: Sendable {
  private struct Contents {
    var file: FileHandle?
    var parts: [StatePart] = []
    var size = 0
    var hasEnded = false
  }

  private let folder: String?
  private let limit: Int
  private let contents: Mutex<Contents>

  /// A spool that holds nothing.
  ///
  /// - Parameters:
  ///   - folder: where its file is made; `nil` for a spool in memory.
  ///   - limit: how many bytes the state may have.
  /// - Throws: ``/MerganserModel/StorageError``.
  init(in folder: String?, limit: Int) throws(StorageError) {
    self.folder = folder
    self.limit = limit
    contents = Mutex(Contents(file: try folder.map(Self.file)))
  }

  /// Adds the next part.
  ///
  /// - Throws: ``/MerganserModel/ReplicationError``, if there is no room for it;
  ///   ``/MerganserModel/StorageError``.
  func append(_ part: StatePart) throws {
    let size = part.size
    guard size <= StatePart.maximumSize else {
      throw ReplicationError.exceedsLimit(
        "bytes in a part of a state", found: size, limit: StatePart.maximumSize)
    }
    try contents.withLock { contents in
      guard !contents.hasEnded else { throw ReplicationError.stateOvertaken }
      contents.size += size
      guard contents.size <= limit else {
        throw ReplicationError.exceedsLimit("bytes of a state", found: contents.size, limit: limit)
      }
      guard let file = contents.file else { return contents.parts.append(part) }
      let bytes = part.binaryEncoded()
      let length = withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { Data($0) }
      do { try file.write(contentsOf: length + bytes) } catch { throw failure(error) }
    }
  }

  /// Gives the parts from the first on.
  func parts() throws -> Reader {
    let (file, parts) = try contents.withLock { contents in
      guard !contents.hasEnded else { throw ReplicationError.stateOvertaken }
      return (contents.file, contents.parts)
    }
    do { try file?.seek(toOffset: 0) } catch { throw failure(error) }
    return Reader(file: file, parts: parts[...], failure: failure)
  }

  /// Gives back what the parts take; whoever adds another or reads them is told so.
  func end() {
    contents.withLock { contents in
      contents.hasEnded = true
      try? contents.file?.close()
      contents = Contents(hasEnded: true)
    }
  }

  deinit { end() }

  /// Gives the parts one after the other, to one caller at a time.
  struct Reader {
    fileprivate let file: FileHandle?
    fileprivate var parts: ArraySlice<StatePart>
    fileprivate let failure: (any Error) -> StorageError

    /// The next part; `nil` behind the last.
    mutating func next() throws -> StatePart? {
      guard let file else { return parts.popFirst() }
      let (head, body): (Data, Data)
      do {
        head = try file.read(upToCount: 8) ?? Data()
        if head.isEmpty { return nil }
        let length = head.reversed().reduce(0) { $0 << 8 | UInt64($1) }
        body = try file.read(upToCount: Int(clamping: length)) ?? Data()
      } catch {
        throw failure(error)
      }
      do { return try StatePart(binaryEncoded: Array(body)) } catch {
        throw StorageError.damaged(place: "a state that was received", reason: "\(error)")
      }
    }
  }

  /// A file in a folder, to be written and read, which has no name any more.
  private static func file(in folder: String) throws(StorageError) -> FileHandle {
    var name = Array("\(folder)/\(SpoolName.prefix)XXXXXX".utf8CString)
    let descriptor = mkstemp(&name)
    guard descriptor >= 0 else {
      throw .unusable(path: folder, reason: SystemReason.text(errno))
    }
    unlink(name)
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  private func failure(_ error: any Error) -> StorageError {
    let path = folder ?? "memory"
    let cause = error as NSError
    let system = cause.userInfo[NSUnderlyingErrorKey] as? NSError ?? cause
    if system.domain == NSPOSIXErrorDomain, system.code == Int(ENOSPC) {
      return .diskFull(path: path)
    }
    return .unusable(path: path, reason: BundleWriter.reason(of: error))
  }
}

/// The states that a replica or a store is being sent.
///
/// Each is received by itself, while everything else goes on. Those that have come as a whole are adopted one
/// after the other.
final class IncomingStates: Sendable {
  /// How many are received at a time; of more, the one whose last part came longest ago gives way.
  static let limit = 16

  /// Those that are being received, in the order of their last parts.
  private let spools = Mutex<[StateSpool]>([])
  private let queue = DispatchQueue(label: "merganser.adoption")
  /// What those that were adopted have removed.
  let removals = RecentRemovals()

  /// Receives all parts of a state.
  ///
  /// - Parameters:
  ///   - state: the state.
  ///   - folder: where its parts are kept; `nil` for memory.
  ///   - limit: how many bytes it may have.
  /// - Returns: the parts, which the caller ends.
  /// - Throws: ``/MerganserModel/ReplicationError``; ``/MerganserModel/StorageError``; what reading it throws.
  func receive(
    _ state: StateStream, in folder: String?, limit: Int
  ) async throws -> StateSpool {
    let spool = try await onBlockingThread { try StateSpool(in: folder, limit: limit) }
    let overtaken = spools.withLock { spools in
      spools.append(spool)
      return spools.count > Self.limit ? spools.removeFirst() : nil
    }
    overtaken?.end()
    defer { spools.withLock { $0.removeAll { $0 === spool } } }
    let parts = StateStream.Iterator(state)
    do {
      while let part = try await parts.next() {
        try await onBlockingThread { try spool.append(part) }
        spools.withLock { spools in
          guard let place = spools.firstIndex(where: { $0 === spool }) else { return }
          spools.append(spools.remove(at: place))
        }
      }
    } catch {
      spool.end()
      throw error
    }
    return spool
  }

  /// Runs what makes a copy of a store that no replica has open and puts it in the store's place; one after the other.
  func run<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Result { try body() }) }
    }
  }
}
