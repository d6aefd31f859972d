/// Draws what happens next in a cluster: work that is there most of the time, and faults as often as they are asked for.
struct Scheduler {
  /// An event, and what goes wrong by it, if anything does.
  struct Drawn {
    let event: SimulatedEvent
    var fault: SimulationFault?
  }

  /// What follows from what was drawn before, such as a disk that gets room again, and after how many events.
  private struct Due {
    let drawn: Drawn
    var left: Int
  }

  var draw: Draw
  let faults: SimulationFaults
  let setting: SimulationSetting
  private let totalWeight: Int
  private var due: [Due] = []
  /// The site at which something is to go wrong, whatever else there is.
  private(set) var aim: Int?

  init(_ setting: SimulationSetting, faults: SimulationFaults, draw: Draw) {
    self.setting = setting
    self.faults = faults
    self.draw = draw
    totalWeight = setting.transactions.reduce(0) { $0 + $1.weight }
  }

  /// The next event.
  mutating func next(in cluster: Cluster) -> Drawn {
    for place in due.indices { due[place].left -= 1 }
    if let place = due.firstIndex(where: { $0.left <= 0 }) { return due.remove(at: place).drawn }
    if let drawn = drawnAtSomethingSeldom(in: cluster) { return drawn }
    var number = draw.number(below: 1000)
    for fault in SimulationFault.allCases where fault != .delay {
      number -= faults[fault]
      if number < 0 {
        if let drawn = drawn(for: fault, in: cluster) { return drawn }
        break
      }
    }
    return work(in: cluster)
  }

  /// What goes wrong at a site that is at something which is soon over: there one fault is as likely as the other, or the
  /// rarer ones would hardly meet it.
  private mutating func drawnAtSomethingSeldom(in cluster: Cluster) -> Drawn? {
    let sites = cluster.sites.indices.filter { cluster.isAtSomethingSeldom($0) }
    guard !sites.isEmpty, draw.number(below: 4) == 0 else { return nil }
    let possible = faults.switchedOn.filter { $0 != .delay }
    guard !possible.isEmpty else { return nil }
    let site = sites[draw.number(below: sites.count)]
    let fault = possible[draw.number(below: possible.count)]
    aim = site
    defer { aim = nil }
    switch fault {
    case .crashInStep, .failedWrite, .doubtfulWrite, .fullDisk:
      // It comes with a write, and these come with steps.
      for step in 1...3 { plan(SimulatedEvent(.step, site: site), after: step) }
    default: break
    }
    return drawn(for: fault, in: cluster)
  }

  /// After how many events something follows that was begun: at once where it is to meet what is soon over.
  mutating func delay(upTo most: Int) -> Int { aim == nil ? 1 + draw.number(below: most) : 1 }

  /// Which of the writes that follow goes wrong: the next one where it is to meet what is soon over.
  mutating func nextWrite() -> UInt64 { aim == nil ? UInt64(draw.number(below: 4)) : 0 }

  /// Has an event follow after so many others.
  mutating func plan(_ event: SimulatedEvent, after count: Int, fault: SimulationFault? = nil) {
    due.append(Due(drawn: Drawn(event: event, fault: fault), left: count))
  }
}

// Where something happens.
extension Scheduler {
  mutating func site(in cluster: Cluster) -> Int { draw.number(below: cluster.sites.count) }

  mutating func otherSite(than site: Int, in cluster: Cluster) -> Int {
    let other = draw.number(below: max(1, cluster.sites.count - 1))
    return other < site ? other : other + 1
  }

  /// A site in one of the phases that there are, each phase as likely as the others: some are seldom.
  mutating func siteInAnyPhase(in cluster: Cluster) -> Int {
    if let aim { return aim }
    let phases = cluster.sites.map(cluster.phases(of:))
    let place = placeInAnyPhase(phases)
    return place ?? site(in: cluster)
  }

  /// Of ways between two sites, those that touch the site at which something is to go wrong.
  func aimed(_ ways: [[Int]]) -> [[Int]] {
    guard let aim else { return ways }
    return ways.filter { $0.contains(aim) }
  }

  /// The place of one of some sets, each of the phases in them as likely as the others; `nil` if all are empty.
  mutating func placeInAnyPhase(_ phases: [Set<SimulationPhase>]) -> Int? {
    let present = SimulationPhase.allCases.filter { phase in
      phases.contains { $0.contains(phase) }
    }
    guard !present.isEmpty else { return nil }
    let phase = present[draw.number(below: present.count)]
    let places = phases.indices.filter { phases[$0].contains(phase) }
    return places[draw.number(below: places.count)]
  }
}

// What there is to do.
extension Scheduler {
  private mutating func work(in cluster: Cluster) -> Drawn {
    if draw.number(below: 1000) < setting.meetings {
      let one = site(in: cluster)
      return Drawn(
        event: SimulatedEvent(.sync, site: one, other: otherSite(than: one, in: cluster)))
    }
    if setting.isOrdered, draw.number(below: 1000) < setting.orderChanges {
      return Drawn(event: order(in: cluster))
    }
    switch draw.number(below: 20) {
    case 0..<6: if let drawn = progress(in: cluster) { return drawn }
    case 6..<10: if let drawn = delivery(in: cluster) { return drawn }
    case 10..<14: if let event = step(in: cluster) { return Drawn(event: event) }
    case 14: return Drawn(event: drain(in: cluster) ?? connection(in: cluster))
    case 15: return Drawn(event: shortcut(in: cluster))
    case 16 where !cluster.parted.isEmpty && draw.number(below: 4) == 0:
      return Drawn(event: healing(in: cluster))
    case 16:
      return Drawn(event: SimulatedEvent(.pass, amount: UInt64(1 + draw.number(below: 2000))))
    default: break
    }
    return Drawn(event: write(in: cluster))
  }

