import Foundation
import MerganserModel
import Testing

/// What an article says it lists as a whole, it does: each case, type or kind that there is stands in it.
@Suite struct ArticleTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private static func article(_ name: String) throws -> String {
    try String(
      contentsOf: root.appending(path: "Sources/Merganser/Merganser.docc/\(name).md"),
      encoding: .utf8)
  }

  /// The errors that a write throws, with the modules that declare them.
  private static let ofWrites = [
    "TransactionError": "MerganserModel", "LatticeError": "MerganserTypes",
    "SchemaError": "MerganserModel", "KeyError": "MerganserModel", "RequestError": "MerganserModel",
    "RequestIDError": "MerganserModel", "PlanError": "MerganserModel",
    "TimeError": "MerganserModel", "StorageError": "MerganserModel",
    "OrderError": "MerganserModel", "ClaimError": "MerganserModel", "SessionError": "Merganser",
  ]

  /// The errors of whatever else a program calls.
  private static let ofOthers: Set = [
    "ReplicationError", "SyncError", "BundleError",  // syncs and bundles
    "OpenError", "HealingError", "SuccessionError", "RepetitionError",  // stores and identities
    "BinaryDecodingError", "ExplorationError", "OptionError",  // bytes, the analysis, options
  ]

  /// Every case of every error that a write can throw has a row in the tables.
  @Test func everyRefusalIsExplained() throws {
    let text = try Self.article("WhenAWriteIsRefused")
    let errors = try PublicErrors(in: Self.root)
    #expect(errors.cases["TransactionError"]?.contains("identityEnded(_:heir:)") == true)
    #expect(
      Set(errors.cases.keys) == Self.ofOthers.union(Self.ofWrites.keys),
      "to be listed here, and in the article if a write throws it")
    for (type, module) in Self.ofWrites {
      for name in try #require(errors.cases[type]) {
        let link = "``/\(module)/\(type)/\(name)``"
        let rows = text.components(separatedBy: "\n| \(link) | ").count - 1
        #expect(rows == 1, "the article has \(rows) rows of \(link)")
      }
    }
  }

  /// Every type that a row can hold is in the tables of types.
  @Test func everyTypeIsListed() throws {
    let text = try Self.article("ChoosingAType")
    var count = 0
    for type in KnownTypes.all where type is any KnownValue.Type {
      let name = "\(type)".prefix { $0 != "<" }
      #expect(text.contains("\n| ``/MerganserTypes/\(name)`` | "), "the article lacks \(name)")
      count += 1
    }
    #expect(count > 15)
  }

  /// Every kind of invariant is in the tables of kinds.
  @Test func everyKindIsListed() throws {
    let text = try Self.article("ChoosingAnInvariant")
    for kind in invariantKinds {
      let link = "``/MerganserModel/\(kind.kind)``"
      #expect(text.contains("\n| \(link)"), "the article lacks \(kind.kind)")
    }
  }
}

/// The public enums named `…Error` that the sources declare, each with its cases as documentation links to them.
private struct PublicErrors {
  private(set) var cases: [String: [String]] = [:]

  init(in root: URL) throws {
    let sources = root.appending(path: "Sources")
    let paths = try FileManager.default.subpathsOfDirectory(atPath: sources.path)
    for path in paths where path.hasSuffix(".swift") {
      try read(String(contentsOf: sources.appending(path: path), encoding: .utf8))
    }
  }

  /// Reads the cases between an enum's first line and its last, in which nothing else stands at their depth.
  private mutating func read(_ source: String) throws {
    var (type, declaration) = (nil as String?, "")
    for line in source.split(separator: "\n") {
      if let found = line.firstMatch(of: /^public enum (\w+Error)\b/) { type = String(found.1) }
      if line == "}" { type = nil }
      guard let type else { continue }
      if line.hasPrefix("  case ") || !declaration.isEmpty { declaration += line }
      // A long one goes on until its parentheses are closed.
      let isWhole = declaration.count { $0 == "(" } == declaration.count { $0 == ")" }
      guard !declaration.isEmpty, isWhole else { continue }
      cases[type, default: []].append(Self.link(declaration))
      declaration = ""
    }
  }

  /// The name by which documentation links to a case: `a(_:b:)` for `case a(Int, b: Int)`.
  private static func link(_ declaration: String) -> String {
    let words = declaration.dropFirst("  case ".count)
    guard let start = words.firstIndex(of: "("), let end = words.lastIndex(of: ")") else {
      return String(words)
    }
    var (labels, depth, part) = ([] as [String], 0, "")
    for character in words[words.index(after: start)..<end] + "," {
      if "([<".contains(character) { depth += 1 }
      if ")]>".contains(character) { depth -= 1 }
      guard character == ",", depth == 0 else {
        part.append(character)
        continue
      }
      let label = part.firstMatch(of: /^\s*(\w+)( \w+)?:/)
      labels.append(label.map { String($0.1) } ?? "_")
      part = ""
    }
    return "\(words[..<start])(\(labels.map { $0 + ":" }.joined()))"
  }
}
