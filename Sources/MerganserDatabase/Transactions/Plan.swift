import CXXHash

/// How each declared transaction of a schema runs so that its invariants hold everywhere: made by an
/// analysis, committed as a file beside the code, and asked when a database is opened.
///
/// The file is text, one transaction a line in the order of names, with tabs between fields. Where a
/// transaction is refused, the history that was seen to go wrong follows:
///
/// ```
/// merganser plan 1
/// schema 5f0c21d07a3e9b14
/// deposit	local
/// give away	refused	no balance below 0
/// 	| no balance below 0
/// 	|   is broken by give away
/// 	…
/// withdraw	ordered	no balance below 0
/// ```
public struct Plan: Hashable, Sendable {
  /// How a transaction runs.
  public enum Way: Hashable, Sendable {
    /// At any replica, without coordination.
    case local
    /// At any replica, within the rights that it holds.
    case escrow
    /// At any replica; what refers to a deleted row goes with it.
    case cascade
    /// At the owner of the value of one argument.
    case owned(argument: Int)
    /// In one order with the others that are ordered.
    case ordered
    /// Not at all, unless it is tentative: nothing is known that makes it safe.
    case refused
  }

  /// What is planned for one transaction.
  public struct Entry: Hashable, Sendable {
    /// How it runs.
    public var way: Way
    /// The invariants that it keeps by running so, and that no rule says it keeps anyhow; or, where it
    /// is refused, those that it can break.
    public var invariants: [String]
    /// The history that was seen to go wrong, where it is refused.
    public var counterexample: String?

    /// The entry with the given parts.
    public init(way: Way, invariants: [String], counterexample: String? = nil) {
      self.way = way
      self.invariants = invariants
      self.counterexample = counterexample
    }
  }

  /// The schema that the plan is for.
  public var fingerprint: UInt64
  /// By transaction.
  public var entries: [String: Entry]

  /// The plan with the given entries.
  public init(fingerprint: UInt64, entries: [String: Entry]) {
    self.fingerprint = fingerprint
    self.entries = entries
  }

  /// Says how a declared transaction runs; nothing is searched.
  ///
  /// - Parameters:
  ///   - transaction: its name.
  ///   - catalog: the schema that is opened.
  ///   - isTentative: whether the code says that it is to run tentatively: on this replica's own state,
  ///     at the risk that a merge breaks an invariant.
  /// - Returns: how it runs.
  /// - Throws: ``PlanError``, if the schema must not be opened with this transaction.
  public func admit(
    _ transaction: String, to catalog: Catalog, isTentative: Bool = false
  ) throws(PlanError) -> Way {
    guard fingerprint == catalog.fingerprint else {
      throw .otherSchema(expected: catalog.fingerprint, found: fingerprint)
    }
    guard let entry = entries[transaction] else { throw .undecided(transaction) }
    if entry.way == .refused, !isTentative {
      throw .refused(
        transaction, invariants: entry.invariants, counterexample: entry.counterexample)
    }
    return entry.way
  }

  /// A number that tells apart plans under which transactions run differently: replicas that meet must
  /// have the same.
  package var digest: UInt64 {
    var same = self
    for name in same.entries.keys { same.entries[name]?.counterexample = nil }
    return Array(same.description.utf8).withUnsafeBytes { XXH3_64bits($0.baseAddress, $0.count) }
  }
}

extension Plan: CustomStringConvertible {
  private static let header = "merganser plan 1"
  private static let margin = "\t| "

  /// The plan's file.
  public var description: String {
    var lines = [Self.header, "schema \(String(fingerprint, radix: 16))"]
    for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
      let fields = [Self.escaped(name), entry.way.description]
      lines.append((fields + entry.invariants.map(Self.escaped)).joined(separator: "\t"))
      for line in entry.counterexample?.split(separator: "\n", omittingEmptySubsequences: false)
        ?? []
      {
        lines.append(Self.margin + line)
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Reads a plan's file.
  ///
  /// - Throws: ``PlanError/malformed(line:)``.
  public init(parsing text: String) throws(PlanError) {
    var lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    while lines.last?.isEmpty == true { lines.removeLast() }
    guard lines.first == Self.header[...] else { throw .malformed(line: 1) }
    guard lines.count > 1, lines[1].hasPrefix("schema "),
      let fingerprint = UInt64(lines[1].dropFirst(7), radix: 16)
    else { throw .malformed(line: 2) }
    var entries: [String: Entry] = [:]
    var last: String?
    for (number, line) in lines.enumerated().dropFirst(2) {
      if let last, line.hasPrefix(Self.margin), entries[last]?.way == .refused {
        let rest = String(line.dropFirst(Self.margin.count))
        let before = entries[last]?.counterexample.map { $0 + "\n" } ?? ""
        entries[last]?.counterexample = before + rest
        continue
      }
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map {
        Self.unescaped($0)
      }
      guard fields.count >= 2, !fields[0].isEmpty, let way = Way(fields[1]),
        entries[fields[0]] == nil
      else { throw .malformed(line: number + 1) }
      entries[fields[0]] = Entry(way: way, invariants: Array(fields.dropFirst(2)))
      last = fields[0]
    }
    self.init(fingerprint: fingerprint, entries: entries)
  }

  /// A name as it stands in a field.
  private static func escaped(_ name: String) -> String {
    var field = ""
    for scalar in name.unicodeScalars {
      switch scalar {
      case "\\": field += "\\\\"
      case "\t": field += "\\t"
      case "\n": field += "\\n"
      case "\r": field += "\\r"
      default: field.unicodeScalars.append(scalar)
      }
    }
    return field
  }

  private static func unescaped(_ field: Substring) -> String {
    var name = ""
    var isEscape = false
    for character in field {
      switch (isEscape, character) {
      case (false, "\\"): isEscape = true
      case (false, _): name.append(character)
      case (true, _):
        name.append(["t": "\t", "n": "\n", "r": "\r"][character] ?? character)
        isEscape = false
      }
    }
    return name
  }
}

extension Plan.Way: LosslessStringConvertible {
  private static let names: [(String, Plan.Way)] = [
    ("local", .local), ("escrow", .escrow), ("cascade", .cascade), ("ordered", .ordered),
    ("refused", .refused),
  ]
  private static let owned = "owned by argument "

  /// As a person reads it.
  public var description: String {
    if case .owned(let argument) = self { return "\(Self.owned)\(argument + 1)" }
    return Self.names.first { $0.1 == self }?.0 ?? ""
  }

  /// Reads what ``description`` gives.
  public init?(_ description: String) {
    if let named = Self.names.first(where: { $0.0 == description }) {
      self = named.1
    } else if description.hasPrefix(Self.owned),
      let number = Int(description.dropFirst(Self.owned.count)), number > 0
    {
      self = .owned(argument: number - 1)
    } else {
      return nil
    }
  }
}
