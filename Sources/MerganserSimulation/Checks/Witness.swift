import Merganser
import MerganserDatabase
import MerganserModel
import MerganserTypes

/// Who has seen every version that reached a disk, in the order in which it did first.
///
/// Each version stands behind all that it depends on. It is used by one thread.
final class Witness: @unchecked Sendable {
  typealias Name = WitnessedVersion.Name

  /// The names of the versions, each behind those that it depends on.
  private(set) var order: [Name] = []
  private var versions: [Name: WitnessedVersion] = [:]
  /// By request: the versions that answer it.
  private var answers: [RequestID: [Name]] = [:]
  /// By the request under which a store that leaves a branch makes a version again: that version.
  private var offers: [RequestID: Name] = [:]
  /// Of how many versions that is known.
  private var offerCount = 0
  /// By origin: where its history ends, the latest version of those that continue each other.
  private var ends: [ReplicaID: Head] = [:]
  /// The identities that two stores have, or had, as nobody noticed a copy.
  private(set) var forked: Set<ReplicaID> = []
  /// The founder of a database in which requests are submitted to an order.
  var founder: ReplicaID?
  /// What was wrong when a version reached a disk.
  private var fault: Violation?
  /// By identity: how far of each origin its disks have held.
  private var held: [ReplicaID: VersionVector] = [:]

  /// Takes notice of what a disk of an identity holds.
  func noteHeld(_ heads: [ReplicaID: Head], by identity: ReplicaID) {
    for (origin, head) in heads where head.sequence > held(of: origin, by: identity) {
      held[identity, default: VersionVector()][origin] = head.sequence
    }
  }

  /// How far of an origin a disk of an identity has held at any time.
  func held(of origin: ReplicaID, by identity: ReplicaID) -> UInt64 {
    held[identity]?[origin] ?? 0
  }

  /// Takes notice of a version that is put on a disk, and of the last versions that are there.
  func note(_ version: StoredVersion, behind heads: [ReplicaID: Head]) {
    let name = Name(origin: version.origin, end: version.head)
    guard versions[name] == nil else { return }
    let before = ends[version.origin] ?? Head(sequence: 0, hash: 0)
    if version.previousHash == before.hash, version.sequences.lowerBound == before.sequence + 1 {
      ends[version.origin] = version.head
    } else if !forked.contains(version.origin) {
      report(
        .identity,
        evidence: """
          \(version.origin.shortDescription) wrote two versions that have the numbers \
          \(version.sequences.lowerBound) to \(version.sequences.upperBound) or some of these
          """)
    }
    guard let decoded = try? version.decoded() else {
      return report(.answers, evidence: "\(name) was stored, and cannot be read")
    }
    let witnessed = WitnessedVersion(
      version: version, time: decoded.time, request: decoded.request, dependencies: decoded.links,
      past: past(of: version, naming: decoded.links))
    versions[name] = witnessed
    order.append(name)
    checkPast(of: witnessed, behind: heads)
    // What is submitted to an order answers nothing yet; what is decided there is looked at by itself.
    guard founder == nil, let request = decoded.request else { return }
    checkRequest(request, of: name, behind: heads)
  }

  /// Checks that a request which a version answers was answered by none that its origin held.
  private func checkRequest(
    _ request: RequestID, of name: Name, behind heads: [ReplicaID: Head]
  ) {
    let known = answers[request, default: []].first { contains($0, upTo: heads[$0.origin]) }
    if let known {
      report(
        .requests, evidence: "\(name) answers request \(request), which \(known) had answered there"
      )
    }
    if let home = request.home, home == name.origin, !forked.contains(home),
      let other = answers[request]?.first(where: { $0.origin == home })
    {
      report(.requests, evidence: "\(name) and \(other) answer request \(request), which runs once")
    }
    answers[request, default: []].append(name)
  }

  /// Whether two stores have, or had, one identity.
  var hasForks: Bool { !forked.isEmpty }

  /// Takes notice that two stores have an identity, and write two histories.
  func noteFork(of identity: ReplicaID) { forked.insert(identity) }

  private func report(_ guarantee: SimulatedGuarantee, evidence: String) {
    fault = fault ?? Violation(guarantee: guarantee, evidence: evidence)
  }

