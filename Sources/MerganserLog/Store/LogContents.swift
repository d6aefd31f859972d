import MerganserDatabase
import MerganserModel
import MerganserTypes

/// What a log holds of each origin at one moment, apart from the versions themselves.
struct LogContents: Sendable {
  /// One origin's place in the log.
  struct Origin: Sendable {
    var ordinal: UInt32
    var truncatedTo: Head
  }

  /// The number of the transaction that made it so.
  var snapshotNumber: Int
  var heads = OriginHeads()
  var origins: [ReplicaID: Origin] = [:]
  /// The ordinal for the next origin that is new here.
  var nextOrdinal: UInt32 = 0
  /// What the last complete checkpoint had taken in.
  var checkpoint: Checkpoint?

  /// The contents of a log in which nothing was written yet.
  init(snapshotNumber: Int) {
    self.snapshotNumber = snapshotNumber
  }

  /// Reads what the log held when `transaction` began.
  ///
  /// - Complexity: O(*n*) in the number of origins.
  init(_ transaction: ReadTransaction, checksum: Checksum) throws(StorageError) {
    snapshotNumber = transaction.snapshotNumber
    var replicas: [UInt32: ReplicaID] = [:]
    try transaction.forEach(.replica, checksum: checksum) { ordinal, record throws(StorageError) in
      guard let replica = ReplicaID(record: record) else {
        throw .damaged(place: "the record of origin \(ordinal)", reason: "it is no replica")
      }
      replicas[ordinal] = replica
    }
    var records: [(UInt32, OriginRecord)] = []
    try transaction.forEach(.vector, checksum: checksum) { ordinal, record throws(StorageError) in
      guard let vector = OriginRecord(record) else {
        throw .damaged(place: "the vector's entry \(ordinal)", reason: "it is no entry")
      }
      records.append((ordinal, vector))
    }
    for (ordinal, record) in records {
      guard let replica = replicas.removeValue(forKey: ordinal) else {
        throw .damaged(
          place: "the vector's entry \(ordinal)", reason: "its replica is not recorded")
      }
      guard
        origins.updateValue(
          Origin(ordinal: ordinal, truncatedTo: record.truncatedTo), forKey: replica)
          == nil
      else {
        throw .damaged(place: "the vector's entry \(ordinal)", reason: "its replica has another")
      }
      heads[replica] = record.head
      nextOrdinal = max(nextOrdinal, ordinal + 1)
    }
    if let ordinal = replicas.keys.min() {
      throw .damaged(place: "the vector's entry \(ordinal)", reason: "it is missing")
    }
    checkpoint = try transaction.checkpoint(checksum)
  }
}

/// The last version of each origin, of which a copy costs what has changed since lately.
struct OriginHeads: Sendable {
  private var settled: [ReplicaID: Head] = [:]
  /// What has changed since, so that a change copies no more than these.
  private var recent: [ReplicaID: Head] = [:]

  subscript(origin: ReplicaID) -> Head? {
    get { recent[origin] ?? settled[origin] }
    set {
      recent[origin] = newValue
      // To settle them takes as long as all of them are many, and happens the more seldom.
      guard recent.count * recent.count > settled.count + 64 else { return }
      settled = all
      recent = [:]
    }
  }

  /// Notes an origin's last version, or that there is none any more.
  mutating func set(_ origin: ReplicaID, to head: Head?) {
    settled = all
    recent = [:]
    settled[origin] = head
  }

  /// All of them.
  var all: [ReplicaID: Head] {
    recent.isEmpty ? settled : settled.merging(recent) { $1 }
  }
}

extension ReadTransaction {
  /// Hands every record of a database that is keyed by ordinals to `body`, its checksum checked.
  func forEach(
    _ database: Environment.Database, checksum: Checksum,
    body: (UInt32, UnsafeRawBufferPointer) throws(StorageError) -> Void
  ) throws(StorageError) {
    let cursor = try Cursor(self, database: database)
    while true {
      let found: Void? = try cursor.move(.next) { key, value throws(StorageError) in
        guard key.count == 4 else {
          throw .damaged(place: "a key of \(database.rawValue)", reason: "it is no ordinal")
        }
        let ordinal = UInt32(bigEndian: key.loadUnaligned(as: UInt32.self))
        guard let record = checksum.opened(value, in: database, under: key) else {
          throw .damaged(
            place: "the record \(ordinal) of \(database.rawValue)",
            reason: "its checksum does not fit its contents")
        }
        try body(ordinal, record)
      }
      if found == nil { return }
    }
  }
}
