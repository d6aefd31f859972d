// What goes wrong.
extension Scheduler {
  /// The event by which something goes wrong; `nil` if nothing can now.
  mutating func drawn(for fault: SimulationFault, in cluster: Cluster) -> Drawn? {
    switch fault {
    case .partition, .oneWayPartition, .lateJoin: drawnForAll(fault, in: cluster)
    case .loss, .repetition, .reordering, .damage, .disconnection: drawnOnTheWay(fault, in: cluster)
    case .delay: nil
    case .crash, .crashInStep, .absence, .otherProgram: drawnForProcess(fault, in: cluster)
    case .copy, .restore, .unnoticedCopy, .unnoticedRestore, .failedWrite, .doubtfulWrite,
      .fullDisk, .damagedBlock:
      drawnForDisk(fault, in: cluster)
    case .skew, .clockJump, .forgetting: drawnForReplica(fault, in: cluster)
    }
  }

  private mutating func drawnForAll(_ fault: SimulationFault, in cluster: Cluster) -> Drawn {
    switch fault {
    case .partition:
      let isFlapping = draw.number(below: 3) == 0
      plan(SimulatedEvent(.mend), after: isFlapping ? 6 : 10 + draw.number(below: 60))
      return Drawn(event: SimulatedEvent(.split, amount: draw.next() >> 40), fault: fault)
    case .oneWayPartition:
      let site = siteInAnyPhase(in: cluster)
      let other = otherSite(than: site, in: cluster)
      plan(SimulatedEvent(.unblock, site: site, other: other), after: 5 + draw.number(below: 40))
      return Drawn(event: SimulatedEvent(.block, site: site, other: other), fault: fault)
    default:
      let event = SimulatedEvent(.join, other: draw.number(below: setting.programs.count))
      return Drawn(event: event, fault: fault)
    }
  }

  private mutating func drawnOnTheWay(_ fault: SimulationFault, in cluster: Cluster) -> Drawn? {
    var ways: [[Int]] = []
    for link in cluster.links {
      for (place, way) in [link.sites, link.sites.reversed()].enumerated()
      where fault == .disconnection || link.isCarrying(from: place) { ways.append(way) }
    }
    ways = aimed(ways)
    let phases = ways.map { way in
      Set(way.flatMap { cluster.phases(of: cluster.sites[$0]) })
    }
    guard let place = placeInAnyPhase(phases) else { return nil }
    let kind: SimulatedEvent.Kind =
      switch fault {
      case .loss: .lose
      case .repetition: .repeat
      case .reordering: .reorder
      case .damage: .damage
      default: .disconnect
      }
    let event = SimulatedEvent(
      kind, site: ways[place][0], other: ways[place][1],
      amount: fault == .damage ? draw.next() >> 40 : 0)
    return Drawn(event: event, fault: fault)
  }

  private mutating func drawnForProcess(_ fault: SimulationFault, in cluster: Cluster) -> Drawn? {
    let site = siteInAnyPhase(in: cluster)
    switch fault {
    case .otherProgram:
      guard setting.programs.count > 1 else { return nil }
      plan(
        SimulatedEvent(.start, site: site, other: draw.number(below: setting.programs.count)),
        after: 1)
      return Drawn(event: SimulatedEvent(.crash, site: site), fault: fault)
    default:
      // A site that starts again mostly runs the program that it ran.
      plan(
        SimulatedEvent(.start, site: site, other: program(of: site)),
        after: fault == .absence ? 120 : 1 + draw.number(below: 12))
      guard fault == .crashInStep else {
        return Drawn(event: SimulatedEvent(.crash, site: site), fault: fault)
      }
      let event = SimulatedEvent(
        draw.number(below: 2) == 0 ? .crashBefore : .crashBehind, site: site,
        amount: nextWrite())
      return Drawn(event: event, fault: fault)
    }
  }

  private mutating func drawnForDisk(_ fault: SimulationFault, in cluster: Cluster) -> Drawn {
    let site = siteInAnyPhase(in: cluster)
    switch fault {
    case .restore, .unnoticedRestore:
      let kind = fault == .restore ? SimulatedEvent.Kind.restore : .restoreUnnoticed
      plan(SimulatedEvent(kind, site: site), after: delay(upTo: 60), fault: fault)
      return Drawn(event: SimulatedEvent(.backUp, site: site))
    case .unnoticedCopy:
      return Drawn(event: SimulatedEvent(.copyUnnoticed, site: site), fault: fault)
    case .failedWrite:
      let event = SimulatedEvent(.fail, site: site, amount: nextWrite())
      return Drawn(event: event, fault: fault)
    case .doubtfulWrite:
      plan(SimulatedEvent(.crash, site: site), after: 5 + draw.number(below: 10))
      plan(SimulatedEvent(.start, site: site), after: 16)
      let event = SimulatedEvent(
        draw.number(below: 2) == 0 ? .doubtWith : .doubtWithout, site: site,
        amount: nextWrite())
      return Drawn(event: event, fault: fault)
    case .damagedBlock:
      // It is found when the store is opened, or by whatever reads it.
      if draw.number(below: 2) == 0 {
        plan(SimulatedEvent(.crash, site: site), after: delay(upTo: 6))
        plan(SimulatedEvent(.start, site: site, other: program(of: site)), after: 8)
      }
      let event = SimulatedEvent(.decay, site: site, amount: draw.next() >> 40)
      guard aim == nil, draw.number(below: 3) == 0 else { return Drawn(event: event, fault: fault) }
      // Some stores were backed up before.
      plan(event, after: delay(upTo: 40), fault: fault)
      return Drawn(event: SimulatedEvent(.backUp, site: site))
    case .fullDisk:
      plan(SimulatedEvent(.free, site: site), after: 3 + draw.number(below: 30))
      return Drawn(event: SimulatedEvent(.fill, site: site), fault: fault)
    default: return Drawn(event: SimulatedEvent(.copy, site: site), fault: fault)
    }
  }

  /// The program that a site mostly runs.
  private func program(of site: Int) -> Int { site % max(1, setting.programs.count) }

  private mutating func drawnForReplica(_ fault: SimulationFault, in cluster: Cluster) -> Drawn {
    let site = siteInAnyPhase(in: cluster)
    let isAhead = draw.number(below: 2) == 0
    switch fault {
    case .skew:
      let event = SimulatedEvent(
        isAhead ? .ahead : .behind, site: site, amount: UInt64(draw.number(below: 60_000)))
      return Drawn(event: event, fault: fault)
    case .clockJump:
      plan(SimulatedEvent(.ahead, site: site), after: delay(upTo: 30), fault: fault)
      let event = SimulatedEvent(
        isAhead ? .ahead : .behind, site: site, amount: UInt64(draw.number(below: 90_000_000)))
      return Drawn(event: event, fault: fault)
    default:
      let other = otherSite(than: site, in: cluster)
      return Drawn(event: SimulatedEvent(.forget, site: site, other: other), fault: fault)
    }
  }
}
