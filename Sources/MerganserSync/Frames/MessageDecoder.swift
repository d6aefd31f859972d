import MerganserDatabase
import MerganserModel
import MerganserTypes

/// Reads the messages of one direction of a sync from bytes that come in pieces of any size.
///
/// Total and bounded: whatever the bytes are, they give messages or an error. It holds no more than the message
/// that is being read and what its caller last appended.
package struct MessageDecoder: Sendable {
  private var checksum = FrameCoding.seed
  /// Whether frames are compared with their checksums: always, but in simulations.
  var comparesChecksums = true
  private var buffer: [UInt8] = []
  /// Where in the buffer the next frame begins.
  private var start = 0
  private var hasPreface = false
  /// The frames of a message that have come, which is not whole.
  private var partial: (kind: UInt8, body: [UInt8])?
  /// How many bytes came before those in the buffer.
  private var offset = 0

  /// How many messages there were.
  package private(set) var count = 0
  /// How many bytes the next message may have.
  package var limit: Int
  /// Whether the other side's greeting has been taken; before it, only that or a refusal is looked at.
  package var isGreeted = false

  /// How many bytes it holds of what has come and was not read.
  var size: Int { buffer.count - start + (partial?.body.count ?? 0) }

  /// The decoder of one direction of a sync.
  package init(limit: Int) { self.limit = limit }

  /// Adds bytes that have come.
  package mutating func append(_ bytes: [UInt8]) {
    if start == buffer.count {
      offset += start
      buffer = bytes
      start = 0
    } else {
      offset += start
      buffer.removeFirst(start)
      start = 0
      buffer += bytes
    }
  }

  /// The next message; `nil` if it has not come as a whole.
  ///
  /// - Throws: ``SyncError``; ``/MerganserModel/ReplicationError/exceedsLimit(_:found:limit:)``.
  package mutating func next() throws -> SyncMessage? {
    if !hasPreface {
      guard buffer.count - start >= FrameCoding.prefaceSize else {
        // What is no sync is told at once, however short it is.
        guard SyncCoding.magic.starts(with: buffer[start...].prefix(8)) else {
          throw SyncError.notSync
        }
        return nil
      }
      try readPreface()
    }
    while buffer.count - start >= FrameCoding.headSize {
      let length = Int(FrameCoding.number(buffer[start + 1..<start + 5]))
      guard length <= SyncCoding.chunkSize else {
        throw damaged("a frame of \(length) bytes is none")
      }
      let end = start + FrameCoding.headSize + length
      guard buffer.count >= end else { return nil }
      if let message = try readFrame(upTo: end) { return message }
    }
    return nil
  }

  private mutating func readPreface() throws(SyncError) {
    let preface = buffer[start..<start + FrameCoding.prefaceSize]
    guard preface.starts(with: SyncCoding.magic) else { throw .notSync }
    let numbers = [8, 10].map { place in
      UInt16(truncatingIfNeeded: FrameCoding.number(preface.dropFirst(place).prefix(2)))
    }
    guard numbers[0] <= numbers[1] else { throw .notSync }
    let theirs = numbers[0]...numbers[1]
    guard theirs.overlaps(SyncCoding.versions) else {
      throw .otherProtocol(ours: SyncCoding.versions, theirs: theirs)
    }
    start += FrameCoding.prefaceSize
    hasPreface = true
  }

  /// Reads the frame that ends at `end` in the buffer; the message, if it is complete with it.
  private mutating func readFrame(upTo end: Int) throws -> SyncMessage? {
    let marked = buffer[start]
    let body = buffer[start + FrameCoding.headSize..<end]
    let found = FrameCoding.number(buffer[start + 5..<start + FrameCoding.headSize])
    let isWhole = FrameCoding.checksum(marked, body: body, after: checksum) == found
    guard isWhole || !comparesChecksums else {
      throw damaged("a checksum does not fit what was sent")
    }
    let kind = marked & ~SyncCoding.continues
    let continues = marked & SyncCoding.continues != 0
    let passes = partial.map { $0.kind != kind } ?? false
    if let partial, passes {
      guard partial.kind == SyncMessage.passedKind, SyncMessage.passingKinds.contains(kind),
        !continues
      else { throw damaged("a message of kind \(partial.kind) has no end") }
    }
    guard isGreeted || SyncMessage.firstKinds.contains(kind) else {
      throw ReplicationError.unexpectedMessage("a message of kind \(kind) before its greeting")
    }
    guard SyncMessage.knownKinds.contains(kind) || SyncMessage.optionalKinds.contains(kind) else {
      throw ReplicationError.unexpectedMessage(
        "a message of kind \(kind), which this program does not know and may not pass over")
    }
    let size = (passes ? 0 : partial?.body.count ?? 0) + body.count
    let limit = min(limit, SyncMessage.longest(ofKind: kind))
    guard size <= limit else {
      throw ReplicationError.exceedsLimit("bytes in a message", found: size, limit: limit)
    }
    // A frame that is not the last is full, so that a message has one form.
    if continues, body.count < SyncCoding.chunkSize { throw damaged("a frame is cut short") }
    checksum = found
    let whole: [UInt8]
    if passes {
      whole = Array(body)
    } else if continues || partial != nil {
      if partial == nil { partial = (kind, []) }
      partial?.body += body
      whole = continues ? [] : partial.take()?.body ?? []
    } else {
      whole = Array(body)
    }
    start = end
    if continues { return nil }
    count += 1
    do { return try SyncMessage(kind: kind, body: whole) } catch {
      throw damaged("a message of kind \(kind) cannot be read: \(error)")
    }
  }

  private func damaged(_ reason: String) -> SyncError {
    .damaged(offset: offset + start, reason: reason)
  }
}
