package import MerganserModel
package import MerganserTypes

// An order that voters choose. What a replica writes for it are rows of its own, which travel as all rows do: its vote, and
// what it proposes as the primary. What a majority has accepted each replica that sees that takes in, as versions of the
// order's own identity.
extension Database {
  /// Whether voters choose what is ordered.
  ///
  /// - Throws: ``/MerganserModel/StorageError``, if stored rows cannot be read.
  package var isVotedOn: Bool {
    get throws(StorageError) { try state.chosen(in: catalog, founder: founder) != nil }
  }

  /// The identity of the order.
  private var order: ReplicaID {
    OrderOrigin.identity(behind: state.orderEnds(founder: founder), founder: founder)
  }

  /// What is known here of the order: its rows, and what of it is chosen.
  ///
  /// - Complexity: O(number of voters and of those that were primary).
  /// - Throws: ``/MerganserModel/StorageError``, if stored rows cannot be read.
  package func orderView() throws -> OrderView {
    var view = try snapshot.orderView(at: replica)
    view.guarantees = guarantees
    return view
  }

  /// Does the next thing that the rows of the order ask of this replica: to take in what is chosen, to vote, or to
  /// propose once more what another primary has left open.
  ///
  /// - Parameters:
  ///   - wall: what the wall clock shows.
  ///   - history: the log.
  /// - Returns: the versions to be stored; none if there is nothing to do.
  /// - Throws: ``/MerganserModel/StorageError``.
  package mutating func keepOrder(
    wall: HybridTime, history: any VersionHistory
  ) throws -> [StoredVersion] {
    let view = try orderView()
    if let chosen = view.nextChosen,
      let reception = try apply(chosen, wall: wall, history: history)
    {
      return reception.applied
    }
    if let vote = view.vote() {
      if let accepted = vote.accepted, accepted != view.rows.votes[replica]?.accepted {
        // Nobody votes for what it could not take in.
        guard let proposal = view.proposal(accepted: accepted) else { return [] }
        var copy = self
        if try copy.apply(proposal, wall: wall, history: history) == nil {
          return try view.promise().map { try write($0, wall: wall) } ?? []
        }
      }
      return try write(vote, wall: wall)
    }
    if view.isNamed, let vote = view.campaign() { return try write(vote, wall: wall) }
    if let mine = view.rows.proposals[replica], view.applied.primary != replica,
      mine.entry.number <= view.applied.entry.number
    {
      // What it proposed is chosen or never will be, and takes no room any more.
      let replica = replica
      let version = try run(
        request: nil, clearance: Clearance(scope: .everywhere), wall: wall
      ) { tx in try tx[proposalTable, replica].delete() }.version
      return version.map { [$0] } ?? []
    }
    if case .mustRepeat(let proposal) = view.standing {
      return try write(proposal, wall: wall).map { [$0] } ?? []
    }
    return []
  }

  /// Takes in the versions of an entry.
  ///
  /// - Returns: what became of them; `nil` if they are not what the entry says, and then nothing has changed.
  private mutating func apply(
    _ proposal: OrderProposal, wall: HybridTime, history: any VersionHistory
  ) throws -> Reception? {
    let order = order
    guard let versions = OrderedVersions.decoded(proposal.content, of: order) else { return nil }
    let before = self
    let reception = try receive(versions, wall: wall, history: history)
    let expected = try orderView().applied
    let isWhole =
      reception.applied.count == versions.count && expected.entry == proposal.entry
      && expected.voters == proposal.voters && expected.successor == proposal.successor
    if isWhole { return reception }
    self = before
    return nil
  }

  private mutating func write(_ vote: OrderVote, wall: HybridTime) throws -> [StoredVersion] {
    let replica = replica
    let version = try run(
      request: nil, clearance: Clearance(scope: .everywhere), wall: wall
    ) { tx in try tx[voteTable, replica].join(Max(vote)) }.version
    return version.map { [$0] } ?? []
  }

  private mutating func write(
    _ proposal: OrderProposal, wall: HybridTime
  ) throws -> StoredVersion? {
    let replica = replica
    return try run(request: nil, clearance: Clearance(scope: .everywhere), wall: wall) { tx in
      try tx[proposalTable, replica].join(Max(proposal))
    }.version
  }

  /// Asks for an epoch, in which this replica is the primary.
  ///
  /// - Returns: the versions to be stored.
  /// - Throws: ``/MerganserModel/OrderError/noVoter(_:)``; ``/MerganserModel/StorageError``.
  package mutating func campaign(wall: HybridTime) throws -> [StoredVersion] {
    let view = try orderView()
    guard view.mayCampaign, let vote = view.campaign() else { throw OrderError.noVoter(replica) }
    return try write(vote, wall: wall)
  }

