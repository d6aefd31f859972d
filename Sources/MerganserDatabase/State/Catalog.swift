import MerganserTypes

/// A schema made ready for use: its tables by number, and for each the rules that govern it.
public struct Catalog: Sendable {
  /// The schema as data.
  public let description: SchemaDescription
  /// A number that tells schemas apart, by what they declare.
  public let fingerprint: UInt64

  package let tables: [any TableDefinition]
  @usableFromInline package let rules: RuleBook
  /// The invariants, in the order in which they were declared.
  package let invariants: [any BindableInvariant]
  /// The rules of the schema that a newer program has in code and this one has not.
  let lacking: [SchemaDescription.Rule]
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
  /// The number of the table of the cuts.
  let cuts: Int?
  /// The number of the table of the horizons.
  let horizons: Int?
  /// The number of the table of requests.
  let requests: Int?

  /// The catalog of a schema: its stored properties that are tables, and its invariants.
  ///
  /// - Throws: if tables have the same name, or an invariant makes no sense.
  public init(_ schema: some Schema) throws(SchemaError) {
    let tables = Mirror(reflecting: schema).children.compactMap { $0.value as? any AnyTable }
    try self.init(tables: tables, invariants: schema.invariants)
  }

  /// The catalog of the given tables and invariants.
  ///
  /// - Throws: as ``init(_:)``.
  public init(tables: [any AnyTable], invariants: [any Invariant]) throws(SchemaError) {
    try self.init(tables: tables, invariants: invariants, lacking: [])
  }

  /// The catalog of the given tables and invariants, in a schema that has more than these.
  ///
  /// It lacks rules, and leaves tables out. Those that are only described are kept, and not written to.
  init(
    tables: [any AnyTable], invariants: [any Invariant], lacking: [SchemaDescription.Rule],
    leftOut: Set<String> = [], described: Set<String> = [], of schema: SchemaDescription? = nil,
    keeping: (String) -> RuleBook.TableRules.Keeping = { _ in .kept }
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
    var rules = RuleBook(definitions, numbers: numbers)
    var bound: [any BindableInvariant] = []
    for invariant in invariants {
      guard let bindable = invariant as? any BindableInvariant else {
        throw .invalidInvariant(invariant.name, reason: "it is of a kind that no database keeps")
      }
      try bindable.bind(to: &rules)
      bound.append(bindable)
    }
    self.invariants = bound
    self.tables = definitions
    self.numbers = numbers
    nameBytes = definitions.map { Array($0.name.utf8) }
    declared = described.isEmpty ? numbers : numbers.filter { !described.contains($0.key) }
    parentsFirst = try rules.parentsFirst()
    description =
      schema
      ?? SchemaDescription(
        tables: definitions.map(\.description), rules: invariants.map(\.rule))
    if let excess = description.excess { throw .exceedsLimit(reason: excess) }
    for rule in lacking { rules.note(lacking: rule) }
    self.lacking = lacking
    self.leftOut = leftOut
    self.described = described
    rules.hazards = CascadeHazards(description.rules, numbers)
    rules.noteWhatIsFollowed()
    cuts = numbers[cutTable.name]
    horizons = numbers[horizonTable.name]
    requests = numbers[requestTable.name]
    // Ends of identities are read as a whole, and before anything changes.
    if let cuts { rules.tables[cuts].isFollowed = true }
    for number in [cuts, horizons, requests].compactMap(\.self) {
      rules.tables[number].isJudged = true
    }
    rules.note(keeping: definitions.map { keeping($0.name) })
    self.rules = rules
    fingerprint = description.withoutLaterSystemTables.fingerprint
  }

  /// Whether a text can be the name of a table.
  static func isTableName(_ name: String) -> Bool {
    (1...128).contains(name.utf8.count) && name.isNormalized
      && name.utf8.allSatisfy { $0 >= 0x20 }
  }

  /// The number of a table.
  package func number(of name: String) -> Int? { numbers[name] }

  /// The number of the table whose name is the given bytes.
  func number(ofBytes name: UnsafeRawBufferPointer) -> Int? {
    // There are few tables, in the order of their names.
    var (low, high) = (0, nameBytes.count)
    while low < high {
      let middle = (low + high) / 2
      let isBefore = nameBytes[middle].withUnsafeBytes { ByteOrder.precedes($0, name) }
      if isBefore { low = middle + 1 } else { high = middle }
    }
    guard low < nameBytes.count, nameBytes[low].elementsEqual(name) else { return nil }
    return low
  }

  /// The number of a table that a transaction or a snapshot is asked for.
  @usableFromInline
  func number<Key, Value>(of table: Table<Key, Value>) throws(SchemaError) -> Int {
    guard let number = declared[table.name] else { throw .unknownTable(table.name, expected: nil) }
    guard type(of: tables[number]) == Table<Key, Value>.self else {
      throw .unknownTable(table.name, expected: tables[number].description.types)
    }
    return number
  }
}

