import Foundation
import MerganserDatabase
import MerganserLog
import MerganserModel
import MerganserTypes
import TestSupport
import Testing

/// How many trials of each kind; `MERGANSER_TORTURE` multiplies them.
private let trials = 100 * tortureFactor

@Suite("Damaged files: an error or the same values, never a wrong one", .serialized)
struct DamageTests {
  /// A store with some history behind it, and what it holds.
  private struct Sound {
    let folder: TemporaryFolder
    let path: String
    let file: [UInt8]
    let digests: [String]
    let map: PageMap

    init(seed: UInt64) throws {
      let folder = try TemporaryFolder()
      self.folder = folder
      path = folder.path(of: "s")
      try LogStore.create(at: path, identity: identity()).close()
      #expect(try ChildProcess.run("write", path, "\(seed)", "120").end == .exit(0))
      let path = path
      digests = try Self.ways.map { way in
        let outcome = try ChildProcess.run(way, path)
        #expect(outcome.end == .exit(0))
        return outcome.output
      }
      file = try readFile(path + "/000001.mdb")
      map = PageMap(file)
    }

    /// Reading checks checksums and links, scanning checksums alone.
    private static let ways = ["read", "scan"]

    /// Puts `bytes` in the place of the data file, reads everything, and says what came of it.
    func read(_ bytes: [UInt8], trial: Int) throws -> Outcome {
      try writeFile(path + "/000001.mdb", bytes: bytes)
      let way = trial % 4 / 2
      let (output, end) = try ChildProcess.run(Self.ways[way], path)
      switch end {
      case .exit(0): return output == digests[way] ? .same : .wrong
      case .exit(3): return .refused(output)
      default: return .crashed(end)
      }
    }
  }

  private enum Outcome: Equatable {
    case same, wrong
    case refused(String)
    case crashed(ChildProcess.End)
  }

  @Test func flippedBits() throws {
    var generator = SplitMix(seed: 11)
    let sound = try Sound(seed: 11)
    #expect(sound.map.values.count > 50)
    var refused = 0
    for trial in 0..<trials {
      var bytes = sound.file
      // Every other one in a value of ours, the others anywhere in the used part.
      let range =
        trial % 2 == 0
        ? sound.map.values.randomElement(using: &generator) ?? 0..<1
        : 0..<min(bytes.count, (sound.map.values.last?.upperBound ?? 0) + 4096)
      let offset = Int.random(in: range, using: &generator)
      bytes[offset] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      switch try sound.read(bytes, trial: trial) {
      case .same: break
      case .refused: refused += 1
      case .wrong: Issue.record("a wrong value came of a flipped bit at \(offset)")
      case .crashed(let end):
        #expect(!sound.map.isValue(offset), "\(end) came of a flipped bit at \(offset)")
      }
    }
    #expect(refused > trials / 8)
  }

  @Test func garbage() throws {
    var generator = SplitMix(seed: 12)
    let sound = try Sound(seed: 12)
    var refused = 0
    for trial in 0..<trials {
      var bytes = sound.file
      let value = try #require(sound.map.values.randomElement(using: &generator))
      let start = Int.random(in: value, using: &generator)
      let end = Int.random(in: start..<value.upperBound, using: &generator)
      for offset in start...end { bytes[offset] = UInt8.random(in: 0...255, using: &generator) }
      switch try sound.read(bytes, trial: trial) {
      case .same: break
      case .refused: refused += 1
      case .wrong: Issue.record("a wrong value came of garbage at \(start)")
      case .crashed(let how): Issue.record("\(how) came of garbage in a value at \(start)")
      }
    }
    #expect(refused > trials / 4)
  }

  @Test func zeroedPages() throws {
    var generator = SplitMix(seed: 13)
    let sound = try Sound(seed: 13)
    let used = (sound.map.values.last?.upperBound ?? 0) / 4096 + 1
    for trial in 0..<trials {
      var bytes = sound.file
      let page = Int.random(in: 0..<used, using: &generator)
      for offset in page * 4096..<(page + 1) * 4096 { bytes[offset] = 0 }
      // LMDB may abort here: it trusts its pages. It must not lead to a wrong value.
      #expect(try sound.read(bytes, trial: trial) != .wrong, "page \(page)")
    }
  }

