public import MerganserDatabase

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
  /// Reads everything in a store, and checks every checksum, link, gap and entry of the vector.
  ///
  /// Only LMDB's own pages are trusted, and a damaged one can end the process: run this in a process
  /// of its own. The store may be in use meanwhile; what it held at the beginning is what is checked.
  ///
  /// - Parameters:
  ///   - path: The store's folder.
  ///   - progress: Is told now and then how many blocks of how many were read.
  /// - Returns: What was found. Damage that hides all else is a finding, too.
  /// - Throws: Where there is no store, or none that can be read.
  public static func verify(
    at path: String, progress: (_ read: Int, _ all: Int) -> Void = { _, _ in }
  ) throws(StorageError) -> Verification {
    let reading: LogReading
    do {
      reading = try openForReading(at: path)
    } catch .damaged(let place, let reason) {
      return Verification(findings: [.init(place: place, reason: reason)])
    }
    defer { reading.close() }
    var verifier = LogVerifier(checksum: reading.checksum)
    do {
      let transaction = try reading.environment.read()
      try verifier.readOrigins(transaction)
      try verifier.readLog(transaction, progress: progress)
    } catch .damaged(let place, let reason) {
      verifier.result.findings.append(.init(place: place, reason: reason))
    }
    return verifier.result
  }
}
