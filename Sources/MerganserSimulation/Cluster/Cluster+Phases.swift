import Merganser
import MerganserSync

// What replicas are at, and what goes wrong meanwhile.
extension Cluster {
  /// What a site is at.
  func phases(of site: Site) -> Set<SimulationPhase> {
    guard let replica = site.replica else { return [.down] }
    var phases: Set<SimulationPhase> = []
    switch replica.work {
    case .adoption: phases.insert(.adoption)
    case .checkpoint: phases.insert(.checkpoint)
    case .truncation: phases.insert(.truncation)
    case nil: break
    }
    for link in links where link.sites.contains(site.number) {
      if let stage = link.stage(of: site.number) { phases.insert(stage.phase) }
    }
    return phases.isEmpty ? [.idle] : phases
  }

  /// Whether a site is at something that happens seldom, and is soon over.
  func isAtSomethingSeldom(_ site: Int) -> Bool {
    let phases = phases(of: sites[site])
    return phases.contains(.adoption) || phases.contains(.growth)
  }

  /// Notes that something goes wrong that an event brings about.
  ///
  /// What goes wrong at one of the writes that follow is noted there.
  func note(_ fault: SimulationFault, broughtBy event: SimulatedEvent) {
    switch fault {
    case .crashInStep, .failedWrite, .doubtfulWrite, .fullDisk: break
    case .partition, .lateJoin: for site in sites { note(fault, at: site) }
    case .oneWayPartition, .loss, .repetition, .reordering, .damage, .delay, .disconnection:
      for number in [event.site, event.other] {
        if let site = site(number) { note(fault, at: site) }
      }
    case .crash, .damagedBlock, .copy, .restore, .unnoticedCopy, .unnoticedRestore, .skew,
      .clockJump, .absence,
      .forgetting, .otherProgram:
      if let site = site(event.site) { note(fault, at: site) }
    }
  }

  /// Notes that something went wrong at one of a site's writes.
  func note(_ fault: SimulationFault, atWriteOf site: Site, in phases: Set<SimulationPhase>) {
    report.faults.count(fault, in: phases)
    if fault != .crashInStep { recorder?.note(.disk, at: site.number, saying: fault.rawValue) }
  }

  /// Notes that something goes wrong at a site now.
  func note(_ fault: SimulationFault, at site: Site) {
    report.faults.count(fault, in: phases(of: site))
  }
}

extension SyncMachine.Stage {
  fileprivate var phase: SimulationPhase {
    switch self {
    case .greeting: .greeting
    case .growth: .growth
    case .versions: .versions
    case .state: .state
    case .adoption: .adoption
    case .outcome: .outcome
    case .live: .linked
    }
  }
}
