public import MerganserTypes

/// Why a transaction cannot be submitted to the order, or what came of it is not known.
public enum OrderError: MerganserError, Hashable {
  /// The plan does not order the transaction.
  case notOrdered(String)
  /// What runs with it at this replica is not let run there by the plan, without coordination.
  case partNotLocal(String, part: String)
  /// The id has no birth, and a request with a local part needs one.
  case noBirth(RequestID)
  /// The type of one of its arguments is not `BinaryCodable`, so that no request can carry it.
  case argumentsNotCodable(String)
  /// The request has too many bytes.
  case tooLong(RequestID, length: Int, limit: Int)
  /// As much that this replica has submitted is open as may be.
  case overBudget(open: Int, limit: Int, bytes: Int, byteLimit: Int)
  /// Voters choose what is ordered, so that the transaction is submitted and not performed.
  case votedOn(String)
  /// The replica is not the primary, which alone does what is asked for.
  case notPrimary(ReplicaID, primary: ReplicaID)
  /// The replica is no voter, nor named by the primary, and cannot become the primary.
  case noVoter(ReplicaID)
  /// The voters cannot be these.
  case invalidVoters(reason: String)
  /// What was asked for was not chosen in time; it may still be.
  case notChosen(waitingFor: [ReplicaID])
  /// The request's id names the replica at which alone it runs, and what is ordered runs at the primary.
  case hasHome(RequestID)
  /// The request was born before the database's horizon: what became of it is not known any more.
  case expired(RequestID)
  /// The id is that of a request with other contents.
  case otherContents(RequestID)
  /// Nothing is known of the request here.
  case unknown(RequestID)
  /// What came of the request is not known here yet; it stands, and may still commit.
  case undecided(RequestID)
}

extension OrderError: CustomStringConvertible {
  /// As a person reads it.
  public var description: String {
    switch self {
    case .notOrdered(let name):
      "the plan does not order \(name); run it by perform, which answers at once"
    case .partNotLocal(let name, let part):
      """
      \(part) runs with \(name) wherever that is submitted, and the plan does not let it run there without coordination; \
      declare one that needs none, such as a transaction within the rights of an escrow counter
      """
    case .noBirth(let request):
      """
      request \(request) has a local part, whose end is recorded under an id that is made of its own: submit it under an \
      id of RequestID.new(born:), or under none
      """
    case .argumentsNotCodable(let name):
      """
      a request cannot carry the arguments of \(name): one of their types is not BinaryCodable; let it be, or pass \
      what identifies it
      """
    case .tooLong(let request, let length, let limit):
      """
      request \(request) has \(length) bytes, and at most \(limit) are submitted; write what is large to a table, \
      and submit its key
      """
    case .overBudget(let open, let limit, let bytes, let byteLimit):
      """
      \(open) requests of \(bytes) bytes that this replica has submitted are open, and at most \(limit) of \(byteLimit) bytes may be; \
      submit again once some have been answered, or cancel some
      """
    case .votedOn(let name):
      "voters choose in which order \(name) runs; submit it, and wait for its receipt"
    case .notPrimary(let replica, let primary):
      """
      \(replica.shortDescription) is not the primary; do it at \(primary.shortDescription), or take over from it first
      """
    case .noVoter(let replica):
      """
      \(replica.shortDescription) is no voter of the order, and cannot become its primary; have the primary add it to the \
      voters
      """
    case .invalidVoters(let reason):
      "the voters cannot be these: \(reason)"
    case .notChosen(let voters):
      """
      it was not chosen in time, and may still be; \(voters.isEmpty ? "sync with the voters" : "of these voters a majority is needed, with which this replica has not synced: \(voters.map(\.shortDescription).joined(separator: ", "))")
      """
    case .hasHome(let request):
      """
      request \(request) runs at its home alone, and what is ordered runs at the primary; submit it under an id that \
      names no home
      """
    case .expired(let request):
      """
      request \(request) was made before the time up to which this database has forgotten its requests; whether it \
      committed is not known any more
      """
    case .otherContents(let request):
      "the id \(request) is another request's, which asks for something else; take a new id"
    case .unknown(let request):
      "nothing is known of request \(request) here; sync with a replica at which it was submitted"
    case .undecided(let request):
      """
      what became of request \(request) is not known here yet; it stands, and commits or is rejected once this \
      replica's writes have reached the primary, and the answer has come back
      """
    }
  }
}
