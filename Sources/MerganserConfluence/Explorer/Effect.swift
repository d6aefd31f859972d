package import MerganserDatabase
public import MerganserModel
import MerganserTypes

/// What a transaction did to a table: the kinds of writes that the theorems speak of.
public struct Effect: Hashable, Sendable, Codable {
  /// A kind of write.
  public typealias Kind = WriteKind

  /// The table.
  public var table: String
  /// What was done.
  public var kind: Kind

  /// The effect of the given kind on a table.
  public init(_ kind: Kind, in table: String) {
    self.kind = kind
    self.table = table
  }

  /// What was done between two states, and what the deletions among it can take with them elsewhere.
  package static func effects(
    from old: DatabaseState, to new: DatabaseState, in catalog: Catalog
  ) throws -> Set<Effect> {
    var effects: Set<Effect> = []
    for (number, table) in catalog.tables.enumerated() {
      let kinds = try new.tables[number].kinds(of: old.tables[number], value: table.types.value)
      for kind in kinds { effects.insert(Effect(kind, in: table.name)) }
      guard kinds.contains(.delete) else { continue }
      for below in catalog.tablesLosing(byDeletingFrom: number) {
        effects.insert(Effect(.delete, in: catalog.tables[below].name))
      }
    }
    return effects
  }
}

extension Effect: CustomStringConvertible {
  /// As a person reads it.
  public var description: String { "\(kind.rawValue) \(table)" }
}

extension TableState {
  /// The kinds of writes that made this state of `old`; `value` is the type of the table's values.
  func kinds(of old: TableState, value: any Replicated.Type) throws -> Set<Effect.Kind> {
    guard let counter = value as? any Counted.Type else { return try erasedKinds(of: old) }
    return try counterKinds(of: old, counter)
  }

  private func erasedKinds(of old: TableState) throws -> Set<Effect.Kind> {
    var kinds: Set<Effect.Kind> = []
    for key in try allKeys(with: old) {
      let before = try old.incarnations(of: key)
      let after = try incarnations(of: key)
      // A touch in the place of an earlier one takes nothing with it.
      let mattered = after.isEmpty ? before : try old.creations(of: key)
      let removed = mattered.contains { !after.contains($0) }
      let inserted = after.contains { !before.contains($0) }
      if removed { kinds.insert(.delete) }
      if inserted { kinds.insert(.insert) }
      if !removed, !inserted, try old.encodedRow(key) != encodedRow(key) { kinds.insert(.write) }
    }
    return kinds
  }

  private func allKeys(with other: TableState) throws -> Set<[UInt8]> {
    var all: Set<[UInt8]> = []
    for table in [self, other] {
      var keys = try table.keys(from: [])
      while let key = try keys.next() { all.insert(key) }
    }
    return all
  }

  /// The kinds of writes to a table of counters, which tell up and down.
  private func counterKinds<Counter: Counted>(
    of old: TableState, _: Counter.Type
  ) throws -> Set<Effect.Kind> {
    var kinds: Set<Effect.Kind> = []
    for key in try allKeys(with: old) {
      let before = try old.row(key, as: Counter.Store.self)?.incarnations ?? []
      let after = try row(key, as: Counter.Store.self)?.incarnations ?? []
      if before.contains(where: { one in !after.contains { $0.dot == one.dot } }) {
        kinds.insert(.delete)
      }
      for incarnation in after {
        let earlier = before.first { $0.dot == incarnation.dot }
        if earlier == nil { kinds.insert(.insert) }
        let store = earlier?.store ?? Counter.Store()
        if store != incarnation.store {
          kinds.insert(Counter.kind(ofChangeFrom: store, to: incarnation.store))
        }
      }
    }
    return kinds
  }
}
