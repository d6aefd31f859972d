import DatabaseSupport
import MerganserDatabase
import MerganserModel
import MerganserTypes
import TestSupport
import Testing

/// What was written on a branch that is left is made again as transactions of another replica: each type then
/// shows what it would show if the versions themselves had come.
@Suite struct RepeatedHistoryTests {
  @Test(
    .exercises([
      "a row in several incarnations": 210,
      "a version made again": 2500,
    ]), arguments: incarnationSubjects.indices)
  func aHistoryThatIsMadeAgainGivesWhatItGave(_ index: Int) throws {
    for seed in 0..<40 { try incarnationSubjects[index].checkRepetition(UInt64(seed)) }
  }

  /// A version that is refused does not come with those that follow.
  @Test(
    .exercises([
      "a version that is kept": 1200,
      "a version that is refused": 650,
    ]), arguments: incarnationSubjects.indices)
  func whatIsRefusedLeavesNothing(_ index: Int) throws {
    for seed in 0..<30 { try incarnationSubjects[index].checkRefusals(UInt64(seed)) }
  }
}

extension IncarnationSubject {
  /// Two replicas write behind a beginning that a third shares, and see of each other's what the dice say; the
  /// third goes on as another replica, and makes all of it again.
  static func checkRepetition<Value: Replicated>(
    _ seed: UInt64, show: (Value) throws -> String,
    mutators: [@Sendable (Item<Int, Value>, Int) throws -> Void]
  ) throws {
    var random = SplitMix(seed: seed)
    var cluster = try TypeCluster(Value.self)
    func write(_ place: Int) throws {
      let (mutator, number) = pick(mutators, random: &random)
      let deletes = Int.random(in: 0..<8, using: &random) == 0
      try cluster.write(place) { row in
        if deletes { try row.delete() } else { try mutator(row, number) }
      }
    }
    for place in 0..<3 where Int.random(in: 0..<3, using: &random) > 0 { try write(place) }
    try cluster.exchange()
    let common = cluster.replicas[2].snapshot.state.vector
    for _ in 0..<Int.random(in: 1...8, using: &random) {
      let place = Int.random(in: 0..<2, using: &random)
      try write(place)
      if Int.random(in: 0..<3, using: &random) == 0 {
        try cluster.give(from: place, to: 1 - place)
      }
    }
    try cluster.give(from: 0, to: 1)
    // The third deletes what it sees of the row: whatever was written to that does not come back.
    if Int.random(in: 0..<4, using: &random) == 0 { try cluster.write(2) { try $0.delete() } }

    let storage = MemoryStorage()
    for version in cluster.logs[1] { try storage.append([version]) }
    let catalog = cluster.replicas[1].catalog
    let founder = cluster.replicas[1].founder
    var healed = Database(
      catalog: catalog, replica: ReplicaID(high: 0, low: 9), founder: founder)
    _ = try healed.receive(cluster.logs[2], wall: cluster.wall)
    let repeater = HistoryRepeater(common: common)
    var walk = try LogWalk(
      storage.snapshot(), catalog: catalog,
      identity: StoreIdentity(
        replica: cluster.replicas[1].replica, founder: founder, schema: catalog.description))
    let comment: Comment = "\(Value.typeName), seed \(seed)"
    var versions: [StoredVersion] = []
    while let step = try walk.next() {
      guard repeater.isBehindCommon(step.stored) else { continue }
      let (outcome, version) = try repeater.offer(
        step, to: &healed, clearance: { Clearance(scope: $0) }, wall: cluster.wall)
      #expect(outcome == .committed, comment)
      versions += [version].compactMap { $0 }
      Exercised.count(version == nil ? "a version that changes nothing" : "a version made again")
    }
    try Exercised.countIncarnations(in: cluster.replicas[1].snapshot)
    try cluster.give(from: 2, to: 1)
    let rows = cluster.schema.rows
    let wanted = try cluster.value(1).map(show)
    #expect(try healed.snapshot[rows, 1].map(show) == wanted, comment)
    // Another replica reads the same in the versions.
    var other = cluster.replicas[2]
    let reception = try other.receive(versions, wall: cluster.wall)
    #expect(reception.refused.isEmpty, comment)
    #expect(try other.snapshot.digest == healed.snapshot.digest, comment)
  }
}
