import MerganserDatabase
import MerganserModel
import MerganserSync
import MerganserTypes

// What a side of a sync asks of the writer, whoever waits for it.
extension Writer {
  /// What the replica says of itself.
  ///
  /// - Throws: ``/MerganserModel/StorageError``.
  func greeting(of replica: ReplicaID, plan: UInt64) throws(StorageError) -> Greeting {
    let snapshot = current
    return Greeting(
      replica: replica, founder: snapshot.founder, schema: snapshot.catalog.description, plan: plan,
      snapshot: try storage.snapshot(), cuts: snapshot.state.succession.cuts)
  }

  /// The job that takes in versions which a peer offers.
  func reception(
    of offered: [StoredVersion], from meeting: Meeting
  ) -> ValueJob<Database.Reception> {
    ValueJob { [wall, storage] database, versions in
      let reception = try database.receive(
        offered, of: meeting, wall: wall(), history: storage)
      versions += reception.applied
      return reception
    } keeping: { [weak self] in
      self?.keep($0)
    }
  }
}
