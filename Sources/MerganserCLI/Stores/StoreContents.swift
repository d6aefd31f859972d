import Merganser
import MerganserDatabase

/// What a store holds, as `merganser show` prints it and gives it as JSON.
struct StoreContents: Encodable {
  /// One table.
  struct Table: Encodable {
    /// One row.
    struct Row: Encodable {
      var key: String
      var value: ReadableValue
    }

    var name: String
    var key: String
    var value: String
    var rowCount: Int
    /// The first of the rows.
    var rows: [Row]

    var rest: Int { rowCount - rows.count }
    var isCut: Bool { rest > 0 }
  }

  /// A table of types that the program does not know.
  struct UnknownTable: Encodable {
    var name: String
    var key: String
    var value: String
  }

  /// An invariant.
  struct Invariant: Encodable {
    var kind: String
    var name: String
    var parameters: [String]
  }

  var replica: String
  var founder: String
  /// Per replica, the number of its last write that is here.
  var vector: [String: UInt64]
  /// Of the tables that are known.
  var digest: String
  var tables: [Table]
  var unknownTables: [UnknownTable]
  var invariants: [Invariant]
  /// The requests that committed more than once, which nobody has acknowledged: the first of them.
  var executedTwice: [String]

  /// Reads a store, or one table of it, with at most `limit` rows of each table.
  init(_ database: StoredDatabase, table: String?, limit: Int) throws {
    let snapshot = try database.snapshot()
    replica = database.identity.replica.description
    founder = database.identity.founder.description
    digest = try snapshot.digestText
    vector = Dictionary(
      uniqueKeysWithValues: snapshot.vector.map { ($0.0.description, $0.1) })
    executedTwice = try snapshot.executedTwice(limit: 20).map(\.description)
    tables = try database.catalog.description.tables.filter { table == nil || $0.name == table }
      .filter { table != nil || !snapshot.isEmptySystemTable($0.name) }
      .map { description in
        // What became of requests is shown to whoever asks for that table.
        let isOwn = systemTableNames.contains(description.name) && table == nil
        let rows = try snapshot.readableRows(
          ofTable: description.name, limit: isOwn ? 0 : limit)
        return Table(
          name: description.name, key: description.key, value: description.value,
          rowCount: snapshot.rowCount(ofTable: description.name) ?? 0,
          rows: rows.map { Table.Row(key: $0.key, value: $0.value) })
      }
    unknownTables = database.unknownTables.map {
      UnknownTable(name: $0.name, key: $0.key, value: $0.value)
    }
    invariants = database.identity.schema.invariants.map {
      Invariant(kind: $0.kind, name: $0.name, parameters: $0.parameters)
    }
  }
}

extension Snapshot {
  /// Whether a table is one that every store has, and has no rows: it is not shown.
  func isEmptySystemTable(_ name: String) -> Bool {
    systemTableNames.contains(name) && rowCount(ofTable: name) == 0
  }
}

// For people.
extension StoreContents.Table {
  /// Prints the rows, a key and a value on each line.
  func printRows() {
    for row in rows {
      Terminal.print(line: "\(row.key.escaped) \(row.value)")
    }
  }
}

extension StoreContents {
  /// Prints everything, in 80 columns where names allow it.
  func print(path: String) {
    Terminal.print(line: "store    \(path)")
    Terminal.print(line: "replica  \(replica)\(replica == founder ? ", the founder" : "")")
    if replica != founder { Terminal.print(line: "founder  \(founder)") }
    Terminal.print(line: "digest   \(digest)")
    Terminal.print(line: "")
    printTables()
    printInvariants()
    if !executedTwice.isEmpty {
      Terminal.print(line: "")
      Terminal.print(line: "executed twice")
    }
    for double in executedTwice { Terminal.print(line: double.escaped) }
    for table in tables where !table.rows.isEmpty {
      Terminal.print(line: "")
      Terminal.print(line: table.name)
      table.printRows()
      if table.isCut {
        Terminal.print(line: "(\(table.rest) more: merganser show \(path) \(table.name))")
      }
    }
  }

  private func printTables() {
    let name = max(
      5, tables.map(\.name.count).max() ?? 0, unknownTables.map(\.name.count).max() ?? 0)
    let rows = max(4, tables.map { "\($0.rowCount)".count }.max() ?? 0)
    Terminal.print(line: "\("table".padded(to: name))  \("rows".aligned(to: rows))  key → value")
    for table in tables {
      Terminal.print(
        line: "\(table.name.padded(to: name))  \("\(table.rowCount)".aligned(to: rows))  "
          + "\(table.key.unqualifiedTypeName) → \(table.value.unqualifiedTypeName)")
    }
    for table in unknownTables {
      Terminal.print(
        line: "\(table.name.padded(to: name))  \("?".aligned(to: rows))  "
          + "\(table.key.unqualifiedTypeName) → \(table.value.unqualifiedTypeName), "
          + "not known to this program")
    }
  }

  private func printInvariants() {
    guard !invariants.isEmpty else { return }
    Terminal.print(line: "")
    Terminal.print(line: "invariants")
    for invariant in invariants {
      Terminal.print(line: "\(invariant.kind) \"\(invariant.name)\": \(invariant.inWords)")
    }
  }
}

extension StoreContents.Invariant {
  /// What the invariant is about, as far as its parameters are known.
  var inWords: String {
    SchemaDescription.Invariant(kind: kind, name: name, parameters: parameters).traits.summary
  }
}
