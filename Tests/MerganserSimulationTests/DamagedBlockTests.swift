import MerganserDatabase
import MerganserModel
import MerganserTypes
import TestSupport
import Testing

@testable import MerganserSimulation

/// Blocks of disks that are damaged: they are told of by name, and a store that has one is replaced.
@Suite struct DamagedBlockTests {
  @Test(
    .exercises([
      "found at an opening or a read": 25, "found by a verification": 5,
      "replaced by a backup": 20, "begun anew": 12,
    ]))
  func aDamagedStoreIsReplaced() throws {
    let simulation = try Simulation.market()
    let visit = simulation.number(ofTransaction: "visit") ?? 0
    for seed in UInt64(1)...3 {
      for block in 0..<18 {
        var schedule = (0..<6).flatMap {
          ["write \($0 % 2) \(visit) \($0)", "settle \($0 % 2) 0 0"]
        }
        schedule += ["sync 0 1 0", "settle 0 0 0", "settle 1 0 0"]
        // What only it has is lost with it.
        if block % 3 > 0 { schedule.append("backUp 0 0 0") }
        schedule += ["write 0 \(visit) 7", "settle 0 0 0", "decay 0 0 \(block)"]
        if block % 2 == 0 { schedule += ["crash 0 0 0", "start 0 0 0"] }
        schedule += [
          "write 0 \(visit) 8", "settle 0 0 0", "sync 0 2 0", "settle 0 0 0", "settle 2 0 0",
        ]
        let counts = try simulation.replay(seed: seed, schedule: schedule).counts
        let backups = counts["damaged stores that a backup replaced"] ?? 0
        let anew = counts["damaged stores that began anew"] ?? 0
        let verified = counts["damaged blocks that a verification found"] ?? 0
        #expect(backups + anew <= 1)
        Exercised.count("found at an opening or a read", number: backups + anew - verified)
        Exercised.count("found by a verification", number: verified)
        Exercised.count("replaced by a backup", number: backups)
        Exercised.count("begun anew", number: anew)
      }
    }
  }

  private let origin = ReplicaID(high: 0, low: 1)

  /// A disk with four versions of one origin and two rows, of which a block is damaged.
  private func disk(_ contents: DamagedBlock.Contents) throws -> (MemoryStorage, DamagedSnapshot) {
    let storage = MemoryStorage(checkpointInterval: 0, retainedVersions: 0)
    let rows = [[1], [2]].map { CheckpointStep.Change(.rows, key: $0, value: [7]) }
    storage.store(CheckpointStep(rows))
    let whole = try storage.snapshot()
    return (storage, DamagedSnapshot(whole: whole, block: DamagedBlock(contents)))
  }

  /// An entry that is damaged is told of wherever it is read, and the others are as they were.
  @Test func aDamagedEntryIsTold() throws {
    let (_, snapshot) = try disk(.entry(.rows, key: [1]))
    let state = snapshot.state
    let error = snapshot.block.error
    #expect(throws: error) { try state.value(of: [1], in: .rows) }
    #expect(try state.value(of: [2], in: .rows) == [7])
    #expect(throws: error) { try state.entry(before: [2], in: .rows) }
    #expect(throws: error) { try state.neighbors(of: [2], in: .rows) }
    let reader = try state.entries(from: [], in: .rows)
    for _ in 0..<2 { #expect(throws: error) { try reader.next() } }
    #expect(try state.entries(from: [2], in: .rows).next()?.key == [2])
    #expect(try state.value(of: [1], in: .index) == nil)
    snapshot.block.isOverlooked = true
    #expect(try state.value(of: [1], in: .rows) == [7])
  }

  /// What is stored anew is whole again; another entry does not change that.
  @Test func anEntryThatIsWrittenAnewIsWhole() {
    let block = DamagedBlock(.entry(.rows, key: [1]))
    let step = { (key: [UInt8]) in CheckpointStep([.init(.rows, key: key, value: nil)]) }
    #expect(block.outlasting(step([1])) == nil)
    #expect(block.outlasting(step([2])) === block)
    let log = DamagedBlock(.versions(of: origin, 1...3))
    #expect(log.outlasting(step([1])) === log)
  }

  /// Versions in a damaged block are told of, and no others.
  @Test func damagedVersionsAreTold() throws {
    let block = DamagedBlock(.versions(of: origin, 3...5))
    for sequences in [1...3, 4...4, 5...9] as [ClosedRange<UInt64>] {
      #expect(throws: block.error) { try block.checkVersions(of: origin, in: sequences) }
    }
    try block.checkVersions(of: origin, in: 1...2)
    try block.checkVersions(of: origin, in: 6...9)
    try block.checkVersions(of: ReplicaID(high: 0, low: 2), in: 1...9)
    try block.checkRecords()
    #expect(throws: StorageError.self) { try DamagedBlock(.records).checkRecords() }
    // Only who names it has told of it.
    block.note(StorageError.diskFull(path: "here"))
    #expect(!block.isTold)
    block.note(block.error)
    #expect(block.isTold)
  }
}
