import MerganserModel
package import MerganserTypes

extension Database {
  /// A replica that holds a state as one that has taken part in it, and has no log of it.
  ///
  /// Replicas that begin so with the same state can exchange what they write from then on.
  package init(
    catalog: Catalog, replica: ReplicaID, founder: ReplicaID, holding state: DatabaseState
  ) {
    self.init(catalog: catalog, replica: replica, founder: founder)
    self.state = state
    for (origin, sequence) in state.vector {
      self.state.advance(origin, to: Head(sequence: sequence, hash: 0))
    }
  }
}
