import MerganserDatabase
public import MerganserModel
public import MerganserTypes

extension ReplicationError {
  /// The origin of the version that was not taken in, if it is about one.
  public var origin: ReplicaID? {
    switch self {
    case .malformed(let origin, _, _), .unreadable(let origin, _, _), .forkedHistory(let origin, _),
      .restsOnOtherBranch(let origin, _, _, _), .beyondCut(let origin, _, _, _),
      .beyondOwnHistory(let origin, _, _), .unverifiable(let origin, _),
      .notCompared(let origin, _),
      .fromTheFuture(let origin, _, _), .unknownTable(let origin, _, _),
      .breaksInvariant(let origin, _, _, _), .lacksRights(let origin, _, _, _, _),
      .ownedElsewhere(let origin, _, _, _):
      origin
    case .cutsDiffer, .holdsBeyondCut, .otherDatabase, .otherSchema, .malformedSchema, .otherLayout,
      .unreadableState, .uncheckedInvariant, .otherPlan, .sameReplica, .unexpectedMessage,
      .malformedState, .stateFromTheFuture, .untrustedState, .removesRows, .stateOvertaken,
      .exceedsLimit, .needsReplica, .refusedByPeer:
      nil
    }
  }
}
