import CommandSupport
import Foundation
import TestSupport
import Testing

/// A stream that is closed or takes nothing ends a command with its status; nothing is printed anywhere else.
@Suite struct StreamTests {
  private static let commands = [
    ["show", "bank"], ["show", "bank", "--json"], ["log", "bank"], ["stat", "bank"],
    ["dump", "bank", "--versions"], ["verify", "bank"], ["sync", "bank", "porto"],
    ["compact", "bank"], ["backup", "bank", "copy"], ["export", "bank", "bundle"],
    ["import", "bank", "older"], ["renew", "bank"], ["replay", "ledger", "--store", "s"],
  ]

  private func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try TestStore.bank(at: "\(folder.path)/bank")
    try TestStore(TestBank(), at: "\(folder.path)/porto", replica: TestStore.porto).close()
    #expect(try Command.run("export", "bank", "older", in: folder).status == 0)
    try "trans_id;account_id;type;amount\n1;7;PRIJEM;3.00\n".write(
      toFile: "\(folder.path)/ledger", atomically: true, encoding: .utf8)
    return folder
  }

  @Test(arguments: commands)
  func aClosedOutputIsNamed(_ arguments: [String]) throws {
    let folder = try folder()
    let outcome = try Command.run(arguments, streams: ">&-", in: folder)
    #expect(outcome.status == 1, "\(outcome)")
    #expect(outcome.errors == "merganser: standard output: it is closed\n", "\(outcome)")
    #expect(try Command.run("verify", "bank", in: folder).status == 0)
  }

  @Test(arguments: commands + [["show", "none"], ["show"], ["nonsense"], ["--help"]])
  func withoutAnyStreamTheStatusTells(_ arguments: [String]) throws {
    let folder = try folder()
    for streams in ["<&- >&- 2>&-", ">/dev/full 2>/dev/full"] {
      let outcome = try Command.run(arguments, streams: streams, in: folder)
      #expect(outcome.status == 1 || outcome.status == 64, "\(streams) \(outcome)")
      try? FileManager.default.removeItem(atPath: "\(folder.path)/copy")
      try? FileManager.default.removeItem(atPath: "\(folder.path)/bundle")
    }
    #expect(try Command.run("verify", "bank", in: folder).status == 0)
  }

  @Test func aClosedInputIsNamed() throws {
    let outcome = try Command.run(
      ["replay", "-", "--store", "s"], streams: "<&-", in: try TemporaryFolder())
    #expect(outcome.isOneLineFailure, "\(outcome)")
    #expect(outcome.errors.contains("standard input: it is closed"), "\(outcome)")
  }

  @Test(arguments: [["--help"], ["help"], ["help", "show"], ["show", "--help"], ["--version"]])
  func helpThatCannotBePrintedFails(_ arguments: [String]) throws {
    let outcome = try Command.run(arguments, streams: ">/dev/full", in: try TemporaryFolder())
    #expect(outcome.isOneLineFailure && outcome.status == 1, "\(outcome)")
    #expect(outcome.errors.contains("no room is left"), "\(outcome)")
  }
}
