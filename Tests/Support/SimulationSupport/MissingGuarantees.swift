import MerganserModel
import MerganserSimulation

extension MissingGuarantee {
  /// What lets voters be apart more often than usual, and loses no order for good.
  private static let voting: [SimulationFault: Int] = [
    .partition: 40, .restore: 0, .copy: 0, .fullDisk: 0, .failedWrite: 0, .doubtfulWrite: 0,
    .clockJump: 0,
  ]

  /// What lets primaries stay away while others take over, and loses no order for good.
  private static let takingOver: [SimulationFault: Int] = [
    .absence: 25, .partition: 15, .restore: 0, .copy: 0, .fullDisk: 0, .failedWrite: 0,
    .doubtfulWrite: 0, .clockJump: 0, .lateJoin: 0, .damage: 0, .loss: 0,
  ]

  /// All that is left out, one after the other.
  package static let all = [
    Self(
      "the check of dependencies, and their order", without: .causalOrder, found: [.causality],
      seed: 1),
    Self(
      "the check of invariants at commit", without: .checkedCommits, found: [.invariants], seed: 12),
    Self(
      "taking back what could not be stored", without: .takenBack,
      found: [.atomicity, .durability, .recovery], seed: 4,
      faults: [.failedWrite: 60]),
    Self(
      "following changes again after a crash", without: .followedAgain,
      found: [.determinism, .recovery, .invariants, .removal], seed: 63, faults: [.crashInStep: 60]
    ),
    Self(
      "the checksums of frames", without: .checkedBytes,
      found: [.identity, .determinism, .answers, .convergence, .recovery, .causality], seed: 5,
      faults: [.damage: 60]),
    Self("the flush of an append", without: .flushedAppends, found: [.durability], seed: 1),
    Self(
      "storing a part of a checkpoint as a whole", without: .wholeSteps, found: [.recovery],
      seed: 7,
      faults: [.crashInStep: 60]),
    Self(
      "a new identity for a copy", without: .newIdentities,
      found: [.durability, .convergence, .identity],
      seed: 1),
    Self("the check of anchors", without: .anchors, found: [.invariants, .determinism], seed: 4),
    Self(
      "minting rights once", without: .mintedOnce, found: [.invariants, .rights, .determinism],
      seed: 8),
    Self(
      "joining rows in before the vector moves", without: .rowsBeforeVector, found: [.determinism],
      seed: 1),
    Self(
      "storing rows before a checkpoint says what they are", without: .rowsBeforeHeads,
      found: [.determinism, .recovery, .durability], seed: 2, faults: [.crashInStep: 60]),
    Self(
      "comparing a state that comes over the whole range of keys", without: .comparedStates,
      found: [.determinism, .removal, .invariants], seed: 2),
    Self("spending only what is held", without: .heldRights, found: [.invariants], seed: 1),
    Self(
      "catching up behind an adoption", without: .caughtUp, found: [.durability, .determinism],
      seed: 11),
    Self("being later than what was seen", without: .laterTimes, found: [.times], seed: 2),
    Self(
      "asking whether a request was processed", without: .requestsOnce, found: [.requests], seed: 1),
    Self("keeping what became of a request", without: .keptOutcomes, found: [.requests], seed: 1),
    Self("asking whether a request has expired", without: .horizon, found: [.requests], seed: 40),
    Self(
      "naming what was seen", without: .namedDependencies, found: [.causality, .sessions], seed: 1),
    Self(
      "recording a schema that came", without: .recordedSchemas, found: [.durability, .recovery],
      seed: 2),
    Self(
      "the link to the version before", without: .linkedVersions,
      found: [.causality, .convergence, .determinism, .identity, .recovery], seed: 220,
      faults: [.unnoticedCopy: 40, .copy: 0, .restore: 0, .crash: 0]),
    Self(
      "room for a number of bytes", without: .boundedRooms, found: [.bounds], seed: 17,
      faults: [.unnoticedCopy: 40]),
    Self("asking for bytes one after the other", without: .pacedBytes, found: [.bounds], seed: 53),
    Self("truncating the log", without: .truncatedLogs, found: [.bounds], seed: 3),
    Self(
      "comparing histories before anything is taken", without: .comparedHistories,
      found: [.causality, .identity], seed: 50),
    Self(
      "comparing histories again", without: .comparedAgain,
      found: [.causality, .identity, .determinism, .convergence, .durability], seed: 416,
      faults: [.unnoticedCopy: 40, .copy: 0, .restore: 0, .crash: 0]),
    Self(
      "the hash of a dependency", without: .judgedHistories, found: [.causality], seed: 187,
      faults: [.unnoticedCopy: 40, .copy: 0, .restore: 0, .crash: 0]),
    Self(
      "an empty store for what leaves a branch", without: .emptyStores,
      found: [.identity, .causality, .determinism], seed: 2),
    Self(
      "a majority of the voters", without: .majorities,
      found: [.identity, .decisions, .linearizability, .views], seed: 6, faults: voting,
      isOrdered: true),
    Self(
      "waiting until an entry is chosen", without: .chosenOnly,
      found: [.identity, .decisions, .linearizability, .views], seed: 13, faults: takingOver,
      isOrdered: true),
    Self(
      "an ordered read that the order answers", without: .orderedReads, found: [.linearizability],
      seed: 19, isOrdered: true),
    Self(
      "a decision before a claim is answered", without: .decidedAnswers, found: [.linearizability],
      seed: 1, isOrdered: true),
    Self(
      "a new identity for a voter that was restored", without: .newIdentities,
      found: [.identity, .decisions, .durability, .convergence], seed: 1,
      faults: [.restore: 30], isOrdered: true),
    Self(
      "accepting nothing below a promise", without: .promisesBind,
      found: [.identity, .decisions], seed: 59, isOrdered: true, isOfMeetings: true),
    Self(
      "proposing again what may have been chosen", without: .takesGreatest,
      found: [.identity, .decisions], seed: 6, isOrdered: true, isOfMeetings: true),
    Self(
      "storing before it is acknowledged", without: .storedAcknowledgements, found: [.durability],
      seed: 1, isOfLinks: true),
    Self(
      "sending before it is noted as sent", without: .sentNotes, found: [.convergence], seed: 9,
      isOfLinks: true),
    Self(
      "sending what is let come", without: .credits, found: [.bounds], seed: 2, isOfLinks: true),
    Self(
      "one replica at the other side of a link", without: .samePeer,
      found: [.durability, .convergence], seed: 1, isOfLinks: true),
    Self(
      "waiting for what a session has seen", without: .reachedSessions, found: [.sessions], seed: 1),
    Self(
      "naming in a token what was read", without: .wholeTokens, found: [.sessions], seed: 2),
  ]
}
