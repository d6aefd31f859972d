import Merganser
import MerganserLog

/// How a store is, as `merganser stat` prints it and gives it as JSON.
struct StoreStatus: Encodable {
  /// A table.
  struct Table: Encodable {
    var name: String
    var key: String
    var value: String
    /// Nothing where the program does not know its types.
    var rows: Int?
    /// How the bytes of a program's own types are read, by the types' names.
    var layouts: [String: String]

    /// Its types as a person reads them.
    var types: String { "\(key.unqualifiedTypeName) → \(value.unqualifiedTypeName)" }
  }

  /// How far the versions of one replica have come.
  struct Origin: Encodable {
    var replica: String
    /// The number of the last of its writes that is here.
    var last: UInt64
    /// The last that is in the log no more.
    var truncatedTo: UInt64
    /// The last that is in the stored rows.
    var applied: UInt64
    /// The hash of its last version.
    var hash: String
  }

  /// Another replica that was met, and not forgotten since.
  struct Peer: Encodable {
    var replica: String
    /// How many of the writes that are here it is not known to hold.
    var behind: UInt64
    /// Whether the log still has all that it lacks; it is handed rows otherwise.
    var getsLog: Bool
    /// When it was last met; ISO 8601, in UTC.
    var met: String
  }

  /// What the data file is used for, in bytes.
  struct File: Encodable {
    var size: Int
    var log: Int
    var rows: Int
    var index: Int
    /// What is remembered of truncated versions: their numbers and hashes.
    var spine: Int
    var free: Int
    var other: Int
  }

  /// What is in the log and not in the stored rows.
  struct Lag: Encodable {
    var versions: Int
    var bytes: Int
  }

  var replica: String
  var founder: String
  var format: UInt64
  /// Whether its last writer has not closed it: it has it open now, or has ended without that.
  var isOpen: Bool
  /// Whether a process has it open to be written now; `nil` if this user may not ask.
  var isInUse: Bool?
  /// The id of that process, where it has told it.
  var process: Int32?
  var durability: String
  /// The latest time of what it holds, where its replica's clock goes on; ISO 8601, in UTC.
  var time: String
  /// How many seconds that lies ahead of this machine's clock; 0 where it does not.
  var ahead: UInt64
  /// The time up to which it accepts times of others, whatever the clock shows; `nil` for none.
  var accepts: String?
  var tables: [Table]
  var origins: [Origin]
  /// As of the last checkpoint, or of the store's closing.
  var peers: [Peer]
  var file: File
  /// How many dependencies of applied versions could not be verified by their hashes.
  var unverified: UInt64
  /// What a checkpoint has still to store.
  var lag: Lag

  /// Reads a store.
  init(_ database: StoredDatabase) throws {
    let identity = database.identity
    let log = database.log
    let statistics = try database.reading.statistics()
    let snapshot = try database.snapshot()
    replica = identity.replica.description
    founder = identity.founder.description
    format = statistics.format
    isOpen = statistics.isOpen
    switch database.reading.writer {
    case .nobody: isInUse = false
    case .process(let id): (isInUse, process) = (true, id)
    case .unknown: isInUse = nil
    }
    durability = statistics.durability == .onDisk ? "onDisk" : "survivesProcessCrash"
    let latest = try log.latestTime
    let now = systemClock()
    time = latest.text
    ahead = (latest.milliseconds - min(latest.milliseconds, now.milliseconds)) / 1000
    let accepted = try database.reading.acceptedTime()
    accepts = accepted > .zero ? accepted.text : nil
    let names = Set(database.catalog.description.tables.map(\.name)).union(
      identity.schema.tables.map(\.name))
    let described = database.catalog.description.tables + database.unknownTables
    tables = names.filter { !snapshot.isEmptySystemTable($0) }.sorted().compactMap { name in
      described.first { $0.name == name }.map {
        Table(
          name: name, key: $0.key, value: $0.value, rows: snapshot.rowCount(ofTable: name),
          layouts: $0.layouts)
      }
    }
    let applied = log.state.checkpoint?.vector ?? VersionVector()
    origins = log.heads.sorted { $0.key < $1.key }.map { origin, head in
      Origin(
        replica: origin.description, last: head.sequence,
        truncatedTo: log.truncatedTo[origin]?.sequence ?? 0, applied: applied[origin],
        hash: head.hash.hexadecimal)
    }
    let known = try database.reading.peers()
    let lags = known.lags(behind: log.vector)
    let truncatedTo = VersionVector(log.truncatedTo)
    peers = known.peers.sorted { $0.key < $1.key }.map { id, peer in
      Peer(
        replica: id.description, behind: lags[id] ?? 0,
        getsLog: truncatedTo.isCovered(by: peer.vector), met: peer.lastMet.text)
    }
    file = File(
      size: statistics.size, log: statistics.log, rows: statistics.rows,
      index: statistics.index, spine: statistics.spine, free: statistics.free,
      other: statistics.other)
    unverified = try log.state.unverifiedDependencies()
    lag = Lag(versions: 0, bytes: 0)
    for origin in log.heads.keys {
      let start = max(applied[origin], log.truncatedTo[origin]?.sequence ?? 0)
      try log.scan(origin, after: start) { payload in
        lag.versions += 1
        lag.bytes += payload.byteCount
        return true
      }
    }
  }
}

