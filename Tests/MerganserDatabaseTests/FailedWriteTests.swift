import MerganserModel
import MerganserTypes
import Testing

/// A write that fails leaves the row and the rest of the transaction as they were, however far it got.
@Suite struct FailedWriteTests {
  private struct Failure: Error {}

  private static func fail(_ row: Item<Int, ORSet<Int>>, creations: Int) throws {
    #expect(throws: Failure.self) {
      try row.update { store, author in
        store.insert(7, as: &author)
        store.remove(1, as: &author)
        throw Failure()
      }
    }
    #expect(throws: Failure.self) {
      var calls = 0
      try row.updateEach { store, author in
        calls += 1
        let change = store.insert(8, as: &author)
        store.insert(9, as: &author)
        // At the last of the creations, all of which have been written to.
        if calls == creations { throw Failure() }
        return change
      }
    }
  }

  @Test(arguments: [false, true]) func aWriteThatFailsHalfway(isMadeApart: Bool) throws {
    var cluster = try TypeCluster(ORSet<Int>.self)
    try cluster.write(0) { row in try row.insert(1) }
    if isMadeApart { try cluster.write(1) { try $0.insert(2) } }
    try cluster.exchange()
    let before = try cluster.value(0).map(Set.init) ?? []
    try cluster.write(0) { row in
      try Self.fail(row, creations: isMadeApart ? 2 : 1)
      #expect(try row.value.map(Set.init) == before)
      try row.insert(3)
      try Self.fail(row, creations: isMadeApart ? 2 : 1)
      #expect(try row.value.map(Set.init) == before.union([3]))
      try row.remove(1)
    }
    try cluster.exchange()
    for place in 0..<3 {
      #expect(try cluster.value(place).map(Set.init) == before.union([3]).subtracting([1]))
    }
  }

  @Test func aWriteInsideAnotherIsRefused() throws {
    struct Two: Schema {
      let sets = Table<Int, ORSet<Int>>("sets")
      let counts = Table<Int, PNCounter>("counts")
    }
    let (sets, counts) = (Two().sets, Two().counts)
    var replicas = try Replicas(Two())
    let refusal = TransactionError.nestedWrite(table: "counts", key: "1")
    try replicas.write(0) { tx in
      let (set, count) = (try tx[sets, 1], try tx[counts, 1])
      try set.insert(1)
      try count.increment(by: 1)
      // Reading another row is allowed.
      try set.update { store, author in
        #expect(throws: refusal) { try count.increment(by: 1) }
        #expect(throws: refusal) { try count.delete() }
        #expect(throws: refusal) { try count.create() }
        #expect(throws: TransactionError.nestedWrite(table: "sets", key: "1")) { _ = try set.value }
        let found = try count.value?.value
        #expect(found == 1)
        return store.insert(2, as: &author)
      }
      try count.increment(by: 1)
    }
    try replicas.exchange()
    for replica in replicas.replicas {
      #expect(try replica.snapshot[sets, 1].map(Set.init) == [1, 2])
      #expect(try replica.snapshot[counts, 1]?.value == 2)
    }
  }

  /// Thousands of writes to one row in one transaction are one version, whose parts are told apart again.
  @Test(arguments: [false, true]) func manyWritesInOneTransaction(isMadeApart: Bool) throws {
    var cluster = try TypeCluster(ORSet<Int>.self)
    try cluster.write(0) { row in try row.insert(0) }
    if isMadeApart { try cluster.write(1) { try $0.insert(1) } }
    try cluster.exchange()
    try cluster.write(0) { row in
      for element in 0..<3000 { try row.insert(element) }
      for element in stride(from: 0, to: 3000, by: 3) { try row.remove(element) }
      for element in stride(from: 0, to: 3000, by: 5) { try row.insert(element) }
    }
    try cluster.exchange()
    let expected = Set((0..<3000).filter { $0 % 3 != 0 || $0 % 5 == 0 })
    for place in 0..<3 { #expect(try cluster.value(place).map(Set.init) == expected) }
  }
}
