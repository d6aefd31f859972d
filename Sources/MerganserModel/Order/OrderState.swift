package import MerganserTypes

/// What a replica has applied of an order: its last chosen entry, and what holds behind it.
///
/// A function of the entry.
/// Nothing is applied before it is chosen. OrderState entries travel as versions: who receives a state receives what its sender had applied.
package struct OrderState: Hashable, Sendable {
  package var entry: OrderEntry
  package var voters: OrderVoters
  package var successor: ReplicaID?

  package init(entry: OrderEntry, voters: OrderVoters, successor: ReplicaID? = nil) {
    self.entry = entry
    self.voters = voters
    self.successor = successor
  }

  /// Returns the beginning of an order: entry 0, which everybody has applied.
  ///
  /// Its primary has office already if it is the only voter.
  package static func beginning(primary: ReplicaID, voters: OrderVoters) -> OrderState {
    OrderState(
      entry: OrderEntry(number: 0, epoch: OrderEpoch(0, of: primary), hash: 0), voters: voters)
  }

  /// Returns what holds once `proposal` is applied.
  package func applying(_ proposal: OrderProposal) -> OrderState {
    OrderState(entry: proposal.entry, voters: proposal.voters, successor: proposal.successor)
  }

  /// The replica that was primary when the last applied entry was made.
  package var primary: ReplicaID { entry.epoch.candidate }

  /// The replica that is to make the next entry: the primary, or to whom it has handed its office.
  package var inOffice: ReplicaID { successor ?? primary }
}
