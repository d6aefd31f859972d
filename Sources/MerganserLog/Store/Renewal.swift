import CLMDB
import MerganserDatabase
public import MerganserModel
import MerganserTypes

/// How a store was left, and what is there of it now.
struct LastSession {
  let session: SessionRecord
  let opening: OpeningRecord?
  /// The last transaction that the data file has seen.
  let transaction: Int

  init(_ transaction: ReadTransaction) throws(StorageError) {
    session = try StoreRecords.session(transaction)
    opening = try StoreRecords.opening(transaction)
    self.transaction = transaction.snapshotNumber
  }

  /// What follows for a store that lies in `file` and has `outside` beside it.
  func renewal(in file: FileBirth, beside outside: OpeningFile?) -> Renewal? {
    if let written = session.file, !written.isSame(as: file) { return .copied }
    guard isContinued(in: file, beside: outside) else { return .copied }
    let isLost =
      session.isOpen && session.isOfAnotherBoot && session.durability == .survivesProcessCrash
    return isLost ? .lostVersions : nil
  }

  private func isContinued(in file: FileBirth, beside outside: OpeningFile?) -> Bool {
    // A file of an earlier program's, put in the place of one that was opened since.
    guard var opening else { return outside == nil }
    // An earlier program may have moved the store to another file, and says so in its own record.
    if let written = session.file, !written.isSame(as: opening.file) { opening.file = file }
    return opening.isContinued(by: outside, in: file, last: transaction)
  }
}

extension Renewal: CustomStringConvertible {
  /// The reason, in words.
  public var description: String {
    switch self {
    case .copied: "the store is a copy of another, or was restored"
    case .lostVersions: "the machine stopped before the last versions were on disk"
    }
  }
}

extension Environment {
  /// Which file the store lies in.
  func fileBirth() throws(StorageError) -> FileBirth {
    var descriptor: FileSystem.Descriptor = -1
    mdb_env_get_fd(try open().pointer, &descriptor)
    return try FileBirth(descriptor, path: path)
  }

  /// Records that a writer opened or closed the store that lies in the folder at `path`: in the data file
  /// first, with what is to be written of peers and a new replica, and then outside it.
  ///
  /// - Returns: The record, and the number of the transaction that wrote it.
  func write(
    _ session: SessionRecord, in path: String, peers: PeersRecord? = nil, renewing: Bool = false
  ) throws(StorageError) -> (opening: OpeningRecord, transaction: Int) {
    var opening = OpeningRecord(
      number: .random(in: .min ... .max), before: try OpeningFile(in: path)?.number,
      file: try fileBirth())
    opening.outside = try OpeningFile.prepare(opening.number, in: path)
    var renewed: (record: StoreRecords.Identity, identity: StoreIdentity)?
    if renewing {
      renewed = try StoreRecords.identity(try read(), path: path)
      renewed?.identity.replica = .random()
    }
    let number = try write(reserving: 64 + (peers?.pages ?? 0)) {
      transaction throws(StorageError) in
      try transaction.putRecord(StoreRecords.sessionKey, body: session.encoded())
      try transaction.put(opening)
      try transaction.put(peers)
      if let renewed {
        try transaction.putIdentity(renewed.identity, storeID: renewed.record.storeID)
      }
      return transaction.number
    }
    try OpeningFile.replace(in: path)
    return (opening, number)
  }
}