  @Test func truncations() throws {
    var generator = SplitMix(seed: 14)
    let sound = try Sound(seed: 14)
    var refused = 0
    for trial in 0..<trials {
      // Every other one in the part that is in use.
      let used = sound.map.values.last?.upperBound ?? 1
      let length = Int.random(
        in: 0..<(trial % 2 == 0 ? used : sound.file.count), using: &generator)
      switch try sound.read(Array(sound.file[..<length]), trial: trial) {
      case .same: break
      case .refused: refused += 1
      case .wrong: Issue.record("a wrong value came of a cut at \(length)")
      case .crashed(let end): Issue.record("\(end) came of a cut at \(length)")
      }
    }
    #expect(refused > trials / 4)
  }

  @Test func damageIsLocated() throws {
    let sound = try Sound(seed: 15)
    #expect(try LogStore.verify(at: sound.path).isSound)
    // Pages that hold a block; those that were free when the store was closed are not read.
    let blocks = sound.map.values.filter { $0.count > 4000 }.reversed()
    var found = 0
    for block in blocks where found < 3 {
      var bytes = sound.file
      bytes[block.lowerBound + 100] ^= 1
      try writeFile(sound.path + "/000001.mdb", bytes: bytes)
      let findings = try LogStore.verify(at: sound.path).findings
      if findings.isEmpty { continue }
      found += 1
      #expect(findings.count == 1, "\(findings)")
      #expect(findings.first?.description.contains("block of replica 00000000") == true)
      #expect(findings.first?.reason == "its checksum does not fit its contents")
    }
    #expect(found == 3)
  }

  @Test func damageToRowsIsLocated() throws {
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    let store = try LogStore.create(at: path, identity: identity())
    // One that is whole, and one in parts.
    let rows: [(key: [UInt8], value: [UInt8])] = [
      (Array("accounts".utf8) + [0, 7], [UInt8](repeating: 0xA1, count: 50)),
      (Array("accounts".utf8) + [0, 8], [UInt8](repeating: 0xA2, count: 9000)),
    ]
    try store.store(CheckpointStep(rows.map { .init(.rows, key: $0.key, value: $0.value) }))
    try store.close()
    let file = try readFile(path + "/000001.mdb")
    for (row, name) in zip(rows, ["07", "08"]) {
      let places = file.indices.dropLast(20).filter { start in
        file[start..<start + 20].allSatisfy { $0 == row.value[0] }
      }
      // Some are in what a page was before.
      var found = 0
      for place in stride(from: 0, to: places.count, by: max(1, places.count / 50)).map({
        places[$0]
      }) {
        var bytes = file
        bytes[place] ^= 4
        try writeFile(path + "/000001.mdb", bytes: bytes)
        let findings = try LogStore.verify(at: path).findings.map(\.place)
        #expect(findings.count <= 1)
        #expect(findings.allSatisfy { $0 == "the stored row \(name) of table \"accounts\"" })
        found += findings.count
        let reading = try LogStore.openForReading(at: path)
        let state = try reading.snapshot().state
        let isRefused = (try? state.value(of: row.key, in: .rows)) == nil
        #expect(isRefused == !findings.isEmpty)
        for other in rows where other.key != row.key {
          let isSame = try state.value(of: other.key, in: .rows) == other.value
          #expect(isSame)
        }
        reading.close()
      }
      #expect(found > 0)
    }
  }

  @Test func damagedCurrentFiles() throws {
    var generator = SplitMix(seed: 16)
    let sound = try Sound(seed: 16)
    let current = try readFile(sound.path + "/CURRENT")
    for _ in 0..<trials {
      var bytes = current
      if Bool.random(using: &generator) {
        bytes[Int.random(in: bytes.indices, using: &generator)] ^=
          1 << UInt8.random(in: 0..<8, using: &generator)
      } else {
        bytes.removeLast(Int.random(in: 1...bytes.count, using: &generator))
      }
      try writeFile(sound.path + "/CURRENT", bytes: bytes)
      #expect(throws: StorageError.self) { try LogStore.open(at: sound.path) }
    }
  }
}
