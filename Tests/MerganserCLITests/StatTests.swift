import CommandSupport
import Foundation
import Merganser
import MerganserLog
import TestSupport
import Testing

@Suite struct StatTests {
  @Test func aStoreIsDescribed() throws {
    let folder = try TemporaryFolder()
    try TestStore.truncatedBank(at: "\(folder.path)/bank")
    let stat = try Command.run("stat", "bank", in: folder)
    #expect(stat.status == 0 && stat.errors.isEmpty, "\(stat.errors)")
    #expect(stat.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
    let parts = stat.output.components(separatedBy: "\n\n")
    #expect(
      parts.prefix(3).joined(separator: "\n\n") == """
        store    bank
        replica  a1b2c3d4000000010000000000000001, the founder
        format   3
        use      closed

        table     rows  key → value
        accounts    50  UInt64 → EscrowCounter
        holders     50  UInt64 → LWWRegister<String>
        tags         1  UInt64 → ORSet<String>

        origin                            last  truncated  applied
        a1b2c3d4000000010000000000000001   103        100      100
        """, "\(stat.output)")
    #expect(
      stat.output.contains(/A checkpoint has 2 versions \(\d+ B\) to store\.\n$/), "\(stat.output)")
  }

  @Test func theSizesAddUpWhileTheStoreIsInUse() throws {
    struct Status: Decodable {
      struct File: Decodable {
        var size, log, rows, index, free, other: Int
      }

      struct Origin: Decodable {
        var last, truncatedTo, applied: UInt64
        var hash: String
      }

      struct Lag: Decodable {
        var versions, bytes: Int
      }

      var isOpen: Bool
      var durability: String
      var file: File
      var origins: [Origin]
      var lag: Lag
    }
    let folder = try TemporaryFolder()
    var store = try TestStore(
      TestBank(), at: "\(folder.path)/bank",
      options: ReplicaOptions(durability: .survivesProcessCrash))
    for account in 0..<200 as Range<UInt64> {
      try store.write { tx in try tx[TestBank().accounts, account].increment(by: 3) }
    }
    let stat = try Command.run("stat", "bank", "--json", in: folder)
    let status = try JSONDecoder().decode(Status.self, from: Data(stat.output.utf8))
    #expect(status.isOpen && status.durability == "survivesProcessCrash")
    #expect(status.lag.versions == 200 && status.lag.bytes > 200 * 30)
    #expect(status.file.log > status.lag.bytes && status.file.rows < 10_000)
    #expect(status.origins.map(\.last) == [200] && status.origins.map(\.applied) == [0])
    let file = status.file
    #expect(file.size == file.log + file.rows + file.index + file.free + file.other)
    #expect(file.free > 0 && file.other < 64 << 10)
    try store.checkpoint()
    try store.close()
    let closed = try Command.run("stat", "bank", "--json", in: folder)
    let after = try JSONDecoder().decode(Status.self, from: Data(closed.output.utf8))
    #expect(!after.isOpen && after.lag.versions == 0 && after.file.rows > 200 * 30)
    #expect(
      after.origins.map(\.applied) == [200] && after.origins[0].hash == status.origins[0].hash)
  }

  @Test func tablesThatAreNotKnownAreNamed() throws {
    let folder = try TemporaryFolder()
    try TestStore(PaintShop(), at: "\(folder.path)/shop").close()
    let stat = try Command.run("stat", "shop", in: folder)
    #expect(stat.output.contains("\npots        ?  String → LWWRegister<Colour>, not"))
  }
}

@Suite struct DumpTests {
  @Test func everyRowIsALine() throws {
    let folder = try TemporaryFolder()
    try TestStore.truncatedBank(at: "\(folder.path)/bank")
    let dump = try Command.run("dump", "bank", in: folder)
    let lines = dump.output.split(separator: "\n")
    #expect(lines.count == 101 && dump.status == 0 && dump.errors.isEmpty, "\(dump.errors)")
    #expect(lines.first == #"{"key":"1","table":"accounts","value":100}"#)
    #expect(lines.contains(#"{"key":"7","table":"accounts","value":650}"#))
    #expect(lines.contains(#"{"key":"8","table":"holders","value":"nobody"}"#))
    #expect(lines.last == #"{"key":"7","table":"tags","value":["vip"]}"#)
  }

  @Test func everyVersionIsALineWithItsBytes() throws {
    struct Record: Decodable {
      struct Write: Decodable {
        var table, key, delta: String
      }

      var firstSequence: UInt64
      var previousHash, hash: String
      var writes: [Write]
    }
    let folder = try TemporaryFolder()
    try TestStore.bank(at: "\(folder.path)/whole")
    try TestStore.truncatedBank(at: "\(folder.path)/cut")
    for (store, count, first) in [("whole", 5, UInt64(1)), ("cut", 2, 101)] {
      let dump = try Command.run("dump", store, "--versions", in: folder)
      let records = try dump.output.split(separator: "\n").map {
        try JSONDecoder().decode(Record.self, from: Data($0.utf8))
      }
      #expect(records.count == count && records.first?.firstSequence == first)
      #expect(zip(records, records.dropFirst()).allSatisfy { $0.hash == $1.previousHash })
      #expect(records[0].writes.contains { $0.table == "accounts" && $0.delta.count > 10 })
    }
  }

  @Test func whatCannotBeReadIsNamed() throws {
    let folder = try TemporaryFolder()
    var store = try TestStore(PaintShop(), at: "\(folder.path)/shop")
    try store.write { tx in try tx[PaintShop().shelves, "left"].insert(3) }
    try store.close()
    let dump = try Command.run("dump", "shop", in: folder)
    #expect(dump.output == #"{"key":"left","table":"shelves","value":[3]}"# + "\n")
    #expect(dump.isOneLineFailure && dump.status == 1, "\(dump)")
    #expect(
      dump.errors.contains(
        "not dumped: table labels, which holds LWWRegister<String> by String; "
          + "table pots, which holds LWWRegister<Colour> by String; the program"), "\(dump)")
    #expect(try Command.run("dump", "shop", "--versions", in: folder).status == 0)
  }
}
