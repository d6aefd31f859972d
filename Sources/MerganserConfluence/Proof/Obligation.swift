import MerganserModel

/// What has to be shown of an invariant: no two valid states with a common ancestor have an invalid
/// merge, given what transactions write.
///
/// The negation goes to the solver: unsatisfiable is a proof. Whittaker and Hellerstein, *Interactive
/// Checks for Coordination Avoidance*, VLDB 2018, section 3: closure under merge implies I-confluence,
/// and its failure refutes nothing.
struct Obligation {
  /// What is proved if the problem has no model.
  let claim: String
  /// The problem, in SMT-LIB.
  let problem: String
  private let replay: @Sendable ([String: Int64]) throws -> Bool

  /// Whether the numbers of a model make two databases meet in a violation.
  func isSeen(_ model: [String: Int64]) throws -> Bool { try replay(model) }

  /// The obligation of an invariant; `nil` for the kinds that have none.
  init?(of invariant: SchemaDescription.Invariant, writing effects: Set<Effect>) {
    let traits = invariant.traits
    guard let closure = traits.theory.closure else { return nil }
    let kinds = Set(effects.filter { traits.tables.contains($0.table) }.map(\.kind))
    switch closure {
    case .counter(let limit, let isLower): self.init(limit: limit, isLower: isLower, kinds: kinds)
    case .sum:
      if kinds.contains(.delete) { return nil }
      self.init(
        "a sum and its total, changed alike on both sides, are alike in the merge",
        numbers: ["p", "t", "p1", "t1", "p2", "t2"],
        premises: ["(= p t)", "(= p1 t1)", "(= p2 t2)"],
        not: "(= (+ p p1 p2) (+ t t1 t2))"
      ) { _ in false }
    case .escrow: self.init(escrowIn: 3)
    case .apart:
      guard kinds.contains(.insert) || kinds.contains(.write) else { return nil }
      self.init(
        "two rows that were apart stay apart", numbers: ["a", "b"],
        premises: ["(>= a 0)", "(>= b 0)"],
        not: "(or (<= (+ a 1) b) (<= (+ b 1) a))"
      ) { model in try ModelReplay.takes(model["a"] ?? 0, and: model["b"] ?? 0) }
    case .owned:
      self.init(
        "what two replicas gave out has two owners, and is two things", numbers: ["a", "b"],
        premises: ["(= (owner a) 1)", "(= (owner b) 2)"], not: "(distinct a b)",
        declarations: "(declare-fun owner (Int) Int)"
      ) { _ in false }
    case .written:
      self.init(
        "a merged value was written, and what was written was checked", numbers: ["a", "b", "m"],
        premises: ["(ok a)", "(ok b)", "(or (= m a) (= m b))"], not: "(ok m)",
        declarations: "(declare-fun ok (Int) Bool)"
      ) { _ in false }
    case .reference:
      // 1 where the row is there. A merge of insertions is a union; a deletion wins over what it saw.
      let parent = kinds.contains(.delete) ? "(* p1 p2)" : "(ite (= (+ p1 p2) 0) 0 1)"
      let names = ["p1", "c1", "p2", "c2"]
      self.init(
        "a child that is on either side has its parent in the merge", numbers: names,
        premises: names.map { "(<= 0 \($0) 1)" } + ["(<= c1 p1)", "(<= c2 p2)"],
        not: "(<= (ite (= (+ c1 c2) 0) 0 1) \(parent))"
      ) { try ModelReplay.refers(parents: ($0["p1"], $0["p2"]), children: ($0["c1"], $0["c2"])) }
    }
  }

  private init(
    _ claim: String, numbers: [String], premises: [String], not conclusion: String,
    declarations: String = "", replay: @escaping @Sendable ([String: Int64]) throws -> Bool
  ) {
    self.claim = claim
    self.replay = replay
    var lines = numbers.map { "(declare-const \($0) Int)" }
    if !declarations.isEmpty { lines.append(declarations) }
    lines += premises.map { "(assert \($0))" }
    lines += [
      "(assert (not \(conclusion)))", "(check-sat)",
      "(get-value (\(numbers.joined(separator: " "))))",
    ]
    problem = lines.joined(separator: "\n") + "\n"
  }

  /// A counter `s` that two replicas change by `a` and `b`.
  private init(limit: Int64, isLower: Bool, kinds: Set<Effect.Kind>) {
    let comparison = isLower ? ">=" : "<="
    var premises = ["s", "(+ s a)", "(+ s b)"].map { "(\(comparison) \($0) \(limit))" }
    for change in ["a", "b"] {
      if !kinds.contains(.increment) { premises.append("(<= \(change) 0)") }
      if !kinds.contains(.decrement) { premises.append("(>= \(change) 0)") }
      premises.append("(<= (- 1000000) \(change) 1000000)")
    }
    self.init(
      "a counter that each side keeps \(isLower ? "at or above" : "at or below") \(limit) is so in "
        + "the merge", numbers: ["s", "a", "b"], premises: premises,
      not: "(\(comparison) (+ s a b) \(limit))"
    ) { model in
      try ModelReplay.counts(
        model["s"] ?? 0, one: model["a"] ?? 0, other: model["b"] ?? 0, limit: limit,
        isLower: isLower)
    }
  }

  /// Rights of some replicas, which each spends, earns and gives away within what it holds.
  ///
  /// The strengthening is that nobody's rights are negative; the distance to the bound is their sum.
  private init(escrowIn count: Int) {
    let replicas = Array(1...count)
    var numbers: [String] = []
    var premises: [String] = []
    var rights: [String] = []
    for one in replicas {
      let gifts = replicas.filter { $0 != one }.map { "g\(one)\($0)" }
      numbers += ["r\(one)", "up\(one)", "down\(one)"] + gifts
      premises += (["r\(one)", "up\(one)", "down\(one)"] + gifts).map { "(>= \($0) 0)" }
      let own = "(- (+ r\(one) up\(one)) down\(one) \(gifts.joined(separator: " ")))"
      premises.append("(>= \(own) 0)")
      let received = replicas.filter { $0 != one }.map { "g\($0)\(one)" }.joined(separator: " ")
      rights.append("(+ \(own) \(received))")
    }
    let starts = replicas.map { "r\($0)" }.joined(separator: " ")
    let ups = replicas.map { "up\($0)" }.joined(separator: " ")
    let downs = replicas.map { "down\($0)" }.joined(separator: " ")
    let distance = "(- (+ \(starts) \(ups)) \(downs))"
    let holds =
      "(and (>= \(distance) 0) (= \(distance) (+ \(rights.joined(separator: " ")))) "
      + rights.map { "(>= \($0) 0)" }.joined(separator: " ") + ")"
    self.init(
      "rights of \(count) replicas that each spends within its own are never negative, and add up "
        + "to the distance to the bound", numbers: numbers, premises: premises, not: holds
    ) { _ in false }
  }
}
