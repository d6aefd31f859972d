import CommandSupport
import Foundation
import Merganser
import TestSupport
import Testing

/// Text of others that would drive a terminal, turn round what stands beside it, or begin another line.
@Suite struct HostileTextTests {
  private static let text =
    "a\u{1B}[2J\u{07}\u{9B}31m\u{202E}\u{2066}\u{200F}\u{2028}\u{7F}\u{E0041}\r\nb"

  private struct Hostile: Schema {
    let counts = Table<String, EscrowCounter>("counts")
    let names = Table<String, LWWRegister<String>>("names")
    let tags = Table<String, ORSet<String>>("tags")
    let pots = Table<String, LWWRegister<Colour>>("pots")

    var invariants: [any Invariant] {
      Bounds(counts, in: 0..., name: "at least\(HostileTextTests.text)")
      Check("a check\(HostileTextTests.text)", on: names) { _, _ in true }
    }
  }

  /// What a terminal must never be sent; a line end is no part of a text.
  private func isHarmless(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: scalar == "\n"
      default: true
      }
    }
  }

  private func stores(in folder: TemporaryFolder) throws {
    let (schema, text) = (Hostile(), Self.text)
    for (name, replica) in [("a", TestStore.lisbon), ("b", TestStore.porto)] {
      var store = try TestStore(schema, at: "\(folder.path)/\(name)", replica: replica)
      try store.write { tx in
        try tx[schema.counts, text].increment(by: 3)
        try tx[schema.names, text].set(text)
        try tx[schema.tags, text].insert(text)
        try tx[schema.pots, text].set(.green)
      }
      try store.write(request: 7) { tx in try tx[schema.counts, text].decrement(by: 9) }
      try store.close()
    }
  }

  @Test func noCommandPrintsIt() throws {
    let folder = try TemporaryFolder()
    try stores(in: folder)
    let strange = "s\u{1B}[2J\u{202E}\n"
    try "\(strange);trans_id\n".write(
      toFile: "\(folder.path)/\(strange)", atomically: true, encoding: .utf8)
    try "trans_id;account_id;type;amount;\"\u{202E}\u{2067}\"\n1;2;\"\u{202E}\u{9B}2J\n\";3.00\n"
      .write(
        toFile: "\(folder.path)/ledger", atomically: true, encoding: .utf8)
    for arguments in [
      ["show", "a"], ["show", "a", "names"], ["show", "a", "--json"], ["show", "a", strange],
      ["log", "a"], ["log", "a", "--json"], ["log", "a", "--origin", strange],
      ["stat", "a"], ["stat", "a", "--json"], ["dump", "a"], ["dump", "a", "--versions"],
      ["verify", "a"], ["verify", "a", "--json"], ["forget", "a", strange],
      ["export", "a", "\(strange).bundle"], ["import", "b", "\(strange).bundle"],
      ["import", "b", strange], ["backup", "a", "\(strange)copy"], ["compact", "\(strange)copy"],
      ["sync", "\(strange)copy", "b"], ["sync", "a", strange], ["stat", strange],
      ["replay", strange, "--store", "x"], ["replay", "ledger", "--store", "x"],
      ["replay", "\(strange)none", "--store", "x"], ["check", strange], ["show", "--\(strange)"],
      ["log", "a", "--limit", strange], [strange], ["demo", "--store", "."],
      ["check", "courseware", "--report", "\(strange)/x"],
    ] {
      let outcome = try Command.start(arguments, in: folder).finish()
      #expect(isHarmless(outcome.output), "\(arguments): \(outcome.output.debugDescription)")
      #expect(isHarmless(outcome.errors), "\(arguments): \(outcome.errors.debugDescription)")
      #expect(!(outcome.output + outcome.errors).isEmpty, "\(arguments)")
    }
  }

  @Test func whatJSONSaysIsStillTheText() throws {
    struct Row: Decodable {
      var key: String
      var table: String
    }
    let folder = try TemporaryFolder()
    try stores(in: folder)
    let dump = try Command.run("dump", "a", in: folder)
    let rows = try dump.output.split(separator: "\n").map {
      try JSONDecoder().decode(Row.self, from: Data($0.utf8))
    }
    #expect(rows.filter { $0.key == Self.text }.count == 3, "\(dump)")
  }

  /// No file of the command prints but those through which everything goes.
  @Test func onlyTheTerminalPrints() throws {
    let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Sources/MerganserCLI").standardized
    let files = try #require(FileManager.default.enumerator(atPath: sources.path))
    var count = 0
    for case let name as String in files
    where name.hasSuffix(".swift") && !name.hasPrefix("Terminal/") {
      count += 1
      let text = try String(contentsOf: sources.appendingPathComponent(name), encoding: .utf8)
      let prints = text.matches(
        of: /(?:\bSwift\.|[^.\w])print\((?!path: )|FileHandle\.standard(?:Output|Error)\b/
      )
      .filter { !text[..<$0.range.lowerBound].hasSuffix("func") }
      #expect(prints.isEmpty, "\(name) prints by itself: \(prints.map { String($0.output) })")
    }
    #expect(count > 30)
  }
}
