public import MerganserDatabase

/// How each declared transaction of a schema runs so that its invariants hold everywhere: made by an
/// analysis, committed as a file beside the code, and asked when a database is opened.
///
/// The file is text, one transaction a line in the order of names, with tabs between fields:
///
/// ```
/// merganser plan 1
/// schema 5f0c21d07a3e9b14
/// deposit	local
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
    /// The invariants for whose sake it does not simply run.
    public var invariants: [String]

    /// The entry with the given parts.
    public init(way: Way, invariants: [String]) {
      self.way = way
      self.invariants = invariants
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
  ///   - isTentative: whether the code says that it is to run tentatively, at the risk of being undone.
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
      throw .refused(transaction, invariants: entry.invariants)
    }
    return entry.way
  }
}

/// Why a schema's plan does not let a transaction run.
public enum PlanError: Error, Hashable, Sendable {
  /// The plan was made for another schema.
  case otherSchema(expected: UInt64, found: UInt64)
  /// The plan does not name the transaction.
  case undecided(String)
  /// The transaction is not known to be I-confluent with these invariants, and has no remedy.
  case refused(String, invariants: [String])
  /// The text is no plan.
  case malformed(line: Int)
}

extension PlanError: CustomStringConvertible {
  /// As a person reads it.
  public var description: String {
    switch self {
    case .otherSchema(let expected, let found):
      """
      the plan is for schema \(String(found, radix: 16)), and this is \
      \(String(expected, radix: 16)); make the plan again with `merganser check`
      """
    case .undecided(let name):
      "the plan does not name the transaction \(name); make it again with `merganser check`"
    case .refused(let name, let invariants):
      """
      \(name) can break \(invariants.map { "\"\($0)\"" }.joined(separator: ", ")) when replicas \
      meet; declare a remedy, or run it tentatively
      """
    case .malformed(let line): "line \(line) is not a plan's"
    }
  }
}

extension Plan: CustomStringConvertible {
  /// The plan's file.
  public var description: String {
    var lines = ["merganser plan 1", "schema \(String(fingerprint, radix: 16))"]
    for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
      lines.append(([name, entry.way.description] + entry.invariants).joined(separator: "\t"))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Reads a plan's file.
  ///
  /// - Throws: ``PlanError/malformed(line:)``.
  public init(parsing text: String) throws(PlanError) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: true)
    guard lines.first == "merganser plan 1" else { throw .malformed(line: 1) }
    guard lines.count > 1, lines[1].hasPrefix("schema "),
      let fingerprint = UInt64(lines[1].dropFirst(7), radix: 16)
    else { throw .malformed(line: 2) }
    var entries: [String: Entry] = [:]
    for (number, line) in lines.enumerated().dropFirst(2) {
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard fields.count >= 2, let way = Way(fields[1]), entries[fields[0]] == nil else {
        throw .malformed(line: number + 1)
      }
      entries[fields[0]] = Entry(way: way, invariants: Array(fields.dropFirst(2)))
    }
    self.init(fingerprint: fingerprint, entries: entries)
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
