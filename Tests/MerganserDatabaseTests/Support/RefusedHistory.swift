import MerganserDatabase
import MerganserModel
import MerganserTypes
import TestSupport
import Testing

/// A history of which some versions are refused when it is made again, beside one in which nobody wrote these.
///
/// What creates or removes something is not refused: the later versions of the other history were written to what it
/// left, and where they are made again they see more, or less.
struct RefusedHistory<Value: Replicated> {
  typealias Mutator = @Sendable (Item<Int, Value>, Int) throws -> Void

  private enum Step {
    /// A write by a mutator, or a deletion.
    case write(place: Int, mutator: Mutator?, number: Int)
    case give(from: Int, to: Int)
  }

  private let seed: UInt64
  /// Whether there is one writer.
  private let isLinear: Bool
  private var steps: [Step] = []
  private var random: SplitMix

  /// A script of one writer, or of two that see of each other's what the dice say.
  init(_ seed: UInt64, mutators: [Mutator], alone: Bool) {
    (self.seed, random) = (seed, SplitMix(seed: seed))
    isLinear = alone || seed.isMultiple(of: 2)
    for _ in 0..<Int.random(in: 3...10, using: &random) {
      let place = isLinear ? 0 : Int.random(in: 0..<2, using: &random)
      let (mutator, number) = IncarnationSubject.pick(mutators, random: &random)
      let deletes = Int.random(in: 0..<10, using: &random) == 0
      steps.append(.write(place: place, mutator: deletes ? nil : mutator, number: number))
      if !isLinear, Int.random(in: 0..<3, using: &random) == 0 {
        steps.append(.give(from: place, to: 1 - place))
      }
    }
    steps.append(.give(from: 0, to: 1))
  }

  /// What the script gives without some of its steps, with the last dots of the versions that the others wrote.
  private func run(
    without skipped: Set<Int> = []
  ) throws -> (cluster: TypeCluster<Value>, common: VersionVector, steps: [Dot: Int]) {
    var cluster = try TypeCluster(Value.self)
    try cluster.write(0) { try $0.create() }
    try cluster.exchange()
    let common = cluster.replicas[2].snapshot.vector
    var found: [Dot: Int] = [:]
    for (number, step) in steps.enumerated() {
      switch step {
      case .give(let from, let to): try cluster.give(from: from, to: to)
      case .write(let place, let mutator, let argument):
        let count = cluster.logs[place].count
        try cluster.write(place) { row in
          if skipped.contains(number) { return }
          if let mutator { try mutator(row, argument) } else { try row.delete() }
        }
        if cluster.logs[place].count > count, let version = cluster.logs[place].last {
          found[Dot(version.origin, sequence: version.sequences.upperBound)] = number
        }
      }
    }
    return (cluster, common, found)
  }

  /// Checks that the versions that are not refused show what they show alone.
  ///
  /// What a version did not change is not made again, whatever stood there already.
  func check(_ show: (Value) throws -> String) throws {
    var random = random
    let (cluster, common, numbers) = try run()
    let (origin, catalog) = (cluster.replicas[1], cluster.replicas[1].catalog)
    let storage = MemoryStorage()
    for version in cluster.logs[1] { try storage.append([version]) }
    var healed = Database(
      catalog: catalog, replica: ReplicaID(high: 0, low: 9), founder: origin.founder)
    _ = try healed.receive(cluster.logs[2], wall: cluster.wall)
    let repeater = HistoryRepeater(common: common)
    var walk = try LogWalk(
      storage.snapshot(), catalog: catalog,
      identity: StoreIdentity(
        replica: origin.replica, founder: origin.founder, schema: catalog.description))
    let comment: Comment = "\(Value.typeName), seed \(seed)"
    var kept: Set<Int> = []
    while let step = try walk.next() {
      guard repeater.isBehindCommon(step.stored) else { continue }
      let (before, after) = (try row(step.before), try row(step.after))
      let isChanged = before != after
      let creates = before?.incarnations.map(\.dot) != after?.incarnations.map(\.dot)
      let removes = !(before?.dots ?? []).isCovered(by: after?.dots ?? [])
      let isRefused =
        isChanged && !creates && !removes && Int.random(in: 0..<2, using: &random) == 0
      let (outcome, _) = try repeater.offer(
        step, to: &healed,
        clearance: { scope in
          var clearance = Clearance(scope: scope)
          if isRefused { clearance.reserved = ["rows": "an invariant of the plan"] }
          return clearance
        }, wall: cluster.wall)
      if case .refused(let reason) = outcome {
        Exercised.count("a version that is refused")
        #expect(isRefused && reason.contains("perform the transaction again"), comment)
      } else {
        // A change of what is not there changes nothing, so there is nothing to be refused.
        #expect(outcome == .committed, comment)
        if isChanged, !isRefused,
          let number = numbers[Dot(step.stored.origin, sequence: step.stored.sequences.upperBound)]
        {
          kept.insert(number)
          Exercised.count("a version that is kept")
        }
      }
    }
    let model = try run(without: Set(steps.indices).subtracting(kept)).cluster
    let found = try healed.snapshot[cluster.schema.rows, 1].map(show)
    let wanted = try model.value(1).map(show)
    #expect(found == wanted, comment)
  }

  private func row(_ snapshot: Snapshot?) throws -> Row<Value.Store>? {
    guard let snapshot else { return nil }
    for table in snapshot.state.tables {
      if let row = try table.row(1.keyEncoded(), as: Value.Store.self) { return row }
    }
    return nil
  }
}
