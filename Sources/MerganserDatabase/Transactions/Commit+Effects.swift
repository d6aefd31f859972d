import MerganserModel
import MerganserTypes

extension DatabaseState {
  /// What a transaction did, by table: what an analysis records of it, and what a plan holds it to.
  ///
  /// What a deletion can take with it elsewhere counts as deleted, whether there was any. The database's own tables
  /// are left out.
  ///
  /// - Parameters:
  ///   - replaced: the rows that it touched, each once.
  ///   - catalog: the schema.
  /// - Returns: the kinds of writes, by the number of the table.
  static func kinds(of replaced: [ReplacedRow], in catalog: Catalog) -> [Int: WriteKinds] {
    var kinds: [Int: WriteKinds] = [:]
    for row in replaced where !systemTableNames.contains(catalog.tables[row.table].name) {
      let some = row.kinds(in: catalog.tables[row.table])
      if some.isEmpty { continue }
      kinds[row.table, default: []].formUnion(some)
      guard some.contains(.delete) else { continue }
      for below in catalog.tablesLosing(byDeletingFrom: row.table) {
        kinds[below, default: []].insert(.delete)
      }
    }
    return kinds
  }
}

extension Workspace {
  /// Refuses what is more than a plan allows the transaction.
  ///
  /// - Throws: ``/MerganserModel/PlanError``.
  func require(_ permission: Permission) throws(PlanError) {
    for number in kinds.keys.sorted() {
      try permission.require(kinds[number] ?? [], in: catalog.tables[number].name)
    }
    for table in staged {
      let name = catalog.tables[table.number].name
      if !systemTableNames.contains(name) { try permission.requireRead(of: name) }
    }
    if readsTime, !permission.allowsTime { throw .readsTime(permission.transaction) }
    if readsReplica, let ended = permission.seatOf {
      throw .readsReplica(permission.transaction, inPlaceOf: ended)
    }
  }

  /// What was seen of the transaction.
  var observed: ObservedTransaction {
    var effects: Set<Effect> = []
    for (number, kinds) in kinds {
      for kind in kinds.kinds { effects.insert(Effect(kind, in: catalog.tables[number].name)) }
    }
    return ObservedTransaction(
      effects: effects, tables: Set(staged.map(\.number)), readsTime: readsTime,
      readsReplica: readsReplica)
  }
}

extension ReplacedRow {
  /// What was done to the row.
  fileprivate func kinds(in table: any TableDefinition) -> WriteKinds {
    if let counter = table.types.value as? any Counted.Type { return counterKinds(counter) }
    var kinds: WriteKinds = []
    // A touch in the place of an earlier one takes nothing with it.
    if !lives.removed.isEmpty { kinds.insert(.delete) }
    if !lives.created.isEmpty { kinds.insert(.insert) }
    if kinds.isEmpty, before != nil || after != nil, staged?.isUnwritten == false {
      kinds.insert(.write)
    }
    return kinds
  }

  /// What was done to a counter, which tells up and down.
  private func counterKinds<Counter: Counted>(_: Counter.Type) -> WriteKinds {
    let old = before?.typed(as: Counter.Store.self).incarnations ?? []
    let new = after?.typed(as: Counter.Store.self).incarnations ?? []
    var kinds: WriteKinds = []
    if old.contains(where: { one in !new.contains { $0.dot == one.dot } }) { kinds.insert(.delete) }
    for incarnation in new {
      let earlier = old.first { $0.dot == incarnation.dot }
      if earlier == nil { kinds.insert(.insert) }
      let store = earlier?.store ?? Counter.Store()
      if store != incarnation.store {
        kinds.insert(WriteKinds(Counter.kind(ofChangeFrom: store, to: incarnation.store)))
      }
    }
    return kinds
  }
}
