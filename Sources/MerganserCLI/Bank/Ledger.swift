import Foundation

/// A bank's transactions, in the order of their file.
struct Ledger: Sendable {
  /// One transaction.
  struct Entry: Sendable, Hashable {
    /// The transaction's number, by which it counts once.
    var transaction: UInt64
    /// The account that it changes.
    var account: UInt64
    /// By how many cents: up, or down if negative.
    var cents: Int64
  }

  /// The transactions; of rows that say the same twice, the first.
  private(set) var entries: [Entry] = []
  /// How many rows said the same as an earlier one.
  private(set) var repeatedRows = 0

  /// Reads a ledger: fields between semicolons, quoted or not, under a header that names the columns.
  ///
  /// Of these `trans_id`, `account_id`, `type` and `amount` are read, wherever they stand.
  init(contentsOf path: String) throws {
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    } catch {
      throw LedgerError.unreadable(path: path, reason: error.localizedDescription)
    }
    try self.init(Array(data), path: path)
  }

  /// Reads a ledger from its bytes; `path` is for messages.
  init(_ bytes: [UInt8], path: String) throws(LedgerError) {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    var rest = bytes.starts(with: mark) ? bytes.dropFirst(mark.count) : bytes[...]
    var columns: Columns?
    var seen: [UInt64: Entry] = [:]
    var number = 0
    while !rest.isEmpty {
      number += 1
      let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
      var line = rest[rest.startIndex..<end]
      rest = rest[min(end + 1, rest.endIndex)...]
      if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
      if line.isEmpty { continue }
      let row = LedgerRow(fields: try LedgerRow.split(line, at: number, path), number, path)
      guard let columns else {
        columns = try Columns(header: row)
        continue
      }
      let entry = try columns.entry(of: row)
      if let earlier = seen.updateValue(entry, forKey: entry.transaction) {
        guard earlier == entry else {
          throw row.error("transaction \(entry.transaction) stands above with other contents")
        }
        repeatedRows += 1
      } else {
        entries.append(entry)
      }
    }
    if columns == nil { throw .empty(path: path) }
  }

  /// Where the columns that matter stand.
  private struct Columns {
    let (transaction, account, type, amount): (Int, Int, Int, Int)
    let count: Int

    init(header: LedgerRow) throws(LedgerError) {
      func place(_ name: String) throws(LedgerError) -> Int {
        guard let place = header.fields.firstIndex(of: name) else {
          throw .missingColumn(path: header.path, name: name, found: header.fields)
        }
        return place
      }
      transaction = try place("trans_id")
      account = try place("account_id")
      type = try place("type")
      amount = try place("amount")
      count = header.fields.count
    }

    func entry(of row: LedgerRow) throws(LedgerError) -> Entry {
      guard row.fields.count == count else {
        throw row.error("\(row.fields.count) fields, where the header names \(count)")
      }
      let cents = try row.cents(amount, "amount")
      let sign: Int64
      switch row.fields[type] {
      case "PRIJEM": sign = 1
      case "VYDAJ", "VYBER": sign = -1
      default:
        throw row.error("type \"\(row.fields[type])\", which is none of PRIJEM, VYDAJ and VYBER")
      }
      return Entry(
        transaction: try row.number(transaction, "trans_id"),
        account: try row.number(account, "account_id"), cents: sign * cents)
    }
  }
}

/// What is wrong with a ledger, and where.
enum LedgerError: Error, Equatable {
  case unreadable(path: String, reason: String)
  case empty(path: String)
  case missingColumn(path: String, name: String, found: [String])
  case damagedRow(path: String, line: Int, reason: String)
}

extension LedgerError: CustomStringConvertible {
  var description: String {
    switch self {
    case .unreadable(let path, let reason): "cannot read the ledger \(path): \(reason)"
    case .empty(let path): "\(path) is empty: expected a header and rows"
    case .missingColumn(let path, let name, let found):
      "\(path):1: the header has no column \(name); it names \(found.joined(separator: ", "))"
    case .damagedRow(let path, let line, let reason): "\(path):\(line): \(reason)"
    }
  }
}