/// The rules of a schema, by the tables that they govern.
@usableFromInline
package struct RuleBook: Sendable {
  /// The rules that govern one table.
  @usableFromInline
  struct TableRules: Sendable {
    /// Reads a key for the rules that ask for it.
    let key: @Sendable ([UInt8]) -> AnyKey
    /// What the table's counters never leave.
    @usableFromInline var bounds: Bounds?
    /// The range of these bounds.
    var limits: EscrowLimits?
    /// What holds of every value written to a row.
    var checks: [RowCheck] = []
    /// The foreign keys by which this table's rows refer to others.
    @usableFromInline var references: [Int] = []
    /// The foreign keys by which other tables' rows refer to this table's.
    var referrers: [Int] = []
    /// Rules that no replica can keep by itself.
    var coordinated: [Custom] = []
    /// Rules over what a transaction touched, by their places in ``RuleBook/footprints``.
    var footprints: [Int] = []
    /// The indexes over this table, by their places in ``RuleBook/indexes``.
    var indexes: [Int] = []
    /// A rule about the table that a newer program has in code and this one has not.
    var lacking: String?
    /// Whether all that is indexed of the table is known here.
    var indexesAreKnown = true

    init(key: @escaping @Sendable ([UInt8]) -> AnyKey) { self.key = key }

    /// Whether anything can follow from a change to one of its rows.
    var isFollowed = false
    /// Whose a new row is by its key, where keys are generated.
    var creators: [@Sendable ([UInt8]) -> ReplicaID?] = []
    /// The indexes over the table whose resources have owners.
    var owned: [(index: Int, owners: ResourceOwners)] = []
    /// Whether a version that writes to one of its rows is asked for more than sound bytes.
    var isJudged = false
    /// Whether what a version is asked for has to do with a row's key.
    fileprivate(set) var asksForKey = false
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

  @usableFromInline var tables: [TableRules]
  /// The rules over what a transaction touched.
  private(set) var footprints: [(rule: any FootprintRule, place: RulePlace)] = []
  /// What is indexed for them.
  private(set) var indexes: [IndexedRows] = []
  /// By rule: the place of its index.
  private(set) var indexPlaces: [String: Int] = [:]
  /// By index: the name of its rule, in bytes.
  private(set) var indexNames: [[UInt8]] = []
  /// By index: the owners of what it holds, if it has any.
  private var owners: [Int: ResourceOwners] = [:]
  var foreignKeys: [ForeignKeyRule] = []
  /// What deletions can break elsewhere.
  var hazards = CascadeHazards([], [:])
  private let numbers: [String: Int]

  init(_ tables: [any TableDefinition], numbers: [String: Int]) {
    self.tables = tables.map { table in TableRules { table.key($0) } }
    self.numbers = numbers
  }

  /// Adds a rule over what a transaction touches in some tables, and what it has indexed of the first.
  mutating func add(
    _ rule: some FootprintRule, over touched: [any AnyTable], index: IndexedRows? = nil
  ) throws(SchemaError) {
    var numbers: [Int] = []
    for table in touched { numbers.append(try number(of: table, for: rule.name)) }
    for number in Set(numbers) { tables[number].footprints.append(footprints.count) }
    footprints.append(
      (rule, RulePlace(tables: numbers, index: index == nil ? nil : indexes.count)))
    guard let index, let first = numbers.first else { return }
    let bytes = Array(rule.name.normalized.utf8)
    guard indexPlaces.updateValue(indexes.count, forKey: rule.name) == nil,
      !indexNames.contains(where: { $0.hashed == bytes.hashed })
    else {
      throw .invalidInvariant(rule.name, reason: "two invariants have this name; rename one")
    }
    tables[first].indexes.append(indexes.count)
    owners[indexes.count] = rule.owners
    indexes.append(index)
    indexNames.append(bytes)
  }

  /// Notes a rule that is not known in code here.
  mutating func note(lacking rule: SchemaDescription.Rule) {
    for number in rule.tables.compactMap({ numbers[$0] }) {
      tables[number].lacking = rule.name
      if rule.kind != "Check" { tables[number].indexesAreKnown = false }
    }
  }

  /// Notes what becomes of what versions write to each table.
  fileprivate mutating func note(keeping: [TableRules.Keeping]) {
    for (number, keeping) in keeping.enumerated() { tables[number].note(keeping) }
  }

  /// Notes of which tables something can follow from a change to a row, once all rules are bound.
  mutating func noteWhatIsFollowed() {
    for number in tables.indices {
      let rules = tables[number]
      tables[number].isFollowed =
        !rules.indexes.isEmpty || !rules.references.isEmpty || !rules.referrers.isEmpty
      tables[number].owned = rules.indexes.compactMap { index in
        owners[index].map { (index, $0) }
      }
      tables[number].asksForKey =
        !rules.checks.isEmpty || !rules.creators.isEmpty || !tables[number].owned.isEmpty
      tables[number].isJudged = rules.limits != nil || tables[number].asksForKey
    }
  }

  /// The numbers of the tables, those that others refer to before these.
  ///
  /// - Throws: ``SchemaError/invalidInvariant(_:reason:)``, if tables refer to each other in a circle.
  func parentsFirst() throws(SchemaError) -> [Int] {
    var order: [Int] = []
    var open = Set(tables.indices)
    while !open.isEmpty {
      let free = open.filter { number in
        tables[number].references.allSatisfy { !open.contains(foreignKeys[$0].parent) }
      }
      guard !free.isEmpty else {
        let key = foreignKeys.first { open.contains($0.child) && open.contains($0.parent) }
        throw .invalidInvariant(
          key?.name ?? "foreign keys", reason: "tables refer to each other in a circle")
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
