import Merganser
import MerganserModel
import MerganserSync

// Connections.
extension Cluster {
  /// Begins a sync of two sites, or a link, if both are up and none goes on.
  ///
  /// - Returns: whether one began.
  @discardableResult
  func connect(_ one: Int, with other: Int, isLink: Bool = false) throws -> Bool {
    guard one != other, link(one, with: other) == nil,
      let first = site(min(one, other))?.replica, let second = site(max(one, other))?.replica
    else { return false }
    if try isBlind(sites[one], for: sites[other]) {
      report.count("syncs that did not begin, as nobody could have told two histories apart")
      return false
    }
    let link = Link(
      [min(one, other), max(one, other)],
      sides: [first, second].map {
        SteppedSync(
          of: $0, limits: setting.limits, portions: setting.portions, isLink: isLink,
          otherName: members.last)
      }, isLink: isLink, recorder: recorder)
    if isLink { report.count("links") }
    links.append(link)
    link.begin(at: elapsed)
    noteBusy(link)
    removeLinks()
    return true
  }

  /// Has a site's side of a link end once all that is there was sent.
  func drain(_ one: Int, with other: Int) {
    guard let link = link(one, with: other), link.isLink else { return }
    link.drain(link.place(of: one), at: elapsed)
    removeLinks()
  }

  /// Ends the link of two sites, if there is one: they are to sync.
  func cutLink(_ one: Int, with other: Int) {
    guard let link = link(one, with: other), link.isLink else { return }
    link.cut(at: elapsed)
    removeLinks()
  }

  /// Delivers what a site has sent another.
  func deliver(from sender: Int, to receiver: Int, limit: Int) {
    guard let link = link(sender, with: receiver), !isBlocked(from: sender, to: receiver) else {
      return
    }
    report.steps += 1
    link.deliver(from: link.place(of: sender), limit: limit, at: elapsed)
    noteBusy(link)
    removeLinks()
  }

  /// Whether a site lacks what another has no versions of any more, so that it is handed the other's state.
  func isBehind(_ number: Int, the other: Int) -> Bool {
    guard let theirs = site(other)?.disk.kept, let own = site(number)?.replica?.snapshot.vector,
      number != other, let truncated = try? theirs.snapshot().truncatedTo
    else { return false }
    return truncated.contains { $1.sequence > own[$0] }
  }

  /// Whether nothing comes from a site to another.
  private func isBlocked(from sender: Int, to receiver: Int) -> Bool {
    if let split, side(of: sender, in: split) != side(of: receiver, in: split) { return true }
    return !blocked.isEmpty && blocked.contains([sender, receiver])
  }

  func side(of site: Int, in split: UInt64) -> UInt64 {
    var draw = Draw(seed: split ^ UInt64(site) << 32)
    return draw.next() & 1
  }

  /// Whether something of a site can come to another.
  func canDeliver(from sender: Int, to receiver: Int) -> Bool {
    guard let link = link(sender, with: receiver), !isBlocked(from: sender, to: receiver) else {
      return false
    }
    return link.canDeliver(from: link.place(of: sender))
  }

  /// The ways on a connection, from one site to the other, by which something can come.
  func ways(of link: Link) -> [[Int]] {
    [link.sites, link.sites.reversed()].filter { canDeliver(from: $0[0], to: $0[1]) }
  }

  /// Work may have been given to the writers of a connection's sites.
  func noteBusy(_ link: Link) {
    for number in link.sites { sites[number].isBusy = sites[number].replica != nil }
  }

  private func record(_ result: SyncMachine.Result, at site: Int) {
    let count = result.intake.applied
    if result.intake.adoptedState {
      recorder?.note(.adoption, at: site, saying: "a state is adopted, and \(count) versions came")
    } else if count > 0 {
      recorder?.note(.versions, at: site, saying: "\(count) versions came")
    }
  }

  /// Takes notice of what came and went by a link.
  private func takeReports(of link: Link) {
    for (site, result) in link.takeReports() {
      report.count("versions that came by links", by: result.intake.applied)
      if result.intake.adoptedState { report.count("states that came by links") }
      for refusal in result.intake.refused { tell("  site \(site): refused: \(refusal)") }
      record(result, at: site)
      if Optional(Result<SyncMachine.Result, any Error>.success(result)).showsParting,
        !parted.contains(link.sites)
      {
        parted.append(link.sites)
      }
    }
  }

  /// Takes notice of whether a sync has found that its sites are on two branches of a history.
  private func noteParting(_ link: Link) {
    if link.results.contains(where: \.showsParting) {
      if !parted.contains(link.sites) { parted.append(link.sites) }
    } else if link.results.allSatisfy(\.isSuccess), !link.isLink {
      parted.removeAll { $0 == link.sites }
    }
  }

  /// Lets go of connections over which nothing happens any more.
  func removeLinks() {
    for link in links where link.isLink { takeReports(of: link) }
    links.removeAll { link in
      guard link.isOver else { return false }
      noteParting(link)
      for (site, result) in zip(link.sites, link.results) {
        switch result {
        case .success(let result)? where result.isLinked: report.count("links that drained")
        case .success(let result)?:
          report.count("syncs that succeeded")
          if result.intake.adoptedState { report.count("states that were adopted") }
          tell("  site \(site): the sync is over, \(result.intake.applied) versions came")
          for refusal in result.intake.refused { tell("  site \(site): refused: \(refusal)") }
          record(result, at: site)
        case .failure(let error)?:
          report.count(link.isLink ? "links that failed" : "syncs that failed")
          lastFailure = "\(error)"
          self.site(site)?.disk.damage?.note(error)
          tell("  site \(site): the sync has failed: \(error)")
          recorder?.note(.failedSync, at: site, saying: "the sync has failed: \(error)")
        case nil: break
        }
      }
      return true
    }
  }
}

extension Result<SyncMachine.Result, any Error>? {
  /// Whether a side has come to its end well.
  var isSuccess: Bool {
    if case .success? = self { true } else { false }
  }

  /// Whether a side has found that the two are on different branches of a history.
  fileprivate var showsParting: Bool {
    switch self {
    case .success(let result)?:
      result.intake.setAside > 0 || result.intake.refused.contains(where: \.isParting)
    case .failure(let error as ReplicationError)?: error.isParting
    case .failure, nil: false
    }
  }
}

extension ReplicationError {
  /// Whether two replicas do not sync because their histories part, or the ends of identities.
  fileprivate var isParting: Bool {
    switch self {
    case .forkedHistory, .restsOnOtherBranch, .beyondCut, .cutsDiffer, .holdsBeyondCut,
      .beyondOwnHistory, .sameReplica:
      true
    default: false
    }
  }
}
