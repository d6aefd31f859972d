package import MerganserTypes

/// The replicas of which a majority chooses the next entry.
package struct OrderVoters: Hashable, Sendable, CustomStringConvertible {
  package var members: Set<ReplicaID>

  package init(_ members: Set<ReplicaID>) { self.members = members }

  /// Returns whether `count` of the voters are a majority, so that any two majorities share a voter.
  ///
  /// No count is one of no voters.
  package func isMajority(_ count: Int) -> Bool { count > members.count / 2 }

  package func contains(_ replica: ReplicaID) -> Bool { members.contains(replica) }

  package var description: String {
    "{\(members.sorted().map(\.description).joined(separator: " "))}"
  }
}
