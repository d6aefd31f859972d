import DatabaseSupport
import MerganserDatabase
import MerganserModel
import MerganserTypes
import TestSupport
import Testing

/// A row that loses what it refers to inside a transaction is written there as a row that is not there, however
/// many creations it has.
@Suite struct OrphanTests {
  @Test(
    .exercises([
      "a creation with its anchors": 170,
      "a row in several incarnations": 140,
      "a row is written anew": 140,
      "nothing is written anew": 2,
    ]), arguments: incarnationSubjects.indices)
  func aRowThatLostItsParentIsWrittenAnew(_ index: Int) throws {
    for seed in 0..<10 { try incarnationSubjects[index].checkOrphan(UInt64(seed)) }
  }

  let schema = ParentAndChild<MVRegister<Int>>()

  @Test func aRowThatLostItsParentIsNotTouched() throws {
    var cluster = try Replicas(schema)
    try cluster.write(0) { tx in
      try tx[schema.parents, 1].create()
      try tx[schema.rows, 1].set(9)
    }
    try cluster.exchange()
    try cluster.write(1) { tx in
      let row = try tx[schema.rows, 1]
      try tx[schema.parents, 1].replace()
      #expect(throws: TransactionError.noSuchRow(table: "rows", key: "1")) { try row.touch() }
    }
    try cluster.exchange()
    for replica in cluster.replicas { #expect(try replica.snapshot[schema.rows, 1] == nil) }
  }

  /// The touch lives on with the new parent, and carries no value of a register that has many.
  @Test func whatIsWrittenBesideATouchShowsNothingOfTheOrphans() throws {
    var cluster = try Replicas(schema)
    for place in 0..<2 {
      try cluster.write(place) { tx in
        try tx[schema.parents, 1].create()
        try tx[schema.rows, 1].set(9)
      }
    }
    try cluster.exchange()
    try cluster.write(2) { tx in
      let row = try tx[schema.rows, 1]
      try row.touch()
      try tx[schema.parents, 1].replace()
      try row.update { store, author in
        #expect(MVRegister(store).values.isEmpty)
        return store.set(7, as: &author)
      }
      #expect(try row.value?.values == [7])
    }
    try cluster.exchange()
    for replica in cluster.replicas {
      #expect(try replica.snapshot[schema.rows, 1]?.values == [7])
    }
  }
}

/// A table of a type whose rows refer to those of another table.
struct ParentAndChild<Value: Replicated>: Schema {
  let parents = Table<Int, GSet<Int>>("parents")
  let rows = Table<Int, Value>("rows")
  var invariants: [any Invariant] {
    ForeignKey("a row's parent", from: rows, to: parents, onDelete: .cascade)
  }
}

extension Item where Value == GSet<Int> {
  /// Deletes the row and creates it again.
  fileprivate func replace() throws {
    try delete()
    try create()
  }
}

extension IncarnationSubject {
  /// Checks what mutators give on a row whose parent was deleted and created again in their transaction.
  static func checkOrphan<Value: Replicated>(
    _ seed: UInt64, show: (Value) throws -> String, mutators: [Mutator<Value>]
  ) throws {
    var random = SplitMix(seed: seed)
    let comment: Comment = "\(Value.typeName), seed \(seed)"
    let schema = ParentAndChild<Value>()
    var cluster = try Replicas(schema)
    for place in 0..<2 where place == 0 || seed.isMultiple(of: 2) {
      let (mutator, number) = pick(mutators, random: &random)
      try cluster.write(place) { tx in
        try tx[schema.parents, 1].create()
        try tx[schema.rows, 1].create()
        try mutator(tx[schema.rows, 1], number)
      }
    }
    try cluster.exchange()
    try Exercised.countIncarnations(in: cluster.replicas[0].snapshot)
    let (mutator, number) = pick(mutators, random: &random)
    try cluster.write(1) { try mutator($0[schema.rows, 1], number) }
    try checkAnchors(of: cluster, schema: schema, comment: comment)
    try cluster.exchange()

    let writes = (0..<Int.random(in: 1...3, using: &random)).map { _ in
      pick(mutators, random: &random)
    }
    var model = try TypeCluster(Value.self, as: [99])
    try model.write(0) { row in
      for (mutator, number) in writes { try mutator(row, number) }
    }
    let wanted = try model.value(0).map(show)
    try cluster.write(2) { tx in
      let row = try tx[schema.rows, 1]
      try tx[schema.parents, 1].replace()
      #expect(try !row.exists, comment)
      for (mutator, number) in writes { try mutator(row, number) }
      #expect(try row.value.map(show) == wanted, comment)
    }
    Exercised.count(wanted == nil ? "nothing is written anew" : "a row is written anew")
    let written = try #require(cluster.logs[2].last).decoded().writes
    #expect(written.contains { $0.table == "rows" } == (wanted != nil), comment)
    try cluster.exchange()
    for replica in cluster.replicas {
      #expect(try replica.snapshot[schema.rows, 1].map(show) == wanted, comment)
      #expect(try replica.snapshot.violations().isEmpty, comment)
    }
    // A deletion of the parent reaches all creations.
    try cluster.write(0) { try $0[schema.parents, 1].delete() }
    try cluster.exchange()
    #expect(try cluster.replicas[0].snapshot[schema.rows, 1] == nil, comment)
  }

  /// Checks that the second replica's last version says of each creation what it refers to.
  private static func checkAnchors<Value: Replicated>(
    of cluster: Replicas<ParentAndChild<Value>>, schema: ParentAndChild<Value>,
    comment: Comment
  ) throws {
    let version = try #require(cluster.logs[1].last).decoded()
    let tables = cluster.replicas[1].snapshot.state.tables
    let standing = try tables.flatMap {
      try $0.row(1.keyEncoded(), as: Value.Store.self)?.incarnations ?? []
    }
    for write in version.writes where write.table == "rows" {
      for written in try version.delta(of: write, as: Value.Store.self).store.incarnations {
        let found = try #require(standing.first { $0.dot == written.dot }, comment)
        #expect(found.anchors == written.anchors, comment)
        Exercised.count("a creation with its anchors")
      }
    }
  }
}

extension Version {
  /// What the version wrote to a row, decoded.
  func delta<Store>(of write: RowDelta, as: Store.Type) throws -> Causal<Row<Store>> {
    try BinaryDecoder.decoding(Array(write.delta)) { decoder throws(BinaryDecodingError) in
      decoder.replicas = replicas
      return try Causal<Row<Store>>(from: &decoder)
    }
  }
}
