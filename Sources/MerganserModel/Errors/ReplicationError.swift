public import MerganserTypes

/// Why a version from another replica was not taken in.
public enum ReplicationError: MerganserError, Hashable {
  /// The version's bytes are not those of a version that a correct replica would write.
  case malformed(origin: ReplicaID, sequence: UInt64, reason: String)
  /// The version wrote to a table of this program's own types a row that these cannot read: the program that
  /// wrote it has others. The replicas part here, and stay apart until one has the other's types.
  case unreadable(origin: ReplicaID, sequence: UInt64, row: UnreadableRow)
  /// As ``unreadable(origin:sequence:row:)``, of a state that was handed over.
  case unreadableState(UnreadableRow)
  /// Two histories of one identity exist: a copy of the replica has been written to.
  case forkedHistory(origin: ReplicaID, sequence: UInt64)
  /// The version rests on another branch of `other`'s history than the one that is applied here; it is set
  /// aside.
  case restsOnOtherBranch(origin: ReplicaID, sequence: UInt64, of: ReplicaID, at: UInt64)
  /// The version lies beyond the cut at which its origin's identity has ended, as far as is known here; it is set
  /// aside. Nothing proves a cut: if the identity was not given up, this replica was told of a wrong end.
  case beyondCut(origin: ReplicaID, sequence: UInt64, last: UInt64, heir: ReplicaID)
  /// The replicas differ in how an identity has ended, at which of its writes or with which heir: each was told
  /// by somebody else, and nothing proves which is right.
  case cutsDiffer(of: ReplicaID, ours: String, theirs: String)
  /// One of the replicas holds versions of an identity beyond the cut that the other knows. If the identity was
  /// given up, the holder starts anew; if it was not, the other one does.
  case holdsBeyondCut(ReplicaID, last: UInt64, cut: UInt64, holder: ReplicaID)
  /// The version is of our own identity and beyond our own last: this store was restored from an earlier
  /// state, or another store has the same identity.
  case beyondOwnHistory(origin: ReplicaID, sequence: UInt64, last: UInt64)
  /// The version is of format 1, which does not say which histories it rests on.
  case unverifiable(origin: ReplicaID, sequence: UInt64)
  /// What the version rests on, or what the state is the join of, cannot be compared with what has come here since the two
  /// replicas met, and neither log tells any more whether it is of one history; they compare it when they meet again.
  case notCompared(origin: ReplicaID, sequence: UInt64)
  /// What the version wrote breaks an invariant of the schema that it names; it is refused for good.
  case breaksInvariant(origin: ReplicaID, sequence: UInt64, invariant: String, reason: String)
  /// The version spends rights that its origin does not hold, as far as is known here; it waits until they come.
  case lacksRights(origin: ReplicaID, sequence: UInt64, table: String, key: String, missing: Int64)
  /// The version takes what another replica owns; it waits, as its origin may be that one's heir.
  case ownedElsewhere(origin: ReplicaID, sequence: UInt64, name: String, owner: ReplicaID)
  /// The version's time lies further ahead than is tolerated (``TimeTolerance``).
  case fromTheFuture(origin: ReplicaID, sequence: UInt64, FutureTime)
  /// The time of the state that the other side handed over lies further ahead than is tolerated.
  case stateFromTheFuture(FutureTime)
  /// The other side is a replica of another database.
  case otherDatabase(ours: ReplicaID, theirs: ReplicaID)
  /// The other side's schema is not ours, and neither grew from the other.
  case otherSchema(ours: UInt64, theirs: UInt64)
  /// What the other side says is its schema is none that a program can have declared.
  case malformedSchema(reason: String)
  /// The two sides read a table's rows in different ways.
  case otherLayout(LayoutDifference)
  /// One side's schema has an invariant about tables that the other has without it, so that the other's rows may
  /// break it; `nil` if it is not known which replica that is.
  case uncheckedInvariant(String, lackedBy: ReplicaID?)
  /// The version wrote to a table that is not in our schema.
  case unknownTable(origin: ReplicaID, sequence: UInt64, table: String)
  /// The other side runs its declared transactions by another plan, under which calls of its own and ours
  /// could each make half of a violation; 0 stands for none.
  case otherPlan(ours: UInt64, theirs: UInt64)
  /// The other side uses our own identity.
  case sameReplica(ReplicaID)
  /// What the other side handed over as its state is none that a correct replica would have.
  case malformedState(reason: String)
  /// States of this sender, or of one that is not known, are not adopted here
  /// (``AdoptionPolicy/senders``).
  case untrustedState(of: ReplicaID?)
  /// The state that the other side handed over removes more of some table than is removed without the user's
  /// consent (``AdoptionPolicy/removableShare``); by table.
  case removesRows([RemovedRows])
  /// The state had not come as a whole when too many others had begun to.
  case stateOvertaken
  /// What the other side sent is more than is taken: how much there was, and the most that there may be.
  case exceedsLimit(String, found: Int, limit: Int)
  /// The log no longer has what the other side lacks, and only the program whose schema it is can hand the
  /// state of this store over or take one in; no replica has it open.
  case needsReplica(ReplicaID, reason: String)
  /// The other side said something that the protocol does not allow here.
  case unexpectedMessage(String)
  /// The other side has not taken something that it was handed, and says why, and whether it never will.
  case refusedByPeer(reason: String, isForGood: Bool)
}

