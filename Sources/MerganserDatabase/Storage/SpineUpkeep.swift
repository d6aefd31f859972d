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
/// The spine keeps the ends of truncated versions while some known peer has not acknowledged them: what that
/// peer writes may name them. The changes are stored with the truncation, in one step.
package struct SpineUpkeep {
  /// What is to be stored.
  package private(set) var changes: [CheckpointStep.Change] = []
  private let state: any StoredState
  private let peers: KnownPeers
  private var dropped: Set<[UInt8]> = []

  /// How many bytes a spine takes at most, unless a storage says otherwise.
  package static let standardLimit = 16 << 20
  /// How many blocks are dropped in one step.
  package static let blocksAtOnce = 1000

  /// Nothing changes yet.
  ///
  /// - Parameters:
  ///   - state: what is stored now.
  ///   - peers: what peers are known to hold.
  package init(_ state: any StoredState, peers: KnownPeers) {
    (self.state, self.peers) = (state, peers)
  }

  /// Drops the blocks that every known peer has acknowledged, and of the others the oldest, until the spine
  /// takes no more bytes than `limit`.
  ///
  /// It comes before ``keep(_:of:)``, so the limit may be exceeded by what one step adds.
  ///
  /// - Parameters:
  ///   - size: how many bytes the spine takes now.
  ///   - limit: how many it may take.
  /// - Returns: whether a further step would drop more.
  /// - Throws: ``StorageError``, if a block cannot be read.
  package mutating func drop(size: Int, limit: Int) throws(StorageError) -> Bool {
    var (size, rest) = (size, [Stored]())
    var place: [UInt8] = []
    while let first = try block(from: place) {
      let held = peers.held(of: first.origin, upTo: .max)
      var next: Stored? = first
      while let block = next, block.last <= held {
        guard drop(block, &size) else { return true }
        next = try self.block(behind: block)
      }
      if let next { rest.append(next) }
      place = first.origin.keyEncoded() + [UInt8](repeating: .max, count: 9)
    }
    guard size > limit else { return false }
    // The oldest stands last.
    rest.sort { $0.time > $1.time }
    while size > limit, let oldest = rest.popLast() {
      guard drop(oldest, &size) else { return true }
      guard let next = try block(behind: oldest) else { continue }
      var (low, high) = (0, rest.count)
      while low < high {
        let middle = (low + high) / 2
        if rest[middle].time > next.time { low = middle + 1 } else { high = middle }
      }
      rest.insert(next, at: low)
    }
    return false
  }

  /// Keeps the ends of truncated versions, if some known peer has not acknowledged the last of them.
  package mutating func keep(
    _ truncated: TruncatedVersions, of origin: ReplicaID
  ) throws(StorageError) {
    if let format = truncated.format, try state.truncatedFormat(of: origin) != format {
      changes.append(.init(.spine, origin.keyEncoded(), [format]))
    }
    guard let last = truncated.ends.last,
      peers.held(of: origin, upTo: last.sequence) < last.sequence
    else { return }
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
        if let block { changes.append(.init(.spine, block.key, block.binaryEncoded())) }
        block = SpineBlock(end, of: origin, first: before + 1, time: truncated.time)
      }
      before = end.sequence
    }
    if let block { changes.append(.init(.spine, block.key, block.binaryEncoded())) }
  }

  /// A block as far as it is to be dropped or not.
  private struct Stored {
    var key: [UInt8]
    var size: Int
    var origin: ReplicaID
    var last: UInt64
    var time: HybridTime
  }

  /// Drops a block, unless enough is dropped in one step; tells whether it was dropped.
  private mutating func drop(_ block: Stored, _ size: inout Int) -> Bool {
    guard dropped.count < Self.blocksAtOnce else { return false }
    dropped.insert(block.key)
    changes.append(.init(.spine, block.key, nil))
    size -= block.size
    return true
  }

  /// The first block whose key is `key` or behind it.
  private func block(from key: [UInt8]) throws(StorageError) -> Stored? {
    let entries = try state.entries(from: key, in: .spine)
    while let entry = try entries.next() {
      guard entry.key.count == 24 else { continue }
      do {
        let origin = try ReplicaID(keyEncoded: entry.key.prefix(16))
        let first = try UInt64(keyEncoded: entry.key.suffix(8))
        let header = try SpineBlock.header(of: entry.value, first: first)
        return Stored(
          key: entry.key, size: entry.key.count + entry.value.count, origin: origin,
          last: header.last, time: header.time)
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