extension UInt64 {
  /// The number as sixteen hexadecimal digits.
  var hexadecimal: String {
    let digits = String(self, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

// For people.
extension StoreStatus {
  /// Prints everything, in 80 columns where names allow it.
  func print(path: String) {
    Terminal.print(line: "store    \(path)")
    Terminal.print(line: "replica  \(replica)\(replica == founder ? ", the founder" : "")")
    if replica != founder { Terminal.print(line: "founder  \(founder)") }
    Terminal.print(line: "format   \(format)")
    Terminal.print(line: "use      \(use)")
    if durability != "onDisk" {
      Terminal.print(line: "durable  after a process's end, not after the machine's")
    }
    if ahead > 0 {
      Terminal.print(line: "time     \(time), \(ahead) s ahead of this machine's clock")
    }
    if let accepts { Terminal.print(line: "accepts  times of others up to \(accepts)") }
    Terminal.print(line: "")
    printTable(
      ["table", "rows", "key → value"],
      rows: tables.map {
        [
          $0.name, $0.rows.map(String.init) ?? "?",
          "\($0.types)\($0.rows == nil ? ", not known to this program" : "")",
        ]
      })
    Terminal.print(line: "")
    printTable(
      ["origin", "last", "truncated", "applied"],
      rows: origins.map { [$0.replica, "\($0.last)", "\($0.truncatedTo)", "\($0.applied)"] })
    Terminal.print(line: "")
    if !peers.isEmpty {
      printTable(
        ["peer", "behind", "gets", "met"],
        rows: peers.map { [$0.replica, "\($0.behind)", $0.getsLog ? "log" : "rows", $0.met] })
      Terminal.print(line: "")
    }
    let sizes = [
      ("file", file.size), ("log", file.log), ("rows", file.rows), ("index", file.index),
      ("spine", file.spine), ("free", file.free), ("other", file.other),
    ]
    printTable(["", "bytes"], rows: sizes.map { [$0.0, $0.1.grouped] })
    Terminal.print(line: "")
    if unverified > 0 {
      let dependencies =
        unverified == 1 ? "1 dependency was" : "\(unverified) dependencies were"
      Terminal.print(line: "\(dependencies) taken without a hash that verifies it.")
    }
    Terminal.print(
      line: "A checkpoint has \(lag.versions.counted("version")) (\(lag.bytes.grouped) B) to store."
    )
  }

  /// Whether a program has it open, and how the last one left it.
  private var use: String {
    switch (isInUse, isOpen) {
    case (true?, _): "open" + (process.map { ": process \($0) has it" } ?? "")
    case (false?, true): "not closed: its process ended before; merganser verify it"
    case (nil, true): "not closed: open now, or its process ended; this user may not ask"
    case (_, false): "closed"
    }
  }

  /// Prints columns: the first and the fourth or a text to the left, numbers to the right.
  private func printTable(_ header: [String], rows: [[String]]) {
    let widths = header.indices.map { column in
      ([header] + rows).map { $0[column].count }.max() ?? 0
    }
    for row in [header] + rows {
      let cells = row.indices.map { column in
        let isText = column == 0 || header[column].contains("→")
        if isText, column == row.count - 1 { return row[column] }
        return isText
          ? row[column].padded(to: widths[column]) : row[column].aligned(to: widths[column])
      }
      Terminal.print(line: cells.joined(separator: "  "))
    }
  }
}

extension Int {
  /// The number with its digits in groups of three.
  var grouped: String {
    var digits = String(magnitude)
    var groups = [String]()
    while digits.count > 3 {
      groups.insert(String(digits.suffix(3)), at: 0)
      digits.removeLast(3)
    }
    return (self < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
  }
}
