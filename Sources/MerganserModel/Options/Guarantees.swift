/// What the machines promise that a replica is made of: all of it, always, unless a simulation switches something off to
/// see that it is missed.
///
/// Each names one thing that is done and could be left out.
package struct Guarantees: OptionSet, Hashable, Sendable {
  package let rawValue: UInt

  package init(rawValue: UInt) { self.rawValue = rawValue }

  /// A version is applied only when all that it depends on is here.
  package static let causalOrder = Self(rawValue: 1 << 0)
  /// What a transaction wrote is checked against the invariants before it commits.
  package static let checkedCommits = Self(rawValue: 1 << 1)
  /// What could not be stored is taken back before anybody sees it.
  package static let takenBack = Self(rawValue: 1 << 2)
  /// What follows from a change is looked for again when a store is read back whose rows may be ahead.
  package static let followedAgain = Self(rawValue: 1 << 3)
  /// A version that depends on another history than the one that is here is set aside.
  package static let judgedHistories = Self(rawValue: 1 << 4)
  /// Bytes that came are compared with their checksums.
  package static let checkedBytes = Self(rawValue: 1 << 5)
  /// An append is on the disk when it returns.
  package static let flushedAppends = Self(rawValue: 1 << 6)
  /// A part of a checkpoint is stored as a whole or not at all.
  package static let wholeSteps = Self(rawValue: 1 << 7)
  /// A copy of a store, and one that was restored, go on under an identity of their own.
  package static let newIdentities = Self(rawValue: 1 << 8)

  /// What refers to others lives as long as one of those lives that it was created under.
  package static let anchors = Self(rawValue: 1 << 9)
  /// The rights that bounds give are minted once, and not for each incarnation.
  package static let mintedOnce = Self(rawValue: 1 << 10)
  /// What a version wrote is joined in before the vector says that it is there.
  package static let rowsBeforeVector = Self(rawValue: 1 << 11)
  /// A checkpoint says which versions it has taken in once all of its rows are stored.
  package static let rowsBeforeHeads = Self(rawValue: 1 << 12)
  /// Of a state that comes, what its vector covers and it has not is removed here, too.
  package static let comparedStates = Self(rawValue: 1 << 13)
  /// Nobody spends rights that it does not hold.
  package static let heldRights = Self(rawValue: 1 << 14)
  /// A copy that takes the storage's place has what was appended meanwhile.
  package static let caughtUp = Self(rawValue: 1 << 15)
  /// A version's time is later than the times of all that it depends on.
  package static let laterTimes = Self(rawValue: 1 << 16)
  /// A version names what its origin has seen since its version before.
  package static let namedDependencies = Self(rawValue: 1 << 17)
  /// A schema that came from elsewhere is recorded before anything is written under it.
  package static let recordedSchemas = Self(rawValue: 1 << 18)

  /// A request that was processed is not run again by whoever knows of it.
  package static let requestsOnce = Self(rawValue: 1 << 19)
  /// What became of a request is stored with what it wrote.
  package static let keptOutcomes = Self(rawValue: 1 << 20)
  /// A request that was born before the horizon is not run any more.
  package static let horizon = Self(rawValue: 1 << 21)

  /// A version follows the one that it links to, and no other with that number.
  package static let linkedVersions = Self(rawValue: 1 << 22)
  /// What two replicas hold is compared by hashes before either takes anything of the other.
  package static let comparedHistories = Self(rawValue: 1 << 23)
  /// What two replicas have taken in since they met is compared before what one hands over is taken beside it.
  package static let comparedAgain = Self(rawValue: 1 << 25)
  /// What cannot be applied has room for a number of bytes.
  package static let boundedRooms = Self(rawValue: 1 << 26)
  /// A side of a sync asks for bytes only when it has worked off those before.
  package static let pacedBytes = Self(rawValue: 1 << 27)
  /// What a checkpoint covers is taken out of the log, but for as much as is kept.
  package static let truncatedLogs = Self(rawValue: 1 << 28)
  /// What cannot be answered yet is asked again, and not refused for good.
  package static let askedAgain = Self(rawValue: 1 << 29)
  /// A store that leaves a branch of a fork begins with nothing.
  package static let emptyStores = Self(rawValue: 1 << 24)

  /// A voter promises only epochs greater than the one that it has promised.
  package static let promisesRise = Self(rawValue: 1 << 32)
  /// A voter accepts nothing of an epoch below its promise.
  package static let promisesBind = Self(rawValue: 1 << 33)
  /// A voter accepts one entry for a number and an epoch, and its primary proposes one.
  package static let oneProposal = Self(rawValue: 1 << 34)
  /// More than half of the voters choose, not half of them.
  package static let majorities = Self(rawValue: 1 << 35)
  /// Votes count together only if they were cast in the same epoch.
  package static let votesOfOneEpoch = Self(rawValue: 1 << 36)
  /// A primary proposes what may have been chosen before, if there is such.
  package static let takesGreatest = Self(rawValue: 1 << 37)
  /// An entry is chosen by the voters before it, not by those that it names.
  package static let votersBefore = Self(rawValue: 1 << 38)
  /// The epochs that made the entries of an order never fall.
  package static let epochsRise = Self(rawValue: 1 << 40)
  /// Nothing that is ordered is applied before it is chosen.
  package static let chosenOnly = Self(rawValue: 1 << 41)
  /// A replica keeps its own vote for ever.
  package static let keepsVote = Self(rawValue: 1 << 42)

  /// A client of an order is given a register's value by the order, and not what the replica shows that it asks.
  package static let orderedReads = Self(rawValue: 1 << 43)
  /// A client of an order takes what is decided for an answer, and not what is tentative.
  package static let decidedAnswers = Self(rawValue: 1 << 44)

  /// What a side of a link says that it has stored is on its disk.
  package static let storedAcknowledgements = Self(rawValue: 1 << 45)
  /// What a side of a link takes for sent was sent.
  package static let sentNotes = Self(rawValue: 1 << 46)
  /// A side of a link sends no more than the other side lets come.
  package static let credits = Self(rawValue: 1 << 47)
  /// The two sides of a link compare their histories whenever they meet, and not at the beginning alone.
  package static let comparedMeetings = Self(rawValue: 1 << 48)
  /// The other side of a link is one replica for as long as the link lasts.
  package static let samePeer = Self(rawValue: 1 << 49)

  /// A session goes on only where all is that it has seen.
  package static let reachedSessions = Self(rawValue: 1 << 50)
  /// A session's token names all that was read, and not only what was written where that was.
  package static let wholeTokens = Self(rawValue: 1 << 51)

  /// All guarantees.
  package static let all = Self(rawValue: .max)
}
