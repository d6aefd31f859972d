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
    /// The line on which it begins.
    var line: Int

    fileprivate func saysTheSame(as other: Entry) -> Bool {
      account == other.account && cents == other.cents
    }
  }

  /// The file's name, for messages.
  let path: String

  /// The transactions; of rows that say the same twice, the first.
  private(set) var entries: [Entry] = []
  /// How many rows said the same as an earlier one.
  private(set) var repeatedRows = 0

  /// How many bytes a ledger may have.
  private static let limit = 2 << 30

  /// Reads a ledger: records of fields under a header that names the columns.
  ///
  /// Of these `trans_id`, `account_id`, `type` and `amount` are read, wherever they stand. Standard input
  /// is read where `path` is `-`.
  init(contentsOf path: String) throws {
    try self.init(UserFile.read(path, limit: Self.limit), path: UserFile.name(path))
  }

  /// Reads a ledger from its bytes; `path` is for messages.
  init(_ bytes: [UInt8], path: String) throws(LedgerError) {
    self.path = path
    var records = SeparatedValues(bytes, path: path)
    guard let header = try records.next() else { throw .empty(path: path) }
    let columns = try Columns(header: header)
    var seen: [UInt64: Entry] = [:]
    var turnovers: [UInt64: Turnover] = [:]
    while let row = try records.next() {
      let entry = try columns.entry(of: row)
      if let earlier = seen.updateValue(entry, forKey: entry.transaction) {
        guard earlier.saysTheSame(as: entry) else {
          throw row.error(
            "transaction \(entry.transaction) stands on line \(earlier.line) with other contents")
        }
        repeatedRows += 1
      } else {
        entries.append(entry)
        guard turnovers[entry.account, default: Turnover()].add(entry.cents) else {
          throw error(of: entry, reason: "with those above it is more than 64 bits of cents hold")
        }
      }
    }
  }

  /// The error of one transaction: its line, account and amount, and what is wrong.
  func error(of entry: Entry, reason: String) -> LedgerError {
    .damagedRow(
      path: path, line: entry.line,
      reason: "account \(entry.account), amount \(money(entry.cents)): \(reason)")
  }

  /// What went into an account and out of it, each of which its counter keeps.
  private struct Turnover {
    private var (credits, debits) = (Int64(0), Int64(0))

    /// Counts an amount; false if that is more than a counter holds.
    mutating func add(_ cents: Int64) -> Bool {
      let overflowed: Bool
      if cents < 0 {
        (debits, overflowed) = debits.subtractingReportingOverflow(cents)
      } else {
        (credits, overflowed) = credits.addingReportingOverflow(cents)
      }
      return !overflowed
    }
  }

  /// Where the columns that matter stand.
  private struct Columns {
    let (transaction, account, type, amount): (Int, Int, Int, Int)
    let count: Int

    init(header: LedgerRow) throws(LedgerError) {
      // Of a file whose lines end in another way, all would be the header, and nothing be done.
      if let place = header.fields.firstIndex(where: { $0.contains(where: \.isNewline) }) {
        throw header.error("field \(place + 1): a line ends in it, where a column is named")
      }
      func place(_ name: String) throws(LedgerError) -> Int {
        guard let place = header.fields.firstIndex(of: name) else {
          throw header.error(
            """
            the header has no column \(name); it names \
            \(header.fields.joined(separator: ", ").shortened(to: 200))
            """)
        }
        guard header.fields.lastIndex(of: name) == place else {
          throw header.error("the header names the column \(name) twice; name it once")
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
      let cents = try row.cents(amount, name: "amount")
      let sign: Int64
      switch row.fields[type] {
      case "PRIJEM": sign = 1
      case "VYDAJ", "VYBER": sign = -1
      default:
        throw row.error("type", place: type, reason: "is none of PRIJEM, VYDAJ and VYBER")
      }
      return Entry(
        transaction: try row.number(transaction, name: "trans_id"),
        account: try row.number(account, name: "account_id"), cents: sign * cents, line: row.line)
    }
  }
}

/// What is wrong with a ledger, and where.
enum LedgerError: Error, Equatable {
  case empty(path: String)
  case damagedRow(path: String, line: Int, reason: String)
}

extension LedgerError: CustomStringConvertible {
  var description: String {
    switch self {
    case .empty(let path): "\(path) is empty: expected a header and rows"
    case .damagedRow(let path, let line, let reason): "\(path):\(line): \(reason)"
    }
  }
}
