import MerganserDatabase
import MerganserModel
import MerganserTypes
import TestSupport
import Testing

/// An entry's bytes may be anything: they are read as what was written, or refused.
@Suite struct SpineEntryTests {
  /// The entries of a spine of 900 versions.
  private func entries() throws -> [StateEntry] {
    var generator = SplitMix(seed: 11)
    let memory = MemoryStorage(checkpointInterval: 1, retainedVersions: 0)
    var source = VersionSource(origins: 1, using: &generator)
    for _ in 0..<900 {
      let dots = UInt64.random(in: 1...300, using: &generator)
      try memory.append(
        [source.next(of: source.origins[0], size: 1, dots: dots, using: &generator)])
    }
    memory.store(CheckpointStep(completes: Checkpoint(heads: source.heads)))
    while try memory.truncate() {}
    return try entriesOfSpine(memory)
  }

  @Test func blocksAreFullAndFitAPage() throws {
    let sizes = try entries().map { entry in
      _ = try SpineEntry(entry)
      return entry.value.count
    }
    #expect(sizes.count == 4)
    #expect(sizes.allSatisfy { $0 <= SpineBlock.maximumSize })
    #expect(
      sizes.dropFirst().dropLast().allSatisfy { $0 > SpineBlock.maximumSize - 60 }, "\(sizes)")
  }

  @Test func damagedEntriesAreRefusedOrOthers() throws {
    let last = try #require(try entries().last)
    let whole = try SpineEntry(last)
    for length in last.value.indices {
      #expect(throws: StorageError.self) {
        try SpineEntry(StateEntry(key: last.key, value: Array(last.value[..<length])))
      }
    }
    #expect(throws: StorageError.self) {
      try SpineEntry(StateEntry(key: last.key, value: last.value + [0]))
    }
    for offset in last.value.indices {
      for mask in [0xFF, 0x80, 0x01] as [UInt8] {
        var entry = last
        entry.value[offset] ^= mask
        #expect((try? SpineEntry(entry)) != whole)
      }
    }
    for offset in last.key.indices {
      var entry = last
      entry.key[offset] ^= 0xFF
      #expect((try? SpineEntry(entry)) != whole)
    }
    for length in 0..<40 where ![1, 16, 24].contains(length) {
      #expect(throws: StorageError.self) {
        try SpineEntry(StateEntry(key: [UInt8](repeating: 1, count: length), value: last.value))
      }
    }
  }
}