  private func past(of version: StoredVersion, naming links: [Dependency]) -> VersionVector {
    var past = VersionVector()
    if version.sequences.lowerBound > 1 {
      let end = Head(sequence: version.sequences.lowerBound - 1, hash: version.previousHash)
      if let before = versions[Name(origin: version.origin, end: end)] { past.merge(before.past) }
    }
    for link in links {
      past[link.origin] = max(past[link.origin], link.sequence)
      if let before = link.name.flatMap({ versions[$0] }) { past.merge(before.past) }
    }
    past[version.origin] = version.sequences.upperBound
    return past
  }

  /// Checks that a version names all that its origin held, and is later than all of it.
  private func checkPast(of version: WitnessedVersion, behind heads: [ReplicaID: Head]) {
    // What is ordered was written by a primary, and reaches the first disk where it is known to be chosen.
    let isOrdered =
      founder.map { OrderOrigin.ends(of: version.name.origin, founder: $0) != nil } ?? false
    let unnamed = heads.keys.sorted().first { origin in
      origin != version.name.origin && heads[origin]?.sequence ?? 0 > version.past[origin]
    }
    if let unnamed, !isOrdered {
      report(
        .causality,
        evidence: """
          \(version.name) was written where \(unnamed.shortDescription):\(heads[unnamed]?.sequence ?? 0) was, and its \
          past is \(version.past)
          """)
    }
    let named = version.dependencies.compactMap(\.name) + [version.previous].compactMap(\.self)
    if let later = named.first(where: { versions[$0]?.time ?? .zero >= version.time }) {
      report(.times, evidence: "\(version.name) is not later than \(later), which it depends on")
    }
  }

  /// The first origin of which something was seen that a version does not come behind; `nil` if there is none.
  func missing(
    of seen: [ReplicaID: Head], inPastOf version: StoredVersion
  ) -> ReplicaID? {
    guard let past = versions[Name(origin: version.origin, end: version.head)]?.past else {
      return nil
    }
    return seen.keys.sorted().first { seen[$0]?.sequence ?? 0 > past[$0] }
  }

  /// Takes notice that a caller was told of a version.
  func acknowledge(_ version: StoredVersion) throws(Violation) {
    let name = Name(origin: version.origin, end: version.head)
    guard versions[name] != nil else {
      throw Violation(
        guarantee: .durability, evidence: "\(name) was acknowledged and is on no disk")
    }
    versions[name]?.isAcknowledged = true
  }

  /// Takes notice that what is on none of some disks is given up: an operator replaced the only store that had it.
  ///
  /// - Parameters:
  ///   - lost: the last versions of the store that was replaced.
  ///   - disks: the last versions of each store that there is now.
  /// - Complexity: O(*n*) in the number of versions that are on no disk any more.
  func giveUp(_ lost: [ReplicaID: Head], beyond disks: [[ReplicaID: Head]]) {
    var gone: [Name] = []
    for (origin, head) in lost {
      var next: Name? = Name(origin: origin, end: head)
      // What is before one that is on a disk is there, too.
      while let name = next, !disks.contains(where: { contains(name, upTo: $0[origin]) }) {
        gone.append(name)
        next = versions[name]?.previous
      }
    }
    noteOffers()
    while let name = gone.popLast() {
      // What it made again is not made again any more.
      if let request = versions[name]?.request, let other = offers[request] { gone.append(other) }
      guard versions[name]?.isAcknowledged == true else { continue }
      if !disks.contains(where: { isKept(name, upTo: $0) }) {
        versions[name]?.isAcknowledged = false
      }
    }
  }

  /// Takes notice of the requests under which versions would be made again, once there are forks.
  private func noteOffers() {
    guard hasForks else { return }
    for name in order[offerCount...] {
      if let version = versions[name]?.version { offers[RequestID(offering: version)] = name }
    }
    offerCount = order.count
  }

  /// Takes notice of what a store that left a branch has told that it did not make again: nobody has to find it any more.
  ///
  /// - Parameters:
  ///   - report: what it told.
  ///   - left: the last versions that the store had which was left.
  ///   - kept: the last versions that the new store has.
  func noteHealing(
    _ report: HealingReport, of left: [ReplicaID: Head], keeping kept: [ReplicaID: Head]
  ) {
    for name in order
    where contains(name, upTo: left[name.origin]) && !contains(name, upTo: kept[name.origin]) {
      let last = name.end.sequence
      let isTold =
        report.unknown[name.origin].map { last <= $0 } ?? false
        || report.unverified[name.origin].map { last <= $0 } ?? false
        || report.refused.contains {
          $0.origin == name.origin && $0.sequences.upperBound == last
        }
      if isTold { versions[name]?.isSetAside = true }
    }
  }

