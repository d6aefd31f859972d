import Merganser
import MerganserLaws

/// One database of an attack, before anything happens in it.
struct AttackScene: Sendable {
  /// The replicas; the first is the founder.
  private(set) var identities: [ReplicaID]
  /// By how much each one's clock is ahead, in milliseconds.
  private let drifts: [UInt64]
  /// Whether what the plan refuses runs.
  let isTentative: Bool
  /// What the database begins with besides the schema's start.
  let addition: AttackStep.Choice?
  /// Tells apart ways to own values.
  private let ownership: UInt64
  /// How likely a step is a sync, in a hundred.
  private let syncChance: Int

  /// How many replicas there are at most, beyond those that were searched.
  private static let additional = 2

  init<Base>(
    _ target: AttackTarget<Base>, identities known: [ReplicaID], using random: inout Randomness
  ) {
    let searched = target.plan.seatCount ?? 2
    let count = random.pick(2...max(2, searched) + Self.additional)
    identities = Array(known.prefix(count))
    while identities.count < count { identities.append(.random(using: &random)) }
    drifts = (0..<count).map { _ in random.pick(0...20) }
    isTentative = target.declaredCount > target.admittedCount && random.pick(1...3) == 1
    addition =
      random.pick(1...5) == 1
      ? AttackStep.Choice(target, among: target.transactions.indices, using: &random) : nil
    ownership = random.next()
    syncChance = [5, 15, 35, 60][random.pick(0...3)]
  }

  /// Who owns a value of an argument.
  func owner(of value: String) -> ReplicaID {
    var hash = ownership
    for byte in value.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    return identities[Int((hash >> 32) % UInt64(identities.count))]
  }

  /// What a replica's clock shows.
  func wall(at place: Int, time: UInt64) -> HybridTime {
    HybridTime(milliseconds: time + drifts[place])
  }

  /// What a person calls a replica.
  func name(ofReplica place: Int) -> String {
    place < 26 ? String(UnicodeScalar(UInt8(65 + place))) : "R\(place)"
  }

  /// What happens.
  ///
  /// It begins with seats for all, or for some, or for nobody.
  func script<Base>(
    of count: Int, on target: AttackTarget<Base>, using random: inout Randomness
  ) -> [AttackStep] {
    var script: [AttackStep] = []
    var time: UInt64 = 1_000_000
    func append(_ action: AttackStep.Action, at place: Int) {
      time += random.pick(0...2)
      script.append(AttackStep(place: place, action: action, time: time))
    }
    let seated =
      random.pick(0...4) == 0 ? random.pick(0...identities.count - 1) : identities.count - 1
    for place in 0..<seated where target.plan.searched != nil {
      append(.giveSeat(to: place + 1), at: 0)
    }
    for place in identities.indices.dropFirst() where random.pick(0...3) > 0 {
      append(.sync(with: place), at: 0)
    }
    while script.count < count {
      append(action(on: target, using: &random), at: random.pick(0...identities.count - 1))
    }
    return Array(script.prefix(count))
  }

  private func action<Base>(
    on target: AttackTarget<Base>, using random: inout Randomness
  ) -> AttackStep.Action {
    let chance = random.pick(0...99)
    if chance < syncChance || target.transactions.isEmpty {
      return .sync(with: random.pick(0...identities.count - 1))
    }
    func choice(_ places: Range<Int>) -> AttackStep.Choice {
      AttackStep.Choice(target, among: places, using: &random)
    }
    let declared = 0..<max(1, target.declaredCount)
    switch random.pick(0...99) {
    case 0..<2 where target.plan.searched != nil:
      return .giveSeat(to: random.pick(0...identities.count - 1))
    case 2..<4: return .succeed(random.pick(0...identities.count - 1))
    case 4..<12: return .write(choice(target.transactions.indices))
    case 12..<14 where target.plan.searched != nil:
      return .writeHere(choice(target.transactions.indices))
    case 12..<14: return .write(choice(target.transactions.indices))
    case 14..<24:
      return .performCode(of: choice(target.transactions.indices), under: choice(declared))
    case 24..<34:
      var varied = choice(target.transactions.indices)
      varied.variation = random.next()
      return .perform(varied)
    default: return .perform(choice(target.admittedCount > 0 ? 0..<target.admittedCount : declared))
    }
  }
}

extension AttackStep.Choice {
  /// A random call of one of some transactions, of which there are some.
  init<Base>(
    _ target: AttackTarget<Base>, among places: Range<Int>, using random: inout Randomness
  ) {
    let transaction = places.lowerBound + random.pick(0...places.count - 1)
    self.init(
      transaction: transaction,
      call: random.pick(0...target.transactions[transaction].calls.count - 1))
  }
}
