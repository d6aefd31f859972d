// Which deltas a replica can have written: what receivers ask of what comes from elsewhere.

extension ReplicaMap {
  /// Whether nobody but `replica` has an entry.
  func isOnly(of replica: ReplicaID) -> Bool {
    replicas.allSatisfy { $0 == replica }
  }
}

extension DotMap {
  /// Whether it holds of each key's store.
  @inlinable
  public func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool {
    if Value.changesByDotsAlone { return true }
    return entries.values.allSatisfy { $0.canBeWritten(by: replica, at: time) }
  }
}

extension DotFunction {
  /// Whether it holds of each value.
  @inlinable
  public func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool {
    if Value.isWrittenOnce { return true }
    var holds = true
    live.forEach { _, value in
      if holds { holds = value.canBeWritten(by: replica, at: time) }
    }
    return holds
  }
}

extension DotPair {
  /// Whether it holds of both.
  @inlinable
  public func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool {
    first.canBeWritten(by: replica, at: time) && second.canBeWritten(by: replica, at: time)
  }
}
