import MerganserDatabase
import MerganserModel
import MerganserTypes
import TestSupport
import Testing

@testable import ByteFuzzing

/// Honest replicas converge, whoever lies: random histories of replicas that keep the invariants, and of others that
/// write what they like, by every road and in every order.
@Suite struct ConvergenceTests {
  @Test(
    .exercises([
      "deltas: a liar's version that is applied": 120,
      "deltas: a version that waits to the end": 130,
      "deltas: an adoption": 320,
      "deltas: an honest commit": 790,
      "deltas: lacksRights": 160,
      "deltas: malformed": 2500,
    ]), arguments: 0..<8)
  func replicasConvergeWhoeverLies(seed: Int) throws {
    let tables = try FuzzHouse.catalog.get().tables.map(\.name)
    let pool = try FuzzHouse.history(60).map { try $0.decoded() }
    var dice = SplitMix(seed: UInt64(seed) &+ 99)
    for _ in 0..<40 {
      var writer = ByteWriter()
      for _ in 0..<8 + dice.number(below: 16) {
        switch dice.number(below: 4) {
        case 0, 1:
          writer.put(0)
          writer.put(dice.number(below: 2))
          writer.put(dice.number(below: 256))
        case 2:
          writer.put(1)
          writer.put(dice.number(below: 2))
        default: try lie(tables, pool: pool, writer: &writer, dice: &dice)
        }
      }
      try FuzzedDeeds.$tell.withValue({ Exercised.count($0) }) {
        try FuzzedDeltas.run(writer.bytes)
      }
    }
  }

  /// A version made of what others wrote, in another's name, with a byte changed now and then.
  private func lie(
    _ tables: [String], pool: [Version], writer: inout ByteWriter, dice: inout SplitMix
  ) throws {
    let version = pool[dice.number(below: pool.count)]
    let (liar, writes) = (dice.number(below: 2), Array(version.writes.prefix(7)))
    for part in [2, liar, max(Int(version.sequences.count) - 1, dice.number(below: 8)), 1] {
      writer.put(part)
    }
    writer.put(dice.number(below: 8))
    writer.put(version.replicas.count)
    for replica in version.replicas {
      let isLiar = replica == version.origin && dice.number(below: 4) > 0
      writer.put(isLiar ? 2 + liar : replicas.firstIndex(of: replica) ?? 0)
    }
    writer.put(writes.count)
    for write in writes {
      writer.put(tables.firstIndex(of: write.table) ?? 0)
      writer.put(write.key)
      var delta = Array(write.delta)
      if dice.number(below: 3) == 0, !delta.isEmpty {
        delta[dice.number(below: delta.count)] = UInt8(dice.number(below: 256))
      }
      writer.put(delta)
    }
  }
}
