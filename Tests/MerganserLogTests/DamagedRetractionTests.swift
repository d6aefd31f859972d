import MerganserDatabase
import MerganserModel
import MerganserTypes
import TestSupport
import Testing

@testable import MerganserLog

/// A log whose last blocks are gone is damaged: nothing of it is taken out, and the error says where it is.
@Suite struct DamagedRetractionTests {
  /// A store with two logs of four versions, each a block, and the log of one origin without some of these.
  private func store(
    _ folder: TemporaryFolder, without lost: ClosedRange<UInt64>
  ) throws -> (store: LogStore, logs: [ReplicaID: [StoredVersion]], origin: ReplicaID) {
    var generator = SplitMix(seed: 5)
    var source = VersionSource(origins: 2, using: &generator)
    let store = try LogStore.create(at: folder.path(of: "store"), identity: identity())
    var logs: [ReplicaID: [StoredVersion]] = [:]
    for origin in source.origins {
      logs[origin] = (0..<4).map { _ in source.next(of: origin, size: 3900, using: &generator) }
      try store.append(logs[origin] ?? [])
    }
    // The one whose log lies behind the other's.
    let origin = source.origins[1]
    try store.writer.withLock { writer in
      let ordinal = try #require(writer.contents.origins[origin]).ordinal
      let removed = try writer.environment.write(reserving: 64) {
        transaction throws(StorageError) in
        var removed = 0
        for sequence in lost {
          let isRemoved = try LogKey(ordinal: ordinal, sequence: sequence).withBytes {
            key throws(StorageError) in try transaction.delete(.log, key: key)
          }
          removed += isRemoved ? 1 : 0
        }
        return removed
      }
      #expect(removed == lost.count)
    }
    return (store, logs, origin)
  }

  private func expectDamaged(
    _ store: LogStore, origin: ReplicaID, to end: Head?, reason: String
  ) {
    let error = #expect(throws: StorageError.self) { try store.retract(origin, to: end) }
    guard case .damaged(let place, let found)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(place.contains("\(origin)".prefix(8)) && found.contains(reason), "\(place): \(found)")
  }

  @Test func aLogWithoutItsLastVersionIsDamaged() throws {
    let folder = try TemporaryFolder()
    let (store, logs, origin) = try store(folder, without: 4...4)
    let log = try #require(logs[origin])
    for end in [nil, log[0].head, log[1].head, log[2].head] {
      expectDamaged(
        store, origin: origin, to: end, reason: "does not end in the version that its vector names")
    }
    #expect(try store.snapshot().heads[origin] == log[3].head)
    try expectOtherIsWhole(store, logs: logs, origin: origin)
  }

  @Test func aLogWithoutAnyVersionIsDamaged() throws {
    let folder = try TemporaryFolder()
    let (store, logs, origin) = try store(folder, without: 1...4)
    expectDamaged(store, origin: origin, to: nil, reason: "what stands before it is missing")
    try expectOtherIsWhole(store, logs: logs, origin: origin)
  }

  /// The other's log is as it was.
  private func expectOtherIsWhole(
    _ store: LogStore, logs: [ReplicaID: [StoredVersion]], origin: ReplicaID
  ) throws {
    let other = try #require(logs.first { $0.key != origin })
    let reader = try store.snapshot().versions(of: other.key, after: 0)
    var found: [StoredVersion] = []
    while let version = try reader.next() { found.append(version) }
    #expect(found == other.value)
    try store.close()
  }
}
