extension Author {
  /// An author whose next write comes after all of its writes in `context`.
  public init(_ replica: ReplicaID, after context: CausalContext, time: HybridTime = .zero) {
    self.init(replica, nextSequence: context.nextSequence(of: replica), time: time)
  }
}
