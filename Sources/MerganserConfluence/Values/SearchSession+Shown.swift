extension SearchSession {
  /// What replicas of a workload can show, searched once.
  ///
  /// - Throws: what a condition throws.
  func shown(by workload: Workload, replicas: Int) throws -> ShownSearch.Ending {
    try once(workload, within: Budget(replicas: replicas)) {
      try ShownSearch.search(workload, replicas: replicas, in: self)
    }
  }
}
