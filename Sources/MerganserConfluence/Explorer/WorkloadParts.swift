import MerganserModel

/// A part of a workload that has no table in common with the others: nothing that happens in one part is
/// seen in another, so that each is decided by itself.
struct WorkloadPart {
  /// The transactions, with the whole schema.
  let workload: Workload
  /// Their places in the whole workload.
  let places: [Int]
  /// The invariants.
  let invariants: [SchemaDescription.Invariant]

  /// The parts of a workload, given the tables that each transaction uses.
  static func parts(of workload: Workload, using tables: [Set<Int>]) -> [WorkloadPart] {
    let catalog = workload.catalog
    let invariants = catalog.description.invariants
    var groups: [Set<Int>] = []
    func join(_ tables: Set<Int>) {
      let met = groups.filter { !$0.isDisjoint(with: tables) }
      groups.removeAll { !$0.isDisjoint(with: tables) }
      groups.append(met.reduce(tables) { $0.union($1) })
    }
    let spans = invariants.map { Set($0.tables.compactMap(catalog.number(of:))) }
    for span in spans + tables where !span.isEmpty { join(span) }
    groups.sort { ($0.min() ?? 0) < ($1.min() ?? 0) }
    var parts = groups.map { group in
      WorkloadPart(
        of: workload, places: tables.indices.filter { !tables[$0].isDisjoint(with: group) },
        invariants: zip(invariants, spans).filter { !$1.isDisjoint(with: group) }.map(\.0))
    }
    let idle = tables.indices.filter { tables[$0].isEmpty }
    let rest = zip(invariants, spans).filter(\.1.isEmpty).map(\.0)
    if !idle.isEmpty || !rest.isEmpty {
      parts.append(WorkloadPart(of: workload, places: idle, invariants: rest))
    }
    return parts
  }

  init(of workload: Workload, places: [Int], invariants: [SchemaDescription.Invariant]) {
    var part = workload
    part.transactions = places.map { workload.transactions[$0] }
    part.considered = Set(invariants.map(\.name))
    self.workload = part
    self.places = places
    self.invariants = invariants
  }
}
