public import MerganserModel
public import MerganserTypes

// Times of other replicas.
extension Database {
  /// Accepts times of other replicas up to the given one from now on, whatever the clocks show.
  ///
  /// - Throws: ``/MerganserModel/TimeError/beyondEnd(_:end:)``.
  public mutating func acceptTimes(upTo time: HybridTime) throws(TimeError) {
    try tolerance.accept(upTo: time)
  }

  /// Why a state cannot be accepted; `nil` if its time can.
  func refusal(of header: StateHeader, wall: HybridTime) -> ReplicationError? {
    tolerance.excess(of: header.time, wall: wall, seen: clock.latest).map {
      .stateFromTheFuture($0)
    }
  }
}
