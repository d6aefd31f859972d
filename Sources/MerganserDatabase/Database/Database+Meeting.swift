package import MerganserModel
package import MerganserTypes

extension Database {
  /// Checks that a state which came can take the place of what is here now, whatever came by others meanwhile.
  ///
  /// - Parameters:
  ///   - header: what it is the join of.
  ///   - meeting: what was compared before it was handed over.
  ///   - cuts: the ends of identities that are known once it is taken in.
  ///   - history: the log, which is asked for the hashes of earlier versions.
  /// - Throws: ``/MerganserModel/ReplicationError/forkedHistory(origin:sequence:)``, if what is here is of another branch;
  ///   ``/MerganserModel/ReplicationError/notCompared(origin:sequence:)``, if nobody knows whether it is;
  ///   ``/MerganserModel/ReplicationError/cutsDiffer(of:ours:theirs:)``;
  ///   ``/MerganserModel/ReplicationError/holdsBeyondCut(_:last:cut:holder:)``; ``/MerganserModel/StorageError``.
  package func checkAgain(
    _ header: StateHeader, of meeting: Meeting, ending cuts: [ReplicaID: Cut],
    history: any VersionHistory
  ) throws {
    guard guarantees.contains(.comparedAgain) else { return }
    for (origin, head) in header.heads.sorted(by: { $0.key < $1.key }) {
      switch try matches(head, of: origin, in: history) {
      case true?: continue
      case false?: throw ReplicationError.forkedHistory(origin: origin, sequence: head.sequence)
      case nil where meeting.hasCompared(self.head(of: origin), with: head, of: origin): continue
      case nil: throw ReplicationError.notCompared(origin: origin, sequence: head.sequence)
      }
    }
    let new = cuts.filter { succession.cuts[$0.key] != $0.value }
    if let error = conflict(of: new.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }) {
      throw error
    }
  }
}
