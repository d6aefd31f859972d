import HeapModule
import MerganserDatabase
import MerganserModel
import MerganserTypes

/// The parts of a log that may be taken out, by origin.
struct TruncatableLog {
  /// An origin, and how far its log may be taken out.
  struct Origin {
    var replica: ReplicaID
    var ordinal: UInt32
    var head: Head
    var truncatedTo: Head
    /// The last version that may be taken out at all, the last that every known peer holds, and the last that
    /// every known peer holds which has written something itself.
    var limit, held, heldByMembers: UInt64
    var isTruncated = false
    /// What was taken out, as the spine keeps it.
    var truncated: TruncatedVersions

    /// Notes that the log now begins with another block, or is empty.
    mutating func truncate(_ first: First, following: First?) throws(StorageError) {
      isTruncated = true
      let end = following?.before ?? head
      let last = first.last
      let isFollowed = end.sequence == last
      if truncated.ends.isEmpty {
        truncated.start = max(truncatedTo.sequence, first.before.sequence)
      }
      // A block that was taken out in part already has versions on both sides.
      truncated.ends += (first.ends + [end]).drop { $0.sequence <= truncated.start }
      truncated.time = first.time
      truncated.format = first.format
      if last > truncatedTo.sequence { truncatedTo = end }
      // What lies before the end of what was taken out earlier is only a rest, and may end anywhere.
      guard isFollowed || last < truncatedTo.sequence else {
        let key = LogKey(ordinal: ordinal, sequence: last + 1)
        throw BlockName(origin: replica, key: key).damaged("it is missing")
      }
    }
  }

  /// An origin's first block.
  struct First: Comparable {
    /// The place of the origin among all.
    var origin: Int
    var key: LogKey
    /// The version before its first.
    var before: Head
    /// The time of its first version.
    var time: HybridTime
    var last: UInt64
    /// The ends of its versions but for the last, which the block behind it tells.
    var ends: [Head]
    /// The format of its last version.
    var format: UInt8
    /// How many parts its version has, if that is a large one.
    var parts: UInt32

    static func < (a: First, b: First) -> Bool { (a.time, a.origin) < (b.time, b.origin) }
  }

  private(set) var origins: [Origin] = []
  private let retention: Retention
  /// What is older is taken out whoever lacks it.
  private let oldest: HybridTime

  // The first blocks of logs: those that every known peer holds; those that only such peers lack which have
  // written nothing; and those that one lacks which has.
  private var held = Heap<First>()
  private var lackedByStrangers = Heap<First>()
  private var lacked = Heap<First>()

  /// How many blocks are taken out in one transaction, a version in parts counting as one.
  private static let blocksAtOnce = 1000

  init(
    _ contents: LogContents, checkpoint: Checkpoint, peers: KnownPeers,
    keeping kept: [ReplicaID: UInt64], retention: Retention, at present: HybridTime = .zero
  ) {
    self.retention = retention
    oldest = retention.age.map(present.earlier) ?? .zero
    for (replica, entry) in contents.origins {
      guard let head = contents.heads[replica] else { continue }
      var limit = checkpoint.heads[replica]?.sequence ?? 0
      if let first = kept[replica] { limit = min(limit, first - min(first, 1)) }
      guard limit > entry.truncatedTo.sequence else { continue }
      let held = peers.held(of: replica, upTo: limit)
      origins.append(
        Origin(
          replica: replica, ordinal: entry.ordinal, head: head, truncatedTo: entry.truncatedTo,
          limit: limit, held: held,
          heldByMembers: peers.heldByMembers(of: replica, upTo: limit),
          truncated: TruncatedVersions(after: entry.truncatedTo.sequence)))
    }
  }

