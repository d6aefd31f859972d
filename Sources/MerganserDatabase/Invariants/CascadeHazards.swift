/// What deleting a row can break on replicas that have rows which this one has not seen.
///
/// A row that is deleted takes those below it with it by cascading foreign keys, on every replica, also
/// those that were added elsewhere meanwhile. Where other rules do not stand the loss of such a row,
/// the deletion is not I-confluent with them, whether a row of theirs is seen to go or not.
struct CascadeHazards: Sendable {
  /// By table: the tables whose rows can go with its rows.
  private(set) var reach: [Set<Int>]
  /// By table: the invariants that rows which go with its rows can break.
  private(set) var invariants: [[String]]

  init(_ rules: [SchemaDescription.Rule], _ numbers: [String: Int]) {
    let traits = rules.map(\.traits)
    let cascades = traits.flatMap(\.cascades).compactMap { cascade -> (child: Int, parent: Int)? in
      guard let child = numbers[cascade.child], let parent = numbers[cascade.parent] else {
        return nil
      }
      return (child, parent)
    }
    let count = (numbers.values.max() ?? -1) + 1
    reach = Array(repeating: [], count: count)
    invariants = Array(repeating: [], count: count)
    for table in reach.indices {
      var open = [table]
      while let next = open.popLast() {
        for cascade in cascades where cascade.parent == next {
          if reach[table].insert(cascade.child).inserted { open.append(cascade.child) }
        }
      }
      for (rule, traits) in zip(rules, traits) {
        let lost = traits.cannotLose.compactMap { numbers[$0] }
        if lost.contains(where: reach[table].contains) { invariants[table].append(rule.name) }
      }
    }
  }
}
