/// Reads records of separated values as RFC 4180 describes them.
///
/// Fields may stand in quotes, and hold separators, line ends and doubled quotes then. A line ends with
/// CR LF, LF or CR. The separator is the semicolon, or the comma where the first line has no
/// semicolon. Everything else is refused with its line and field: a quote inside a field without
/// quotes, text behind a closing quote, a quote that is never closed, a control character other than
/// a tab, and what is not UTF-8.
struct SeparatedValues {
  private let bytes: ArraySlice<UInt8>
  private let path: String
  private let separator: UInt8
  private var index: Int
  private var line = 1

  private static let quote = UInt8(ascii: "\"")
  private static let (lf, cr) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))

  /// A reader of the bytes of a file; `path` is for messages.
  init(_ bytes: [UInt8], path: String) {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    self.bytes = bytes.starts(with: mark) ? bytes.dropFirst(mark.count) : bytes[...]
    self.path = path
    separator = Self.separator(in: self.bytes)
    index = self.bytes.startIndex
  }

  /// The next record; `nil` at the end.
  ///
  /// Empty lines are passed over.
  mutating func next() throws(LedgerError) -> LedgerRow? {
    while endLine() {}
    guard index < bytes.endIndex else { return nil }
    let first = line
    var fields: [String] = []
    while true {
      fields.append(try field(fields.count + 1))
      guard index < bytes.endIndex, bytes[index] == separator else { break }
      index += 1
    }
    _ = endLine()
    return LedgerRow(fields: fields, line: first, path: path)
  }

  /// Passes over a line end, if one is next.
  private mutating func endLine() -> Bool {
    guard index < bytes.endIndex, bytes[index] == Self.lf || bytes[index] == Self.cr else {
      return false
    }
    let isPair =
      bytes[index] == Self.cr && index + 1 < bytes.endIndex && bytes[index + 1] == Self.lf
    index += isPair ? 2 : 1
    line += 1
    return true
  }

  private mutating func field(_ number: Int) throws(LedgerError) -> String {
    let first = line
    func error(_ reason: String) -> LedgerError {
      .damagedRow(path: path, line: first, reason: "field \(number): \(reason)")
    }
    var field: [UInt8] = []
    if index < bytes.endIndex, bytes[index] == Self.quote {
      guard readQuoted(into: &field) else { throw error("a quote is opened and never closed") }
      guard isAtFieldEnd else { throw error("something stands behind its closing quote") }
    } else {
      while !isAtFieldEnd {
        guard bytes[index] != Self.quote else {
          throw error("a quote stands in it, and it does not begin with one")
        }
        field.append(bytes[index])
        index += 1
      }
    }
    if let control = field.first(where: Self.isControl) {
      throw error("it has the control character \(Unicode.Scalar(control).escaped(asASCII: true))")
    }
    guard let text = String(validating: field, as: UTF8.self) else {
      throw error("it is not UTF-8")
    }
    return text
  }

  /// Reads what stands in quotes, with its quotes; false if it does not end.
  private mutating func readQuoted(into field: inout [UInt8]) -> Bool {
    index += 1
    while index < bytes.endIndex {
      let byte = bytes[index]
      if byte != Self.quote {
        let start = index
        if !endLine() { index += 1 }
        field += bytes[start..<index]
      } else if index + 1 < bytes.endIndex, bytes[index + 1] == Self.quote {
        field.append(Self.quote)
        index += 2
      } else {
        index += 1
        return true
      }
    }
    return false
  }

  private var isAtFieldEnd: Bool {
    guard index < bytes.endIndex else { return true }
    let byte = bytes[index]
    return byte == separator || byte == Self.lf || byte == Self.cr
  }

  /// Whether a byte is a control character that no field may have.
  private static func isControl(_ byte: UInt8) -> Bool {
    (byte < 0x20 && byte != UInt8(ascii: "\t") && byte != lf && byte != cr) || byte == 0x7F
  }

  private static func separator(in bytes: ArraySlice<UInt8>) -> UInt8 {
    let semicolon = UInt8(ascii: ";")
    let comma = UInt8(ascii: ",")
    var isQuoted = false
    for byte in bytes.drop(while: { $0 == lf || $0 == cr }) {
      switch byte {
      case quote: isQuoted.toggle()
      case semicolon where !isQuoted: return semicolon
      case lf where !isQuoted, cr where !isQuoted: return comma
      default: break
      }
    }
    return comma
  }
}
