/// Which faults a simulation has, and how often: of each how many come in a thousand events.
///
/// ```swift
/// var faults = SimulationFaults()
/// faults[.crash] = 20
/// faults[.clockJump] = 0
/// ```
public struct SimulationFaults: Hashable, Sendable {
  private var rates: [Int]

  /// All faults, a few each.
  public init() { rates = SimulationFault.allCases.map(Self.standardRate) }

  /// No faults at all.
  public static var none: Self {
    var faults = Self()
    for fault in SimulationFault.allCases { faults[fault] = 0 }
    return faults
  }

  /// How many come of a fault in a thousand events; 0 switches it off.
  public subscript(fault: SimulationFault) -> Int {
    get { rates[Self.place(of: fault)] }
    set { rates[Self.place(of: fault)] = min(max(0, newValue), 1000) }
  }

  /// The faults that are switched on, in their order.
  public var switchedOn: [SimulationFault] { SimulationFault.allCases.filter { self[$0] > 0 } }

  /// These faults without some that the seed switches off: a run in which all happens shows little of each.
  func thinned(by draw: inout Draw) -> Self {
    var thinned = self
    for fault in SimulationFault.allCases where draw.number(below: 3) == 0 { thinned[fault] = 0 }
    return thinned
  }

  private static func place(of fault: SimulationFault) -> Int {
    SimulationFault.allCases.firstIndex(of: fault) ?? 0
  }

  private static func standardRate(of fault: SimulationFault) -> Int {
    switch fault {
    case .delay: 150
    case .disconnection, .crash, .crashInStep: 12
    case .partition, .oneWayPartition, .loss, .skew: 8
    case .repetition, .reordering, .damage, .failedWrite, .fullDisk, .lateJoin, .otherProgram: 6
    case .unnoticedCopy, .unnoticedRestore: 3
    case .damagedBlock, .restore, .copy, .absence, .forgetting, .clockJump: 5
    case .doubtfulWrite: 10
    }
  }
}
