import Merganser
import MerganserDatabase
import MerganserModel

// Links once faults have stopped.
extension Cluster {
  /// How many exchanges it takes at most until nothing is left to be said: in each, each side says one piece, and each writer makes
  /// one step.
  private static let exchanges = 20_000

  /// Links all neighbours, and checks that they become equal, also by what is written while they compare anew what they hold, and
  /// that the links end in order.
  ///
  /// - Throws: ``Violation``.
  func convergeByLinks() throws {
    recorder?.goOn()
    tell("neighbours are linked")
    for one in sites.indices.dropLast() {
      cutLink(one, with: one + 1)
      guard try connect(one, with: one + 1, isLink: true) else {
        throw Violation(
          guarantee: .answers, evidence: "sites \(one) and \(one + 1) cannot begin to be linked")
      }
    }
    // What had no room is offered again at a meeting.
    for round in 0..<Self.rounds {
      if round > 0 { try passUntilMeeting() }
      try exchangeByLinks()
      if try areEqual() { break }
    }
    try passUntilMeeting()
    // Of two stores that have one identity both would write on.
    try exchangeByLinks(writing: setting.writesAtEnd && !witness.hasForks)
    if try !areEqual(), setting.room == nil {
      throw Violation(
        guarantee: .convergence,
        evidence: "replicas that are linked, with no faults, do not hold the same: \(vectors)")
    }
    try endLinks()
  }

  /// Lets so much time pass that both sides of each link compare anew what they hold, and nobody is taken for gone.
  private func passUntilMeeting() throws {
    var left = setting.limits.meeting
    while left > .zero {
      try exchangeByLinks()
      let part = min(left, setting.limits.silence / 4)
      pass(part.milliseconds)
      left -= part
    }
  }

  private var vectors: String {
    sites.map { "site \($0.number) \($0.replica.map { "\($0.snapshot.vector)" } ?? "")" }
      .joined(separator: ", ")
  }

  private func endLinks() throws {
    for one in sites.indices.dropLast() {
      if one.isMultiple(of: 2) { drain(one, with: one + 1) } else { drain(one + 1, with: one) }
    }
    try exchangeByLinks()
    guard links.isEmpty else {
      throw Violation(
        guarantee: .answers,
        evidence: "links do not end that drain, with no faults: \(links.map(\.sites))")
    }
    for site in sites { try finish(site) }
  }

  /// Has all links go on until nothing is left to be said or done; writes now and then meanwhile.
  private func exchangeByLinks(writing: Bool = false) throws {
    let failures = report.counts["links that failed"] ?? 0
    for number in 0..<Self.exchanges {
      var hasMoved = false
      for link in links {
        for (from, to) in [(0, 1), (1, 0)] where link.canDeliver(from: from) {
          deliver(from: link.sites[from], to: link.sites[to], limit: 0)
          hasMoved = true
        }
      }
      for site in sites where site.isBusy {
        try step(site)
        hasMoved = true
      }
      if writing, number < 3 * sites.count {
        try writeMore(at: sites[number % sites.count], drawing: UInt64(number))
        hasMoved = true
      }
      guard report.counts["links that failed"] ?? 0 == failures else {
        throw Violation(
          guarantee: .convergence,
          evidence: "a link has failed, with no faults: \(lastFailure ?? "")")
      }
      if !hasMoved { return try checkNotes() }
    }
    throw Violation(
      guarantee: .convergence,
      evidence: "links have more to say after \(Self.exchanges) exchanges, with no faults")
  }

  private func writeMore(at site: Site, drawing seed: UInt64) throws {
    guard let replica = site.replica, !setting.transactions.isEmpty else { return }
    let number = Int(seed) % setting.transactions.count
    try write(
      SimulatedEvent(.write, site: site.number, other: number, amount: seed), at: site,
      replica: replica)
  }
}

extension Duration {
  /// The milliseconds that it has.
  fileprivate var milliseconds: UInt64 { UInt64(max(self / .milliseconds(1), 1)) }
}
