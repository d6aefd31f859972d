import MerganserTypes

// The plan's file. It is read scalar by scalar: a combining mark in front of a name or a line would else be
// one character with the tab or the margin before it.
extension Plan: CustomStringConvertible {
  fileprivate typealias Scalars = String.UnicodeScalarView.SubSequence

  private static let header = "merganser plan "
  private static let format = "2"
  private static let schema = "schema "
  private static let start = "start "
  private static let sample = "sample"
  private static let margin = "\t| "

  /// The plan's file.
  public var description: String {
    var lines = [Self.header + Self.format, Self.schema + String(fingerprint, radix: 16)]
    if let searched {
      lines.append(Self.start + String(searched.start, radix: 16))
      let numbers = searched.sample.map { String($0, radix: 16) }
      lines.append(([Self.sample] + numbers).joined(separator: " "))
    }
    for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
      lines.append(
        [Self.escaped(name), "\(entry.way)", "\(entry.basis)"].joined(separator: "\t"))
      lines += Self.details(of: entry)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The lines below an entry's own.
  private static func details(of entry: Entry) -> [String] {
    var lines: [String] = []
    func append(_ detail: Detail, of fields: [String]) {
      lines.append("\t" + ([detail.rawValue] + fields).joined(separator: "\t"))
    }
    if !entry.invariants.isEmpty { append(.keeps, of: entry.invariants.map(escaped)) }
    if !entry.writes.isEmpty {
      let sorted = entry.writes.sorted {
        ($0.table, $0.kind.rawValue) < ($1.table, $1.kind.rawValue)
      }
      append(.writes, of: sorted.map { "\($0.kind.rawValue) \(escaped($0.table))" })
    }
    if !entry.reads.isEmpty { append(.reads, of: entry.reads.sorted().map(escaped)) }
    for arguments in entry.arguments.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      append(.arguments, of: arguments.map(escaped))
    }
    guard let text = entry.reason else { return lines }
    for line in text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false) {
      lines.append(margin + (line.isEmpty ? "" : escaped(String(line))))
    }
    return lines
  }

  /// What a line below an entry's own tells.
  fileprivate enum Detail: String {
    case keeps, writes, reads, arguments
  }

  /// Reads a plan's file: what ``description`` gives, also with line ends of Windows.
  ///
  /// - Throws: ``PlanError/malformed(line:)``; ``PlanError/otherFormat(_:)``, of what another version of the program
  ///   made.
  public init(parsing text: String) throws(PlanError) {
    var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.last == "\r" ? $0.dropLast() : $0 }
    while lines.last?.isEmpty == true { lines.removeLast() }
    guard let found = lines.first?.removing(Self.header) else { throw .malformed(line: 1) }
    guard found.elementsEqual(Self.format.unicodeScalars) else {
      guard let number = Int(String(found)) else { throw .malformed(line: 1) }
      throw .otherFormat(number)
    }
    guard lines.count > 1, let digits = lines[1].removing(Self.schema),
      let fingerprint = UInt64(String(digits), radix: 16)
    else { throw .malformed(line: 2) }
    self.init(fingerprint: fingerprint, entries: [:])
    var first = 2
    if lines.count > 2, !lines[2].contains("\t") {
      searched = try Searched(lines[2...].prefix(2))
      first = 4
    }
    var last: String?
    for (number, line) in lines.enumerated().dropFirst(first) {
      let isRead =
        if let last, line.first == "\t" {
          entries[last]?.read(line, margin: Self.margin) ?? false
        } else {
          readEntry(line, last: &last)
        }
      if !isRead { throw .malformed(line: number + 1) }
    }
  }

  /// Reads an entry's own line; false if it is none.
  private mutating func readEntry(_ line: Scalars, last: inout String?) -> Bool {
    let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
    guard fields.count == 3, !fields[0].isEmpty, let way = Way(String(fields[1])),
      let basis = Basis(String(fields[2])), basis == .theorems || searched != nil
    else { return false }
    let name = Self.unescaped(fields[0])
    guard entries[name] == nil else { return false }
    entries[name] = Entry(way: way, basis: basis, invariants: [])
    last = name
    return true
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

  fileprivate static func unescaped(_ field: Scalars) -> String {
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

extension Plan.Entry {
  /// Reads a line below the entry's own; false if it is none, or tells again what was told.
  fileprivate mutating func read(
    _ line: String.UnicodeScalarView.SubSequence, margin: String
  ) -> Bool {
    if let rest = line.removing(margin) {
      reason = (reason.map { $0 + "\n" } ?? "") + Plan.unescaped(rest)
      return true
    }
    // What a person is shown comes last.
    guard reason == nil else { return false }
    let parts = line.dropFirst().split(separator: "\t", omittingEmptySubsequences: false)
    guard let first = parts.first, let detail = Plan.Detail(rawValue: String(first)) else {
      return false
    }
    let fields = parts.dropFirst()
    switch detail {
    case .keeps:
      guard invariants.isEmpty, !fields.isEmpty else { return false }
      invariants = fields.map(Plan.unescaped)
    case .writes:
      guard writes.isEmpty, !fields.isEmpty else { return false }
      for field in fields {
        guard let space = field.firstIndex(of: " "),
          let kind = WriteKind(rawValue: String(field[..<space]))
        else { return false }
        writes.insert(Effect(kind, in: Plan.unescaped(field[space...].dropFirst())))
      }
    case .reads:
      guard reads.isEmpty, !fields.isEmpty else { return false }
      reads = Set(fields.map(Plan.unescaped))
    case .arguments:
      return arguments.insert(fields.map(Plan.unescaped)).inserted
    }
    return true
  }
}

extension Plan.Searched {
  /// Reads the two lines of a search, which begin at the third of a plan.
  fileprivate init(_ lines: ArraySlice<String.UnicodeScalarView.SubSequence>) throws(PlanError) {
    let lines = lines.map { String($0).split(separator: " ", omittingEmptySubsequences: false) }
    guard lines[0].count == 2, lines[0][0] == "start", let start = UInt64(lines[0][1], radix: 16)
    else { throw .malformed(line: 3) }
    guard lines.count > 1, lines[1][0] == "sample" else { throw .malformed(line: 4) }
    var sample: [UInt64] = []
    for digits in lines[1].dropFirst() {
      guard let number = UInt64(digits, radix: 16) else { throw .malformed(line: 4) }
      sample.append(number)
    }
    self.init(start: start, sample: sample)
  }
}

extension Plan.Basis: CustomStringConvertible {
  /// As a plan's file has it.
  public var description: String {
    switch self {
    case .theorems: "by theorems"
    case .search(nil): "by search of any number of replicas"
    case .search(let replicas?): "by search of \(replicas) replicas"
    }
  }

  /// What a plan's file says; `nil` for anything else.
  fileprivate init?(_ text: String) {
    if text == "\(Self.theorems)" {
      self = .theorems
    } else if text == "\(Self.search(replicas: nil))" {
      self = .search(replicas: nil)
    } else {
      let words = text.split(separator: " ")
      guard words.count == 5, let replicas = Int(words[3]), replicas > 0 else { return nil }
      self = .search(replicas: replicas)
      if "\(self)" != text { return nil }
    }
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
