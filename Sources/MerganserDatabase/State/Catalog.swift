public import MerganserModel
import MerganserTypes

/// A schema made ready for use: its tables by number, and for each the invariants that govern it.
///
/// It never changes, and every transaction and snapshot refers to it.
public final class Catalog: Sendable {
  /// The schema as data.
  public let description: SchemaDescription
  /// A number that tells schemas apart, by what they declare.
  public let fingerprint: UInt64

  package let tables: [any TableDefinition]
  package let invariantBook: InvariantBook
  /// The invariants, in the order in which they were declared.
  package var invariants: [BoundInvariant] { invariantBook.bound }
  /// The range within which escrow keeps a table's counters; `nil` if none does.
  package func limits(ofTable number: Int) -> EscrowLimits? { invariantBook.tables[number].limits }
  /// The invariants of the schema that a newer program has in code and this one has not.
  let lacking: [SchemaDescription.Invariant]
  /// The tables of the schema that a tool cannot read.
  let leftOut: Set<String>
  /// The tables that the program does not have in code, but by their description.
  let described: Set<String>
  private let numbers: [String: Int]
  /// The tables' names in UTF-8.
  private let nameBytes: [[UInt8]]
  /// The numbers of the tables that the program has in code.
  private let declared: [String: Int]
  /// The numbers of the tables, those that others refer to before these.
  let parentsFirst: [Int]
  /// By table: its place among these.
  private let ranks: [Int]
  /// The tables that are ordered together.
  let groups: TableGroups
  /// The number of the table of the cuts.
  let cuts: Int?
  /// The number of the table of the horizons.
  let horizons: Int?
  /// The number of the table of the plan.
  let plans: Int?
  /// The number of the table of requests.
  let requests: Int?
  /// The number of the table of what was ordered.
  let orders: Int?
  /// The numbers of the database's own tables of which versions are asked.
  let judgedSystemTables: Set<Int>
  /// The numbers of the tables of the votes, of what is proposed, and of what is chosen.
  let votes, proposals, orderStates: Int?

  /// The catalog of a schema: its stored properties that are tables, and its invariants.
  ///
  /// - Throws: if tables have the same name, or an invariant makes no sense.
  public convenience init(_ schema: some Schema) throws(SchemaError) {
    try (schema as? any TransactionSchema)?.transactions.check()
    let tables = Mirror(reflecting: schema).children.compactMap { $0.value as? any AnyTable }
    try self.init(tables: tables, invariants: schema.invariants)
  }

  /// The catalog of the given tables and invariants.
  ///
  /// - Throws: as ``init(_:)``.
  public convenience init(tables: [any AnyTable], invariants: [any Invariant]) throws(SchemaError) {
    try self.init(tables: tables, invariants: invariants, lacking: [])
  }

