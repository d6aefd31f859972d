package import MerganserTypes

/// Where a replica stands as a primary: what it may do now, or for what it waits.
///
/// Told to people, too.
package enum OrderStanding: Hashable, Sendable {
  /// It may propose any entry for the next number.
  case mayPropose
  /// It has to propose this entry first, which may have been chosen before.
  case mustRepeat(OrderProposal)
  /// Its proposal is open; these voters have not accepted it, and not all of them are needed.
  case waitsForVotes(of: Set<ReplicaID>)
  /// It asks for its epoch; these voters have not promised it, and not all of them are needed.
  case waitsForPromises(of: Set<ReplicaID>)
  /// Another one was primary when the last applied entry was made, and this one has not asked.
  case notPrimary(primary: ReplicaID)
  /// It asked, or was primary, and somebody asks for a greater epoch.
  case superseded(by: OrderEpoch)
  /// It has handed its office to this one, which has to ask for an epoch.
  case handedOver(to: ReplicaID)
  /// Others know of entries that it has not received.
  case behind
}

extension OrderView {
  /// Whether this replica is the primary, as far as it knows.
  package var isInOffice: Bool {
    switch standing {
    case .mayPropose, .mustRepeat, .waitsForVotes: true
    case .waitsForPromises, .notPrimary, .superseded, .handedOver, .behind: false
    }
  }
}
