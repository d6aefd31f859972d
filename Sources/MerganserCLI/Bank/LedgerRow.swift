/// A row of a ledger as text, and where it stands.
struct LedgerRow {
  let fields: [String]
  let line: Int
  let path: String

  init(fields: [String], _ line: Int, _ path: String) {
    self.fields = fields
    self.line = line
    self.path = path
  }

  /// The error of this row.
  func error(_ reason: String) -> LedgerError {
    .damagedRow(path: path, line: line, reason: reason)
  }

  /// A field that is a number of a transaction or an account.
  func number(_ place: Int, _ name: String) throws(LedgerError) -> UInt64 {
    guard fields[place].utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }),
      let number = UInt64(fields[place])
    else { throw error("\(name) \"\(fields[place])\", which is no whole number") }
    return number
  }

  /// A field that is an amount of money with two decimals, in cents.
  func cents(_ place: Int, _ name: String) throws(LedgerError) -> Int64 {
    let parts = fields[place].utf8.split(
      separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    let digits = parts.reduce(into: [UInt8]()) { $0 += $1 }
    guard parts.count == 2, !parts[0].isEmpty, parts[1].count == 2,
      digits.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 })
    else { throw error("\(name) \"\(fields[place])\", which is no amount with two decimals") }
    var cents: Int64 = 0
    for digit in digits {
      let (tens, overflowed) = cents.multipliedReportingOverflow(by: 10)
      let (sum, overflowedAgain) = tens.addingReportingOverflow(Int64(digit - UInt8(ascii: "0")))
      if overflowed || overflowedAgain {
        throw error("\(name) \"\(fields[place])\", which is more than 64 bits of cents hold")
      }
      cents = sum
    }
    return cents
  }

  /// The fields of a line; a field in quotes may hold semicolons, and two quotes for one.
  static func split(
    _ line: ArraySlice<UInt8>, at number: Int, _ path: String
  ) throws(LedgerError) -> [String] {
    let (quote, semicolon) = (UInt8(ascii: "\""), UInt8(ascii: ";"))
    var fields: [String] = []
    var field: [UInt8] = []
    var isQuoted = false
    var index = line.startIndex
    func close() throws(LedgerError) {
      guard let text = String(validating: field, as: UTF8.self) else {
        throw .damagedRow(
          path: path, line: number, reason: "field \(fields.count + 1) is not UTF-8")
      }
      fields.append(text)
      field = []
    }
    while index < line.endIndex {
      let byte = line[index]
      index += 1
      switch (byte, isQuoted) {
      case (quote, true):
        if index < line.endIndex, line[index] == quote {
          field.append(quote)
          index += 1
        } else {
          isQuoted = false
        }
      case (quote, false) where field.isEmpty: isQuoted = true
      case (semicolon, false): try close()
      default: field.append(byte)
      }
    }
    if isQuoted {
      throw .damagedRow(path: path, line: number, reason: "a quote is opened and never closed")
    }
    try close()
    return fields
  }
}
