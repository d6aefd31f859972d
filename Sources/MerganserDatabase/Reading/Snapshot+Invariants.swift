public import MerganserModel

extension Snapshot {
  /// Every violation of every invariant that can be told from the schema's description.
  ///
  /// There are none in a database that this program wrote: what could break an invariant is refused
  /// before it is written. A tool asks, to be sure of what it found on a disk.
  ///
  /// - Complexity: O(number of rows × number of replicas).
  /// - Throws: ``/MerganserModel/StorageError``, if stored rows cannot be read.
  public func brokenInvariants() throws -> [InvariantViolation] {
    try refuseInConditions("what invariants say")
    var broken: [InvariantViolation] = []
    for bound in catalog.invariants where !bound.invariant.description.traits.isCode {
      try bound.invariant.forEachViolation(in: self, at: bound.place) {
        broken.append($0)
        return true
      }
    }
    return broken
  }
}
