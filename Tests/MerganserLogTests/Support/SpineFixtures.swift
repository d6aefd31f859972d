import MerganserDatabase
import MerganserLog
import MerganserModel
import MerganserTypes
import Synchronization
import TestSupport
import Testing

/// Options under which nothing that is in the stored rows stays in the log.
func truncatingOptions(spine: Int = Retention().spine) -> ReplicaOptions {
  var options = ReplicaOptions(durability: .survivesProcessCrash)
  options.retention = Retention(history: 0, backlog: 0)
  options.retention.spine = spine
  return options
}

/// Takes all out of the log that is in the stored rows.
func truncateAll(_ storage: any VersionStorage) throws {
  var calls = 0
  while try storage.truncate() { calls += 1 }
  #expect(calls < 100)
}

/// What there was of each origin, as the spine is to know it.
struct TruncatedHistory {
  var source: VersionSource
  var ends: [ReplicaID: [UInt64: UInt64]] = [:]

  init(origins: Int, generator: inout SplitMix) {
    source = VersionSource(origins: origins, using: &generator)
  }

  /// The next versions, some of several numbers and some in parts.
  mutating func batch(_ count: Int, generator: inout SplitMix) -> [StoredVersion] {
    (0..<count).map { _ in
      let origin = source.origins.randomElement(using: &generator) ?? source.origins[0]
      let size = Int.random(in: 0..<200, using: &generator) == 0 ? 9000 : 40
      let version = source.next(
        of: origin, size: size, dots: .random(in: 1...3, using: &generator), using: &generator)
      ends[origin, default: [:]][version.head.sequence] = version.hash
      return version
    }
  }

  /// Checks that every answer about a truncated version is right, and that all are known, if the spine is
  /// to be whole.
  ///
  /// - Returns: how many are known.
  @discardableResult
  func check(
    _ snapshot: any VersionSnapshot, isWhole: Bool,
    location: SourceLocation = #_sourceLocation
  ) throws -> Int {
    var known = 0
    for (origin, end) in snapshot.truncatedTo {
      for number in 1..<end.sequence {
        let entry = try snapshot.entry(of: origin, endingAt: number)
        let expected = ends[origin]?[number].map { HistoryEntry.hash($0) } ?? .noVersionEnds
        if entry == .unknown {
          #expect(!isWhole, sourceLocation: location)
        } else {
          known += 1
          #expect(entry == expected, "\(number)", sourceLocation: location)
        }
      }
    }
    return known
  }
}

/// All entries of a storage's spine.
func entriesOfSpine(_ storage: any VersionStorage) throws -> [StateEntry] {
  let reader = try storage.snapshot().state.entries(from: [], in: .spine)
  var entries: [StateEntry] = []
  while let entry = try reader.next() { entries.append(entry) }
  return entries
}

extension StateEntry {
  /// How many bytes it takes.
  var size: Int { key.count + value.count }
}

/// A state that counts which entries are read.
final class CountingState: StoredState {
  private final class Reader: StateReader {
    let reader: any StateReader
    let state: CountingState

    init(_ reader: any StateReader, of state: CountingState) {
      (self.reader, self.state) = (reader, state)
    }

    func next() throws(StorageError) -> StateEntry? {
      state.count.withLock { $0 += 1 }
      return try reader.next()
    }
  }

  private let state: any StoredState
  private let count = Mutex(0)

  init(_ state: any StoredState) { self.state = state }

  var reads: Int { count.withLock { $0 } }

  var checkpoint: Checkpoint? { state.checkpoint }

  func value(of key: [UInt8], in space: Keyspace) throws(StorageError) -> [UInt8]? {
    count.withLock { $0 += 1 }
    return try state.value(of: key, in: space)
  }

  func entry(before key: [UInt8], in space: Keyspace) throws(StorageError) -> StateEntry? {
    count.withLock { $0 += 1 }
    return try state.entry(before: key, in: space)
  }

  func entries(from key: [UInt8], in space: Keyspace) throws(StorageError) -> any StateReader {
    Reader(try state.entries(from: key, in: space), of: self)
  }
}
