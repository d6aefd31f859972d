extension Permission {
  /// What an entry of a plan allows its transaction.
  package init(_ transaction: String, by entry: Plan.Entry) {
    var writes: [String: WriteKinds] = [:]
    for effect in entry.writes { writes[effect.table, default: []].insert(WriteKinds(effect.kind)) }
    self.init(
      transaction, writes: writes, reads: entry.reads, allowsTime: entry.basis == .theorems)
  }

  /// Refuses a call that wrote what the plan does not list.
  ///
  /// - Throws: ``PlanError/exceedsWrites(_:found:planned:)``.
  package func require(_ kinds: WriteKinds, in table: String) throws(PlanError) {
    let excess = kinds.subtracting(writes[table] ?? [])
    if excess.isEmpty { return }
    let planned = writes.flatMap { table, kinds in kinds.kinds.map { Effect($0, in: table) } }
    throw .exceedsWrites(
      transaction, found: excess.kinds.map { Effect($0, in: table).description },
      planned: planned.map(\.description).sorted())
  }

  /// Refuses a call that asked for a table which the plan does not list.
  ///
  /// - Throws: ``PlanError/exceedsReads(_:found:planned:)``.
  package func requireRead(of table: String) throws(PlanError) {
    if writes[table] != nil || reads.contains(table) { return }
    throw .exceedsReads(
      transaction, found: table, planned: reads.union(writes.keys).sorted())
  }
}
