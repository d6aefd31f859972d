import MerganserConfluence
import MerganserDatabase
import MerganserModel
import MerganserTypes
import RandomPrograms
import TestSupport
import Testing

/// All dots of a row go through the renaming, however many there are and however they are written.
@Suite struct RenamingTests {
  private struct Rows<Value: RandomValue>: Schema {
    let rows = Table<String, Value>("rows")
  }

  /// A database to whose row so much was written that some dots are left, with gaps between them.
  private func state<Value: RandomValue>(
    _: Value.Type, writes count: Int
  ) throws -> (state: DatabaseState, catalog: Catalog) {
    let schema = Rows<Value>()
    let catalog = try Catalog(schema)
    var databases = Workload.replicas.prefix(2).map {
      Database(catalog: catalog, replica: $0, founder: Workload.replicas[0])
    }
    let wall = HybridTime(milliseconds: 0)
    for number in 0..<count {
      let one = Value.writes[number % 7 == 6 ? min(1, Value.writes.count - 1) : 0]
      let argument = number % 7 == 6 ? number - 3 : number
      let version = try databases[number % 2].transact(
        clearance: Clearance(scope: .localOnly), wall: wall
      ) { try one.write($0[schema.rows, "a"], argument) }.version
      guard let version else { continue }
      _ = try databases[1 - number % 2].receive([version], wall: wall)
    }
    return (databases[0].state, catalog)
  }

  private func dots(_ state: DatabaseState, in catalog: Catalog) throws -> [ReplicaID: Set<UInt64>]
  {
    var dots: [ReplicaID: Set<UInt64>] = [:]
    try state.forEachRow { table, _, row in
      _ = catalog.tables[table].operations.firstDot(row) {
        dots[$0.replica, default: []].insert($0.sequence)
        return true
      }
    }
    return dots
  }

  @Test(arguments: randomValues.indices, [3, 14, 21, 40])
  func everyDotIsRenamed(number: Int, writes: Int) throws {
    let (state, catalog) = try state(randomValues[number], writes: writes)
    let replicas = Array(Workload.replicas.prefix(2))
    var encoder = BinaryEncoder()
    encoder.renaming = Renaming(recordingDotsOf: replicas, keeping: [0, 0])
    for replica in replicas { encoder.register(replica) }
    try state.encodeRows(to: &encoder)
    var renaming = try #require(encoder.renaming)
    let before = try dots(state, in: catalog)
    for (place, replica) in replicas.enumerated() {
      let recorded = (0..<64).filter { renaming.dots[place] & (1 << UInt64($0)) != 0 }
      #expect(Set(recorded.map(UInt64.init)) == before[replica] ?? [])
    }
    renaming.isRecording = false
    let after = try dots(state.renamed(by: renaming), in: catalog)
    for replica in replicas {
      let count = before[replica]?.count ?? 0
      #expect((after[replica] ?? []).sorted() == Array(1...UInt64(count + 1)).dropLast())
    }
  }
}
