import CommandSupport
import Foundation
import Merganser
import MerganserLog
import TestSupport
import Testing

@Suite struct BackupTests {
  @Test func aStoreInUseIsCopiedAndTheCopyIsAReplicaOfItsOwn() throws {
    let folder = try TemporaryFolder()
    var store = try TestStore(TestBank(), at: "\(folder.path)/bank")
    for account in 0..<100 as Range<UInt64> {
      try store.write { tx in try tx[TestBank().accounts, account].increment(by: 3) }
    }
    let backup = try Command.run("backup", "bank", "copy", in: folder)
    #expect(backup.status == 0, "\(backup.errors)")
    #expect(backup.output.contains(/^copy holds what bank held: [\d,]+ B\n$/), "\(backup.output)")
    try store.write { tx in try tx[TestBank().accounts, 1000].increment(by: 3) }
    try store.close()
    let rows = try Command.run("dump", "copy", in: folder).output.split(separator: "\n")
    #expect(rows.count == 100)
    #expect(try Command.run("verify", "copy", in: folder).status == 0)
    let met = try Command.run("sync", "copy", "bank", in: folder)
    #expect(met.status == 0 && met.output.contains("copy is a new replica now"), "\(met)")
    #expect(met.output.contains("took in 1 version,"), "\(met)")
    let again = try Command.run("backup", "bank", "copy", in: folder)
    #expect(again.isOneLineFailure && again.errors.contains("holds a store already"), "\(again)")
  }

  @Test func compactingGivesFreePagesBack() throws {
    let folder = try TemporaryFolder()
    var store = try TestStore(
      TestBank(), at: "\(folder.path)/bank", options: TestStore.keepingNothing)
    for round in 0..<20 {
      try store.write { tx in
        for account in 0..<400 as Range<UInt64> {
          try tx[TestBank().holders, account].delete()
          try tx[TestBank().accounts, account].increment(by: Int64(round))
        }
      }
    }
    try store.checkpoint()
    try store.truncate()
    let used = try Command.run("compact", "bank", in: folder)
    #expect(used.isOneLineFailure && used.errors.contains("bank is in use"), "\(used)")
    try store.close()
    let rows = try Command.run("dump", "bank", in: folder).output
    let size = try folder.contents(of: "bank")["000001.mdb"]?.count ?? 0
    let compacted = try Command.run("compact", "bank", in: folder)
    #expect(compacted.status == 0, "\(compacted.errors)")
    #expect(
      compacted.output.hasPrefix("bank had ") && compacted.output.contains("B, and has "),
      "\(compacted.output)")
    let files = try folder.contents(of: "bank").filter { $0.key.hasSuffix(".mdb") }
    #expect(files.count == 1 && (files.first?.value.count ?? 0) * 2 < size, "\(files.keys) \(size)")
    #expect(try Command.run("dump", "bank", in: folder).output == rows)
    #expect(try Command.run("verify", "bank", in: folder).status == 0)
    let shown = try Command.run("stat", "bank", in: folder)
    #expect(shown.output.contains("replica  a1b2c3d4"), "\(shown.output)")
  }
}
