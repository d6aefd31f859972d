package import MerganserTypes

/// What a plan allows the calls of one transaction to do.
///
/// A call that does more is refused when it commits.
package struct Permission: Sendable {
  /// The transaction.
  package let transaction: String
  /// By table: the kinds of writes.
  package let writes: [String: WriteKinds]
  /// The tables that it may ask for without writing to them.
  package let reads: Set<String>
  /// Whether it may read the time: a search tries no other times than its own.
  package let allowsTime: Bool
  /// The ended replica in whose seat the call runs, where that is not its own.
  package var seatOf: ReplicaID?

  /// What allows a transaction the given writes and reads.
  package init(
    _ transaction: String, writes: [String: WriteKinds], reads: Set<String>, allowsTime: Bool
  ) {
    self.transaction = transaction
    self.writes = writes
    self.reads = reads
    self.allowsTime = allowsTime
  }
}
