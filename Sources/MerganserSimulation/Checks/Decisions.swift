import MerganserDatabase
import MerganserModel
import MerganserTypes

/// What became of the requests that were submitted to an order, at whichever replica it was seen first: nothing else may
/// become of them anywhere.
struct Decisions {
  /// The requests that were submitted, in that order.
  private(set) var requests: [RequestID] = []
  private var decided: [RequestID: Decision] = [:]
  private var numbers: [RequestExecutor: RequestID] = [:]
  /// By site: the versions that it showed when it was looked at last.
  private var seen: [Int: VersionVector] = [:]

  /// What became of a request, and which versions of whom were shown where it was seen first.
  private struct Decision {
    let execution: RequestExecution
    let author: ReplicaID
    let sequence: UInt64
  }

  /// How many are decided.
  var count: Int { decided.count }

  /// Takes notice of a request.
  mutating func note(_ request: RequestID) {
    if !requests.contains(request) { requests.append(request) }
  }

  /// Checks what a site shows of the requests.
  ///
  /// - Throws: ``Violation``, if one was decided otherwise, or two have one number; ``/MerganserModel/StorageError``.
  mutating func check(_ snapshot: Snapshot, at site: Int) throws {
    if requests.isEmpty || seen[site] == snapshot.vector { return }
    seen[site] = snapshot.vector
    let author = try snapshot.state.orderAuthor(in: snapshot.catalog, founder: snapshot.founder)
    for request in requests {
      // What is behind the horizon nobody is shown.
      guard let found = try snapshot.decision(of: request) ?? nil,
        try !snapshot.isExpired(request)
      else { continue }
      guard let known = decided[request]?.execution else {
        decided[request] = Decision(
          execution: found, author: author, sequence: snapshot.vector[author])
        if let other = numbers.updateValue(request, forKey: found.executor) {
          throw Violation(
            guarantee: .decisions,
            evidence: "requests \(other) and \(request) are both \(found.executor) of the order")
        }
        continue
      }
      if found == known { continue }
      throw Violation(
        guarantee: .decisions,
        evidence: "site \(site): request \(request) was \(known) and is \(found)")
    }
  }

  /// Takes notice that what is on none of some disks is given up: an operator restored the only ones that had it.
  mutating func giveUp(beyond disks: [[ReplicaID: Head]]) {
    for (request, decision) in decided {
      let isKept = disks.contains { $0[decision.author]?.sequence ?? 0 >= decision.sequence }
      if isKept { continue }
      decided[request] = nil
      numbers[decision.execution.executor] = nil
    }
  }

  /// A request that a state does not show as decided; `nil` if it does of all that it knows.
  func open(in snapshot: Snapshot) throws -> RequestID? {
    try requests.first { request in
      guard let record = try snapshot.decision(of: request), record == nil else { return false }
      // What has expired is never run.
      return try !snapshot.isExpired(request)
    }
  }
}
