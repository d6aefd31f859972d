public import MerganserTypes

// Times of other replicas.
extension Database {
  /// Accepts times of other replicas up to the given one from now on, whatever the clocks show.
  ///
  /// - Throws: ``TimeError/beyondEnd(_:end:)``.
  public mutating func acceptTimes(upTo time: HybridTime) throws(TimeError) {
    try tolerance.accept(upTo: time)
  }

  /// Why a version's time cannot be accepted; nothing if it can.
  func refusal(of version: Version, wall: HybridTime) -> ReplicationError? {
    tolerance.excess(of: version.time, wall: wall, seen: clock.latest).map {
      .fromTheFuture(
        origin: version.origin, sequence: version.sequences.lowerBound, $0)
    }
  }

  /// Why a state cannot be accepted; nothing if its time can.
  func refusal(of header: StateHeader, wall: HybridTime) -> ReplicationError? {
    tolerance.excess(of: header.time, wall: wall, seen: clock.latest).map {
      .stateFromTheFuture($0)
    }
  }
}
