import MerganserDatabase
package import MerganserModel
package import MerganserTypes

/// What two replicas that greet each other have to agree about before anything is exchanged.
struct Agreement {
  let own: Greeting
  let other: Greeting
  /// What the other side of a link has said of itself before, and what it has said since that it holds; `nil` if the two
  /// have not met.
  var before: (greeting: Greeting, heads: [ReplicaID: Head])?
  /// Whether histories are compared: always, but in simulations.
  var comparesHistories = true

  /// Checks that the two can sync.
  ///
  /// - Returns: the later of their schemas.
  /// - Throws: ``/MerganserModel/ReplicationError``, naming what they differ in.
  func check() throws(ReplicationError) -> SchemaDescription {
    guard other.replica != own.replica else { throw .sameReplica(own.replica) }
    guard other.founder == own.founder else {
      throw .otherDatabase(ours: own.founder, theirs: other.founder)
    }
    try other.check()
    let later = try own.schema.later(other.schema, between: own.replica, and: other.replica)
    if let ours = own.plan, let theirs = other.plan, ours != theirs {
      throw .otherPlan(ours: ours, theirs: theirs)
    }
    if let last = other.heads[own.replica]?.sequence,
      last > own.heads[own.replica]?.sequence ?? 0
    {
      throw .beyondOwnHistory(
        origin: own.replica, sequence: last, last: own.heads[own.replica]?.sequence ?? 0)
    }
    try checkCuts()
    // Who rests on another branch of a history has nothing to say here until the fork is healed: what is
    // not told apart by its own history may rest on it all the same.
    if !comparesHistories { return later }
    let forked = own.heads.filter { origin, mine in
      other.heads[origin].map { $0.sequence == mine.sequence && $0.hash != mine.hash } ?? false
    }
    if let (origin, head) = forked.min(by: { $0.key < $1.key }) {
      throw .forkedHistory(origin: origin, sequence: head.sequence)
    }
    return later
  }

  /// Checks that the other side of a link is the replica that it was, and takes nothing back of what it has said.
  ///
  /// A greeting that follows another may say more: that the schema grew, that there are more versions, that identities have
  /// ended, and that the log begins later. Its window is the one of the first; what it says of silence counts from then on, and
  /// what else its extensions say.
  ///
  /// - Throws: ``SyncError/otherPeer(was:is:)``; ``/MerganserModel/ReplicationError``.
  func checkContinuation() throws {
    guard let (greeting, heads) = before else { return }
    guard other.replica == greeting.replica else {
      throw SyncError.otherPeer(was: greeting.replica, is: other.replica)
    }
    func fail(_ what: String) -> ReplicationError { .unexpectedMessage("a greeting \(what)") }
    guard try greeting.schema.later(other.schema) == other.schema else {
      throw fail("with an earlier schema than the one before")
    }
    guard other.plan == greeting.plan else { throw fail("with another plan than the one before") }
    guard other.window != nil else { throw fail("by which the side does not stay linked any more") }
    for (identity, cut) in greeting.cuts where other.cuts[identity] != cut {
      throw fail("by which \(identity.shortDescription) has not ended as before")
    }
    for (origin, head) in heads {
      let last = other.heads[origin] ?? Head(sequence: 0, hash: 0)
      if last.sequence < head.sequence || last.sequence == head.sequence && last.hash != head.hash {
        throw fail(
          "by which \(origin.shortDescription):\(head.sequence) is not held that was said to be held"
        )
      }
    }
  }

  /// Checks that both sides know the same ends of identities, and that neither holds anything beyond.
  private func checkCuts() throws(ReplicationError) {
    for identity in Set(own.cuts.keys).union(other.cuts.keys).sorted() {
      if let ours = own.cuts[identity], let theirs = other.cuts[identity], ours != theirs {
        throw .cutsDiffer(of: identity, ours: "\(ours)", theirs: "\(theirs)")
      }
      guard let cut = (own.cuts[identity] ?? other.cuts[identity])?.last else { continue }
      for side in [own, other] {
        guard let last = side.heads[identity] else { continue }
        if last.sequence > cut.sequence {
          throw .holdsBeyondCut(
            identity, last: last.sequence, cut: cut.sequence, holder: side.replica)
        }
        if last.sequence == cut.sequence, last.hash != cut.hash {
          throw .forkedHistory(origin: identity, sequence: cut.sequence)
        }
      }
    }
  }
}

extension SchemaDescription {
  /// The later of this schema and `other`, which are those of two replicas.
  ///
  /// - Throws: as ``/MerganserModel/SchemaDescription/later(_:)``, naming the replica that lacks an invariant.
  package func later(
    _ other: SchemaDescription, between replica: ReplicaID, and otherReplica: ReplicaID
  ) throws(ReplicationError) -> SchemaDescription {
    do { return try later(other) } catch {
      guard case .uncheckedInvariant(let invariant, lackedBy: nil) = error else {
        throw error.shortened
      }
      let isOurs = invariants.contains { $0.name == invariant }
      throw .uncheckedInvariant(invariant.shortened, lackedBy: isOurs ? otherReplica : replica)
    }
  }
}
