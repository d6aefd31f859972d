import CommandSupport
import Foundation
import TestSupport
import Testing

@Suite struct FailureTests {
  @Test(arguments: [
    ["show"], ["log"], ["verify"], ["stat"], ["dump"], ["compact"],
    ["requests"], ["orders"], ["set-aside"],
  ])
  func whatIsNoStoreGivesOneLine(_ command: [String]) throws {
    let folder = try TemporaryFolder()
    try TestStore.bank(at: "\(folder.path)/newer")
    try folder.damage("newer", name: "CURRENT") { data in
      data = Data(
        String(decoding: data, as: UTF8.self).replacing("format 3", with: "format 9").utf8)
    }
    try TestStore.bank(at: "\(folder.path)/cut")
    try folder.damage("cut", name: "000001.mdb") { $0 = $0.prefix(5000) }
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/empty", withIntermediateDirectories: true)
    try Data("text".utf8).write(to: URL(fileURLWithPath: "\(folder.path)/file"))
    for (store, reason) in [
      ("newer", "format 9"), ("empty", "holds no store"), ("nowhere", "nothing of this name"),
      ("file", "merganser: file: it is a file, and a store is a folder\n"),
    ] {
      let outcome = try Command.run(command[0], store, in: folder)
      #expect(outcome.isOneLineFailure, "\(command) \(store): \(outcome)")
      #expect(outcome.errors.contains(reason), "\(outcome.errors)")
      #expect(outcome.output.isEmpty)
    }
    let cut = try Command.run(command[0], "cut", in: folder)
    #expect(cut.status == 1 && !(cut.errors + cut.output).isEmpty)
  }

  @Test(arguments: [
    ["show"], ["show", "a", "--limit", "-3"], ["show", "a", "--limit", "many"], ["log", "--x"],
    ["show", ""], ["show", "a", "--limit", ""], ["verify", "a", "b"], ["sync", "a"],
    ["demo", "--seed", "x"], ["nonsense"], ["--nonsense"],
  ])
  func aWrongArgumentGivesOneLine(_ arguments: [String]) throws {
    let folder = try TemporaryFolder()
    let outcome =
      switch arguments.count {
      case 1: try Command.run(arguments[0], in: folder)
      case 2: try Command.run(arguments[0], arguments[1], in: folder)
      case 3: try Command.run(arguments[0], arguments[1], arguments[2], in: folder)
      default:
        try Command.run(arguments[0], arguments[1], arguments[2], arguments[3], in: folder)
      }
    #expect(outcome.isOneLineFailure && outcome.status == 64, "\(outcome)")
  }

  private static let commands = [
    "demo", "demo-network", "replay", "show", "log", "stat", "dump", "verify", "sync", "serve",
    "status", "identity", "invite", "join", "export", "import", "backup", "compact", "forget",
    "accept", "renew", "succeed", "set-aside", "heal", "requests", "orders", "check", "simulate",
  ]

