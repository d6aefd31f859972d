/// What a plan allows the calls of one transaction to do. A call that does more is refused when it commits.
package struct Permission: Sendable {
  /// The transaction.
  package let transaction: String
  /// By table: the kinds of writes.
  package let writes: [String: WriteKinds]
  /// The tables that it may ask for without writing to them.
  package let reads: Set<String>
  /// Whether it may read the time: a search tries no other times than its own.
  package let allowsTime: Bool

  /// What an entry of a plan allows its transaction.
  package init(_ transaction: String, by entry: Plan.Entry) {
    self.transaction = transaction
    var writes: [String: WriteKinds] = [:]
    for effect in entry.writes { writes[effect.table, default: []].insert(WriteKinds(effect.kind)) }
    self.writes = writes
    reads = entry.reads
    allowsTime = entry.basis == .rules
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
