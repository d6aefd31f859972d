package import MerganserModel
package import MerganserTypes

/// Another replica that hands something over, and what the two said when they met that they hold.
///
/// That was compared then, by whoever's history goes further. What either has taken in since from others was not, so that
/// what goes beyond is compared again, or waits until they meet again.
package struct Meeting: Sendable {
  /// Who hands it over, as it says itself; `nil` where that is not known.
  package let peer: ReplicaID?
  /// The last versions of both sides as they were compared; `nil` if nothing was.
  private let compared: (ours: [ReplicaID: Head], theirs: [ReplicaID: Head])?

  /// What somebody hands over without having met this replica.
  package init(with peer: ReplicaID?) {
    self.peer = peer
    compared = nil
  }

  /// A meeting with a replica.
  ///
  /// - Parameters:
  ///   - peer: who it is.
  ///   - ours: the last versions that were here.
  ///   - theirs: those that were there.
  package init(
    with peer: ReplicaID, holding ours: [ReplicaID: Head], and theirs: [ReplicaID: Head]
  ) {
    self.peer = peer
    compared = (ours, theirs)
  }

  /// Whether it was compared when the two met what a version names as what it depends on.
  ///
  /// It was if the version was there and what it names was here: whoever has a version has all that it rests on.
  func hasCompared(_ link: Dependency, of version: StoredVersion) -> Bool {
    guard let compared else { return true }
    return version.sequences.upperBound <= compared.theirs[version.origin]?.sequence ?? 0
      && link.sequence <= compared.ours[link.origin]?.sequence ?? 0
  }

  /// Whether two histories of an origin, which have grown from those that were compared, are one for that reason.
  ///
  /// The shorter of the two has not grown: it is a beginning of what the other was, and so of what that is.
  func hasCompared(_ ours: Head?, with theirs: Head?, of origin: ReplicaID) -> Bool {
    guard let compared else { return true }
    let (mine, other) = (compared.ours[origin], compared.theirs[origin])
    return ours == mine && mine?.sequence ?? 0 <= other?.sequence ?? 0
      || theirs == other && other?.sequence ?? 0 <= mine?.sequence ?? 0
  }
}
