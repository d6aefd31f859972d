public import MerganserModel

extension Custom {
  /// A condition over `tables`; it is evaluated over the state that a transaction would leave.
  ///
  /// A violation tells the rows that the condition has read. It sees these tables alone: reading another throws ``/MerganserModel/SchemaError/unlistedTable(_:invariant:)``, for it
  /// would not be asked where that one changes. So does reading the snapshot's time, founder, vector or ends of identities
  /// (``/MerganserModel/SchemaError/unlistedRead(_:invariant:)``). What it throws refuses the transaction. A condition on counters compares their `count`
  /// (``/MerganserModel/Counted/count``), which is there also where their `value` does not fit 64 bits and throws.
  ///
  /// - Complexity: every commit that writes to one of the tables evaluates it as a whole.
  public init(
    _ name: String, over tables: [any AnyTable], by coordination: Coordination<Never> = .nobody,
    condition: @escaping @Sendable (Snapshot) throws -> Bool
  ) {
    let names = Set(tables.map(\.name))
    let plain = ConditionScope(tables: names, invariant: name)
    self.init(name, over: tables, group: coordination.group) { state in
      // What invariants see of a state is a snapshot's.
      guard let snapshot = state as? Snapshot else { return false }
      let holds = try condition(snapshot.limited(to: plain))
      if let what = plain.unlistedRead { throw SchemaError.unlistedRead(what, invariant: name) }
      return holds
    } reads: { state in
      guard let snapshot = state as? Snapshot else { return "" }
      let scope = ConditionScope(tables: names, invariant: name, notesReads: true)
      _ = try? condition(snapshot.limited(to: scope))
      return scope.readText(of: snapshot)
    }
  }
}