  /// What brings the oldest sync forward that can go on: so some come to their end, however many begin.
  private mutating func progress(in cluster: Cluster) -> Drawn? {
    for link in cluster.links {
      let ways = cluster.ways(of: link)
      if !ways.isEmpty { return delivery(on: ways[draw.number(below: ways.count)]) }
      if let event = step(of: link.sites.map { cluster.sites[$0] }, in: cluster) {
        return Drawn(event: event)
      }
    }
    return nil
  }

  private mutating func delivery(in cluster: Cluster) -> Drawn? {
    let ways = cluster.links.flatMap(cluster.ways)
    return ways.isEmpty ? nil : delivery(on: ways[draw.number(below: ways.count)])
  }

  private mutating func delivery(on way: [Int]) -> Drawn {
    let isPart = draw.number(below: 1000) < faults[.delay]
    return Drawn(
      event: SimulatedEvent(
        .deliver, site: way[0], other: way[1],
        amount: isPart ? UInt64(1 + draw.number(below: 200)) : 0),
      fault: isPart ? .delay : nil)
  }

  private mutating func step(in cluster: Cluster) -> SimulatedEvent? {
    step(of: cluster.sites, in: cluster)
  }

  /// A step of a site that has something to do; seldom of one that adopts a state, for more to happen meanwhile.
  private mutating func step(of sites: [Site], in cluster: Cluster) -> SimulatedEvent? {
    let isPatient = draw.number(below: 6) > 0
    let busy = sites.filter {
      $0.isBusy && !(isPatient && cluster.phases(of: $0).contains(.adoption))
    }
    guard !busy.isEmpty else { return nil }
    return SimulatedEvent(.step, site: busy[draw.number(below: busy.count)].number)
  }

  /// Two sites begin to sync; often one of them has to hand over its state, as its log does not reach back.
  private mutating func connection(in cluster: Cluster) -> SimulatedEvent {
    let one = site(in: cluster)
    let other = siteBehind(one, in: cluster) ?? otherSite(than: one, in: cluster)
    let isLink = setting.links > 0 && draw.number(below: 1000) < setting.links
    return SimulatedEvent(.connect, site: one, other: other, amount: isLink ? 1 : 0)
  }

  /// Now and then, one side of a link drains it; `nil` if there is none.
  private mutating func drain(in cluster: Cluster) -> SimulatedEvent? {
    let links = cluster.links.filter(\.isStanding)
    guard !links.isEmpty, draw.number(below: 8) == 0 else { return nil }
    let sites = links[draw.number(below: links.count)].sites
    let side = draw.number(below: 2)
    return SimulatedEvent(.drain, site: sites[side], other: sites[1 - side])
  }

  /// Now and then, a site that would be handed another one's state; `nil` if there is none.
  private mutating func siteBehind(_ one: Int, in cluster: Cluster) -> Int? {
    if draw.number(below: 2) == 0 { return nil }
    let behind = cluster.sites.indices.filter { cluster.isBehind($0, the: one) }
    return behind.isEmpty ? nil : behind[draw.number(below: behind.count)]
  }

  /// What would take many events, in one: without it, runs are over before logs are truncated and states handed over.
  private mutating func shortcut(in cluster: Cluster) -> SimulatedEvent {
    let one = site(in: cluster)
    if draw.number(below: 2) == 0 { return SimulatedEvent(.settle, site: one) }
    if let other = siteBehind(one, in: cluster) {
      return SimulatedEvent(.sync, site: one, other: other, amount: 1)
    }
    return SimulatedEvent(.sync, site: one, other: otherSite(than: one, in: cluster))
  }

  /// One of two sites that have found that they parted leaves its branch of the fork.
  private mutating func healing(in cluster: Cluster) -> SimulatedEvent {
    let pair = cluster.parted[draw.number(below: cluster.parted.count)]
    let one = draw.number(below: 2)
    return SimulatedEvent(
      .heal, site: pair[one], other: pair[1 - one], amount: UInt64(draw.number(below: 4)))
  }

  /// What an operator does with an order.
  private mutating func order(in cluster: Cluster) -> SimulatedEvent {
    let site = site(in: cluster)
    switch draw.number(below: 8) {
    case 0: return SimulatedEvent(.cancel, site: site, amount: draw.next() >> 40)
    case 1:
      return SimulatedEvent(.handOver, site: site, other: otherSite(than: site, in: cluster))
    case 2...4: return SimulatedEvent(.takeOver, site: site)
    default:
      // Whoever is primary is asked, or nothing would come of it.
      let primaries = cluster.sites.indices.filter { cluster.isPrimary($0) }
      let primary = primaries.isEmpty ? site : primaries[draw.number(below: primaries.count)]
      // All of them half the time: of one or two voters none can be missed.
      let voters = draw.next() >> 57
      return SimulatedEvent(
        .changeVoters, site: primary, amount: draw.number(below: 2) == 0 ? 0x7F : voters)
    }
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
    let site = draw.number(below: 3) == 0 ? siteInAnyPhase(in: cluster) : site(in: cluster)
    return SimulatedEvent(.write, site: site, other: chosen, amount: draw.next() >> 40)
  }
}
