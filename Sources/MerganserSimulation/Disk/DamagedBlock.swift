import MerganserDatabase
import MerganserModel
import MerganserTypes

/// A block of a simulated disk whose bytes are not what was written: who reads it is told so, and given nothing of it.
///
/// It is what a checksum that does not fit is to `LogStore`. It is used by one thread.
final class DamagedBlock: @unchecked Sendable {
  /// What stands in the block.
  enum Contents {
    /// What describes the store: it is read when the store is opened, and when a copy of it is.
    case records
    /// Versions of an origin, one after the other.
    case versions(of: ReplicaID, ClosedRange<UInt64>)
    /// An entry that a checkpoint has stored.
    case entry(Keyspace, key: [UInt8])
  }

  let contents: Contents
  /// Whether an error that names the block has come to somebody who can do something about it.
  private(set) var isTold = false
  /// Whether it is read as if it were whole: what a simulation itself looks at finds nothing.
  var isOverlooked = false

  init(_ contents: Contents) { self.contents = contents }

  /// The block as errors name it.
  var place: String {
    switch contents {
    case .records: "the simulated store's records"
    case .versions(let origin, let sequences):
      "the log's block of replica \(origin.shortDescription) from \(sequences.lowerBound)"
    case .entry(let space, let key):
      "the simulated entry \(key.map { "\($0)" }.joined(separator: ".")) of the \(space)"
    }
  }

  /// What reading it throws.
  var error: StorageError {
    .damaged(place: place, reason: "its checksum does not fit its contents")
  }

  /// Takes notice of an error that somebody was told of.
  func note(_ error: any Error) { if "\(error)".contains(place) { isTold = true } }

  /// Refuses whoever reads what describes the store.
  func checkRecords() throws(StorageError) {
    if case .records = contents, !isOverlooked { throw error }
  }

  /// Refuses whoever reads an origin's versions, if the block has some with these numbers.
  func checkVersions(
    of origin: ReplicaID, in sequences: ClosedRange<UInt64>
  ) throws(StorageError) {
    guard case .versions(origin, let own) = contents, own.overlaps(sequences), !isOverlooked else {
      return
    }
    throw error
  }

  /// Refuses whoever reads an entry, if it is the one in the block.
  func checkEntry(_ key: [UInt8], in space: Keyspace) throws(StorageError) {
    if case .entry(space, key) = contents, !isOverlooked { throw error }
  }
}

extension DamagedBlock {
  /// The block once a part of a checkpoint is stored; `nil` if that has written the block anew, or takes it out.
  func outlasting(_ step: CheckpointStep) -> DamagedBlock? {
    guard case .entry(let space, let key) = contents else { return self }
    return step.changes.contains { $0.space == space && $0.key == key } ? nil : self
  }

  /// Refuses a change for which the block had to be read: versions that went, or an entry that is different.
  func checkReading(
    from before: any VersionSnapshot, to after: any VersionSnapshot
  ) throws(StorageError) {
    switch contents {
    case .records: return
    case .versions(let origin, let sequences):
      let isTouched =
        after.truncation(of: origin)?.sequence ?? 0 >= sequences.lowerBound
        || after.head(of: origin)?.sequence ?? 0 < sequences.upperBound
      if isTouched { throw error }
    case .entry(let space, let key):
      let values = (
        try before.state.value(of: key, in: space), try after.state.value(of: key, in: space)
      )
      if values.0 != values.1 { throw error }
    }
  }
}

extension DamagedBlock.Contents {
  /// How many bytes of versions stand in one block.
  private static let capacity = 4056

  /// A block of what a storage holds.
  ///
  /// - Parameters:
  ///   - storage: the storage.
  ///   - draw: what chooses it.
  /// - Throws: ``/MerganserModel/StorageError``.
  init(drawnFrom storage: MemoryStorage, by draw: inout Draw) throws(StorageError) {
    let snapshot = try storage.snapshot()
    let kind = draw.number(below: 8)
    if (1...4).contains(kind), let block = try Self.versions(in: snapshot, by: &draw) {
      self = block
    } else if kind > 4, let entry = try Self.entry(in: snapshot.state, by: &draw) {
      self = entry
    } else {
      self = .records
    }
  }

  private static func versions(
    in snapshot: any VersionSnapshot, by draw: inout Draw
  ) throws(StorageError) -> Self? {
    var blocks: [Self] = []
    for origin in snapshot.heads.keys.sorted() {
      var first: UInt64?
      var last: UInt64 = 0
      var size = 0
      let reader = try snapshot.versions(
        of: origin, after: snapshot.truncation(of: origin)?.sequence ?? 0)
      while let version = try reader.next() {
        if let begun = first, size + version.payload.count > capacity {
          blocks.append(.versions(of: origin, begun...last))
          first = nil
          size = 0
        }
        first = first ?? version.sequences.lowerBound
        last = version.sequences.upperBound
        size += version.payload.count
      }
      if let first { blocks.append(.versions(of: origin, first...last)) }
    }
    return blocks.isEmpty ? nil : blocks[draw.number(below: blocks.count)]
  }

  private static func entry(
    in state: any StoredState, by draw: inout Draw
  ) throws(StorageError) -> Self? {
    var entries: [Self] = []
    for space in Keyspace.allCases {
      let reader = try state.entries(from: [], in: space)
      while let entry = try reader.next() { entries.append(.entry(space, key: entry.key)) }
    }
    return entries.isEmpty ? nil : entries[draw.number(below: entries.count)]
  }
}
