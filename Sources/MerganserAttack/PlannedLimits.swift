import Merganser
import MerganserDatabase

/// What a plan's text says must be refused, read by itself and not by the code that enforces it.
///
/// It is coarse: where it cannot tell, it says nothing.
struct PlannedLimits: Sendable {
  private let plan: Plan
  /// By table: for what a plain write must leave it alone.
  private let reserved: [String: String]
  /// By table: why what promises nothing to other replicas must leave it alone, too.
  private let searched: [String: String]
  /// The schema's tables.
  private let tables: [String]

  init(_ plan: Plan, of schema: some TransactionSchema) throws {
    self.plan = plan
    let catalog = try Catalog(schema)
    tables = catalog.description.tables.map(\.name)
    var reserved: [String: String] = [:]
    var searched: [String: String] = [:]
    for (name, entry) in plan.entries where entry.way != .refused {
      for invariant in catalog.description.invariants
      where entry.invariants.contains(invariant.name) {
        for table in invariant.tables { reserved[table] = "\(name) keeps \(invariant.name)" }
      }
      guard case .search = entry.basis else { continue }
      for table in entry.reads.union(entry.writes.map(\.table)) {
        searched[table] = "\(name) rests on a search"
      }
    }
    self.reserved = reserved.merging(searched) { $1 }
    self.searched = searched
  }

  /// Why a call must be refused; `nil` if it need not be.
  ///
  /// - Parameters:
  ///   - name: the transaction.
  ///   - arguments: its arguments, as text.
  ///   - isDeclared: whether the replica's schema declares it.
  ///   - isTentative: whether what the plan refuses runs.
  ///   - acts: whether the replica acts as the one at a place: it is that, or has its place in the end.
  ///   - seated: the places that were given seats.
  ///   - owner: the place of the owner of an argument.
  /// - Returns: the reason.
  func reasonToRefuse(
    _ name: String, arguments: [String], isDeclared: Bool, isTentative: Bool,
    acts: (_ place: Int) -> Bool, seated: [Int], owner: (String) -> Int?
  ) -> String? {
    guard isDeclared else { return "the schema does not declare \(name)" }
    guard let entry = plan.entries[name] else { return "the plan does not name \(name)" }
    switch entry.way {
    case .local, .escrow, .cascade: break
    case .ordered:
      if !acts(0) { return "\(name) runs at the founder alone" }
    case .owned(let argument):
      guard arguments.indices.contains(argument) else { return "\(name) has no such argument" }
      if let owner = owner(arguments[argument]), !acts(owner) {
        return "\(name) runs at the owner of \(arguments[argument]) alone"
      }
    case .refused: return isTentative ? nil : "the plan refuses \(name)"
    }
    guard case .search(let replicas) = entry.basis else { return nil }
    if !entry.arguments.contains(arguments) {
      return "\(name)(\(arguments.joined(separator: ", "))) was not searched"
    }
    if replicas != nil, !seated.contains(where: acts) { return "the replica has no seat" }
    return nil
  }

  /// What a call did beyond what its entry lists; `nil` if nothing is seen.
  func excess(of name: String, from before: Shown, to after: Shown) -> String? {
    guard let entry = plan.entries[name], entry.way != .refused else { return nil }
    for change in after.changes(since: before) {
      let allowed = Set(entry.writes.filter { $0.table == change.table }.map(\.kind))
      let isAllowed =
        switch change.kind {
        case .came: allowed.contains(.insert)
        case .went: allowed.contains(.delete)
        case .changed: !allowed.isEmpty
        // What comes and goes of a row can move its count either way.
        case .roseTo: !allowed.isDisjoint(with: [.increment, .write, .insert, .delete])
        case .fellTo: !allowed.isDisjoint(with: [.decrement, .write, .insert, .delete])
        }
      if !isAllowed {
        return "\(name) may not have row \(change.key) of \(change.table) \(change.kind)"
      }
    }
    return nil
  }

  /// What a plain write did that it had to leave alone; `nil` if nothing is seen.
  func excessOfPlainWrite(
    from before: Shown, to after: Shown, isLocal: Bool = false
  ) -> String? {
    for change in after.changes(since: before) {
      if let why = (isLocal ? searched : reserved)[change.table] {
        return "a plain write had row \(change.key) of \(change.table) \(change.kind): \(why)"
      }
    }
    return nil
  }

  /// Whether a database may begin with other rows than the schema's start.
  var allowsOtherStart: Bool { plan.searched == nil }

  /// How many replicas may have seats.
  var seatCount: Int? { plan.seatCount }

  /// What a replica shows of the schema's tables.
  func shown(by snapshot: Snapshot) throws -> Shown {
    var rows: [String: [String: String]] = [:]
    for table in tables {
      rows[table] = Dictionary(
        try snapshot.text(ofTable: table).map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
    }
    return Shown(rows: rows)
  }
}

/// The rows that a replica shows, as text.
struct Shown: Equatable, Sendable {
  /// What is different of a row.
  enum Kind: String, CustomStringConvertible {
    case came = "come"
    case went = "go"
    case changed = "change"
    case roseTo = "count up"
    case fellTo = "count down"

    var description: String { rawValue }
  }

  /// A row that is different.
  struct Change {
    var table: String
    var key: String
    var kind: Kind
  }

  /// By table, by key.
  fileprivate let rows: [String: [String: String]]

  /// What is different from before, in order.
  func changes(since before: Shown) -> [Change] {
    var changes: [Change] = []
    for table in rows.keys.sorted() {
      let old = before.rows[table] ?? [:]
      let new = rows[table] ?? [:]
      for key in Set(old.keys).union(new.keys).sorted() where old[key] != new[key] {
        changes.append(
          Change(table: table, key: key, kind: Self.kind(from: old[key], to: new[key])))
      }
    }
    return changes
  }

  private static func kind(from old: String?, to new: String?) -> Kind {
    guard let old else { return .came }
    guard let new else { return .went }
    guard let before = Int128(old), let after = Int128(new) else { return .changed }
    return after > before ? .roseTo : .fellTo
  }
}
