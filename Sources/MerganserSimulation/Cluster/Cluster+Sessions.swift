import Merganser
import MerganserDatabase
import MerganserModel
import MerganserTypes

// Clients that go from site to site: a transaction is one's, if what it has seen is there, and otherwise nobody's.
extension Cluster {
  /// A call that a client made: which one it was, and what it had seen by then.
  struct SessionCall {
    let client: Int
    let number: Int
    let seen: [ReplicaID: Head]
  }

  /// Has a client read at a site, if its session goes on there.
  ///
  /// - Returns: what it writes next there; `nil` if the session does not go on.
  /// - Throws: ``Violation``, if it is not shown what it has seen.
  func beginCall(
    of client: Int, at site: Site, replica: SteppedReplica
  ) throws -> SessionCall? {
    report.count("calls in sessions")
    do {
      guard try replica.hasReached(sessions[client].token) else {
        report.count("calls in sessions that had to wait")
        if sessions[client].wait() { report.count("sessions that began anew") }
        return nil
      }
    } catch let error as SessionError {
      tell("  client \(client) at site \(site.number): \(error)")
      report.count("sessions on another branch")
      sessions[client].beginAnew()
      return nil
    }
    let heads = replica.snapshot.state.heads
    let session = sessions[client]
    let missing = session.seen.keys.sorted().first { origin in
      guard let head = session.seen[origin] else { return false }
      let isThere = witness.contains(
        WitnessedVersion.Name(origin: origin, end: head), upTo: heads[origin])
      // Of two branches whose beginnings no log knows any more, none is told from the other.
      let isBranch =
        witness.forked.contains(origin) && heads[origin]?.sequence ?? 0 >= head.sequence
      return !isThere && !isBranch
    }
    if let missing, let head = session.seen[missing] {
      throw Violation(
        guarantee: .sessions,
        evidence: """
          client \(client) has seen \(missing.shortDescription):\(head.sequence), and was shown a state of site \
          \(site.number) with \(heads[missing].map { "\($0.sequence)" } ?? "nothing") of it
          """)
    }
    try sessions[client].note(replica.snapshot.token, showing: heads)
    return SessionCall(
      client: client, number: sessions[client].turns, seen: sessions[client].seen)
  }

  /// Takes notice of what a client wrote.
  ///
  /// - Throws: ``Violation``, if it does not come behind what the client had seen.
  func endCall(_ call: SessionCall, writing version: StoredVersion) throws {
    if let missing = witness.missing(of: call.seen, inPastOf: version) {
      throw Violation(
        guarantee: .sessions,
        evidence: """
          client \(call.client) wrote \(version.origin.shortDescription):\(version.sequences.upperBound), which does not \
          come behind what it had seen of \(missing.shortDescription)
          """)
    }
    try sessions[call.client].note(
      SessionToken(founder: founder, heads: [version.origin: version.head]),
      wrote: [version.origin: version.head], inCall: call.number)
  }
}
