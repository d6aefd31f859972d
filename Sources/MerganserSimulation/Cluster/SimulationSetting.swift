import Merganser
import MerganserDatabase
import MerganserModel
import MerganserSync

/// What a cluster is made of: the same for every run of a seed.
struct SimulationSetting: Sendable {
  var programs: [SimulatedProgram]
  var transactions: [SimulatedTransaction]
  var checks: [SimulationCheck]
  var running: Running
  var replicas: Int
  var maximumReplicas: Int
  var guarantees: Guarantees
  /// How many of a thousand events are whole syncs of two sites, besides those that make runs shorter.
  var meetings = 0
  /// How many of a thousand connections are links, on which the two sides stay.
  var links = 0
  /// Whether replicas write on while they become equal by links.
  var writesAtEnd = false
  /// How many times in a thousand events an operator does something with an order.
  var orderChanges = 33
  /// After how many bytes of versions a checkpoint is due.
  var checkpointInterval: Int
  /// How many of each origin's versions a log keeps that a checkpoint covers.
  var retainedVersions: Int
  /// How many of them it keeps at least of what some peer lacks that is known.
  var retainedForPeers = 0
  /// How old one may be that it keeps; `nil` for no limit.
  var retainedAge: Duration?
  /// How many bytes of their numbers and hashes are kept.
  var retainedSpine = 4096
  /// How long requests are kept; `nil` for ever.
  var requestLifetime: Duration?
  /// How many bytes there are for each kind of versions that are not applied; `nil` for as many as replicas have.
  var room: Int?
  /// About how many bytes one step of maintenance stores.
  var checkpointPortion = 1 << 18
  var limits = SyncLimits()
  var portions = SteppedSync.Portions()
  /// What of the schema is looked at as registers; `nil` if nothing is.
  var registers: SimulatedRegisters?

  /// Whether transactions are submitted to an order.
  var isOrdered: Bool { transactions.contains(where: \.isOrdered) }

  /// Whether a store's schema has more than a program declares.
  func isLater(_ schema: SchemaDescription, than program: Int) -> Bool {
    programs[program].catalog.description.hindrance(toGrowingFrom: schema) != nil
  }

  /// Draws what is open, so that small logs, checkpoints and messages come up as well as larger ones.
  mutating func choose(by draw: inout Draw) {
    checkpointInterval = draw.pick(0, 0, 300, 1500, 6000)
    retainedVersions = draw.pick(0, 0, 1, 4, 12)
    portions.versions = draw.pick(1, 300, 1 << 16)
    portions.rows = draw.pick(1, 200, 1 << 16)
    checkpointPortion = draw.pick(1, 100, 1 << 18)
    retainedSpine = draw.pick(200, 4096, 1 << 20)
    requestLifetime = draw.pick(nil, .milliseconds(500), .seconds(5))
    room = draw.pick(nil, 600, 4000)
    retainedForPeers = draw.pick(0, 0, 6, 40)
    retainedAge = draw.pick(nil, nil, nil, .seconds(2))
    links = draw.pick(0, 0, 400, 900)
    limits.window = draw.pick(1, 300, 4 << 20)
    limits.meeting = draw.pick(.seconds(1), .seconds(20), .seconds(300))
  }
}
