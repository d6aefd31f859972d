import MerganserTypes

// The plan's file. It is read scalar by scalar: a combining mark in front of a name or a line would else be
// one character with the tab or the margin before it.
extension Plan: CustomStringConvertible {
  private typealias Scalars = String.UnicodeScalarView.SubSequence

  private static let header = "merganser plan 1"
  private static let schema = "schema "
  private static let margin = "\t| "

  /// The plan's file.
  public var description: String {
    var lines = [Self.header, Self.schema + String(fingerprint, radix: 16)]
    for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
      let fields = [Self.escaped(name), entry.way.description]
      lines.append((fields + entry.invariants.map(Self.escaped)).joined(separator: "\t"))
      guard let text = entry.counterexample else { continue }
      for line in text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false) {
        lines.append(Self.margin + (line.isEmpty ? "" : Self.escaped(String(line))))
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Reads a plan's file: what ``description`` gives, also with line ends of Windows.
  ///
  /// - Throws: ``PlanError/malformed(line:)``.
  public init(parsing text: String) throws(PlanError) {
    var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.last == "\r" ? $0.dropLast() : $0 }
    while lines.last?.isEmpty == true { lines.removeLast() }
    guard let first = lines.first, first.elementsEqual(Self.header.unicodeScalars) else {
      throw .malformed(line: 1)
    }
    guard lines.count > 1, let digits = lines[1].removing(Self.schema),
      let fingerprint = UInt64(String(digits), radix: 16)
    else { throw .malformed(line: 2) }
    var entries: [String: Entry] = [:]
    var last: String?
    for (number, line) in lines.enumerated().dropFirst(2) {
      if let last, let rest = line.removing(Self.margin) {
        let before = entries[last]?.counterexample.map { $0 + "\n" } ?? ""
        entries[last]?.counterexample = before + Self.unescaped(rest)
        continue
      }
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard fields.count >= 2, !fields[0].isEmpty, let way = Way(String(fields[1])) else {
        throw .malformed(line: number + 1)
      }
      let name = Self.unescaped(fields[0])
      guard entries[name] == nil else { throw .malformed(line: number + 1) }
      entries[name] = Entry(way: way, invariants: fields.dropFirst(2).map(Self.unescaped))
      last = name
    }
    self.init(fingerprint: fingerprint, entries: entries)
  }

  /// What stands behind a backslash for what cannot stand in a field; `e` for that nothing is in it.
  private static let escapes: [(Unicode.Scalar, Unicode.Scalar)] = [
    ("\\", "\\"), ("\t", "t"), ("\n", "n"), ("\r", "r"),
  ]
  private static let nothing: Unicode.Scalar = "e"

  /// A name as it stands in a field, the same for all spellings of it.
  private static func escaped(_ name: String) -> String {
    if name.isEmpty { return "\\\(nothing)" }
    var field = String.UnicodeScalarView()
    for scalar in name.normalized.unicodeScalars {
      if let (_, escape) = escapes.first(where: { $0.0 == scalar }) {
        field.append("\\")
        field.append(escape)
      } else {
        field.append(scalar)
      }
    }
    return String(field)
  }

  private static func unescaped(_ field: Scalars) -> String {
    var name = String.UnicodeScalarView()
    var isEscape = false
    for scalar in field {
      if !isEscape, scalar == "\\" {
        isEscape = true
        continue
      }
      if !isEscape {
        name.append(scalar)
      } else if scalar != nothing {
        name.append(escapes.first { $0.1 == scalar }?.0 ?? scalar)
      }
      isEscape = false
    }
    return String(name)
  }
}

extension String.UnicodeScalarView.SubSequence {
  /// What follows `prefix`; `nil` if this does not begin with it.
  fileprivate func removing(_ prefix: String) -> Self? {
    starts(with: prefix.unicodeScalars) ? dropFirst(prefix.unicodeScalars.count) : nil
  }
}

extension Plan.Way: LosslessStringConvertible {
  private static let names: [(String, Plan.Way)] = [
    ("local", .local), ("escrow", .escrow), ("cascade", .cascade), ("ordered", .ordered),
    ("refused", .refused),
  ]
  private static let owned = "owned by argument "

  /// As a person reads it: arguments are counted from 1.
  public var description: String {
    if case .owned(let argument) = self { return "\(Self.owned)\(Int128(argument) + 1)" }
    return Self.names.first { $0.1 == self }?.0 ?? ""
  }

  /// Reads what ``description`` gives for an argument that there can be.
  public init?(_ description: String) {
    if let named = Self.names.first(where: { $0.0 == description }) {
      self = named.1
    } else if description.hasPrefix(Self.owned),
      let number = Int128(description.dropFirst(Self.owned.count)), number > 0,
      let argument = Int(exactly: number - 1)
    {
      self = .owned(argument: argument)
    } else {
      return nil
    }
  }
}