  @Test(arguments: commands)
  func everyCommandHasHelpWithAnExampleThatRuns(_ command: String) throws {
    let folder = try TemporaryFolder()
    let help = try Command.run(command, "--help", in: folder)
    #expect(help.status == 0 && help.errors.isEmpty)
    #expect(
      help.output.contains("OVERVIEW: ") && help.output.contains("USAGE: merganser \(command)"))
    let lines = help.output.split(separator: "\n").filter { !$0.hasPrefix("USAGE") }
    #expect(lines.allSatisfy { $0.count <= 80 })
    let place = try #require(lines.firstIndex(of: "Example:"), "\(help.output)")
    let example = lines[place + 1].split(separator: " ").map(String.init)
    #expect(example.prefix(2) == ["merganser", command], "\(example)")
    // There is no such store here; the arguments are those of the command.
    let words = example.dropFirst().prefix { $0 != ">" }
    let outcome = try Command.start(Array(words), in: folder).finish()
    #expect(outcome.status == 0 || outcome.status == 1, "\(outcome)")
  }

  @Test func theHelpNamesAllCommandsAndTheLimitOfATransaction() throws {
    let help = try Command.run("--help")
    let lines = help.output.split(separator: "\n")
    let shown = lines.drop { $0 != "SUBCOMMANDS:" }.dropFirst().filter {
      $0.hasPrefix("  ") && !$0.hasPrefix("  See ")
    }
    .compactMap { $0.dropFirst(2).first == " " ? nil : $0.split(separator: " ").first }
    #expect(shown.map(String.init) == Self.commands, "\(help.output)")
    #expect(help.output.contains("at most 16 MB"))
    #expect(lines.allSatisfy { $0.count <= 80 })
  }

  @Test func theVersionIsPrinted() throws {
    let version = try Command.run("--version")
    #expect(version.status == 0 && version.output.contains(/^\d+\.\d+\.\d+\n$/), "\(version)")
  }

  @Test(arguments: [
    ("verfy", "verify"), ("verifz", "verify"), ("STAT", "stat"), ("stats", "stat"),
    ("rep", "replay"),
    ("lgo", "log"), ("exprot", "export"), ("back-up", "backup"),
  ])
  func aMistypedCommandIsCorrected(_ typed: String, meant: String) throws {
    let outcome = try Command.run(typed, "bank")
    #expect(outcome.isOneLineFailure && outcome.status == 64, "\(outcome)")
    #expect(outcome.errors.contains("no command \(typed); did you mean \(meant)?"), "\(outcome)")
  }

  @Test func helpForAMistypedCommandCorrectsItToo() throws {
    let near = try Command.run("help", "hael")
    #expect(near.isOneLineFailure && near.status == 64, "\(near)")
    #expect(near.errors.contains("no command hael; did you mean heal?"), "\(near)")
    #expect(try Command.run("help", "heal").output.contains("USAGE: merganser heal"))
  }

  @Test(arguments: [
    (["show", "a", "--limit", "-3"], "--limit must be 0 or more; found -3"),
    (["log", "a", "--limit", "-3"], "--limit must be 0 or more; found -3"),
    (
      ["replay", "a", "--store", "s", "--replicas", "-1"],
      "--replicas must be from 1 to 64; found -1"
    ),
    (["check", "--configurations", "-1"], "--configurations must be 1 or more; found -1"),
    (["check", "--configurations", "0"], "--configurations must be 1 or more; found 0"),
    (["accept", "a", "--up-to", "-5"], "--up-to must be a time"),
    (["demo", "--seed", "-1"], "'-1' is invalid for '--seed <seed>'"),
  ])
  func aNegativeNumberIsTold(_ arguments: [String], message: String) throws {
    let outcome = try Command.start(arguments, in: try TemporaryFolder()).finish()
    #expect(outcome.isOneLineFailure && outcome.status == 64, "\(outcome)")
    #expect(outcome.errors.contains(message), "\(outcome)")
  }

  @Test func aFolderOfStoresNamesThem() throws {
    let folder = try TemporaryFolder()
    for name in ["porto", "lisbon"] { try TestStore.bank(at: "\(folder.path)/\(name)") }
    for command in ["show", "log", "verify", "stat", "renew"] {
      let outcome = try Command.run(command, ".", in: folder)
      #expect(outcome.isOneLineFailure, "\(outcome)")
      #expect(outcome.errors.contains("; name one of those in it: lisbon, porto\n"), "\(outcome)")
    }
  }

  @Test func whatIsFarFromEveryCommandListsThem() throws {
    for typed in ["nonsense", "x", "demo-brunch", String(repeating: "y", count: 100_000)] {
      let outcome = try Command.run(typed)
      #expect(outcome.isOneLineFailure && outcome.status == 64, "\(outcome)")
      #expect(
        outcome.errors.contains("; there are demo, demo-network, replay, show, "),
        "\(outcome.errors)")
      #expect(outcome.errors.count < 320)
    }
    let option = try Command.run("show", "a", "--limt", "3")
    #expect(option.isOneLineFailure && option.errors.contains("Did you mean '--limit'"))
  }
}
