package import MerganserTypes

/// A primary's row: the one entry that it proposes now.
///
/// Only grows, by the entry's number first, then by the epoch. Its primary alone writes it, and stores it durably before
/// anybody else sees it. An epoch proposes one entry for a number, ever. Number n + 1 is proposed by a replica that has applied n. As
/// rows travel causally, whoever holds this row has applied n, too. So this row may take the place of the one of n, whose content it no longer has.
package struct OrderProposal: Hashable, Sendable {
  /// The epoch that proposes; equal to or greater than the one that made the entry.
  package var epoch: OrderEpoch
  package var entry: OrderEntry
  package var previous: OrderEntry
  /// The voters behind this entry; those before it choose it.
  package var voters: OrderVoters
  /// To whom the primary hands its office behind this entry.
  package var successor: ReplicaID?
  /// The version: what is applied once the entry is chosen.
  package var content: [UInt8]

  package init(
    epoch: OrderEpoch, entry: OrderEntry, previous: OrderEntry, voters: OrderVoters,
    successor: ReplicaID? = nil,
    content: [UInt8] = []
  ) {
    self.epoch = epoch
    self.entry = entry
    self.previous = previous
    self.voters = voters
    self.successor = successor
    self.content = content
  }

  /// Returns the same entry, proposed in a later epoch.
  func again(in epoch: OrderEpoch) -> OrderProposal {
    var copy = self
    copy.epoch = epoch
    return copy
  }

  /// Takes the greater of the two, in a total order of all fields.
  ///
  /// Returns whether the row grew.
  @discardableResult
  package mutating func merge(_ other: OrderProposal) -> Bool {
    guard precedes(other) else { return false }
    self = other
    return true
  }

  /// A total order.
  ///
  /// Of honest rows of one primary the number and the epoch decide; the rest is for rows that nobody honest wrote.
  func precedes(_ other: OrderProposal) -> Bool {
    if entry.number != other.entry.number { return entry.number < other.entry.number }
    if epoch != other.epoch { return epoch < other.epoch }
    if entry != other.entry { return entry < other.entry }
    if previous != other.previous { return previous < other.previous }
    if voters != other.voters {
      return voters.members.sorted().lexicographicallyPrecedes(other.voters.members.sorted())
    }
    if successor != other.successor {
      guard let successor else { return true }
      return other.successor.map { successor < $0 } ?? false
    }
    return content.lexicographicallyPrecedes(other.content)
  }
}
