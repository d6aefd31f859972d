import CommandSupport
import Foundation
import TestSupport
import Testing

@Suite struct LogTests {
  @Test func versionsAreLines() throws {
    let folder = try TemporaryFolder()
    try TestStore.bank(at: "\(folder.path)/bank")
    let log = try Command.run("log", "bank", in: folder)
    #expect(log.status == 0)
    #expect(
      log.output == """
        2026-01-01T00:00:01.000Z a1b2c3d4:1-3 accounts/2 +12345, accounts/10 +50000 (+1)
        2026-01-01T00:00:02.000Z a1b2c3d4:4 #77 accounts/2 -345
        2026-01-01T00:00:03.000Z a1b2c3d4:5 #78 refused: no balance below zero: account…
        2026-01-01T00:00:04.000Z a1b2c3d4:6-8 accounts/2 5000 rights to b0b0b0b0 (+1)
        2026-01-01T00:00:05.000Z a1b2c3d4:9 accounts/10 deleted, tags/2 -new

        """)
  }

  @Test func versionsAreChosenByOriginAndNumber() throws {
    let folder = try TemporaryFolder()
    try TestStore.bank(at: "\(folder.path)/bank")
    let two = try Command.run("log", "bank", "--limit", "2", "--origin", "a1b2", in: folder)
    #expect(two.output.filter(\.isNewline).count == 2)
    let none = try Command.run("log", "bank", "--origin", "ff", in: folder)
    #expect(none.isOneLineFailure && none.errors.contains("a1b2c3d4"), "\(none.errors)")
  }

  @Test func jsonIsAnObjectOnEachLine() throws {
    struct Entry: Decodable {
      struct Write: Decodable, Equatable {
        var table: String
        var key: String
        var change: String
      }

      var firstSequence: UInt64
      var request: String?
      var writes: [Write]
    }
    let folder = try TemporaryFolder()
    try TestStore.bank(at: "\(folder.path)/bank")
    let log = try Command.run("log", "bank", "--json", in: folder)
    let entries = try log.output.split(separator: "\n").map {
      try JSONDecoder().decode(Entry.self, from: Data($0.utf8))
    }
    #expect(entries.count == 5)
    #expect(entries.map(\.request) == [nil, "77", "78", nil, nil])
    #expect(
      entries.last?.writes == [
        .init(table: "accounts", key: "10", change: "deleted"),
        .init(table: "tags", key: "2", change: "-new"),
      ])
  }
}
