import MerganserDatabase
import MerganserTypes

/// What a transaction did to a table: the kinds of writes that the rules speak of.
public struct Effect: Hashable, Sendable, Codable {
  /// A kind of write.
  public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
    /// A row came to be.
    case insert
    /// A row, or one of its incarnations, went.
    case delete
    /// A counter went up.
    case increment
    /// A counter went down.
    case decrement
    /// A counter's rights moved.
    case transfer
    /// Something else was written to a row.
    case write
  }

  /// The table.
  public var table: String
  /// What was done.
  public var kind: Kind

  /// The effect of the given kind on a table.
  public init(_ kind: Kind, _ table: String) {
    self.kind = kind
    self.table = table
  }

  /// What was done between two states.
  static func effects(
    from old: DatabaseState, to new: DatabaseState, in catalog: Catalog
  ) -> Set<Effect> {
    var effects: Set<Effect> = []
    for (number, table) in catalog.tables.enumerated() {
      let kinds = new.tables[number].kinds(of: old.tables[number])
      for kind in kinds { effects.insert(Effect(kind, table.name)) }
    }
    return effects
  }
}

extension Effect: CustomStringConvertible {
  /// As a person reads it.
  public var description: String { "\(kind.rawValue) \(table)" }
}

extension AnyTableState {
  /// The kinds of writes that made this state of `old`.
  func kinds(of old: any AnyTableState) -> Set<Effect.Kind> {
    if let new = self as? TableState<PNCounter>, let old = old as? TableState<PNCounter> {
      return new.kinds(of: old) { Self.direction(try? $0.value, try? $1.value) }
    }
    if let new = self as? TableState<GCounter>, let old = old as? TableState<GCounter> {
      return new.kinds(of: old) { Self.direction(try? $0.value, try? $1.value) }
    }
    if let new = self as? TableState<EscrowCounter>, let old = old as? TableState<EscrowCounter> {
      return new.kinds(of: old) {
        Self.direction(try? $0.value, try? $1.value) ?? .transfer
      }
    }
    return erasedKinds(of: old)
  }

  private static func direction(_ old: Int64?, _ new: Int64?) -> Effect.Kind? {
    guard let old, let new, old != new else { return nil }
    return new > old ? .increment : .decrement
  }

  private func erasedKinds(of old: any AnyTableState) -> Set<Effect.Kind> {
    func opened<State: AnyTableState>(_ new: State) -> Set<Effect.Kind> {
      guard let old = old as? State else { return [.write] }
      return Set(new.changedKinds(of: old))
    }
    return opened(self)
  }

  private func changedKinds(of old: Self) -> [Effect.Kind] {
    let keys = Set(sortedKeys).union(old.sortedKeys)
    return keys.flatMap { key -> [Effect.Kind] in
      let (before, after) = (old.incarnations(of: key), incarnations(of: key))
      var kinds: [Effect.Kind] = []
      if before.contains(where: { !after.contains($0) }) { kinds.append(.delete) }
      if after.contains(where: { !before.contains($0) }) { kinds.append(.insert) }
      if kinds.isEmpty, old.encodedRow(key) != encodedRow(key) { kinds.append(.write) }
      return kinds
    }
  }
}

extension TableState {
  /// The kinds of writes to a table of counters, given what says how two counters differ.
  fileprivate func kinds(
    of old: TableState, _ difference: (Store, Store) -> Effect.Kind?
  ) -> Set<Effect.Kind> {
    var kinds: Set<Effect.Kind> = []
    for key in Set(rows.keys).union(old.rows.keys) {
      let (before, after) = (
        old.rows[key]?.incarnations ?? [], rows[key]?.incarnations ?? []
      )
      if before.contains(where: { one in !after.contains { $0.dot == one.dot } }) {
        kinds.insert(.delete)
      }
      for incarnation in after {
        let earlier = before.first { $0.dot == incarnation.dot }
        if earlier == nil { kinds.insert(.insert) }
        let store = earlier?.store ?? Store()
        if store != incarnation.store {
          kinds.insert(difference(store, incarnation.store) ?? .write)
        }
      }
    }
    return kinds
  }
}
