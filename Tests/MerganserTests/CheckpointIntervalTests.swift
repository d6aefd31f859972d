import Merganser
import MerganserDatabase
import MerganserLog
import TestSupport
import Testing

/// Checkpoints come to an end, however short the interval between them is.
@Suite struct CheckpointIntervalTests {
  struct Shelves: Schema {
    let shelves = Table<String, ORSet<String>>("shelves")
  }

  let schema = Shelves()

  /// Without new versions no checkpoint follows the last one, so that closing and opening end.
  @Test(.timeLimit(.minutes(8))) func anIntervalOfNothingStoresAfterEachGroup() async throws {
    let folder = try TemporaryFolder()
    var options = ReplicaOptions(durability: .survivesProcessCrash)
    options.checkpointInterval = 0
    for count in 1...2 {
      let replica = try await Replica.open(schema, at: folder.path + "/a", options: options)
      try await replica.write { [schema] in try $0[schema.shelves, "a"].insert("\(count)") }
      #expect(try replica.snapshot[schema.shelves, "a"]?.count == count)
      try await replica.close()
    }
  }

  /// A storage is not asked for its range: below nothing is nothing.
  @Test(.timeLimit(.minutes(8)), arguments: [0, -1, .min])
  func inMemoryToo(interval: Int) async throws {
    let replica = try Replica(schema, storage: MemoryStorage(checkpointInterval: interval))
    for count in 1...2 {
      try await replica.write { [schema] in try $0[schema.shelves, "a"].insert("\(count)") }
    }
    #expect(try replica.snapshot[schema.shelves, "a"]?.count == 2)
    try await replica.close()
  }
}
