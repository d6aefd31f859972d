import MerganserDatabase
import MerganserModel
import MerganserTypes

/// Walks over all blocks of a log in LMDB's order, and goes on behind what is damaged.
struct LogVerifier {
  let checksum: Checksum
  var result = Verification()

  private var origins: [UInt32: (replica: ReplicaID, record: OriginRecord)] = [:]
  /// The origin whose blocks are being read.
  private var current: UInt32?
  /// The version read last, where nothing damaged lies behind it.
  private var previous: Head?
  /// The last version of each origin that is in the stored rows.
  private var checkpoint: [ReplicaID: Head] = [:]
  /// The large version whose parts are being read.
  private var large: (key: LogKey, header: Block.Header, payload: [UInt8])?
  /// The block at which damage was found last: the other parts of its version are of no use.
  private var damaged: LogKey?

  /// What the vector says of each origin.
  var records: [ReplicaID: OriginRecord] {
    Dictionary(origins.values.map { ($0.replica, $0.record) }) { first, _ in first }
  }

  init(checksum: Checksum) {
    self.checksum = checksum
  }

  /// Reads the records of the origins and matches them with the vector's entries.
  mutating func readOrigins(_ transaction: ReadTransaction) throws(StorageError) {
    var replicas: [UInt32: ReplicaID] = [:]
    try walk(transaction, database: .replica) { verifier, ordinal, record in
      guard let replica = ReplicaID(record: record) else {
        return verifier.note("the record of origin \(ordinal)", reason: "it is no replica")
      }
      replicas[ordinal] = replica
    }
    var seen: Set<ReplicaID> = []
    try walk(transaction, database: .vector) { verifier, ordinal, bytes in
      guard let record = OriginRecord(bytes) else {
        return verifier.note("the vector's entry \(ordinal)", reason: "it is no entry")
      }
      guard let replica = replicas.removeValue(forKey: ordinal) else {
        return verifier.note("the vector's entry \(ordinal)", reason: "its replica is not recorded")
      }
      if !seen.insert(replica).inserted {
        verifier.note("the vector's entry \(ordinal)", reason: "its replica has another")
      }
      verifier.origins[ordinal] = (replica, record)
    }
    for ordinal in replicas.keys.sorted() {
      note("the vector's entry \(ordinal)", reason: "it is missing")
    }
    result.origins = origins.count
  }

  /// Reads what the stored rows' checkpoint has taken in, and matches it with the log's beginnings and
  /// ends.
  mutating func readCheckpoint(_ transaction: ReadTransaction) throws(StorageError) {
    do throws(StorageError) {
      checkpoint = try transaction.checkpoint(checksum)?.heads ?? [:]
    } catch {
      return note(error)
    }
    var unknown = Set(checkpoint.keys)
    for (origin, record) in origins.values {
      unknown.remove(origin)
      let head = checkpoint[origin] ?? Head(sequence: 0, hash: 0)
      let place = "the checkpoint's record of replica \(origin.shortDescription)"
      if head.sequence < record.truncatedTo.sequence {
        note(
          place, reason: "the log has no more what it lacks, up to \(record.truncatedTo.sequence)")
      } else if head.sequence > record.head.sequence {
        note(place, reason: "the log does not go as far as \(head.sequence)")
      } else {
        for end in [record.truncatedTo, record.head]
        where end.sequence == head.sequence && end.hash != head.hash {
          note(place, reason: "its last version is not the one that the vector names")
        }
      }
    }
    for origin in unknown.sorted() {
      note("the checkpoint's record of replica \(origin.shortDescription)", reason: "no log has it")
    }
  }

  /// Reads what the store says of its peers.
  mutating func readPeers(_ transaction: ReadTransaction) {
    do throws(StorageError) { _ = try PeersRecord.read(transaction) } catch { note(error) }
  }

  /// Reads all blocks and checks them against the vector.
  mutating func readLog(
    _ transaction: ReadTransaction, progress: () -> Void
  ) throws(StorageError) {
    let cursor = try Cursor(transaction, database: .log)
    var read: Set<UInt32> = []
    while result.findings.count < Verification.maximumFindings {
      // Copied, so that the lock on the transaction is not held while the block is checked.
      let found = try cursor.move(.next) { (Array($0), Array($1)) }
      guard let (keyBytes, block) = found else { break }
      progress()
      result.blocks += 1
      guard let key = keyBytes.withUnsafeBytes({ LogKey($0) }) else {
        note("a key of the log", reason: "it is none of a block")
        continue
      }
      if key.ordinal != current {
        endOrigin()
        current = key.ordinal
        read.insert(key.ordinal)
        // A block that begins before that is being taken out, or has versions on both sides of it.
        previous = origins[key.ordinal].flatMap { origin in
          origin.record.truncatedTo.sequence < key.sequence ? origin.record.truncatedTo : nil
        }
      }
      self.read(block, key: key)
    }
    endOrigin()
    for (ordinal, origin) in origins.sorted(by: { $0.key < $1.key })
    where !read.contains(ordinal) && origin.record.head != origin.record.truncatedTo {
      note("the log of replica \(origin.replica.shortDescription)", reason: "all of it is missing")
    }
  }

  private mutating func read(_ block: [UInt8], key: LogKey) {
    guard let origin = origins[key.ordinal]?.replica else {
      return note(
        "a block of the log under \(key.ordinal)", reason: "the vector has no entry for its origin")
    }
    let name = BlockName(origin: origin, key: key)
    do throws(StorageError) {
      let checksum = checksum
      let header: Result<Block.Header, StorageError> = block.withUnsafeBytes { bytes in
        Result { () throws(StorageError) in
          try Block.Header(checking: bytes, name: name, checksum: checksum)
        }
      }
      try readContents(block, header: try header.get(), name: name)
    } catch {
      note(error)
      previous = nil
      large = nil
      damaged = key
    }
  }

