import Merganser
import MerganserDatabase
import MerganserModel

// What has an end, whatever others send.
extension Cluster {
  /// Checks what takes memory at a site: versions that are not applied, and bytes of syncs that are not worked off.
  ///
  /// - Throws: ``Violation``.
  func checkBounds(of site: Site, in database: Database) throws(Violation) {
    let waiting = database.waitingCount
    guard waiting <= witness.order.count else {
      throw Violation(
        guarantee: .bounds,
        evidence: "site \(site.number): \(waiting) versions wait, more than there are")
    }
    if let room = setting.room, let size = database.roomSizes.first(where: { $0 > room }) {
      throw Violation(
        guarantee: .bounds,
        evidence: "site \(site.number): versions that are not applied take \(size) bytes of \(room)"
      )
    }
    for link in links where link.sites.contains(site.number) {
      let place = link.place(of: site.number)
      // What is left of a message, and what came last. Of bytes that are none of a message it is not known how many belong together,
      // up to the length that a message may have.
      guard link.isDisturbed || link.inboxSize(at: place) <= 2 * link.largestPiece else {
        throw Violation(
          guarantee: .bounds,
          evidence: """
            site \(site.number): \(link.inboxSize(at: place)) bytes of a sync are not worked off, and none sent more than \
            \(link.largestPiece) at once
            """)
      }
      guard link.overdraft(at: place) == 0 else {
        throw Violation(
          guarantee: .bounds,
          evidence: """
            site \(site.number): by a link, \(link.overdraft(at: place)) bytes of versions were sent beyond what the other side \
            let come and one message more
            """)
      }
    }
  }

  /// Checks that what sites have noted of others is on a disk of these, or was.
  ///
  /// - Throws: ``Violation``, and what reading throws.
  func checkNotes() throws {
    for site in sites {
      let heads = try overlooking(site) { try site.disk.kept.snapshot().heads }
      witness.noteHeld(heads, by: site.disk.identity.replica)
    }
    for link in links {
      for (place, site) in link.sites.enumerated() {
        guard let (peer, heads) = link.noted(at: place),
          let (origin, head) = heads.first(where: { $1.sequence > witness.held(of: $0, by: peer) })
        else { continue }
        throw Violation(
          guarantee: .durability,
          evidence: """
            site \(site) was told that \(peer.shortDescription) holds \(origin.shortDescription):\(head.sequence), which it never did
            """)
      }
    }
  }

  /// Checks a log behind a truncation: of what a checkpoint covers, it has as many versions as it is to keep.
  ///
  /// - Throws: ``Violation``, and what reading throws.
  func checkLog(of site: Site) throws {
    let log = try site.disk.kept.snapshot()
    for (origin, end) in log.state.checkpoint?.heads ?? [:] {
      let truncation = log.truncation(of: origin)?.sequence ?? 0
      let reader = try log.versions(of: origin, after: truncation)
      var count = 0
      while let version = try reader.next(), version.sequences.upperBound <= end.sequence {
        count += 1
      }
      let retained = max(setting.retainedVersions, setting.retainedForPeers)
      guard count <= retained else {
        throw Violation(
          guarantee: .bounds,
          evidence: """
            site \(site.number): the log was truncated, and keeps \(count) versions of \(origin.shortDescription), of \
            which it is to keep \(retained)
            """)
      }
    }
  }
}
