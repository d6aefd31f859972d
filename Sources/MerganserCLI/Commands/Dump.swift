import ArgumentParser
import Foundation
import Merganser
import MerganserDatabase

/// `merganser dump`.
struct Dump: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dump",
    abstract: "Print all rows of a store as JSON, one on a line.",
    discussion: """
      Every row of every table, with its table, key and value; with --versions, every version that the \
      log has instead, with the bytes of what it wrote in hexadecimal. What is printed shows one \
      moment of the store, which may be in use, and no more than a row is in memory. A row that cannot \
      be read is printed as such, and a table of a type that does not come with Merganser is named and left \
      out; the exit status is 1 then.

      Example:
        merganser dump bank/branch-1 > rows.jsonl
      """)

  @Argument(help: "The store's folder.", completion: .directory)
  var store: String

  @Flag(help: "Print the versions of the log, and not the rows.")
  var versions = false

  func run() throws {
    let database = try StoredDatabase(at: store)
    if versions {
      var merge = try CausalMerge(database.log, beyond: VersionVector(database.log.truncatedTo))
      var reached = VersionVector(database.log.truncatedTo)
      while let version = try merge.next(after: reached)?.stored {
        reached[version.origin] = version.sequences.upperBound
        try JSONOutput.print(try VersionRecord(version), onOneLine: true)
      }
      if let stuck = merge.stuck {
        throw Failure(
          "version \(stuck) depends on one that is not in the log; see merganser verify")
      }
    } else {
      let snapshot = try database.snapshot()
      var unreadable = UnreadableRows()
      for table in database.catalog.description.tables {
        try snapshot.forEachReadableRow(ofTable: table.name) { key, value in
          unreadable.note(value, table: table.name, key: key)
          try JSONOutput.print(
            RowRecord(table: table.name, key: key, value: value), onOneLine: true)
          return true
        }
      }
      let unknown = database.unknownTables.map {
        "table \($0.name), which holds \($0.unknownTypes)"
      }
      if unknown.isEmpty { return try unreadable.fail(of: store) }
      Terminal.note(
        "not dumped: \(unknown.joined(separator: "; ")); the program that has the types can read that"
      )
      try unreadable.fail(of: store)
      throw ExitCode.failure
    }
  }
}

/// A row as `merganser dump` gives it.
private struct RowRecord: Encodable {
  var table: String
  var key: String
  var value: ReadableValue
}

/// A version as `merganser dump` gives it.
private struct VersionRecord: Encodable {
  struct Write: Encodable {
    var table: String
    /// The key and the delta, in hexadecimal.
    var key: String
    var delta: String
  }

  var origin: String
  var firstSequence: UInt64
  var lastSequence: UInt64
  /// Milliseconds since 1970.
  var time: UInt64
  var dependencies: [String: UInt64]
  var previousHash: String
  var hash: String
  var request: String?
  var writes: [Write]

  init(_ stored: StoredVersion) throws {
    let version: Version
    do { version = try stored.decoded() } catch {
      throw StorageError.damaged(
        place: "version \(Dot(stored.origin, sequence: stored.sequences.lowerBound))",
        reason: "\(error)")
    }
    origin = stored.origin.description
    firstSequence = stored.sequences.lowerBound
    lastSequence = stored.sequences.upperBound
    time = version.time.milliseconds
    dependencies = Dictionary(
      uniqueKeysWithValues: version.dependencies.map { ($0.0.description, $0.1) })
    previousHash = stored.previousHash.hexadecimal
    hash = stored.hash.hexadecimal
    request = version.request.map { "\($0)" }
    writes = version.writes.map {
      Write(table: $0.table, key: $0.key.hexadecimal, delta: $0.delta.hexadecimal)
    }
  }
}

extension ArraySlice<UInt8> {
  /// The bytes as two hexadecimal digits each.
  fileprivate var hexadecimal: String {
    let digits = Array<UInt8>("0123456789abcdef".utf8)
    return String(unsafeUninitializedCapacity: count * 2) { buffer in
      for (place, byte) in enumerated() {
        buffer[place * 2] = digits[Int(byte >> 4)]
        buffer[place * 2 + 1] = digits[Int(byte & 15)]
      }
      return count * 2
    }
  }
}
