import MerganserDatabase
import MerganserModel
import MerganserTypes

/// What a search asks of a state at every step: flat, so that asking costs next to nothing.
struct LocalState {
  /// By replica: the sequence numbers of the dots that the rows name, each a bit.
  var dots = SIMD4<UInt64>()
  /// By replica: how far its dots have been seen.
  var vector = SIMD4<UInt64>()
  /// The times that the rows name, each a bit.
  var times: UInt64 = 0
  /// The replica's clock.
  var clock: UInt64 = 0
  /// The invariants that do not hold here, each a bit.
  var broken: UInt64 = 0
  /// Whether the numbers have outgrown a renaming.
  var isOverfull = false
}

/// The states that a search has come by, each held once and named by a number.
///
/// A configuration is then a few numbers, and what a transaction or a merge makes of a state is found
/// out once.
struct LocalStates {
  /// By number: what is asked at every step.
  private(set) var facts: [LocalState] = []
  /// By number: the rows.
  private(set) var databases: [DatabaseState] = []
  private var numbers: [[UInt8]: UInt32] = [:]
  /// How many bytes of states were looked at, known ones included; a new one, of which invariants are asked, counts as
  /// many.
  private(set) var bytes = 0
  private let catalog: Catalog
  private let invariants: [BoundInvariant]
  private let replicas: [ReplicaID]
  /// By replica: up to which number dots keep their names, see ``keep(namesIn:)``.
  private(set) var kept: [UInt64]

  init(workload: Workload, replicas: [ReplicaID]) {
    catalog = workload.catalog
    invariants = workload.invariants
    self.replicas = replicas
    kept = Array(repeating: 0, count: replicas.count)
  }

  /// Has the dots of a large state keep their names, in which a search begins: what is written later has room then.
  ///
  /// It is called before any state has a number.
  mutating func keep(namesIn start: DatabaseState) {
    for (place, replica) in replicas.enumerated() where start.vector[replica] > Self.fewNames {
      kept[place] = start.vector[replica]
    }
  }

  private static let bytesOfNew = 500

  /// So many dots of the start get names like all others, so that states which differ in them alone are one.
  private static let fewNames: UInt64 = 20

  /// How many states there are.
  var count: Int { facts.count }

  subscript(number: UInt32) -> LocalState { facts[Int(number)] }

  /// The number of a state, new or not.
  ///
  /// - Throws: what a condition throws.
  mutating func number(of state: DatabaseState, clock: UInt64) throws -> UInt32 {
    var encoder = BinaryEncoder(reservingCapacity: 128)
    encoder.renaming = Renaming(recordingDotsOf: replicas, keeping: kept)
    var local = LocalState(clock: clock)
    for (place, replica) in replicas.enumerated() {
      encoder.register(replica)
      local.vector[place] = state.vector[replica] - min(state.vector[replica], kept[place])
      encoder.encode(varint: local.vector[place])
      if local.vector[place] > 62 { local.isOverfull = true }
    }
    encoder.encode(varint: clock)
    try state.encodeRows(to: &encoder)
    // Replicas that take no part stand in the bytes by their places.
    if encoder.replicas.count > replicas.count {
      encoder.encode(replicaTable: Array(encoder.replicas.dropFirst(replicas.count)))
    }
    bytes += encoder.bytes.count
    if let known = numbers[encoder.bytes] { return known }
    if let renaming = encoder.renaming {
      for place in replicas.indices { local.dots[place] = renaming.dots[place] }
      local.times = renaming.times
      if renaming.isOverfull { local.isOverfull = true }
    }
    let snapshot = Snapshot(catalog: catalog, founder: replicas[0], state: state)
    for (place, invariant) in invariants.enumerated()
    where try invariant.isBroken(in: snapshot) {
      local.broken |= 1 << UInt64(place)
    }
    bytes += Self.bytesOfNew
    let number = UInt32(facts.count)
    facts.append(local)
    databases.append(state)
    numbers[encoder.bytes] = number
    return number
  }
}
