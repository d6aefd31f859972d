import MerganserDatabase
public import MerganserModel

/// What a store's verification found.
public struct Verification: Sendable, Equatable {
  /// One thing that is not as it was written.
  public struct Finding: Sendable, Equatable {
    /// Where it is.
    public var place: String
    /// What is wrong with it.
    public var reason: String
  }

  /// What is wrong, in the order of the walk; no more than ``maximumFindings`` of it.
  public internal(set) var findings: [Finding] = []
  /// How many origins the log has versions of.
  public internal(set) var origins = 0
  /// How many blocks were read.
  public internal(set) var blocks = 0
  /// How many versions were read and found sound.
  public internal(set) var versions = 0
  /// How many bytes of payload these versions have.
  public internal(set) var bytes = 0

  /// How many rows are stored by checkpoints.
  public internal(set) var rows = 0
  /// How many bytes the keys and values have that are stored by checkpoints.
  public internal(set) var stateBytes = 0

  /// How many truncated versions the spine has the hashes of.
  public internal(set) var truncated = 0

  /// How many findings are listed before the walk ends.
  public static let maximumFindings = 1000

  /// Whether everything is as it was written.
  public var isSound: Bool { findings.isEmpty }
}

extension Verification.Finding: CustomStringConvertible {
  /// The place and the reason, as one line.
  public var description: String { "\(place): \(reason)" }
}

extension LogStore {
  /// Reads everything in a store, and checks every checksum, link, gap and entry of the vector, and
  /// that the stored rows' checkpoint is one of this log.
  ///
  /// Only LMDB's own pages are trusted, and a damaged one can end the process: run this in a process
  /// of its own. The store may be in use meanwhile; what it held at the beginning is what is checked.
  ///
  /// - Parameters:
  ///   - location: the store's folder.
  ///   - progress: Is told now and then how many blocks and stored entries of how many were read.
  /// - Returns: What was found. Damage that hides all else is a finding, too.
  /// - Throws: Where there is no store, or none that can be read.
  public static func verify(
    at location: some FileLocation, progress: (_ read: Int, _ all: Int) -> Void = { _, _ in }
  ) throws(StorageError) -> Verification {
    let path = try location.checkedPath()
    let reading: LogReading
    do {
      reading = try openForReading(at: path)
    } catch .damaged(let place, let reason) {
      return Verification(findings: [.init(place: place, reason: reason)])
    } catch {
      guard let missing = missingDataFile(in: path) else { throw error }
      return Verification(findings: [.init(place: missing, reason: "it is missing")])
    }
    defer { reading.close() }
    var verifier = LogVerifier(checksum: reading.checksum)
    do {
      try verifier.verify(try reading.environment.read(), progress: progress)
    } catch .damaged(let place, let reason) {
      verifier.result.findings.append(.init(place: place, reason: reason))
    }
    return verifier.result
  }
}

extension LogStore {
  /// The path of the data file that the store names and does not have; `nil` if it is there.
  private static func missingDataFile(in path: String) -> String? {
    guard let current = try? current(in: path) else { return nil }
    let file = path + "/" + current.dataFileName
    return FileSystem.exists(file) ? nil : file
  }
}

extension LogVerifier {
  /// Reads everything that the transaction sees.
  fileprivate mutating func verify(
    _ transaction: ReadTransaction, progress: (_ read: Int, _ all: Int) -> Void
  ) throws(StorageError) {
    let databases: [Environment.Database] = [.log, .state, .index, .counts, .parts, .spine]
    var all = 0
    for database in databases { all += try transaction.count(of: database) }
    var read = 0
    try withoutActuallyEscaping(progress) { progress throws(StorageError) in
      let step = {
        if read % 1024 == 0 { progress(read, all) }
        read += 1
      }
      try readOrigins(transaction)
      try readCheckpoint(transaction)
      readPeers(transaction)
      try readLog(transaction, progress: step)
      var state = StateVerifier(
        transaction: transaction, checksum: checksum, origins: records, result: result,
        progress: step)
      for space in Keyspace.allCases { try state.readEntries(of: space) }
      try state.readParts()
      result = state.result
    }
    progress(all, all)
  }
}
