import MerganserDatabase
import MerganserModel
import MerganserTypes

/// Versions of three origins and rows, of all sizes, that a seed determines.
struct Workload {
  let origins = (1...3).map { ReplicaID(high: 9, low: $0) }
  var heads: [ReplicaID: Head]
  var state = StoredModel()
  private var random: UInt64

  /// Goes on where a store is.
  init(seed: UInt64, snapshot: any VersionSnapshot) throws(StorageError) {
    self.init(seed: seed, heads: snapshot.heads)
    state = try StoredModel(snapshot.state)
  }

  /// A step of a checkpoint: all rows get values of the next generation, some index entries come and
  /// go; every other one completes the checkpoint.
  mutating func step() -> CheckpointStep {
    let generation = (state.generation ?? 0) + 1
    var changes: [CheckpointStep.Change] = []
    for row in 0..<StoredModel.rows {
      let size = random(30) == 0 ? 4000 + random(12000) : random(300)
      var value = withUnsafeBytes(of: generation.littleEndian) { Array($0) }
      for _ in 0..<size { value.append(UInt8(truncatingIfNeeded: random(256))) }
      changes.append(.init(.rows, key: StoredModel.key(ofRow: row), value: value))
    }
    for _ in 0...random(10) {
      let key = [UInt8](repeating: UInt8(random(40)), count: 40)
      changes.append(
        .init(.index, key: key, value: random(2) == 0 ? nil : key + [UInt8(random(256))]))
    }
    changes.append(
      .init(.counts, key: Array("rows".utf8), value: [UInt8(truncatingIfNeeded: generation)]))
    var step = CheckpointStep(changes)
    if generation % 2 == 0 {
      step.completes = Checkpoint(heads: heads, time: HybridTime(milliseconds: generation))
    }
    state.apply(step)
    return step
  }

  init(seed: UInt64, heads: [ReplicaID: Head]) {
    random = seed
    self.heads = heads
  }

  mutating func batch() -> [StoredVersion] {
    (0...random(20)).map { _ in
      let size = random(50) == 0 ? 1000 + random(20000) : random(300)
      return next(of: origins[random(origins.count)], size: size)
    }
  }

  private mutating func next(of origin: ReplicaID, size: Int) -> StoredVersion {
    let head = heads[origin] ?? Head(sequence: 0, hash: 0)
    let first = head.sequence + 1
    let delta = (0..<size).map { _ in UInt8(truncatingIfNeeded: random(256)) }
    let version = StoredVersion(
      origin: origin, sequences: first...first + UInt64(random(3)),
      time: HybridTime(milliseconds: first),
      previousHash: head.hash, replicas: [origin],
      writes: [RowDelta(table: "rows", key: [1], delta: delta)])
    heads[origin] = version.head
    return version
  }

  /// A number from 0 up to `bound`.
  mutating func random(_ bound: Int) -> Int {
    random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((random >> 33) % UInt64(bound))
  }
}
