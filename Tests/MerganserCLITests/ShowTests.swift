import CommandSupport
import Foundation
import TestSupport
import Testing

@Suite struct ShowTests {
  @Test func aStoreReadsAsText() throws {
    let folder = try TemporaryFolder()
    try TestStore.bank(at: "\(folder.path)/bank")
    let shown = try Command.run("show", "bank", in: folder)
    #expect(shown.status == 0 && shown.errors.isEmpty, "\(shown.errors)")
    let lines = shown.output.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.allSatisfy { $0.count <= 80 })
    #expect(
      shown.output.replacing(/digest   [0-9a-f]{16}/, with: "digest   …") == """
        store    bank
        replica  a1b2c3d4000000010000000000000001, the founder
        digest   …

        table                 rows  key → value
        accounts                 1  UInt64 → EscrowCounter
        holders                  1  UInt64 → LWWRegister<String>
        merganser.requests.2     2  RequestID → RequestRecord
        tags                     1  UInt64 → ORSet<String>

        invariants
        Bounds "no balance below zero": accounts at least 0
        ForeignKey "a holder has an account": holders → accounts, on delete cascade

        accounts
        2 12000

        holders
        2 Ana\\u{1B}[31m Sousa

        tags
        2 [vip]

        """)
  }

  @Test func requestsThatRanTwiceAreNamed() throws {
    let folder = try TemporaryFolder()
    try TestStore.doubles(at: "\(folder.path)/bank")
    let shown = try Command.run("show", "bank", in: folder)
    #expect(
      shown.output.contains(
        """

        executed twice
        request 5 committed 2 times: at 1767225601000+0 by a1b2c3d4, at 1767225602000+0 by b0b0b0b0

        """), "\(shown.output)")
    let rows = try Command.run("show", "bank", "merganser.requests.2", in: folder)
    #expect(
      rows.output == """
        5 committed 2 times (1767225601000+0 by a1b2c3d4, 1767225602000+0 by b0b0b0b0)
        6 committed

        """)
    let dump = try Command.run("dump", "bank", in: folder)
    #expect(
      dump.output.contains(#"{"key":"6","table":"merganser.requests.2","value":"committed"}"#))
    let log = try Command.run("log", "bank", "--json", in: folder)
    #expect(log.output.contains(#""change":"= committed","key":"6""#), "\(log.output)")
  }

  @Test func accountsAreLinesInTheOrderOfTheirNumbers() throws {
    let folder = try TemporaryFolder()
    var store = try TestStore(TestBank(), at: "\(folder.path)/bank")
    for account in [1000, 9, 70, 256, 3] as [UInt64] {
      try store.write { tx in
        try tx[TestBank().accounts, account].increment(by: Int64(account) * 7)
      }
    }
    // The store is still open to be written: showing it is no hindrance.
    let shown = try Command.run("show", "bank", "accounts", in: folder)
    #expect(shown.output == "3 21\n9 63\n70 490\n256 1792\n1000 7000\n")
    let limited = try Command.run("show", "bank", "accounts", "--limit", "2", in: folder)
    #expect(limited.output == "3 21\n9 63\n(3 more)\n")
    try store.close()
  }

  @Test func jsonHoldsWhatTheTextSays() throws {
    struct Shown: Decodable {
      struct Table: Decodable {
        struct Row: Decodable, Equatable {
          var key: String
          var value: Int64
        }

        var name: String
        var rows: [Row]
      }

      var replica: String
      var tables: [Table]
      var vector: [String: UInt64]
    }
    let folder = try TemporaryFolder()
    try TestStore.bank(at: "\(folder.path)/bank")
    let shown = try Command.run("show", "bank", "accounts", "--json", in: folder)
    let found = try JSONDecoder().decode(Shown.self, from: Data(shown.output.utf8))
    #expect(found.replica == "a1b2c3d4000000010000000000000001")
    #expect(found.tables.map(\.name) == ["accounts"])
    #expect(found.tables.first?.rows == [.init(key: "2", value: 12_000)])
    #expect(found.vector.count == 1)
  }

  @Test func tablesOfUnknownTypesAreNamedAndKeptOut() throws {
    let folder = try TemporaryFolder()
    var store = try TestStore(PaintShop(), at: "\(folder.path)/shop")
    try store.write { tx in
      try tx[PaintShop().pots, "a"].set(.green)
      try tx[PaintShop().labels, "a"].set("leaf")
      try tx[PaintShop().shelves, "left"].insert(3)
    }
    try store.close()
    let shown = try Command.run("show", "shop", in: folder)
    #expect(shown.status == 0)
    #expect(shown.output.contains("\npots        ?  String → LWWRegister<Colour>, not"))
    #expect(shown.output.contains("\nlabels      ?  String → LWWRegister<String>, not"))
    #expect(shown.output.contains("\nleft [3]\n"))
    #expect(!shown.output.contains("leaf"))
    let one = try Command.run("show", "shop", "pots", in: folder)
    #expect(one.isOneLineFailure && one.errors.contains("LWWRegister<Colour>"), "\(one.errors)")
    let log = try Command.run("log", "shop", "--json", in: folder)
    #expect(
      log.output.contains(#"{"change":"+3","key":"left","table":"shelves"}"#), "\(log.output)")
    #expect(log.output.contains(#""table":"pots""#))
    let none = try Command.run("show", "shop", "cans", in: folder)
    #expect(none.isOneLineFailure && none.errors.contains("no table cans"), "\(none.errors)")
  }
}
