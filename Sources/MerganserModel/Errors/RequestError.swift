public import MerganserTypes

/// Why a request was not run, other than that an invariant would break.
///
/// Nothing has happened, and the request may be sent again.
public enum RequestError: MerganserError, Hashable {
  /// The request runs at another replica: at its home, which its id names, or at the heir of that one.
  case runsElsewhere(RequestID, at: ReplicaID)
  /// The request's id was born later than the replica's clock and the tolerated drift allow.
  case fromTheFuture(RequestID, FutureTime)
  /// The result that was to be kept has too many bytes.
  case resultTooLong(RequestID, length: Int, limit: Int)
}

extension RequestError: CustomStringConvertible {
  /// As a person reads it.
  public var description: String {
    switch self {
    case .runsElsewhere(let request, let place) where request.home == place:
      "request \(request) runs at replica \(place.shortDescription), its home; send it there"
    case .runsElsewhere(let request, let heir):
      """
      request \(request) runs at replica \(heir.shortDescription), the heir of its home, which has ended; \
      send it there
      """
    case .fromTheFuture(let request, let future):
      """
      request \(request) was born \(future.ahead / 1000) s later than this replica's clock shows, and \
      \(future.drift / 1000) s are tolerated; set the clock of the machine that made it, or of this one
      """
    case .resultTooLong(let request, let length, let limit):
      """
      the result of request \(request) has \(length) bytes, and at most \(limit) are kept; write it to a \
      table, and keep its key
      """
    }
  }
}
