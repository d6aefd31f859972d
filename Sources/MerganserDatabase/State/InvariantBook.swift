import MerganserModel
import MerganserTypes

/// What the invariants of a schema ask for, by the tables that they are about.
package struct InvariantBook: Sendable {
  /// What invariants ask for of one table.
  struct TableInvariants: Sendable {
    /// Reads a key for the invariants that ask for it.
    let key: @Sendable ([UInt8]) -> AnyKey
    /// The range within which escrow keeps the table's counters.
    var limits: EscrowLimits?
    /// The invariant that has this range.
    var limiting: String?
    /// The references of this table's rows to others.
    var references: [Int] = []
    /// The references of other tables' rows to this table's.
    var referrers: [Int] = []
    /// The invariants that a transaction is checked for which touched the table.
    fileprivate(set) var checks: [Int] = []
    /// The invariants that a version of another replica is asked for which writes to the table.
    fileprivate(set) var askedOfVersions: [Int] = []
    /// The invariants of which a version is not asked, as each of their kinds says; looked at in debug builds.
    fileprivate(set) var unaskedOfVersions: [Int] = []
    /// The invariants by which rows that conflict are void, but for one.
    fileprivate(set) var voiding: [(invariant: Int, shown: ShownEntries)] = []
    /// The indexes over this table, by their places in ``InvariantBook/indexes``.
    var indexes: [Int] = []
    /// An invariant about the table that a newer program has in code and this one has not.
    var lacking: String?
    /// Whether all that is indexed of the table is known here.
    var indexesAreKnown = true

    init(key: @escaping @Sendable ([UInt8]) -> AnyKey) { self.key = key }

    /// Whether anything can follow from a change to one of its rows.
    var isFollowed = false
    /// Whether a version that writes to one of its rows is asked for more than sound bytes.
    var isJudged = false
    /// What becomes of what versions write to it.
    private(set) var keeping = Keeping.kept

    /// What becomes of what versions write to a table.
    enum Keeping: Sendable {
      /// It is judged, and joined into the table's rows.
      case kept
      /// It is judged, and stays in the log alone.
      case judged
      /// A version that comes is refused, as the schema does not have the table; what was applied is kept.
      case refused
    }

    fileprivate mutating func note(_ keeping: Keeping) {
      self.keeping = keeping
      // What is not joined in is read like what is followed: as a whole, and before anything changes.
      if keeping != .kept { isFollowed = true }
    }
  }

  /// A reference between two tables.
  struct TableReference: Sendable {
    /// The invariant's name.
    let name: String
    let child: Int
    let parent: Int
    let key: KeyReference

    /// The key of the parent that a child refers to.
    func parentKey(of child: [UInt8]) -> [UInt8] { key.parentKey(of: child) }
  }

  var tables: [TableInvariants]
  /// The invariants, in the order in which they were declared.
  private(set) var bound: [BoundInvariant] = []
  /// Whether there are any by which rows that conflict are void, but for one.
  private(set) var voidsAny = false
  /// What is indexed for them.
  private(set) var indexes: [IndexedRows] = []
  /// By index: the name of its invariant, in bytes.
  private(set) var indexNames: [[UInt8]] = []
  /// The references between tables.
  private(set) var references: [TableReference] = []
  /// What deletions can break elsewhere.
  var hazards = CascadeHazards([], numbers: [:])
  private let numbers: [String: Int]
  private var names: Set<String> = []

  init(_ tables: [any TableDefinition], numbers: [String: Int]) {
    self.tables = tables.map { table in TableInvariants { table.key($0) } }
    self.numbers = numbers
  }

  /// Does for an invariant what it needs.
  mutating func bind(_ invariant: any KeptInvariant) throws(SchemaError) {
    // By its name it is known to other programs, and by nothing else where it is code.
    guard names.insert(invariant.name.normalized).inserted else {
      throw .invalidInvariant(invariant.name, reason: "two invariants have this name; rename one")
    }
    let needs = try invariant.needs()
    var numbers: [Int] = []
    for table in needs.tables { numbers.append(try number(of: table, for: invariant.name)) }
    let place = InvariantPlace(
      tables: numbers, index: needs.index == nil ? nil : indexes.count)
    if let first = numbers.first {
      if let index = needs.index { try add(index, over: first, for: invariant.name) }
      if let limits = needs.limits { try set(limits, on: first, for: invariant.name) }
      if let reference = needs.reference, numbers.count > 1 {
        add(
          TableReference(
            name: invariant.name, child: first, parent: numbers[1], key: reference))
      }
      if let shown = needs.voids {
        tables[first].voiding.append((bound.count, shown))
        voidsAny = true
      }
      if needs.asksVersions {
        tables[first].askedOfVersions.append(bound.count)
      } else {
        tables[first].unaskedOfVersions.append(bound.count)
      }
    }
    if needs.commit != .unchecked {
      for number in Set(numbers) { tables[number].checks.append(bound.count) }
    }
    bound.append(
      BoundInvariant(
        invariant: invariant, place: place,
        isCheckedAsAWhole: needs.commit == .checkedAsAWhole, row: needs.row))
  }

  /// The invariants that a transaction is checked for which touched some tables: in the order of their declaration, but
  /// those last that look at whole tables.
  func checks(ofTables touched: some Sequence<Int>) -> [Int] {
    var places: [Int] = []
    var last: Int?
    var areOfSeveral = false
    for table in touched where table != last {
      last = table
      let some = tables[table].checks
      if places.isEmpty {
        places = some
      } else {
        let more = some.filter { !places.contains($0) }
        if !more.isEmpty { areOfSeveral = true }
        places += more
      }
    }
    // Those of one table are in order.
    if areOfSeveral { places.sort(by: isCheckedBefore) }
    return places
  }

  private func isCheckedBefore(_ one: Int, other: Int) -> Bool {
    let mine = bound[one].isCheckedAsAWhole
    let theirs = bound[other].isCheckedAsAWhole
    return mine == theirs ? one < other : theirs
  }

  private mutating func add(
    _ index: @escaping IndexedRows, over table: Int, for name: String
  ) throws(SchemaError) {
    let bytes = Array(name.normalized.utf8)
    guard !indexNames.contains(where: { $0 == bytes || $0.hashed == bytes.hashed }) else {
      throw .invalidInvariant(name, reason: "two invariants have this name; rename one")
    }
    tables[table].indexes.append(indexes.count)
    indexes.append(index)
    indexNames.append(bytes)
  }

  private mutating func set(
    _ limits: EscrowLimits, on table: Int, for name: String
  ) throws(SchemaError) {
    if let other = tables[table].limiting {
      throw .invalidInvariant(name, reason: "its table has bounds already, by \"\(other)\"")
    }
    tables[table].limits = limits
    tables[table].limiting = name
  }

  private mutating func add(_ reference: TableReference) {
    tables[reference.child].references.append(references.count)
    tables[reference.parent].referrers.append(references.count)
    references.append(reference)
  }

  /// Notes an invariant that is not known in code here.
  mutating func note(lacking invariant: SchemaDescription.Invariant) {
    let traits = invariant.traits
    for number in traits.tables.compactMap({ numbers[$0] }) {
      tables[number].lacking = invariant.name
      if traits.storesIndex { tables[number].indexesAreKnown = false }
    }
  }

  /// Notes what becomes of what versions write to each table.
  mutating func note(keeping: [TableInvariants.Keeping]) {
    for (number, keeping) in keeping.enumerated() { tables[number].note(keeping) }
  }

  /// Notes of which tables something can follow from a change to a row, and of which versions are judged, once
  /// all invariants are bound.
  mutating func noteWhatFollows() {
    for number in tables.indices {
      let invariants = tables[number]
      tables[number].isFollowed =
        !invariants.indexes.isEmpty || !invariants.references.isEmpty
        || !invariants.referrers.isEmpty
      tables[number].isJudged = !invariants.askedOfVersions.isEmpty
      tables[number].checks = invariants.checks.sorted(by: isCheckedBefore)
    }
  }

  /// The numbers of the tables, those that others refer to before these.
  ///
  /// - Throws: ``/MerganserModel/SchemaError/invalidInvariant(_:reason:)``, if tables refer to each other in a circle.
  func parentsFirst() throws(SchemaError) -> [Int] {
    var order: [Int] = []
    var open = Set(tables.indices)
    while !open.isEmpty {
      let free = open.filter { number in
        tables[number].references.allSatisfy { !open.contains(references[$0].parent) }
      }
      guard !free.isEmpty else {
        let key = references.first { open.contains($0.child) && open.contains($0.parent) }
        throw .invalidInvariant(
          key?.name ?? "references", reason: "tables refer to each other in a circle")
      }
      order += free.sorted()
      open.subtract(free)
    }
    return order
  }

  /// The number of a table that an invariant is about.
  func number(of table: any AnyTable, for invariant: String) throws(SchemaError) -> Int {
    guard let number = numbers[table.name] else {
      throw .invalidInvariant(
        invariant, reason: "table \(table.name) is not in the schema; declare it as a property")
    }
    return number
  }
}
