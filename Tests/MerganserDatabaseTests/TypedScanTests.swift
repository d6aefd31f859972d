import MerganserDatabase
import MerganserModel
import MerganserTypes
import TestSupport
import Testing

/// A scan shows each row as it is read by itself, whichever layer has it.
@Suite struct TypedScanTests {
  private struct Shop: Schema {
    let stock = Table<Int, PNCounter>("stock")
    let names = Table<String, LWWRegister<String>>("names")
  }

  private let shop = Shop()
  private let wall = HybridTime(milliseconds: 1)
  private let id = ReplicaID(high: 0, low: 1)

  private func compare(_ snapshot: Snapshot) throws {
    var expected: [Int] = []
    for key in -50..<50 where try snapshot[shop.stock, key] != nil { expected.append(key) }
    let rows = try snapshot.rows(shop.stock)
    #expect(rows.map(\.key) == expected)
    for (key, counter) in rows { #expect(try snapshot[shop.stock, key] == counter) }
    #expect(try snapshot.count(shop.stock) == rows.count)
    let names = try snapshot.rows(shop.names)
    #expect(names.map(\.key) == names.map(\.key).sorted())
    for (key, name) in names { #expect(try snapshot[shop.names, key] == name) }
    #expect(try snapshot.count(shop.names) == names.count)
    #expect(
      try snapshot.rows(shop.stock, in: -10..<20).map(\.key)
        == expected.filter { (-10..<20).contains($0) })
  }

  /// Rows come, change and go while checkpoints are begun and stored step by step.
  @Test(arguments: 0..<20 as Range<UInt64>)
  func allLayers(seed: UInt64) throws {
    var dice = SplitMix(seed: seed)
    let storage = MemoryStorage(checkpointInterval: 1)
    var database = Database(catalog: try Catalog(shop), replica: id, founder: id)
    database.rest(on: try storage.snapshot().state)
    for _ in 0..<150 {
      switch Int.random(in: 0..<8, using: &dice) {
      case 0: database.beginCheckpoint()
      case 1, 2:
        guard let step = try database.nextCheckpointStep(limit: 40) else { break }
        storage.store(step)
        database.rest(on: try storage.snapshot().state)
      default:
        let key = Int.random(in: -50..<50, using: &dice)
        let isRemoval = Int.random(in: 0..<3, using: &dice) == 0
        let version = try database.transact(wall: wall) { tx in
          if isRemoval {
            try tx[shop.stock, key].delete()
            try tx[shop.names, "\(key)"].delete()
          } else {
            try tx[shop.stock, key].increment(by: 2)
            try tx[shop.names, "\(key)"].set("number \(key)")
          }
        }.version
        if let version { try storage.append([version]) }
      }
      try compare(database.snapshot)
    }
  }

  /// A row whose bytes are not those of a value is an error that names it; what comes before it is handed over.
  @Test func anUnreadableRowIsNamed() throws {
    let storage = MemoryStorage(checkpointInterval: 1)
    var step = CheckpointStep()
    for key in 1...3 {
      let row = Row(
        Row<PNCounter>.Incarnation(dot: Dot(id, sequence: 1), anchors: [], store: PNCounter()))
      step.changes.append(
        .init(
          .rows, key: Array("stock".utf8) + [0] + key.keyEncoded(),
          value: key == 2 ? [1, 0, 9] : row.binaryEncoded()))
    }
    storage.store(step)
    var database = Database(catalog: try Catalog(shop), replica: id, founder: id)
    database.rest(on: try storage.snapshot().state)
    var keys: [Int] = []
    do {
      try database.snapshot.forEachRow(of: shop.stock) { key, _ in
        keys.append(key)
        return true
      }
      Issue.record("nothing was wrong")
    } catch StorageError.unreadableRow(let row) {
      #expect(row.table == "stock")
      #expect(row.key == "2")
    }
    #expect(keys == [1])
  }
}
