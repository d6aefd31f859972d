package import MerganserModel
package import MerganserTypes

/// What is truncated of one origin's log in one step.
package struct TruncatedVersions: Sendable {
  /// The number after which the ends begin.
  package var start: UInt64
  /// The ends of the versions that follow, all of them, in ascending order.
  package var ends: [Head] = []
  /// The time of one of the last of these versions.
  package var time = HybridTime.zero
  /// The format of the last version, if it is known.
  package var format: UInt8?

  /// What begins after `start` and has no end yet.
  package init(after start: UInt64) { self.start = start }

  /// The last of an origin's versions that another replica's state has, of which no others are known.
  package init(_ end: Head) {
    start = end.sequence - min(end.sequence, 1)
    ends = [end]
  }
}

/// What changes in the spine when a log is truncated.
///
/// The spine keeps the ends of truncated versions as long as there is room for them. What other replicas have
/// acknowledged does not count: one of them may be restored from a backup that is older, and write other
/// versions under the same numbers. The changes are stored with the truncation, in one step.
package struct SpineMaintenance {
  /// What is to be stored.
  package private(set) var changes: [CheckpointStep.Change] = []
  private let state: any StoredState
  private var dropped: Set<[UInt8]> = []

  /// How many blocks are dropped in one step.
  package static let blocksAtOnce = 1000

  /// Nothing changes yet.
  ///
  /// - Parameter state: what is stored now.
  package init(_ state: any StoredState) { self.state = state }

  /// Drops the oldest blocks, if the spine takes more bytes than `limit`, until it takes a sixteenth less.
  ///
  /// That sixteenth is room for what comes next, so that most steps need not look for the oldest blocks. It comes
  /// before ``keep(_:of:)``, so the limit may be exceeded by what one step adds.
  ///
  /// - Parameters:
  ///   - size: how many bytes the spine takes now.
  ///   - limit: how many it may take.
  /// - Returns: whether a further step would drop more.
  /// - Complexity: O(1) within the limit; beyond it, one block is read for each origin, and one for each block
  ///   that is dropped.
  /// - Throws: ``/MerganserModel/StorageError``, if a block cannot be read.
  package mutating func drop(size: Int, limit: Int) throws(StorageError) -> Bool {
    guard size > limit else { return false }
    let goal = limit - limit / 16
    var size = size
    // The oldest stands last.
    var firsts = try firstBlocks()
    firsts.sort { $0.time > $1.time }
    while size > goal, let oldest = firsts.popLast() {
      guard dropped.count < Self.blocksAtOnce else { return true }
      dropped.insert(oldest.key)
      changes.append(.init(.spine, key: oldest.key, value: nil))
      size -= oldest.size
      guard let next = try block(behind: oldest) else { continue }
      var low = 0
      var high = firsts.count
      while low < high {
        let middle = (low + high) / 2
        if firsts[middle].time > next.time { low = middle + 1 } else { high = middle }
      }
      firsts.insert(next, at: low)
    }
    return false
  }

  /// Keeps the ends of truncated versions.
  package mutating func keep(
    _ truncated: TruncatedVersions, of origin: ReplicaID
  ) throws(StorageError) {
    if let format = truncated.format, try state.truncatedFormat(of: origin) != format {
      changes.append(.init(.spine, key: origin.keyEncoded(), value: [format]))
    }
    var block = try state.spineBlock(of: origin, before: .max)
    if let known = block, dropped.contains(known.key) || known.last < truncated.start {
      block = nil
    }
    var before = max(block?.last ?? 0, truncated.start)
    // What a copy of the store has truncated already may be known.
    for end in truncated.ends where end.sequence > before {
      if block?.hasRoom == true {
        block?.append(end, time: truncated.time)
      } else {
        if let block { changes.append(.init(.spine, key: block.key, value: block.binaryEncoded())) }
        block = SpineBlock(end, of: origin, first: before + 1, time: truncated.time)
      }
      before = end.sequence
    }
    if let block { changes.append(.init(.spine, key: block.key, value: block.binaryEncoded())) }
  }

  /// A block as far as dropping it needs.
  private struct Stored {
    var key: [UInt8]
    var size: Int
    var origin: ReplicaID
    var time: HybridTime
  }

  /// Each origin's first block.
  private func firstBlocks() throws(StorageError) -> [Stored] {
    var blocks: [Stored] = []
    var place: [UInt8] = []
    while let first = try block(from: place) {
      blocks.append(first)
      // Behind all keys of this origin.
      place = first.origin.keyEncoded() + [UInt8](repeating: .max, count: 9)
    }
    return blocks
  }

  /// The first block whose key is `key` or behind it.
  private func block(from key: [UInt8]) throws(StorageError) -> Stored? {
    let entries = try state.entries(from: key, in: .spine)
    while let entry = try entries.next() {
      guard entry.key.count == 24 else { continue }
      do {
        let origin = try ReplicaID(keyEncoded: entry.key.prefix(16))
        let first = try UInt64(keyEncoded: entry.key.suffix(8))
        return Stored(
          key: entry.key, size: entry.key.count + entry.value.count, origin: origin,
          time: try SpineBlock.time(in: entry.value, first: first))
      } catch {
        throw .damagedSpine("\(error)")
      }
    }
    return nil
  }

  /// The block of the same origin behind another; `nil` if there is none.
  private func block(behind block: Stored) throws(StorageError) -> Stored? {
    guard let next = try self.block(from: block.key + [0]), next.origin == block.origin else {
      return nil
    }
    return next
  }
}