  /// Makes sure that this replica is in office, before the next entry changes the voters or who is primary; who ordered alone
  /// until now becomes the primary by its own vote.
  ///
  /// - Returns: the versions to be stored.
  /// - Throws: ``/MerganserModel/OrderError/notPrimary(_:primary:)``; ``/MerganserModel/StorageError``.
  package mutating func beginChange(wall: HybridTime) throws -> [StoredVersion] {
    let view = try orderView()
    if try isSolePrimary {
      return view.rows.votes[replica]?.promised.candidate == replica ? [] : try campaign(wall: wall)
    }
    guard view.isInOffice else {
      throw OrderError.notPrimary(replica, primary: view.applied.inOffice)
    }
    return []
  }

  /// What a primary runs its next requests on: what is chosen, under the order's identity.
  ///
  /// - Returns: that, and the primary's epoch; `nil` if it cannot propose now.
  /// - Throws: ``/MerganserModel/StorageError``.
  package func ordering() throws -> (database: Database, epoch: UInt64)? {
    let view = try orderView()
    guard case .mayPropose = view.standing, let epoch = view.rows.votes[replica]?.promised else {
      return nil
    }
    var database = Database(catalog: catalog, replica: order, founder: founder)
    database.takeOptions(from: self)
    database.cache = cache
    database.state = state
    database.clock = clock
    database.openRequests = openRequests
    // Its first version says all that it rests on.
    for (origin, _) in state.vector where origin != order { database.unseenByOwn[origin] = 0 }
    return (database, epoch.number)
  }

  /// Proposes what requests wrote as the order's next entry.
  ///
  /// - Parameters:
  ///   - versions: what they wrote, on ``ordering()``'s database.
  ///   - ordering: that, behind them.
  ///   - voters: the voters from then on; `nil` if they stay.
  ///   - successor: who is to be the primary from then on; `nil` if this replica stays it.
  ///   - wall: what the wall clock shows.
  /// - Returns: the version to be stored; `nil` if it cannot propose now.
  /// - Throws: ``/MerganserModel/StorageError``.
  package mutating func propose(
    _ versions: [StoredVersion], on ordering: Database, voters: OrderVoters? = nil,
    successor: ReplicaID? = nil, wall: HybridTime
  ) throws -> StoredVersion? {
    var ordering = ordering
    let hash = ordering.state.head(of: ordering.replica)?.hash ?? 0
    let view = try orderView()
    guard var proposal = view.proposal(hash: hash, voters: voters, successor: successor) else {
      return nil
    }
    let chosen = view.applied.applying(proposal)
    let ends = state.orderEnds(founder: founder)
    let last = try ordering.run(
      request: nil, clearance: Clearance(scope: .everywhere), wall: wall
    ) { tx in try tx[orderStateTable, ends].join(Max(chosen)) }.version
    proposal.content = OrderedVersions.encoded(versions + [last].compactMap(\.self))
    return try write(proposal, wall: wall)
  }

  /// Ends an order of which a majority of voters is lost, with this replica for the only voter and the primary from then on.
  ///
  /// What was chosen and is not here is lost.
  ///
  /// - Returns: the versions to be stored.
  /// - Throws: ``/MerganserModel/OrderError/notPrimary(_:primary:)``, if nobody has ever voted; ``SuccessionError``;
  ///   ``/MerganserModel/StorageError``.
  package mutating func endOrder(wall: HybridTime) throws -> [StoredVersion] {
    guard try isVotedOn else {
      throw OrderError.notPrimary(replica, primary: snapshot.actingFounder)
    }
    let view = try orderView()
    let order = order
    let last = state.head(of: order)
    var versions = [try succeed(order, wall: wall, evenIfUnknown: true)]
    let ends = state.orderEnds(founder: founder)
    let epochs = view.rows.votes.values.map(\.promised.number) + [view.applied.entry.epoch.number]
    let (number, isOver) = view.applied.entry.number.addingReportingOverflow(1 << 32)
    guard !isOver, let epoch = epochs.max(), epoch < .max else {
      throw SuccessionError.unknown(order)
    }
    let entry = OrderEntry(
      number: number, epoch: OrderEpoch(epoch + 1, of: replica), hash: last?.hash ?? 0)
    let next = OrderState(entry: entry, voters: OrderVoters([replica]))
    versions.append(
      try run(request: nil, clearance: Clearance(scope: .everywhere), wall: wall) { tx in
        try tx[orderStateTable, ends].join(Max(next))
      }.version)
    return try versions.compactMap(\.self) + campaign(wall: wall)
  }
}

extension Database {
  /// Whether there may be something to do for the order behind a group, or when a replica is opened.
  package func hasOrder(admission: Admission) -> Bool {
    let isVotedOn = (try? isVotedOn) ?? true
    return isVotedOn || admission.holdsAny || (admission.ordersAny && (try? isSolePrimary) ?? true)
  }
}
