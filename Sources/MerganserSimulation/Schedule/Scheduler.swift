/// Draws what happens next in a cluster: work that is there most of the time, and faults as often as they are asked for.
struct Scheduler {
  private var draw: Draw
  private let faults: SimulationFaults
  private let setting: SimulationSetting
  private let totalWeight: Int
  /// What follows from what was drawn before, such as a disk that gets room again, and after how many events.
  private var due: [(event: SimulatedEvent, left: Int)] = []

  init(_ setting: SimulationSetting, faults: SimulationFaults, draw: Draw) {
    self.setting = setting
    self.faults = faults
    self.draw = draw
    totalWeight = setting.transactions.reduce(0) { $0 + $1.weight }
  }

  /// The next event.
  mutating func next(in cluster: Cluster) -> SimulatedEvent {
    for place in due.indices { due[place].left -= 1 }
    if let place = due.firstIndex(where: { $0.left <= 0 }) { return due.remove(at: place).event }
    var number = draw.number(below: 1000)
    for fault in SimulationFault.allCases where fault != .delay {
      number -= faults[fault]
      if number < 0 {
        if let event = event(for: fault, in: cluster) { return event }
        break
      }
    }
    return work(in: cluster)
  }

  private mutating func site(in cluster: Cluster) -> Int {
    draw.number(below: cluster.sites.count)
  }

  private mutating func otherSite(than site: Int, in cluster: Cluster) -> Int {
    let other = draw.number(below: max(1, cluster.sites.count - 1))
    return other < site ? other : other + 1
  }
}

// What there is to do.
extension Scheduler {
  private mutating func work(in cluster: Cluster) -> SimulatedEvent {
    switch draw.number(below: 20) {
    case 0..<7: if let event = delivery(in: cluster) { return event }
    case 7..<13: if let event = step(in: cluster) { return event }
    case 13..<16:
      let one = site(in: cluster)
      return SimulatedEvent(.connect, site: one, other: otherSite(than: one, in: cluster))
    case 16: return SimulatedEvent(.pass, amount: UInt64(1 + draw.number(below: 2000)))
    default: break
    }
    return write(in: cluster)
  }

  private mutating func delivery(in cluster: Cluster) -> SimulatedEvent? {
    var ways: [[Int]] = []
    for link in cluster.links {
      for way in [link.sites, link.sites.reversed()]
      where cluster.canDeliver(from: way[0], to: way[1]) { ways.append(way) }
    }
    guard !ways.isEmpty else { return nil }
    let way = ways[draw.number(below: ways.count)]
    let isPart = draw.number(below: 1000) < faults[.delay]
    return SimulatedEvent(
      .deliver, site: way[0], other: way[1],
      amount: isPart ? UInt64(1 + draw.number(below: 200)) : 0)
  }

  private mutating func step(in cluster: Cluster) -> SimulatedEvent? {
    let busy = cluster.sites.filter(\.isBusy)
    guard !busy.isEmpty else { return nil }
    return SimulatedEvent(.step, site: busy[draw.number(below: busy.count)].number)
  }

  private mutating func write(in cluster: Cluster) -> SimulatedEvent {
    var place = draw.number(below: totalWeight)
    var chosen = 0
    for (number, transaction) in setting.transactions.enumerated() {
      place -= transaction.weight
      if place < 0 {
        chosen = number
        break
      }
    }
    let site = draw.number(below: 3) == 0 ? likelySite(in: cluster) : site(in: cluster)
    return SimulatedEvent(.write, site: site, other: chosen, amount: draw.next() >> 40)
  }
}

