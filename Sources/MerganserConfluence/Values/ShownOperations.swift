import MerganserDatabase
import MerganserModel
import MerganserTypes

/// What can be done with the rows of a table by what they show, without knowing their type.
struct ShownOperations {
  let plain: (_ row: AnyRow, _ slot: Int, _ form: Int) throws -> AnyRow
  let joins: (AnyRow, AnyRow, ShownHabits<AnyRow>) throws -> [AnyRow]
  let lost: (AnyRow, AnyRow) -> Set<[UInt8]>
  let parts: (AnyRow, [AnyRow]) throws -> [AnyRow]
  let hangsOnSeen: Bool
  /// What of a row was written with a number from `first` on; `nil` where that is not known.
  let gained: (_ row: AnyRow, _ first: UInt64) -> Set<[UInt8]>?
  let tellsGained: Bool
  let isWritten: (AnyRow, HybridTime, ReplicaID) -> Bool
  /// What twins have in common, and what companions.
  let kinds: (twin: ShownKind?, companion: ShownKind?)

  init?(of table: any TableDefinition, in catalog: Catalog) {
    guard let value = table.types.value as? any ShownType.Type,
      let number = catalog.number(of: table.name)
    else { return nil }
    let parents = Set(catalog.cascadingParents(ofTable: number).map(\.table)).sorted()
    self.init(value, table: number, parents: parents)
  }

  private init<Value: ShownType>(_: Value.Type, table: Int, parents: [Int]) {
    // What refers to rows names their creations, which have the numbers of their tables.
    func row(of store: Value.Store, by writer: ReplicaID) -> AnyRow {
      TypedRow(
        Row(
          Row<Value.Store>.Incarnation(
            dot: Dot(writer, sequence: UInt64(table) + 1),
            anchors: parents.map { Dot(writer, sequence: UInt64($0) + 1) }, store: store)))
    }
    func shown(by row: AnyRow) -> Value.Store {
      let incarnations = row.typed(as: Value.Store.self).incarnations
      var store = incarnations.first?.store ?? Value.Store()
      for other in incarnations.dropFirst() {
        Value.unite(&store, with: other.store, for: .reading)
      }
      return store
    }
    hangsOnSeen = Value.hangsOnSeen
    gained = { Value.gained(in: shown(by: $0), from: $1) }
    tellsGained = Value.gained(in: Value.Store(), from: 0) != nil
    kinds = (
      // Rights are those of a table.
      Value.self is EscrowCounter.Type ? nil : ShownKind.type(ObjectIdentifier(Value.self)),
      Value.standing.map(ShownKind.register)
    )
    isWritten = { row, time, replica in
      Value.isWritten(shown(by: row), at: time, by: replica)
    }
    plain = { any, slot, number in
      let form = ShownForm.all[number]
      var author = Author(
        form.writer(slot), nextSequence: form.sequence(slot),
        time: form.time(slot))
      let whole = shown(by: any)
      var store = try Value.plain(whole, as: &author)
      for _ in 1..<(Value.keepsRepeats ? form.copies : 1) {
        Value.unite(&store, with: try Value.plain(whole, as: &author), for: .reading)
      }
      return row(of: store, by: form.creator)
    }
    joins = { one, other, habits in
      let habits = ShownHabits<Value.Store>(
        lost: habits.lost, gained: habits.gained,
        mayHaveSeveralCreations: habits.mayHaveSeveralCreations,
        seen: { habits.seen().map(shown) })
      return try Value.joins(shown(by: one), with: shown(by: other), among: habits).map {
        row(of: $0, by: .plain)
      }
    }
    lost = { before, after in Value.lost(from: shown(by: before), to: shown(by: after)) }
    parts = { whole, seen in
      try Value.parts(of: shown(by: whole), seen: seen.map(shown)).map { row(of: $0, by: .plain) }
    }
  }
}