  /// The catalog of the given tables and invariants, in a schema that has more than these.
  ///
  /// It lacks invariants, and leaves tables out. Those that are only described are kept, and not written to.
  init(
    tables: [any AnyTable], invariants: [any Invariant], lacking: [SchemaDescription.Invariant],
    leftOut: Set<String> = [], described: Set<String> = [], of schema: SchemaDescription? = nil,
    keeping: (String) -> InvariantBook.TableInvariants.Keeping = { _ in .kept }
  ) throws(SchemaError) {
    var definitions: [any TableDefinition] = []
    for table in systemTables as [any AnyTable] + tables {
      guard let definition = table as? any TableDefinition else {
        throw .unknownTable(table.name, expected: "a Table")
      }
      definitions.append(definition)
    }
    definitions.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    var numbers: [String: Int] = [:]
    for (number, table) in definitions.enumerated() {
      guard Self.isTableName(table.name) else { throw .invalidTableName(table.name) }
      guard numbers.updateValue(number, forKey: table.name) == nil else {
        throw .duplicateTable(table.name)
      }
    }
    var invariantBook = InvariantBook(definitions, numbers: numbers)
    for invariant in invariants {
      guard let kept = invariant as? any KeptInvariant else {
        throw .invalidInvariant(invariant.name, reason: "it is of a kind that no database keeps")
      }
      // What is not in the list is taken to be unsafe wherever its description is read.
      // What makes no sense says so first.
      _ = try kept.needs()
      guard kept.description.isUnderstood else {
        throw .invalidInvariant(
          invariant.name, reason: "its kind \(kept.description.kind) is not among invariantKinds")
      }
      try invariantBook.bind(kept)
    }
    self.tables = definitions
    self.numbers = numbers
    nameBytes = definitions.map { Array($0.name.utf8) }
    declared = described.isEmpty ? numbers : numbers.filter { !described.contains($0.key) }
    let parentsFirst = try invariantBook.parentsFirst()
    self.parentsFirst = parentsFirst
    var ranks = Array(repeating: 0, count: definitions.count)
    for (rank, number) in parentsFirst.enumerated() { ranks[number] = rank }
    self.ranks = ranks
    description =
      schema
      ?? SchemaDescription(
        tables: definitions.map(\.description), invariants: invariants.map(\.description))
    if let excess = description.excess { throw .exceedsLimit(reason: excess) }
    groups = try TableGroups(description.invariants, numbers: numbers)
    for invariant in lacking { invariantBook.note(lacking: invariant) }
    self.lacking = lacking
    self.leftOut = leftOut
    self.described = described
    invariantBook.hazards = CascadeHazards(description.invariants, numbers: numbers)
    invariantBook.noteWhatFollows()
    cuts = numbers[cutTable.name]
    horizons = numbers[horizonTable.name]
    requests = numbers[requestTable.name]
    plans = numbers[planTable.name]
    orders = numbers[orderTable.name]
    votes = numbers[voteTable.name]
    proposals = numbers[proposalTable.name]
    orderStates = numbers[orderStateTable.name]
    // Ends of identities are read as a whole, and before anything changes.
    if let cuts { invariantBook.tables[cuts].isFollowed = true }
    judgedSystemTables = Set(
      [cuts, horizons, requests, plans, orders, votes, proposals, orderStates].compactMap(\.self))
    for number in judgedSystemTables { invariantBook.tables[number].isJudged = true }
    for number in definitions.indices where groups.group(of: number) != nil {
      invariantBook.tables[number].isJudged = true
    }
    invariantBook.note(keeping: definitions.map { keeping($0.name) })
    self.invariantBook = invariantBook
    fingerprint = description.withoutLaterSystemTables.fingerprint
  }

  /// Whether a text can be the name of a table.
  static func isTableName(_ name: String) -> Bool {
    (1...128).contains(name.utf8.count) && name.isNormalized
      && name.utf8.allSatisfy { $0 >= 0x20 }
  }

  /// The place of a table among all, of which those that others refer to stand before these.
  func rank(of table: Int) -> Int { ranks[table] }

  /// The number of a table.
  package func number(of name: String) -> Int? { numbers[name] }

  /// The number of the table whose name is the given bytes.
  func number(ofBytes name: UnsafeRawBufferPointer) -> Int? {
    // There are few tables, in the order of their names.
    var low = 0
    var high = nameBytes.count
    while low < high {
      let middle = (low + high) / 2
      let isBefore = nameBytes[middle].withUnsafeBytes { ByteOrder.precedes(left: $0, right: name) }
      if isBefore { low = middle + 1 } else { high = middle }
    }
    guard low < nameBytes.count, nameBytes[low].elementsEqual(name) else { return nil }
    return low
  }

  /// The number of a table that a transaction or a snapshot is asked for.
  @inlinable
  func number<Key, Value>(of table: Table<Key, Value>) throws(SchemaError) -> Int {
    try number(ofTable: table.name, of: Table<Key, Value>.self)
  }

  /// The number of the table of a name, which is of the given type.
  @usableFromInline
  func number(ofTable name: String, of type: Any.Type) throws(SchemaError) -> Int {
    guard let number = declared[name] else { throw .unknownTable(name, expected: nil) }
    guard Swift.type(of: tables[number]) == type else {
      throw .unknownTable(name, expected: tables[number].description.types)
    }
    return number
  }
}

extension Catalog {
  /// The group in whose order an effect on a table is; `nil` if it is in none.
  package func group(of effect: Effect) -> String? {
    guard let number = number(of: effect.table) else { return nil }
    return groups.group(of: number)
      ?? (effect.kind == .delete ? groups.groupOfDeletions(from: number) : nil)
  }

  /// The invariants that a deletion from a table can break by what goes with the row.
  package func invariantsBroken(byDeletingFrom table: String) -> [String] {
    number(of: table).map { invariantBook.hazards.invariants[$0] } ?? []
  }

  /// The tables whose rows can go with a row that is deleted from a table.
  package func tablesLosing(byDeletingFrom table: Int) -> Set<Int> {
    invariantBook.hazards.reach[table]
  }
}