  private mutating func readContents(
    _ block: [UInt8], header: Block.Header, name: BlockName
  ) throws(StorageError) {
    if header.kind != .laterPart, let large {
      throw BlockName(origin: name.origin, key: large.key).damaged("parts of it are missing")
    }
    switch header.kind {
    case .versions:
      var offset = Block.headerSize
      for place in 0..<header.count {
        let start = offset
        let range: Result<Range<Int>, StorageError> = block.withUnsafeBytes { bytes in
          Result { () throws(StorageError) in
            try Block.payload(in: bytes, at: start, name: name)
          }
        }
        let payload = try range.get()
        offset = payload.upperBound
        try read(Array(block[payload]), isFirst: place == 0, name: name)
      }
      guard offset == block.count, previous?.sequence == header.lastSequence else {
        throw name.damaged("its last version is not the one that its header names")
      }
    case .firstPart:
      guard header.total > Block.maximumPayload, header.total <= StoredVersion.maximumSize else {
        throw name.damaged("a version of \(header.total) bytes")
      }
      large = (name.key, header, Array(block[Block.headerSize...]))
    case .laterPart:
      if let damaged, damaged.ordinal == name.key.ordinal, damaged.sequence == name.key.sequence {
        return
      }
      guard var whole = large, whole.key.sequence == name.key.sequence,
        whole.payload.count == Int(name.key.part) * Block.partCapacity,
        header.lastSequence == whole.header.lastSequence
      else { throw name.damaged("it is no part of the version that begins before it") }
      whole.payload.append(contentsOf: block[Block.headerSize...])
      large = whole
      guard whole.payload.count >= whole.header.total else { return }
      large = nil
      guard whole.payload.count == whole.header.total else {
        throw name.damaged("it is longer than the rest of its version")
      }
      try read(whole.payload, isFirst: true, name: name)
      guard previous?.sequence == whole.header.lastSequence else {
        throw name.damaged("its version is not the one that its header names")
      }
    }
  }

  private mutating func read(
    _ payload: [UInt8], isFirst: Bool, name: BlockName
  ) throws(StorageError) {
    let version: StoredVersion
    do {
      version = try StoredVersion(origin: name.origin, payload: payload)
      _ = try version.decoded()
    } catch {
      throw name.damaged("a version in it cannot be read: \(error)")
    }
    let sequence = version.sequences.lowerBound
    // What is left of what was taken out need not reach to what is kept.
    if let truncatedTo = origins[name.key.ordinal]?.record.truncatedTo,
      sequence == truncatedTo.sequence + 1,
      previous?.sequence ?? 0 < truncatedTo.sequence
    {
      previous = truncatedTo
    }
    guard !isFirst || sequence == name.key.sequence else {
      throw name.damaged("it does not begin with the version that its key names")
    }
    if let previous {
      guard sequence == previous.sequence + 1, version.previousHash == previous.hash else {
        throw name.damaged("version \(sequence) does not follow version \(previous.sequence)")
      }
    }
    for known in [origins[name.key.ordinal]?.record.truncatedTo, checkpoint[name.origin]] {
      guard let known, known.sequence == version.sequences.upperBound else { continue }
      guard known.hash == version.hash else {
        throw name.damaged("version \(sequence) is not the one that is in the stored rows")
      }
    }
    previous = version.head
    result.versions += 1
    result.bytes += payload.count
  }

  /// Checks that an origin's blocks end where the vector says.
  private mutating func endOrigin() {
    defer {
      previous = nil
      large = nil
    }
    guard let current, let origin = origins[current] else { return }
    let place = "the log of replica \(origin.replica.shortDescription)"
    if large != nil {
      note(place, reason: "its last version is not complete")
    } else if let previous {
      let truncatedTo = origin.record.truncatedTo
      let last = previous.sequence < truncatedTo.sequence ? truncatedTo : previous
      guard last != origin.record.head else { return }
      note(
        place,
        reason: last.sequence == origin.record.head.sequence
          ? "its last version is not the one that the vector names"
          : "it ends in version \(last.sequence), and not in \(origin.record.head.sequence)")
    }
  }

  private mutating func walk(
    _ transaction: ReadTransaction, database: Environment.Database,
    body: (inout LogVerifier, UInt32, UnsafeRawBufferPointer) -> Void
  ) throws(StorageError) {
    let cursor = try Cursor(transaction, database: database)
    while result.findings.count < Verification.maximumFindings {
      let found: Void? = try cursor.move(.next) { key, value throws(StorageError) in
        guard key.count == 4 else {
          return note("a key of \(database.rawValue)", reason: "it is no ordinal")
        }
        let ordinal = UInt32(bigEndian: key.loadUnaligned(as: UInt32.self))
        guard let record = checksum.opened(value, in: database, under: key) else {
          return note(
            "the record \(ordinal) of \(database.rawValue)",
            reason: "its checksum does not fit its contents")
        }
        body(&self, ordinal, record)
      }
      if found == nil { return }
    }
  }

  private mutating func note(_ error: StorageError) {
    if case .damaged(let place, let reason) = error {
      note(place, reason: reason)
    } else {
      note("the log", reason: "\(error)")
    }
  }

  private mutating func note(_ place: String, reason: String) {
    result.findings.append(.init(place: place, reason: reason))
  }
}