extension ReplicationError {
  /// Whether it says that no replica of this program and schema will ever apply a version, whatever comes.
  package var isForGood: Bool {
    switch self {
    case .malformed, .breaksInvariant: true
    case .refusedByPeer(_, let isForGood): isForGood
    default: false
    }
  }
}

extension ReplicationError: CustomStringConvertible {
  /// As a person reads it, of bounded length.
  public var description: String {
    switch shortened {
    case .malformed(let origin, let sequence, let reason):
      "version \(origin.shortDescription):\(sequence) is malformed: \(reason)"
    case .unreadable(let origin, let sequence, let row):
      """
      version \(origin.shortDescription):\(sequence) cannot be applied here: \(row); the replicas differ \
      from here on; run the program that wrote it on both
      """
    case .unreadableState(let row):
      """
      the state that was handed over cannot be adopted here: \(row); run the program that wrote it on both
      """
    case .forkedHistory(let origin, let sequence):
      """
      replica \(origin.shortDescription) has two histories that part at \(sequence): a copy of it, or \
      a backup that was restored over it, has been written to; nothing that rests on the other branch is \
      applied. To heal it, choose the branch to keep, and let who holds the other leave it (merganser heal, \
      Replica.heal)
      """
    case .restsOnOtherBranch(let origin, let sequence, let other, let place):
      """
      version \(origin.shortDescription):\(sequence) rests on \(other.shortDescription):\(place) of \
      another branch than the one that is applied here; it is set aside (merganser set-aside). To heal \
      the fork, let who holds the branch that is not kept leave it (merganser heal, Replica.heal)
      """
    case .beyondCut(let origin, let sequence, let last, let heir):
      """
      version \(origin.shortDescription):\(sequence) lies beyond \(last), at which its identity has ended as far \
      as is known here, with \(heir.shortDescription) for its heir; it is set aside. If that replica was given up, who \
      wrote the version offers it again as another replica. If it was not, that end is wrong, and this replica \
      starts anew from one that does not know of it (merganser heal, Replica.heal)
      """
    case .cutsDiffer(let identity, let ours, let theirs):
      """
      the replicas differ in how \(identity.shortDescription) has ended: here it \(ours), there it \(theirs). \
      One identity ends once, so at least one of the two is wrong. Ask whoever keeps \(identity.shortDescription) \
      how it ended. The replica that was told of another end starts anew from one that was told of the right one. If \
      \(identity.shortDescription) was not given up, both were told wrong, and start anew from a replica that knows \
      of no end (merganser heal, Replica.heal)
      """
    case .holdsBeyondCut(let identity, let last, let cut, let holder):
      """
      one of the replicas was told that \(identity.shortDescription) has ended at \(cut), and the other, \
      \(holder.shortDescription), holds what it wrote up to \(last): one of the two is wrong, and they cannot sync. \
      Ask whoever keeps \(identity.shortDescription) whether it was given up. If it was, \
      \(holder.shortDescription) starts anew from the other. If it was not, that end is made up or a mistake, \
      \(holder.shortDescription) is sound, and the other starts anew from it (merganser heal, Replica.heal)
      """
    case .beyondOwnHistory(let origin, let sequence, let last):
      """
      version \(origin.shortDescription):\(sequence) is of this replica's own identity, and its last \
      here is \(last): this store was restored from an earlier state, or another one has the same \
      identity. If nothing was written to it since, give it a new identity (merganser renew); if something \
      was, that is a branch of its own: let the store leave it (merganser heal, Replica.heal)
      """
    case .unverifiable(let origin, let sequence):
      """
      version \(origin.shortDescription):\(sequence) is of format 1, which does not say which histories \
      it rests on; let its replica write with a newer program, or take it from whom you trust, with the \
      option takesUnverifiedVersions (merganser sync or import --take-unverified)
      """
    case .notCompared(let origin, let sequence):
      """
      what \(origin.shortDescription):\(sequence) rests on cannot be compared with what has come here since the two \
      replicas met; let them sync again
      """
    case .breaksInvariant(let origin, let sequence, _, let reason):
      """
      version \(origin.shortDescription):\(sequence) breaks an invariant, and is refused, and all that comes \
      after it: \(reason); either it is wrong, or an invariant of that name has another condition where it was \
      written: let all replicas run the program that has the latest
      """
    case .lacksRights(let origin, let sequence, let table, let key, let missing):
      """
      version \(origin.shortDescription):\(sequence) spends \(missing) more of row \(key) of \(table) than \
      \(origin.shortDescription) has rights to, as far as is known here; it waits until they come, and all that \
      comes after it
      """
    case .ownedElsewhere(let origin, let sequence, let name, let owner):
      """
      version \(origin.shortDescription):\(sequence) takes \(name), which replica \(owner.shortDescription) \
      owns; it waits, and all that comes after it, until \(origin.shortDescription) is known to be the heir
      """
    case .fromTheFuture(let origin, let sequence, let future):
      "version \(origin.shortDescription):\(sequence) is from \(future)"
    case .stateFromTheFuture(let future):
      "the state that was handed over is from \(future)"
    case .otherDatabase(let ours, let theirs):
      """
      the replicas belong to different databases (\(ours.shortDescription) and \
      \(theirs.shortDescription)) and cannot sync; a new replica becomes a member of a database when it is opened \
      with the founder of that (joining:)
      """
    case .otherSchema(let ours, let theirs):
      """
      the replicas have different schemas (\(String(ours, radix: 16)) and \
      \(String(theirs, radix: 16))), of which neither grew from the other; run the same version of the \
      program on both
      """
    case .malformedSchema(let reason):
      """
      the schema of the other side is none that a program can have declared: \(reason); nothing of it was \
      taken over
      """
    case .otherLayout(let difference):
      """
      the replicas read rows in different ways, and nothing was exchanged: on the other side, \
      \(difference) here; run the same version of the program on both, and give a type whose bytes \
      change another name, in a table of its own. If another replica took the table's name, declare it as it \
      is there, and yours under another name
      """
    case .uncheckedInvariant(let invariant, let replica):
      """
      \(replica.map { "replica \($0)" } ?? "one of the replicas") does not have the invariant "\(invariant)" \
      yet, and its rows may break it; open its store with the newer version of the program, which names \
      the rows that break the invariant and can repair them (open(…, repairing:)), and let them meet then
      """
    case .unknownTable(let origin, let sequence, let table):
      """
      version \(origin.shortDescription):\(sequence) wrote to table \(table), which is not in the \
      schema here; let the replicas meet again
      """
    case .otherPlan(let ours, let theirs):
      """
      the replicas run their transactions by different plans (\(String(ours, radix: 16)) and \
      \(String(theirs, radix: 16))); open both with the same
      """
    case .sameReplica(let replica):
      """
      both sides are replica \(replica.shortDescription): they are the same one, or one is a copy of the other, \
      which gets an identity of its own by merganser renew
      """
    case .malformedState(let reason): "the state that was handed over is malformed: \(reason)"
    case .untrustedState(let sender):
      """
      \(sender.map { "states of replica \($0.shortDescription)" } ?? "states of an unknown sender") are not \
      adopted here, and its log no longer has the versions that are lacking; sync with a replica whose states \
      are, or allow this one's (AdoptionPolicy.senders)
      """
    case .removesRows(let removals):
      """
      the state that was handed over removes \(Self.list(removals)); nothing was changed. Rows go like this if \
      much was deleted while this replica was away, and also if the sender is wrong. If it is right, accept that \
      \(Self.count(removals)) rows go (acceptingRemovals, or merganser sync or import --accept-removals \
      \(Self.count(removals)))
      """
    case .stateOvertaken:
      "the state had not come as a whole when too many others had begun to; sync again"
    case .exceedsLimit(let what, let found, let limit):
      "the other side sent \(found) \(what), and at most \(limit) are taken; nothing of it was kept"
    case .needsReplica(let replica, let reason):
      """
      the log no longer has what the other side lacks, and the rows of \(replica.shortDescription) \
      are known in part only (\(reason)); open it with the program that has its schema
      """
    case .unexpectedMessage(let what):
      "the other side sent \(what), which the protocol has not here"
    case .refusedByPeer(let reason, _): "the other side says: \(reason)"
    }
  }
}

extension ReplicationError {
  /// How many tables are named at most of those that a state removes rows from.
  private static let listed = 8

  /// What a state removes, as a person reads it.
  private static func list(_ removals: [RemovedRows]) -> String {
    let most = removals.sorted { ($1.removed, $0.table) < ($0.removed, $1.table) }
    let rest = removals.count - listed
    return most.prefix(listed).map(\.description).joined(separator: ", ")
      + (rest > 0 ? ", and rows of \(rest) more tables" : "")
  }

  private static func count(_ removals: [RemovedRows]) -> Int {
    removals.reduce(0) { $0 + $1.removed }
  }
}
