/// A row of a ledger as text, and where it stands.
struct LedgerRow {
  let fields: [String]
  let line: Int
  let path: String

  init(fields: [String], line: Int, path: String) {
    self.fields = fields
    self.line = line
    self.path = path
  }

  /// The error of this row.
  func error(_ reason: String) -> LedgerError {
    .damagedRow(path: path, line: line, reason: reason)
  }

  /// The error of one field.
  func error(_ name: String, place: Int, reason: String) -> LedgerError {
    error("\(name) \"\(fields[place].shortened(to: 40))\", which \(reason)")
  }

  /// A field that is the number of a transaction or an account, as that is written in one way only:
  /// `0010` is not taken for 10, since no two texts are to name one account.
  func number(_ place: Int, name: String) throws(LedgerError) -> UInt64 {
    let text = fields[place]
    let isDigits = text.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
    guard isDigits, !text.isEmpty else {
      throw error(name, place: place, reason: "is no whole number")
    }
    guard let number = UInt64(text) else {
      throw error(name, place: place, reason: "is more than \(UInt64.max)")
    }
    guard text == "\(number)" else {
      throw error(
        name, place: place, reason: "has leading zeros; write \(number), if that is meant")
    }
    return number
  }

  /// A field that is an amount of money with two decimals, in cents.
  func cents(_ place: Int, name: String) throws(LedgerError) -> Int64 {
    let parts = fields[place].utf8.split(
      separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    let digits = parts.reduce(into: [UInt8]()) { $0 += $1 }
    guard parts.count == 2, !parts[0].isEmpty, parts[1].count == 2,
      digits.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 })
    else { throw error(name, place: place, reason: "is no amount with two decimals") }
    var cents: Int64 = 0
    for digit in digits {
      let (tens, overflowed) = cents.multipliedReportingOverflow(by: 10)
      let (sum, overflowedAgain) = tens.addingReportingOverflow(Int64(digit - UInt8(ascii: "0")))
      if overflowed || overflowedAgain {
        throw error(name, place: place, reason: "is more than 64 bits of cents hold")
      }
      cents = sum
    }
    return cents
  }
}