// What goes wrong.
extension Scheduler {
  private mutating func event(
    for fault: SimulationFault, in cluster: Cluster
  ) -> SimulatedEvent? {
    let site = site(in: cluster)
    let other = otherSite(than: site, in: cluster)
    switch fault {
    case .partition:
      let isFlapping = draw.number(below: 3) == 0
      due.append((SimulatedEvent(.mend), isFlapping ? 6 : 10 + draw.number(below: 60)))
      return SimulatedEvent(.split, amount: draw.next() >> 40)
    case .oneWayPartition:
      due.append(
        (SimulatedEvent(.unblock, site: site, other: other), 5 + draw.number(below: 40)))
      return SimulatedEvent(.block, site: site, other: other)
    case .loss, .repetition, .reordering, .damage, .disconnection:
      return eventOnTheWay(for: fault, in: cluster)
    case .delay: return nil
    case .crash, .crashInStep, .absence:
      return crash(of: likelySite(in: cluster), for: fault)
    case .copy: return SimulatedEvent(.copy, site: site)
    case .restore:
      due.append((SimulatedEvent(.restore, site: site), 1 + draw.number(below: 60)))
      return SimulatedEvent(.backUp, site: site)
    case .skew:
      return SimulatedEvent(
        draw.number(below: 2) == 0 ? .ahead : .behind, site: site,
        amount: UInt64(draw.number(below: 60_000)))
    case .clockJump:
      due.append((SimulatedEvent(.ahead, site: site), 1 + draw.number(below: 30)))
      return SimulatedEvent(
        draw.number(below: 2) == 0 ? .ahead : .behind, site: site,
        amount: UInt64(draw.number(below: 90_000_000)))
    case .failedWrite:
      return SimulatedEvent(.fail, site: site, amount: UInt64(draw.number(below: 4)))
    case .doubtfulWrite:
      due.append((SimulatedEvent(.crash, site: site), 5 + draw.number(below: 10)))
      due.append((SimulatedEvent(.start, site: site), 16))
      return SimulatedEvent(
        draw.number(below: 2) == 0 ? .doubtWith : .doubtWithout, site: site,
        amount: UInt64(draw.number(below: 4)))
    case .fullDisk:
      due.append((SimulatedEvent(.free, site: site), 3 + draw.number(below: 30)))
      return SimulatedEvent(.fill, site: site)
    case .lateJoin:
      return SimulatedEvent(.join, other: draw.number(below: setting.programs.count))
    case .forgetting: return SimulatedEvent(.forget, site: site, other: other)
    case .otherProgram:
      guard setting.programs.count > 1 else { return nil }
      due.append(
        (
          SimulatedEvent(.start, site: site, other: draw.number(below: setting.programs.count)), 1
        ))
      return SimulatedEvent(.crash, site: site)
    }
  }

  /// Often a site whose writer is at what takes several steps, where there is one: such moments are few.
  private mutating func likelySite(in cluster: Cluster) -> Int {
    let site = site(in: cluster)
    let long = cluster.sites.filter { $0.replica?.isInLongWork == true }
    return long.isEmpty || draw.number(below: 4) == 0
      ? site : long[draw.number(below: long.count)].number
  }

  private mutating func crash(of site: Int, for fault: SimulationFault) -> SimulatedEvent {
    let pause = fault == .absence ? 120 : 1 + draw.number(below: 12)
    due.append((SimulatedEvent(.start, site: site, other: program(of: site)), pause))
    guard fault == .crashInStep else { return SimulatedEvent(.crash, site: site) }
    return SimulatedEvent(
      draw.number(below: 2) == 0 ? .crashBefore : .crashBehind, site: site,
      amount: UInt64(draw.number(below: 4)))
  }

  /// A site that starts again mostly runs the program that it ran.
  private func program(of site: Int) -> Int { setting.programs.count > 1 ? site % 2 : 0 }

  private mutating func eventOnTheWay(
    for fault: SimulationFault, in cluster: Cluster
  ) -> SimulatedEvent? {
    var ways: [[Int]] = []
    for link in cluster.links {
      for (place, way) in [link.sites, link.sites.reversed()].enumerated()
      where fault == .disconnection || link.isCarrying(from: place) { ways.append(way) }
    }
    guard !ways.isEmpty else { return nil }
    let way = ways[draw.number(below: ways.count)]
    let kind: SimulatedEvent.Kind =
      switch fault {
      case .loss: .lose
      case .repetition: .repeat
      case .reordering: .reorder
      case .damage: .damage
      default: .disconnect
      }
    return SimulatedEvent(
      kind, site: way[0], other: way[1],
      amount: fault == .damage ? draw.next() >> 40 : 0)
  }
}
