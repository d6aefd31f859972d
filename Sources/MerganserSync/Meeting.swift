public import MerganserDatabase
public import MerganserModel
public import MerganserTypes

/// One side of an exchange after which both replicas hold what either held: anti-entropy.
///
/// A state machine that does no I/O. Whoever drives it carries messages to the other side and its
/// directives out. Demers et al., *Epidemic Algorithms for Replicated Database Maintenance* (1987),
/// section 1.3; what is exchanged are vectors and missing versions, as in Bayou (Petersen et al.,
/// *Flexible Update Propagation for Weakly Consistent Replication*, 1997, section 3.1).
///
/// ```
/// a → b  greeting        b → a  greeting
/// a → b  versions …      b → a  versions …       each in an order that respects dependencies
/// a → b  end             b → a  end
/// ```
///
/// The side whose schema is the earlier takes the other's over first, so that it knows all that comes.
///
/// A side whose log no longer has what the other lacks hands over its state instead of versions
/// (as Bayou does to a replica that is behind its truncated log, section 4.4 there):
///
/// ```
/// a → b  state           b → a  versions …
/// a → b  rows …
/// a → b  end             b → a  end
/// ```
public struct Meeting: Sendable {
  /// What the sides say to each other.
  public enum Message: Hashable, Sendable {
    /// Who I am and what I hold; the first message of each side.
    case greeting(Greeting)
    /// My state follows, in parts: my log no longer has all that you lack.
    case state(StateHeader)
    /// A part of my state.
    case rows(StatePart)
    /// Versions that you lack.
    case versions([StoredVersion])
    /// That was all.
    case end
  }

  /// What the driver is to do next.
  public enum Directive: Hashable, Sendable {
    /// Carry this message to the other side.
    case send(Message)
    /// Take over the other side's schema, which grew from this one's, before anything else of it.
    case takeInSchema(SchemaDescription)
    /// Send the other side all that the log holds beyond `vector`, then ``Message/end``.
    case sendVersions(beyond: VersionVector)
    /// Send the other side what the replica holds, as ``Message/state(_:)`` and its parts, then
    /// ``Message/end``.
    case sendState
    /// Take these versions in.
    case takeIn([StoredVersion])
    /// Begin to take a state in.
    case takeInState(StateHeader)
    /// Take a part of it in; it is complete when ``finish`` follows, and to be dropped without.
    case takeInRows(StatePart)
    /// The exchange is over.
    case finish
  }

  private enum Phase {
    case silent
    case greeted
    case receiving
    case receivingState
    case finished
  }

  private let own: Greeting
  /// The later of the two sides' schemas.
  private var later: SchemaDescription?
  private var phase = Phase.silent

  /// The side of the replica that says `greeting`.
  public init(greeting: Greeting) {
    own = greeting
  }

  /// Begins the exchange, which both sides do.
  public mutating func start() -> [Directive] {
    guard phase == .silent else { return [] }
    phase = .greeted
    return [.send(.greeting(own))]
  }

  /// Goes on with the exchange after a message of the other side.
  ///
  /// - Throws: ``MerganserDatabase/ReplicationError``, if the sides have nothing to say to each other, or
  ///   the message is not one that may come now. The exchange is over then.
  public mutating func receive(
    _ message: Message
  ) throws(ReplicationError) -> [Directive] {
    switch (message, phase) {
    case (.greeting(let other), .greeted):
      try check(other)
      phase = .receiving
      let growth = [later].compactMap { $0 == own.schema ? nil : $0.map(Directive.takeInSchema) }
      let held = other.vector
      guard own.truncatedTo.contains(where: { $1 > held[$0] }) else {
        return growth + [.sendVersions(beyond: held)]
      }
      return growth + [.sendState]
    case (.state(let header), .receiving):
      phase = .receivingState
      return [.takeInState(header)]
    case (.rows(let part), .receivingState):
      return [.takeInRows(part)]
    case (.versions(let versions), .receiving):
      return [.takeIn(versions)]
    case (.end, .receiving), (.end, .receivingState):
      phase = .finished
      return [.finish]
    case (.greeting, _): throw .unexpectedMessage("a greeting")
    case (.state, _), (.rows, _): throw .unexpectedMessage("a state")
    case (.versions, _): throw .unexpectedMessage("versions")
    case (.end, _): throw .unexpectedMessage("an end")
    }
  }

  private mutating func check(_ other: Greeting) throws(ReplicationError) {
    guard other.replica != own.replica else { throw .sameReplica(own.replica) }
    guard other.founder == own.founder else {
      throw .otherDatabase(ours: own.founder, theirs: other.founder)
    }
    try other.check()
    later = try own.schema.later(other.schema, between: own.replica, and: other.replica)
    if let ours = own.plan, let theirs = other.plan, ours != theirs {
      throw .otherPlan(ours: ours, theirs: theirs)
    }
    if let last = other.heads[own.replica]?.sequence,
      last > own.heads[own.replica]?.sequence ?? 0
    {
      throw .beyondOwnHistory(
        origin: own.replica, sequence: last, last: own.heads[own.replica]?.sequence ?? 0)
    }
    try checkCuts(other)
    // Who rests on another branch of a history has nothing to say here until the fork is healed: what is
    // not told apart by its own history may rest on it all the same.
    let forked = own.heads.filter { origin, mine in
      other.heads[origin].map { $0.sequence == mine.sequence && $0.hash != mine.hash } ?? false
    }
    if let (origin, head) = forked.min(by: { $0.key < $1.key }) {
      throw .forkedHistory(origin: origin, sequence: head.sequence)
    }
  }
}

extension Meeting {
  /// Checks that both sides know the same ends of identities, and that neither holds anything beyond.
  private func checkCuts(_ other: Greeting) throws(ReplicationError) {
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
  /// - Throws: as ``MerganserDatabase/SchemaDescription/later(_:)``, naming the replica that lacks a rule.
  package func later(
    _ other: SchemaDescription, between replica: ReplicaID, and otherReplica: ReplicaID
  ) throws(ReplicationError) -> SchemaDescription {
    do { return try later(other) } catch {
      guard case .uncheckedRule(let rule, lackedBy: nil) = error else { throw error.shortened }
      let isOurs = rules.contains { $0.name == rule }
      throw .uncheckedRule(rule.shortened, lackedBy: isOurs ? otherReplica : replica)
    }
  }
}

extension ReplicationError {
  /// The origin of the version that was not taken in, if it is about one.
  public var origin: ReplicaID? {
    switch self {
    case .malformed(let origin, _, _), .unreadable(let origin, _, _), .forkedHistory(let origin, _),
      .restsOnOtherBranch(let origin, _, _, _), .beyondCut(let origin, _, _, _),
      .beyondOwnHistory(let origin, _, _), .unverifiable(let origin, _),
      .fromTheFuture(let origin, _, _), .unknownTable(let origin, _, _),
      .breaksInvariant(let origin, _, _, _), .lacksRights(let origin, _, _, _, _),
      .ownedElsewhere(let origin, _, _, _):
      origin
    case .cutsDiffer, .holdsBeyondCut, .otherDatabase, .otherSchema, .malformedSchema, .otherLayout,
      .unreadableState, .uncheckedRule, .otherPlan, .sameReplica, .unexpectedMessage,
      .malformedState, .stateFromTheFuture, .untrustedState, .removesRows, .stateOvertaken,
      .exceedsLimit, .needsReplica:
      nil
    }
  }
}
