import MerganserDatabase
import MerganserModel
import MerganserTypes

/// What checkpoints have stored, as far as it can be told apart.
///
/// The spine is not of it: it follows from how the log was truncated (``StoredModel/gapInSpine(of:)``).
struct StoredModel: Equatable {
  /// How many rows each step writes.
  static let rows = 12

  private(set) var entries: [Keyspace: [[UInt8]: [UInt8]]] = [:]
  private(set) var checkpoint: Checkpoint?
  private static let spaces = Keyspace.allCases.filter { $0 != .spine }

  static func key(ofRow row: Int) -> [UInt8] { Array("rows".utf8) + [0, UInt8(row)] }

  init() {}

  /// Reads everything that is stored.
  init(_ state: any StoredState) throws(StorageError) {
    checkpoint = state.checkpoint
    for space in Self.spaces {
      let reader = try state.entries(from: [], in: space)
      while let entry = try reader.next() { entries[space, default: [:]][entry.key] = entry.value }
    }
  }

  mutating func apply(_ step: CheckpointStep) {
    for change in step.changes { entries[change.space, default: [:]][change.key] = change.value }
    if let completed = step.completes { checkpoint = completed }
  }

  /// The step that wrote the rows; `nil` if there are none, or where they are of several.
  var generation: UInt64? {
    let rows = entries[.rows] ?? [:]
    let found = rows.values.map { $0.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) } }
    guard found.count == Self.rows, Set(found).count == 1 else { return nil }
    return found.first
  }

  /// A number for all of it; 0 where nothing is stored.
  var digest: UInt64 {
    var digest: UInt64 = 0
    func add(_ bytes: some Sequence<UInt8>) {
      for byte in bytes { digest = digest &* 31 &+ UInt64(byte) &+ 1 }
    }
    for space in Self.spaces {
      let sorted = (entries[space] ?? [:]).sorted { $0.key.lexicographicallyPrecedes($1.key) }
      for (key, value) in sorted {
        add(key)
        add(value)
      }
    }
    guard let checkpoint else { return digest }
    for (origin, head) in checkpoint.heads.sorted(by: { $0.key < $1.key }) {
      digest = (digest &* 31 &+ origin.low) &* 31 &+ head.hash
    }
    return digest &* 31 &+ checkpoint.time.bits
  }
}

extension StoredModel {
  /// What the spine lacks of the truncated versions; `nil` if it has all of their ends.
  ///
  /// Its blocks follow one another from an origin's first version to the last that was truncated.
  static func gapInSpine(of snapshot: any VersionSnapshot) throws(StorageError) -> String? {
    var covered: [ReplicaID: UInt64] = [:]
    let reader = try snapshot.state.entries(from: [], in: .spine)
    while let entry = try reader.next() {
      guard case .block(let block) = try SpineEntry(entry) else { continue }
      guard block.first == covered[block.origin, default: 0] + 1 else {
        return "a block of the spine begins at \(block.first) behind \(covered)"
      }
      covered[block.origin] = block.last
    }
    for (origin, end) in snapshot.truncatedTo {
      let last = try snapshot.state.spineEntry(of: origin, endingAt: end.sequence)
      if last != .hash(end.hash) {
        return "the spine ends at \(covered), and the log begins behind \(end.sequence)"
      }
    }
    return nil
  }
}
