import ArgumentParser
import Merganser

/// `merganser show`.
struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Print a store's tables and rows.",
    discussion: """
      Without TABLE: whose store it is, every table with its number of rows and its types, the \
      invariants, and the first rows of each table. With it: every row of that table, one on a \
      line, the key first, in the order of the keys.

      A store records its schema, so that no program of yours is needed. Tables of types that do \
      not come with Merganser are named, and not shown. A row that cannot be read is shown as such, and \
      the exit status is 1 then. The store may be in use.

      Example:
        merganser show bank/branch-1 accounts --limit 10
      """)

  @Argument(help: "The store's folder.", completion: .directory)
  var store: String

  @Argument(help: "A table of it.")
  var table: String?

  @Option(
    parsing: .unconditional,
    help: "How many rows of a table to print at most. (default: 20, or all of a TABLE)")
  var limit: Int?

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if let limit, limit < 0 {
      throw ValidationError("--limit must be 0 or more; found \(limit)")
    }
  }

  func run() throws {
    let database = try StoredDatabase(at: store)
    if let table {
      try check(table, of: database)
    }
    let contents = try StoreContents(
      database, table: table, limit: limit ?? (table == nil && !json ? 20 : .max))
    if json {
      try JSONOutput.print(contents)
    } else if let table = contents.tables.first, self.table != nil {
      table.printRows()
      if table.isCut { Terminal.print(line: "(\(table.rest) more)") }
    } else {
      contents.print(path: store)
    }
    var unreadable = UnreadableRows()
    for table in contents.tables {
      for row in table.rows { unreadable.note(row.value, table: table.name, key: row.key) }
    }
    try unreadable.fail(of: store)
  }

  private func check(_ table: String, of database: StoredDatabase) throws {
    let known = database.catalog.description.tables
    if known.contains(where: { $0.name == table }) { return }
    if let unknown = database.unknownTables.first(where: { $0.name == table }) {
      throw Failure(
        "table \(table) holds \(unknown.unknownTypes), which this program cannot read")
    }
    // Those that every database has are not what was meant.
    let system = Set(systemTables.map(\.name))
    let names = (known + database.unknownTables).map(\.name).filter { !system.contains($0) }
    throw Failure(
      "\(store) has no table \(table); it has \(names.sorted().joined(separator: ", "))")
  }
}
