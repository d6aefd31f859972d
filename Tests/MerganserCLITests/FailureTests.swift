import Foundation
import Testing

@Suite struct FailureTests {
  @Test(arguments: [["show"], ["log"], ["verify"], ["stat"], ["dump"], ["compact"]])
  func whatIsNoStoreGivesOneLine(_ command: [String]) throws {
    let folder = try Folder()
    try TestStore.bank(at: "\(folder.path)/newer")
    try folder.damage("newer", "CURRENT") { data in
      data = Data(
        String(decoding: data, as: UTF8.self).replacing("format 3", with: "format 9").utf8)
    }
    try TestStore.bank(at: "\(folder.path)/cut")
    try folder.damage("cut", "000001.mdb") { $0 = $0.prefix(5000) }
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/empty", withIntermediateDirectories: true)
    try Data("text".utf8).write(to: URL(fileURLWithPath: "\(folder.path)/file"))
    for (store, reason) in [
      ("newer", "format 9"), ("empty", "holds no store"), ("nowhere", "nothing of this name"),
      ("file", "file"),
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
    ["verify", "a", "b"], ["sync", "a"], ["demo", "--seed", "x"], ["nonsense"], ["--nonsense"],
  ])
  func aWrongArgumentGivesOneLine(_ arguments: [String]) throws {
    let folder = try Folder()
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

  @Test(arguments: [
    "demo", "replay", "show", "log", "stat", "dump", "verify", "sync", "backup", "compact",
    "export",
    "import",
  ])
  func everyCommandHasHelp(_ command: String) throws {
    let folder = try Folder()
    let help = try Command.run(command, "--help", in: folder)
    #expect(help.status == 0 && help.errors.isEmpty)
    #expect(
      help.output.contains("OVERVIEW: ") && help.output.contains("USAGE: merganser \(command)"))
    let lines = help.output.split(separator: "\n").filter { !$0.hasPrefix("USAGE") }
    #expect(lines.allSatisfy { $0.count <= 80 })
    #expect(try Command.run("--help", in: folder).output.contains("  \(command) "))
  }
}
