public import MerganserModel
public import MerganserTypes

/// What a version changed of one row: the row before and after it.
package struct RepeatedChange {
  /// The number of the row's table.
  let table: Int
  /// The row's key, encoded.
  let key: [UInt8]
  /// The row before; `nil` where there was none.
  let before: AnyRow?
  /// The row after; `nil` where there is none.
  let after: AnyRow?
}

extension LogWalk.Step {
  /// Whether the version does nothing but end identities, so that nothing of it is made again.
  ///
  /// - Throws: ``/MerganserModel/StorageError``.
  package func onlyEndsIdentities() throws(StorageError) -> Bool {
    try decoded().writes.allSatisfy { $0.table == cutTable.name }
  }

  /// The version, decoded.
  func decoded() throws(StorageError) -> Version {
    do { return try stored.decoded() } catch {
      throw .damaged(
        place: "version \(Dot(stored.origin, sequence: stored.sequences.lowerBound))",
        reason: "\(error)")
    }
  }

  /// The rows that the version wrote to, each before and after it; `nil` where that is not known any more.
  ///
  /// Ends of identities are left out: who has ended is decided once, where it was decided. So is what is forgotten of
  /// requests: each branch has its own horizon, and what lies behind it there.
  ///
  /// - Throws: ``/MerganserModel/StorageError``; ``/MerganserModel/SchemaError``, if a table is not known here.
  package func changes() throws -> [RepeatedChange]? {
    guard let before, let after, !isAhead else { return nil }
    return try decoded().writes.compactMap { write in
      if [cutTable.name, planTable.name, horizonTable.name].contains(write.table) { return nil }
      guard let number = catalog.number(of: write.table) else {
        throw SchemaError.unknownTable(write.table, expected: nil)
      }
      let key = Array(write.key)
      let row = try after.state.tables[number].row(key)
      if row == nil, number == catalog.requests { return nil }
      return RepeatedChange(
        table: number, key: key, before: try before.state.tables[number].row(key), after: row)
    }
  }
}

extension Transaction {
  /// Makes changes of another history once more.
  ///
  /// - Parameters:
  ///   - changes: what a version of the other history changed.
  ///   - identity: whose version it was.
  ///   - repetition: where what was made again lies; it learns where these changes lie.
  /// - Throws: ``/MerganserModel/InvariantViolation``; ``/MerganserTypes/LatticeError``; ``/MerganserModel/StorageError``;
  ///   ``RepetitionError``.
  package func repeatChanges(
    _ changes: [RepeatedChange], of identity: ReplicaID, repetition: Repetition
  ) throws {
    let context = try open()
    context.author.repetition = repetition
    for change in changes {
      let table = context.table(change.table)
      guard let table = table as? any RepeatingTable else {
        throw SchemaError.unknownTable(table.name, expected: nil)
      }
      try table.repeatChange(change, of: identity, in: self)
    }
  }
}

/// A table whose changes can be made again; every ``/MerganserModel/Table`` is one.
private protocol RepeatingTable {
  /// Makes what another history changed of a row once more.
  func repeatChange(
    _ change: RepeatedChange, of identity: ReplicaID, in transaction: borrowing Transaction) throws
}

/// Why a change cannot be made once more.
public enum RepetitionError: MerganserError, Hashable {
  /// The row's type does not say how its changes are made again by another replica.
  case unrepeatable(table: String, key: String, type: String)
}

extension RepetitionError: CustomStringConvertible {
  /// As a person reads it.
  public var description: String {
    switch self {
    case .unrepeatable(let table, let key, let type):
      """
      table \(table), key \(key): \(type) does not make a change again under dots of another replica; give \
      it repeatChange(from:to:as:)
      """
    }
  }
}

extension Table: RepeatingTable {
  fileprivate func repeatChange(
    _ change: RepeatedChange, of identity: ReplicaID, in transaction: borrowing Transaction
  ) throws {
    let item = Item(
      table: self, number: change.table, key: try Key(keyEncoded: change.key),
      encodedKey: change.key, open: transaction.open)
    let context = try transaction.open()
    let limits = context.escrow(ofTable: change.table)?.limits
    let before = change.before?.typed(as: Value.Store.self) ?? Row()
    let after = change.after?.typed(as: Value.Store.self) ?? Row()
    try item.write { row, dead, author in
      try row.repeatChange(
        from: before, to: after, except: dead, joinsCreation: limits != nil, as: &author
      ) { old, new, incarnation in
        { store, author in
          if let limits, Value.Store.self == EscrowCounter.self {
            return try spend(
              old, after: new, onto: &store, of: identity, in: incarnation, limits: limits,
              context: context, item: item, author: author
            )
          }
          let first = author.nextSequence
          let living = store.dots
          let delta = try Value.repeatChange(from: old, to: new, onto: &store, as: &author)
          try check(delta.store, besides: living, since: first, author: author, item: item)
          return delta
        }
      }
    }
  }

  /// Counts and gives once more what an identity counted and gave, under the rights that the author holds.
  private func spend(
    _ before: Value.Store?, after: Value.Store, onto store: inout Value.Store,
    of identity: ReplicaID, in incarnation: Dot, limits: EscrowLimits,
    context: any TransactionContext,
    item: Item<Key, Value>, author: Author
  ) throws -> Causal<Value.Store> {
    guard var counter = store as? EscrowCounter, let later = after as? EscrowCounter else {
      return Causal()
    }
    let view = EscrowView(
      [], limits: limits, founder: context.founder, succession: context.succession)
    let delta: EscrowCounter
    do {
      delta = try counter.repeatChange(
        of: identity, from: before as? EscrowCounter ?? EscrowCounter(), to: later,
        by: author.replica, under: try view.terms(of: incarnation))
    } catch LatticeError.insufficientRights(let needed, let available) {
      throw InvariantViolation(
        invariant: context.escrow(ofTable: item.number)?.invariant ?? name, table: name,
        key: "\(item.key)",
        found: "this replica holds rights to \(available)", needed: "rights to \(needed)",
        shortfall: .init(needed: needed, available: available))
    }
    guard let result = counter as? Value.Store, let written = delta as? Value.Store else {
      return Causal()
    }
    store = result
    return Causal(written, context: CausalContext())
  }

  /// Refuses what was written under dots that neither are the author's nor lived in the row: here they mean
  /// nothing, or something else.
  private func check(
    _ written: Value.Store, besides living: CausalContext, since first: UInt64, author: Author,
    item: Item<Key, Value>
  ) throws {
    var isForeign = false
    written.forEachDot { dot in
      let isOwn = dot.replica == author.replica && dot.sequence >= first
      if !isOwn, !living.contains(dot) { isForeign = true }
    }
    if isForeign {
      throw RepetitionError.unrepeatable(
        table: name, key: "\(item.key)", type: Value.typeName)
    }
  }
}
