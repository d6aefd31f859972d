package import MerganserDatabase

/// What a search over what is shown has seen, for whoever checks it against histories.
package struct ShownStates {
  private var search: ShownSearch
  /// The invariants that hold of every merge.
  package let kept: Set<String>
  /// How many replicas that is true of; `nil` for any number.
  package let replicas: Int?

  /// What some replicas of a workload can show; `nil` if the search does not come to an end.
  ///
  /// - Throws: what a condition throws.
  package init?(of workload: Workload, replicas: Int) throws {
    let (search, ending) = try ShownSearch.searched(
      workload, replicas: replicas, in: SearchSession(within: .standard))
    guard let result = ending.result else { return nil }
    self.search = search
    kept = result.kept
    self.replicas = result.replicas
  }

  /// Whether what a database shows was seen.
  package mutating func contains(_ state: DatabaseState) throws -> Bool {
    try search.contains(state)
  }
}