  /// Takes blocks out, the oldest first, until no more are left than are to be kept, or enough is done;
  /// tells whether more could be taken out.
  mutating func truncate(
    _ transaction: WriteTransaction, checksum: Checksum
  ) throws(StorageError) -> Bool {
    for place in origins.indices {
      _ = try readFirst(of: place, transaction: transaction, checksum: checksum)
    }
    var count = 0
    var hasMore = false
    while let next = next(size: try transaction.statistics(of: .log).size) {
      hasMore = count == Self.blocksAtOnce
      if hasMore { break }
      count += 1
      if lacked.min == next {
        lacked.removeMin()
      } else if lackedByStrangers.min == next {
        lackedByStrangers.removeMin()
      } else {
        held.removeMin()
      }
      try transaction.remove(next)
      let following = try readFirst(of: next.origin, transaction: transaction, checksum: checksum)
      try origins[next.origin].truncate(next, following: following)
    }
    for origin in origins where origin.isTruncated {
      let record = OriginRecord(head: origin.head, truncatedTo: origin.truncatedTo)
      try transaction.putOrdinal(
        .vector, ordinal: origin.ordinal, body: record.encoded(), checksum: checksum)
    }
    return hasMore
  }

  /// The block to be taken out next from a log of `size` bytes; `nil` if all are to be kept.
  private func next(size: Int) -> First? {
    let old = [lacked.min, lackedByStrangers.min, held.min].compactMap { $0 }.filter {
      $0.time < oldest
    }.min()
    if let old { return old }
    if size > retention.history, let first = held.min { return first }
    if size > retention.strangersBacklog, let first = lackedByStrangers.min { return first }
    return size > retention.backlog ? lacked.min : nil
  }

  /// Reads an origin's first block, and notes it if it may be taken out.
  private mutating func readFirst(
    of place: Int, transaction: WriteTransaction, checksum: Checksum
  ) throws(StorageError) -> First? {
    let origin = origins[place]
    let start = LogKey(ordinal: origin.ordinal, sequence: 0)
    let found = try start.withBytes { bytes throws(StorageError) in
      try transaction.first(.log, from: bytes) { key, block throws(StorageError) -> First? in
        guard let key = LogKey(key), key.ordinal == origin.ordinal else { return nil }
        let name = BlockName(origin: origin.replica, key: key)
        let header = try Block.Header(checking: block, name: name, checksum: checksum)
        return try First(place, key: key, header: header, block: block, name: name)
      }
    }
    guard let first = found.flatMap({ $0 }) else { return nil }
    if first.last <= origin.held {
      held.insert(first)
    } else if first.last <= origin.heldByMembers {
      lackedByStrangers.insert(first)
    } else if first.last <= origin.limit {
      lacked.insert(first)
    }
    return first
  }
}

extension TruncatableLog.First {
  fileprivate init(
    _ origin: Int, key: LogKey, header: Block.Header, block: UnsafeRawBufferPointer,
    name: BlockName
  ) throws(StorageError) {
    guard header.kind != .laterPart else { throw name.damaged("the beginning of it is missing") }
    var befores = [Head]()
    var time = HybridTime.zero
    var format = 0 as UInt8
    func read(_ payload: UnsafeRawBufferPointer) throws(StorageError) {
      format = payload.first ?? 0
      do {
        let beginning = try StoredVersion.beginning(of: payload)
        if befores.isEmpty { time = beginning.time }
        let first = beginning.sequences.lowerBound
        befores.append(Head(sequence: first - min(first, 1), hash: beginning.previousHash))
      } catch {
        throw name.damaged("a version in it cannot be read: \(error)")
      }
    }
    if header.kind == .versions {
      _ = try Block.Frames(count: header.count).forEach(in: block, name: name) {
        payload throws(StorageError) in
        try read(payload)
        return true
      }
    } else {
      try read(UnsafeRawBufferPointer(rebasing: block[Block.headerSize...]))
    }
    guard let before = befores.first, before.sequence + 1 == max(key.sequence, 1) else {
      throw name.damaged("it does not begin with the version that its key names")
    }
    self.origin = origin
    self.key = key
    self.before = before
    self.time = time
    self.format = format
    ends = Array(befores.dropFirst())
    last = header.lastSequence
    parts =
      header.kind == .versions
      ? 0 : UInt32(clamping: (header.total + Block.partCapacity - 1) / Block.partCapacity)
  }
}

extension WriteTransaction {
  /// Takes a block out, with all the parts of a large version.
  fileprivate func remove(_ block: TruncatableLog.First) throws(StorageError) {
    var key = block.key
    for part in 0..<max(block.parts, 1) {
      key.part = part
      _ = try key.withBytes { bytes throws(StorageError) in try delete(.log, key: bytes) }
    }
  }
}
