import MerganserDatabase
import MerganserTypes

/// Versions of three origins, of all sizes, that a seed determines.
struct Workload {
  let origins = (1...3).map { ReplicaID(high: 9, low: $0) }
  var heads: [ReplicaID: Head]
  private var state: UInt64

  init(seed: UInt64, heads: [ReplicaID: Head]) {
    state = seed
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
    let version = Version(
      origin: origin, sequences: first...first + UInt64(random(3)),
      time: HybridTime(milliseconds: first), dependencies: VersionVector(),
      previousHash: head.hash,
      tables: [TableDelta(name: "rows", rows: [RowDelta(key: [1], delta: delta)])]
    ).stored(replicaTable: [origin])
    heads[origin] = version.head
    return version
  }

  /// A number from 0 up to `bound`.
  mutating func random(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(bound))
  }
}