  /// Takes notice that nobody has to find any more what was known up to some heads, and not up to others.
  func setAside(upTo left: [ReplicaID: Head], besides kept: [ReplicaID: Head]) {
    for name in order
    where contains(name, upTo: left[name.origin]) && !contains(name, upTo: kept[name.origin]) {
      versions[name]?.isSetAside = true
    }
  }

  /// Whether two heads of an origin are of two histories.
  func isParting(_ one: Head?, from other: Head?, of origin: ReplicaID) -> Bool {
    guard forked.contains(origin), let one, let other, one != other else { return false }
    return !contains(Name(origin: origin, end: one), upTo: other)
      && !contains(Name(origin: origin, end: other), upTo: one)
  }

  /// Whether a version is in the histories that some heads end, or was made again in these, or it was told that it is not.
  private func isKept(_ name: Name, upTo heads: [ReplicaID: Head]) -> Bool {
    if contains(name, upTo: heads[name.origin]) { return true }
    guard let known = versions[name], !forked.isEmpty else { return false }
    if known.isSetAside { return true }
    return answers[RequestID(offering: known.version)]?.contains { again in
      isKept(again, upTo: heads)
    } ?? false
  }

  /// Checks what was seen of versions when they reached a disk.
  func check() throws(Violation) { if let fault { throw fault } }

  /// Checks that what a replica shows are whole versions, each with all that it depends on.
  ///
  /// - Parameters:
  ///   - heads: the last versions that it shows.
  ///   - before: those that it showed before, which were checked then.
  /// - Throws: ``Violation``.
  func check(_ heads: [ReplicaID: Head], after before: [ReplicaID: Head]) throws(Violation) {
    for (origin, head) in heads where head != before[origin] {
      let shown = Name(origin: origin, end: head)
      guard versions[shown] != nil else {
        throw Violation(
          guarantee: .atomicity,
          evidence: "no version of \(origin.shortDescription) ends at \(head.sequence), which shows"
        )
      }
      if let known = before[origin], !contains(Name(origin: origin, end: known), upTo: head) {
        throw Violation(
          guarantee: .identity,
          evidence:
            "\(Name(origin: origin, end: known)) was shown, and \(shown) of another history now")
      }
      var next: Name? = shown
      while let name = next, name.end != before[origin], let version = versions[name] {
        let missing = version.dependencies.first { link in
          link.name.map { !contains($0, upTo: heads[$0.origin]) } ?? false
        }
        if let missing {
          throw Violation(
            guarantee: .causality,
            evidence: """
              \(name) shows, which depends on \(missing.origin.shortDescription):\(missing.sequence), and that history \
              is not here, but \(heads[missing.origin].map { "\($0.sequence)" } ?? "nothing") of it
              """)
        }
        next = version.previous
      }
    }
  }

  /// The versions that were acknowledged and are not among those that some heads end, the first first.
  func acknowledged(outside heads: [ReplicaID: Head]) -> [StoredVersion] {
    order.compactMap { name in
      guard let known = versions[name], known.isAcknowledged, !isKept(name, upTo: heads) else {
        return nil
      }
      return known.version
    }
  }

  /// The versions that some heads end, in an order in which they can be applied.
  func versions(upTo heads: [ReplicaID: Head]) -> [StoredVersion] {
    order.filter { contains($0, upTo: heads[$0.origin]) }.compactMap { versions[$0]?.version }
  }

  /// Whether a version is in the history that ends with a head.
  func contains(_ name: Name, upTo head: Head?) -> Bool {
    guard let head, name.end.sequence <= head.sequence else { return false }
    if !forked.contains(name.origin), fault == nil {
      // It has one history.
      return versions[name] != nil
    }
    var next: Name? = Name(origin: name.origin, end: head)
    while let place = next, place.end.sequence > name.end.sequence {
      next = versions[place]?.previous
    }
    return next == name
  }
}

extension Dependency {
  /// The version that it names; `nil` in the format without hashes.
  fileprivate var name: WitnessedVersion.Name? {
    hash.map { WitnessedVersion.Name(origin: origin, end: Head(sequence: sequence, hash: $0)) }
  }
}
