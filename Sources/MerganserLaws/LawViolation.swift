public import MerganserTypes

/// A law that a type was seen to break, with all that is needed to see it again.
public struct LawViolation: MerganserError {
  /// The law.
  public let law: Law
  /// The type's name.
  public let subject: String
  /// The file of the check.
  public let file: String
  /// The line of the check.
  public let line: UInt
  /// The seed of the execution; checking with it, and one execution, shows the violation again.
  public let seed: UInt64
  /// The shortest history that was found to end in the violation, a step a line.
  public let history: [String]
  /// The values that break the law.
  public let evidence: String
}

extension LawViolation: CustomStringConvertible {
  /// The law, the history and the evidence, on several lines.
  public var description: String {
    var lines = [
      "\(file):\(line): \(subject) breaks the law: \(law.rawValue)",
      "  seed \(seed), after:",
    ]
    lines += history.isEmpty ? ["    nothing at all"] : history.map { "    \($0)" }
    lines += evidence.split(separator: "\n").map { "  \($0)" }
    return lines.joined(separator: "\n")
  }
}
