public import MerganserModel

/// A solver of SMT-LIB problems, by which closure under merge is proved for declared invariants.
///
/// It is a function from a problem to an answer, so that who uses this module alone builds and runs
/// nothing else; `MerganserSolver` makes one of a z3 that it finds.
public struct Solver: Sendable {
  /// What the solver is called in reports.
  public let name: String
  private let run: @Sendable (String) throws -> String

  /// A solver that answers problems by `run`.
  public init(name: String, run: @escaping @Sendable (_ problem: String) throws -> String) {
    self.name = name
    self.run = run
  }

  /// What a solver makes of a question.
  public enum Answer: Hashable, Sendable {
    /// What holds on both sides of a merge holds of the merge, always.
    case proved(String)
    /// It does not, and two databases have shown it, with these numbers.
    case refuted([String: Int64])
    /// The solver has no answer, or one that was not seen on databases.
    case undecided(String)
  }

  /// Whether an invariant is closed under merge for what is written; `nil` for what there is no
  /// obligation for.
  ///
  /// A model is believed only after two databases were brought into the states that it names, and their
  /// merge was seen to break the invariant. It shows that closure fails; whether a program gets there
  /// is for the search to say.
  public func answer(
    on invariant: SchemaDescription.Invariant, writing effects: Set<Effect>
  ) throws -> Answer? {
    guard let obligation = Obligation(of: invariant, writing: effects) else { return nil }
    let answer = try run(obligation.problem)
    let lines = answer.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: true)
    switch lines.first {
    case "unsat": return .proved("\(name): \(obligation.claim)")
    case "sat":
      let model = Self.numbers(in: lines.count > 1 ? String(lines[1]) : "")
      guard try obligation.isSeen(model) else {
        return .undecided("a model that was not seen on databases: \(model)")
      }
      return .refuted(model)
    default: return .undecided(answer)
    }
  }

  /// How closure was proved; `nil` if it was not.
  func proof(of invariant: SchemaDescription.Invariant, writing effects: Set<Effect>) -> String? {
    guard let answer = try? answer(on: invariant, writing: effects), case .proved(let how) = answer
    else { return nil }
    return how
  }

  /// The numbers in what `get-value` prints: `((a 1) (b (- 2)))`.
  static func numbers(in text: String) -> [String: Int64] {
    let words = text.replacing("(", with: " ").replacing(")", with: " ").split(whereSeparator: {
      $0 == " " || $0 == "\n"
    })
    var numbers: [String: Int64] = [:]
    var place = 0
    while place + 1 < words.count {
      let name = String(words[place])
      place += 1
      let isNegative = words[place] == "-"
      if isNegative { place += 1 }
      guard place < words.count, let number = Int64(words[place]) else { break }
      numbers[name] = isNegative ? -number : number
      place += 1
    }
    return numbers
  }
}
