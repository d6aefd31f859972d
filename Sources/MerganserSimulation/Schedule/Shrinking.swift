/// Makes a schedule that fails shorter and simpler, as long as it still fails.
///
/// Zeller, Hildebrandt, *Simplifying and Isolating Failure-Inducing Input* (2002): chunks are taken out, ever smaller ones,
/// until no single event can go. Then what is left is simplified (``Simplification``), and where that helps, it begins anew.
///
/// - Parameters:
///   - events: the schedule.
///   - sites: how many sites there are at first.
///   - attempts: how many schedules are tried at most.
///   - fails: whether one still fails.
/// - Returns: the shortest schedule that was found.
func shrunk(
  _ events: [SimulatedEvent], among sites: Int, attempts: Int,
  while fails: ([SimulatedEvent]) -> Bool
) -> [SimulatedEvent] {
  var left = attempts
  func stillFails(_ candidate: [SimulatedEvent]) -> Bool {
    guard left > 0 else { return false }
    left -= 1
    return fails(candidate)
  }
  var shortest = withoutChunks(events, while: stillFails)
  var hasChanged = true
  while hasChanged, left > 0 {
    hasChanged = false
    for simplification in Simplification.allCases {
      var place = 0
      while let candidate = simplification.candidate(place, of: shortest, among: sites), left > 0 {
        place += 1
        guard candidate != shortest, stillFails(candidate) else { continue }
        shortest = candidate
        hasChanged = true
      }
    }
    if hasChanged { shortest = withoutChunks(shortest, while: stillFails) }
  }
  return shortest
}

/// Takes chunks out of a schedule, as long as it still fails.
private func withoutChunks(
  _ events: [SimulatedEvent], while fails: ([SimulatedEvent]) -> Bool
) -> [SimulatedEvent] {
  var events = events
  var size = max(1, events.count / 2)
  while true {
    var start = 0
    var hasRemoved = false
    while start < events.count {
      let candidate = Array(events[..<start] + events[min(start + size, events.count)...])
      if fails(candidate) {
        events = candidate
        hasRemoved = true
      } else {
        start += size
      }
    }
    if size == 1, !hasRemoved { return events }
    size = max(1, size / 2)
  }
}

/// A way to make a schedule simpler that taking events out does not find.
///
/// Each either takes events or sites out, or leaves fewer kinds of events, so that it comes to an end.
enum Simplification: CaseIterable {
  /// The pieces of a sync become one whole sync.
  case wholeSync
  /// The steps of a writer become all that it has to do.
  case wholeStep
  /// What one site does another does, which is there from the start or came earlier.
  case otherSite
  /// What is delivered in part is delivered as a whole.
  case wholePiece

  /// The candidate of a number; `nil` behind the last.
  func candidate(
    _ number: Int, of events: [SimulatedEvent], among sites: Int
  ) -> [SimulatedEvent]? {
    switch self {
    case .wholeSync:
      let places = events.indices.filter { events[$0].kind == .connect }
      return number < places.count ? wholeSync(at: places[number], of: events) : nil
    case .wholeStep:
      let places = events.indices.filter { events[$0].kind == .step }
      return number < places.count ? wholeStep(at: places[number], of: events) : nil
    case .otherSite:
      let used = Set(events.flatMap(\.sites)).union(0..<sites).sorted()
      // From the last site on, each is replaced by each before it.
      var rest = number
      for site in used.reversed() {
        let earlier = used.filter { $0 < site }
        if rest < earlier.count {
          return otherSite(earlier[rest], for: site, in: events, among: sites)
        }
        rest -= earlier.count
      }
      return nil
    case .wholePiece:
      let places = events.indices.filter { events[$0].kind == .deliver && events[$0].amount > 0 }
      guard number < places.count else { return nil }
      var candidate = events
      candidate[places[number]].amount = 0
      return candidate
    }
  }

  /// The schedule in which a sync that begins at a place is one event, where it ended.
  private func wholeSync(at place: Int, of events: [SimulatedEvent]) -> [SimulatedEvent] {
    let pair = Set(events[place].sites)
    let isPiece = { (event: SimulatedEvent) in
      event.kind == .deliver && Set(event.sites) == pair
    }
    let next =
      events[(place + 1)...].firstIndex { $0.kind == .connect && Set($0.sites) == pair }
      ?? events.endIndex
    let last = events[place..<next].lastIndex(where: isPiece) ?? place
    var candidate = Array(events[..<place])
    candidate += events[place...last].dropFirst().filter {
      !isPiece($0) && !($0.kind == .step && pair.contains($0.site))
    }
    var whole = events[place]
    whole.kind = .sync
    whole.amount = 0
    return candidate + [whole] + events[(last + 1)...]
  }

  /// The schedule in which a site's writer does all that there is to do, where it makes a step, and what were its next
  /// steps, up to another event of the site, are not there.
  private func wholeStep(at place: Int, of events: [SimulatedEvent]) -> [SimulatedEvent] {
    let site = events[place].site
    var candidate = events
    candidate[place] = SimulatedEvent(.settle, site: site)
    let next =
      events[(place + 1)...].firstIndex { $0.kind != .step && $0.sites.contains(site) }
      ?? events.endIndex
    for other in ((place + 1)..<next).reversed()
    where candidate[other].kind == .step && candidate[other].site == site {
      candidate.remove(at: other)
    }
    return candidate
  }

  /// The schedule in which a site's events are another's; of one that joined or was copied that does not happen.
  private func otherSite(
    _ other: Int, for site: Int, in events: [SimulatedEvent], among sites: Int
  ) -> [SimulatedEvent] {
    var candidate = events
    if site >= sites {
      let arrivals = events.indices.filter { events[$0].kind.bringsSite }
      guard site - sites < arrivals.count else { return events }
      candidate.remove(at: arrivals[site - sites])
    }
    // What is between a site and itself is nothing, and goes when events are taken out.
    return candidate.map { event in
      event.renamed { number in
        if number == site { return other }
        return site >= sites && number > site ? number - 1 : number
      }
    }
  }
}
