import Merganser
import MerganserDatabase
import MerganserModel
import MerganserTypes

// The end: faults stop, and replicas become equal.
extension Cluster {
  /// How often all neighbours sync until all replicas are equal.
  static let rounds = 3
  /// Lets faults stop, and checks that all replicas become equal, lose nothing, and open again as they were.
  ///
  /// - Throws: ``Violation``.
  func converge() throws {
    recorder?.goOn()
    recorder?.noteCalm()
    tell("faults stop")
    for site in sites {
      site.disk.isFull = false
      recorder?.end(.full(site: site.number))
      site.disk.plan = nil
      site.clock.skew = 0
      if site.disk.isInDoubt { end(site) }
    }
    blocked = []
    split = nil
    recorder?.endPartitions()
    for link in links { link.cut(at: elapsed) }
    removeLinks()
    try verifyStores()
    try replaceProgramsThatKnowTooLittle()
    for site in sites { try start(site, program: site.program) }
    // What the fastest clock has written is not of the future any more.
    let latest = sites.compactMap { $0.replica?.snapshot.time.milliseconds }.max() ?? now
    pass(latest > now ? latest - now + 1 : 1)
    for site in sites { try finish(site) }
    if witness.hasForks { try healAll() }
    if setting.links > 0 { try convergeByLinks() }
    for _ in 0..<Self.rounds {
      if try areEqual() { break }
      for one in sites.indices.dropLast() { try sync(one, with: one + 1) }
      for one in sites.indices.dropLast().reversed() { try sync(one, with: one + 1) }
    }
    try finishOrder()
    try decisions.checkHistory(counting: &report)
    try checkEquality()
    recorder?.finish()
    try checkReopening()
  }

  /// Ends each process whose program cannot open a store of the latest schema, and has the latest started there.
  private func replaceProgramsThatKnowTooLittle() throws {
    let last = setting.programs.count - 1
    let latest = setting.programs[last].catalog.description
    for site in sites where site.program < last {
      let isOpened = setting.programs[site.program].opens(latest)
      if isOpened { continue }
      report.count("programs that knew too little for the latest schema")
      end(site)
      site.program = last
    }
  }

  /// Has a site's writer do all that there is to do, and checks that all calls are answered then.
  func finish(_ site: Site) throws {
    site.isBusy = true
    try settle(site)
    guard !site.isBusy, site.unanswered == 0 else {
      throw Violation(
        guarantee: .answers,
        evidence:
          "site \(site.number): \(site.unanswered) transactions wait for an answer, and the writer has nothing to do"
      )
    }
  }

  /// Has two sites sync, until both have come to an end.
  func sync(_ one: Int, with other: Int) throws {
    recorder?.goOn()
    let failures = report.counts["syncs that failed"] ?? 0
    guard try connect(one, with: other) else {
      throw Violation(
        guarantee: .answers, evidence: "sites \(one) and \(other) cannot begin to sync")
    }
    try exchange(one, with: other)
    guard link(one, with: other) == nil, report.counts["syncs that failed"] ?? 0 == failures else {
      throw Violation(
        guarantee: .convergence,
        evidence:
          "sites \(one) and \(other) do not sync, with no faults: \(lastFailure ?? "no end")")
    }
    try finish(sites[one])
    try finish(sites[other])
  }

  private func snapshots() -> [Snapshot] { sites.compactMap { $0.replica?.snapshot } }

  func areEqual() throws -> Bool {
    let digests = try snapshots().map { try $0.digest }
    return digests.allSatisfy { $0 == digests.first }
  }

  private func checkEquality() throws {
    guard let first = snapshots().first else { return }
    for (site, snapshot) in zip(sites, snapshots()) where try snapshot.digest != first.digest {
      throw Violation(
        guarantee: .convergence,
        evidence: """
          after \(Self.rounds) rounds site 0 shows \(first.vector), and site \(site.number) \(snapshot.vector); \
          \(site.replica?.database.waitingCount ?? 0) versions wait there, \
          \(site.replica?.database.setAsideCount ?? 0) are set aside
          """)
    }
    let heads = first.state.heads
    if let lost = witness.acknowledged(outside: heads).first {
      throw Violation(
        guarantee: .durability,
        evidence: """
          \(lost.origin.shortDescription):\(lost.sequences.upperBound) was acknowledged, and replicas have agreed on \
          \(first.vector)
          """)
    }
    // A sequential oracle: one replica that is offered every version, one after the other.
    var oracle = Database(
      catalog: first.catalog, replica: newIdentity(), founder: first.founder)
    for version in witness.versions(upTo: heads) {
      _ = try oracle.receive([version], wall: HybridTime(milliseconds: now))
    }
    guard try oracle.snapshot.digest == first.digest else {
      throw Violation(
        guarantee: .determinism,
        evidence: """
          replicas have agreed on a state of \(first.vector) that is not what these versions come to one after the other \
          (\(oracle.snapshot.vector))
          """)
    }
  }

  /// Ends each process, opens its store again, and expects what it showed.
  private func checkReopening() throws {
    for site in sites {
      let before = try site.replica?.snapshot.digest
      end(site)
      try start(site, program: site.program)
      guard try site.replica?.snapshot.digest == before else {
        throw Violation(
          guarantee: .recovery,
          evidence: "site \(site.number) opens again to another state than it was closed in")
      }
    }
  }
}
