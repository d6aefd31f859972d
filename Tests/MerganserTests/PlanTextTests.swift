import Foundation
import Merganser
import TestSupport
import Testing

/// A plan's text is read as the plan that it was made of, whatever the names in it.
@Suite struct PlanTextTests {
  private static let names = [
    "", " ", "e", "t", "\\", "\\t", "\\\\", "\t", "\n", "\r", "\r\n", "\n\r", "\u{301}", "t\u{301}",
    "\t\u{301}", "\n\u{301}", "\\\u{301}", "\r\u{301}x", "| ", "\t| ", "\t| x", "\t| \u{301}",
    "local",
    "refused", "owned by argument 1", "merganser plan 1", "schema 5", "caf\u{E9}", "a\\",
    "a\tb\nc\rd",
    "\u{0}", "\u{85}\u{2028}", "\u{1F1E9}\u{1F1EA}", "\u{FEFF}", "#", "a ", "a\t", "a\n",
  ]

  @Test func everyNameIsReadBack() throws {
    for name in Self.names {
      for other in Self.names {
        try check(
          Plan(
            fingerprint: 5,
            searched: .init(start: .max, sample: [0, 7]),
            entries: [
              name: Plan.Entry(
                way: .ordered, basis: .search(replicas: 3), invariants: [other, name],
                writes: [Effect(.insert, in: name), Effect(.write, in: other)],
                reads: [name, other], arguments: [[], [name], [other, name]]),
              "0" + other: Plan.Entry(
                way: .refused, invariants: [name], reason: name + "\n" + other),
              "1": Plan.Entry(
                way: .local, basis: .search(replicas: nil), invariants: [], reason: other),
            ]))
      }
    }
  }

  @Test(arguments: 0..<200)
  func everyPlanIsReadBack(seed: UInt64) throws {
    var generator = SplitMix(seed: seed)
    let scalars: [Unicode.Scalar] = [
      "\t", "\n", "\r", "\\", "|", " ", "e", "t", "n", "r", "\u{301}", "\u{200D}", "\u{E9}",
      "\u{1F1E9}",
    ]
    func text() -> String {
      var text = ""
      for _ in 0..<Int.random(in: 0...5, using: &generator) {
        text.unicodeScalars.append(scalars.randomElement(using: &generator) ?? " ")
      }
      return text
    }
    let ways: [Plan.Way] = [
      .local, .escrow, .cascade, .owned(argument: 0), .owned(argument: .max), .ordered, .refused,
    ]
    var plan = Plan(fingerprint: generator.next(), entries: [:])
    for _ in 0..<Int.random(in: 0...6, using: &generator) {
      plan.entries[text()] = Plan.Entry(
        way: ways.randomElement(using: &generator) ?? .local,
        invariants: (0..<Int.random(in: 0...3, using: &generator)).map { _ in text() },
        reason: Bool.random(using: &generator) ? text() : nil)
    }
    if Bool.random(using: &generator) {
      plan.searched = Plan.Searched(
        start: generator.next(),
        sample: (0..<Int.random(in: 0...3, using: &generator)).map { _ in generator.next() })
    }
    for name in plan.entries.keys {
      if plan.searched != nil, Bool.random(using: &generator) {
        let replicas = Int.random(in: 0...9, using: &generator)
        plan.entries[name]?.basis = .search(replicas: replicas > 0 ? replicas : nil)
      }
      for kind in WriteKind.allCases where Bool.random(using: &generator) {
        plan.entries[name]?.writes.insert(Effect(kind, in: text()))
      }
      for _ in 0..<Int.random(in: 0...3, using: &generator) {
        plan.entries[name]?.reads.insert(text())
        plan.entries[name]?.arguments.insert(
          (0..<Int.random(in: 0...3, using: &generator)).map { _ in text() })
      }
    }
    try check(plan)
  }

  /// An argument that there cannot be is no trap, and is not read.
  @Test func argumentsAreNumbers() {
    for argument in [Int.min, -1] {
      #expect(Plan.Way(Plan.Way.owned(argument: argument).description) == nil)
    }
    #expect(Plan.Way("owned by argument 99999999999999999999999") == nil)
  }

  /// What no plan's text has is refused with its line, and what another version made by its format.
  @Test func whatIsNoPlanIsRefusedByItsLine() {
    let begin = "merganser plan 2\nschema 5\n"
    let searched = begin + "start a\nsample 1\n"
    let wrong: [(text: String, line: Int)] = [
      ("", 1), ("merganser plan x", 1), (begin + "start x\n", 3), (begin + "replicas 3\n", 3),
      (begin + "start a\n", 4), (begin + "start a\nsample x\n", 4),
      (begin + "a\tlocal\n", 3), (begin + "a\tlocal\tby search of 3 replicas\n", 3),
      (searched + "a\tlocal\tby search of 0 replicas\n", 5),
      (searched + "a\tlocal\tby search of +2 replicas\n", 5),
      (searched + "a\tlocal\tby search of -1 replicas\n", 5),
      (searched + "a\tlocal\tby search\n", 5),
      (begin + "a\tlocal\tby theorems\tx\n", 3), (begin + "\tkeeps\tx\n", 3),
      (begin + "a\tlocal\tby theorems\n\tkeeps\n", 4),
      (begin + "a\tlocal\tby theorems\n\tkeeps\tx\n\tkeeps\ty\n", 5),
      (begin + "a\tlocal\tby theorems\n\twrites\tinsert\n", 4),
      (begin + "a\tlocal\tby theorems\n\twrites\tupsert x\n", 4),
      (begin + "a\tlocal\tby theorems\n\targuments\t1\n\targuments\t1\n", 5),
      (begin + "a\tlocal\tby theorems\n\t| x\n\treads\tx\n", 5),
      (begin + "a\tlocal\tby theorems\na\tlocal\tby theorems\n", 4),
    ]
    for (text, line) in wrong {
      #expect(throws: PlanError.malformed(line: line), "\(text.debugDescription)") {
        try Plan(parsing: text)
      }
    }
    #expect(throws: PlanError.otherFormat(1)) {
      try Plan(parsing: "merganser plan 1\nschema 5\na\tlocal\n")
    }
  }

  private func check(_ plan: Plan) throws {
    let text = plan.description
    #expect(try Plan(parsing: text) == plan, "\(text.debugDescription)")
    #expect(try Plan(parsing: text).description == text)
    let windows = String(
      String.UnicodeScalarView(
        text.unicodeScalars.flatMap { $0 == "\n" ? ["\r", "\n"] as [Unicode.Scalar] : [$0] }))
    #expect(try Plan(parsing: windows) == plan)
    // However names are spelled, the file has the same bytes.
    let spelled = Plan(
      fingerprint: plan.fingerprint, searched: plan.searched,
      entries: Dictionary(
        plan.entries.map { ($0.decomposedStringWithCanonicalMapping, $1) },
        uniquingKeysWith: { first, _ in first }))
    #expect(spelled.description.utf8.elementsEqual(text.utf8))
  }
}
