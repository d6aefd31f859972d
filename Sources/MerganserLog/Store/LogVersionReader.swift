import MerganserDatabase
import MerganserModel
import MerganserTypes

/// Reads one origin's versions from its blocks, each checked against the one before it.
final class LogVersionReader: VersionReader {
  private let blocks: LogBlocks
  private let after: UInt64
  private var offset = 0
  private var framesLeft = 0
  /// The version that came before, where it was read.
  private var previous: Head?
  /// The last version that the log no longer has; of what lies before it a rest may be there.
  private let truncatedTo: Head

  /// A reader of the versions with sequence numbers greater than `after`.
  init(_ blocks: LogBlocks, after: UInt64, truncatedTo: Head) {
    self.blocks = blocks
    self.after = after
    self.truncatedTo = truncatedTo
  }

  func next() throws(StorageError) -> StoredVersion? {
    while true {
      if framesLeft == 0 {
        guard try nextBlock() else { return nil }
        if blocks.header.kind == .firstPart {
          let version = try largeVersion()
          try checkFollows(version)
          return version
        }
      }
      let version = try frame()
      try checkFollows(version)
      if framesLeft == 0, version.sequences.upperBound != blocks.header.lastSequence {
        throw blocks.name.damaged("its last version is not the one that its header names")
      }
      // The first block may begin before what was asked for.
      if version.sequences.upperBound > after { return version }
    }
  }

  private func nextBlock() throws(StorageError) -> Bool {
    guard try blocks.next() else {
      guard previous == nil || previous == blocks.head else {
        throw blocks.name.damaged("the log does not end in the version that its vector names")
      }
      return false
    }
    framesLeft = blocks.header.kind == .versions ? blocks.header.count : 0
    offset = Block.headerSize
    return true
  }

  private func frame() throws(StorageError) -> StoredVersion {
    let place = try Block.payload(in: blocks.bytes, at: offset, name: blocks.name)
    framesLeft -= 1
    offset = place.upperBound
    return try version(Array(UnsafeRawBufferPointer(rebasing: blocks.bytes[place])))
  }

  private func largeVersion() throws(StorageError) -> StoredVersion {
    let total = blocks.header.total
    let last = blocks.header.lastSequence
    guard total > Block.maximumPayload, total <= StoredVersion.maximumSize else {
      throw blocks.name.damaged("a version of \(total) bytes")
    }
    var payload: [UInt8] = []
    payload.reserveCapacity(total)
    var part: UInt32 = 0
    while true {
      let bytes = blocks.bytes[Block.headerSize...]
      guard bytes.count == min(Block.partCapacity, total - payload.count),
        blocks.header.lastSequence == last
      else {
        throw blocks.name.damaged("it is no part of the version that begins before it")
      }
      payload.append(contentsOf: bytes)
      if payload.count == total { break }
      part += 1
      try blocks.nextPart(part)
    }
    let version = try version(payload)
    guard version.sequences.upperBound == last else {
      throw blocks.name.damaged("its version is not the one that its header names")
    }
    return version
  }

  private func version(_ payload: [UInt8]) throws(StorageError) -> StoredVersion {
    do {
      return try StoredVersion(origin: blocks.origin, payload: payload)
    } catch {
      throw blocks.name.damaged("a version in it cannot be read: \(error)")
    }
  }

  /// Checks that a version follows the one read before it, or else begins its block; and that the log passes
  /// through the last version that it no longer has.
  private func checkFollows(_ version: borrowing StoredVersion) throws(StorageError) {
    let first = version.sequences.lowerBound
    if let previous {
      guard first == previous.sequence + 1, version.previousHash == previous.hash else {
        throw blocks.name.damaged("version \(first) does not follow the last")
      }
    } else {
      guard first == blocks.key.sequence else {
        throw blocks.name.damaged("it does not begin with the version that its key names")
      }
      guard first != truncatedTo.sequence + 1 || version.previousHash == truncatedTo.hash else {
        throw blocks.name.damaged("version \(first) does not follow the last")
      }
    }
    previous = Head(sequence: version.sequences.upperBound, hash: version.hash)
    guard previous?.sequence != truncatedTo.sequence || previous == truncatedTo else {
      throw blocks.name.damaged("version \(first) is not the one that the log was truncated to")
    }
  }
}
