import Foundation
import Merganser
import MerganserLog
import TestSupport
import Testing

/// What is done to a store while its replica reads and writes.
@Suite struct StoreUseTests {
  let bank = Bank()

  @Test func aStoreShrinksWhileItIsWrittenTo() async throws {
    let folder = try TemporaryFolder()
    let replica = try await Replica.open(
      bank, at: folder.path + "/a", options: StateTransferTests.options)
    let owners = bank.owners
    for start in stride(from: 0, to: 4000, by: 200) {
      try await replica.write { tx in
        for number in start..<start + 200 {
          try tx[Bank().accounts, "\(number)"].increment(by: 1)
          try tx[owners, "\(number)"].set(String(repeating: "name \(number) ", count: 30))
        }
      }
    }
    for start in stride(from: 0, to: 3900, by: 100) {
      try await replica.write { tx in
        for number in start..<start + 100 { try tx[Bank().accounts, "\(number)"].delete() }
      }
    }
    let (old, before) = (replica.snapshot, try replica.sizeOnDisk)
    let writes = Task {
      for number in 0..<200 {
        try await replica.write { try $0[Bank().accounts, "meanwhile \(number)"].increment(by: 1) }
      }
    }
    try await replica.compact()
    try await writes.value
    #expect(try replica.sizeOnDisk < before / 2)
    // Who read before reads on, from the file that is gone for everybody else.
    #expect(try old.count(bank.accounts) == 100)
    #expect(try old.rows(bank.owners).count == 100)
    #expect(try replica.snapshot.count(bank.accounts) == 300)
    let digest = try replica.snapshot.digest
    try await replica.close()
    let again = try await Replica.open(bank, at: folder.path + "/a")
    #expect(try again.snapshot.digest == digest)
    try await again.close()
    #expect(try LogStore.verify(at: folder.path + "/a").isSound)
  }

  @Test func aBackupIsAReplicaOfItsOwnThatHoldsTheSame() async throws {
    let folder = try TemporaryFolder()
    let replica = try await Replica.open(bank, at: folder.path + "/a")
    let accounts = bank.accounts
    try await replica.write { try $0[accounts, "alice"].increment(by: 100) }
    try await replica.backup(to: folder.path + "/b")
    try await replica.write { try $0[accounts, "alice"].decrement(by: 10) }
    let copy = try await Replica.open(bank, at: folder.path + "/b")
    #expect(copy.id != replica.id)
    #expect(copy.founder == replica.founder)
    #expect(try copy.snapshot[accounts, "alice"]?.value == 100)
    try await copy.write { try $0[accounts, "bob"].increment(by: 1) }
    try await copy.sync(with: replica)
    #expect(try copy.snapshot.digest == replica.snapshot.digest)
    #expect(try copy.snapshot[accounts, "alice"]?.value == 90)
    await #expect(throws: StorageError.self) { try await replica.backup(to: folder.path + "/b") }
    try await copy.close()
    try await replica.close()
  }

  /// A store is closed in the midst of all that is done to it: each comes to its end or fails, and what was
  /// acknowledged is there at the next opening.
  @Test(.timeLimit(.minutes(5))) func aStoreIsClosedInTheMidstOfItsUse() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/a"
    let founder = ReplicaID.random()
    let other = try Replica(bank, joining: founder)
    try await other.write { tx in
      try tx[Bank().accounts, "other"].create()
      try tx[Bank().owners, "other"].set("elsewhere")
    }
    let accounts = bank.accounts
    var acknowledged: [String] = []
    var backups = 0
    for round in 0..<40 {
      var options = StateTransferTests.options
      options.durability = .survivesProcessCrash
      let replica = try await Replica.open(bank, at: path, id: founder, options: options)
      for account in acknowledged { #expect(try replica.snapshot[accounts, account] != nil) }
      let writes = (0..<4).map { task in
        Task {
          var done: [String] = []
          for number in 0..<20 {
            let account = "\(round) \(task) \(number)"
            do { try await replica.write { try $0[accounts, account].create() } } catch { break }
            done.append(account)
          }
          return done
        }
      }
      let backup = Task { try await replica.backup(to: "\(folder.path)/backup \(round)") }
      let uses = [
        Task { try await replica.compact() },
        Task { _ = try await replica.sync(with: other) },
        Task { _ = try await replica.export(to: "\(folder.path)/bundle \(round)") },
      ]
      for _ in 0..<(round * 7 % 60) { await Task.yield() }
      let closing = (0..<2).map { _ in Task { try await replica.close() } }
      for task in closing { try await task.value }
      for task in writes { acknowledged += await task.value }
      if case .success = await backup.result { backups += 1 }
      for task in uses { _ = await task.result }
    }
    for round in 0..<40 where try LogStore.exists(at: "\(folder.path)/backup \(round)") {
      #expect(try LogStore.verify(at: "\(folder.path)/backup \(round)").isSound)
      backups -= 1
    }
    #expect(backups == 0)
    #expect(try LogStore.verify(at: path).isSound)
  }

  /// Of two exports of one name one is there, whole, and the other is refused.
  @Test func twoExportsOfOneNameAreNotMixed() async throws {
    let folder = try TemporaryFolder()
    let replica = try Replica(bank)
    for number in 0..<200 {
      try await replica.write { tx in
        try tx[Bank().accounts, "\(number)"].create()
        try tx[Bank().owners, "\(number)"].set(String(repeating: "x", count: 3000))
      }
    }
    for round in 0..<10 {
      let path = "\(folder.path)/bundle \(round)"
      let exports = (0..<3).map { _ in Task { try await replica.export(to: path) } }
      var made = 0
      for export in exports { if case .success = await export.result { made += 1 } }
      #expect(made == 1)
      let other = try Replica(bank, joining: replica.founder)
      #expect(try await other.import(from: path).received == 200)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 10)
  }

  /// A store whose file CURRENT is lost is damaged: nothing is founded in its place, and nothing of it removed.
  @Test func aStoreThatNothingNamesIsKept() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/a"
    let replica = try await Replica.open(bank, at: path)
    try await replica.write { try $0[Bank().accounts, "alice"].increment(by: 1) }
    try await replica.close()
    let current = try Data(contentsOf: URL(fileURLWithPath: path + "/CURRENT"))
    try FileManager.default.removeItem(atPath: path + "/CURRENT")
    let other = try await Replica.open(bank, at: folder.path + "/other")
    for attempt in [
      { _ = try await Replica.open(bank, at: path) },
      { try await other.backup(to: path) },
    ] as [() async throws -> Void] {
      do {
        try await attempt()
        Issue.record("it was taken for an empty folder")
      } catch StorageError.damaged(let place, let reason) {
        #expect(place == path && reason.contains("000001.mdb"))
      }
    }
    try current.write(to: URL(fileURLWithPath: path + "/CURRENT"))
    let again = try await Replica.open(bank, at: path)
    #expect(again.id == replica.id)
    #expect(try again.snapshot[bank.accounts, "alice"]?.value == 1)
    try await again.close()
    // A file that only looks like a store's is somebody's, too, and so is one beside a new store.
    for (name, isTaken) in [("000123.mdb", false), ("000001.mdb", false), ("STATE-notes", true)] {
      let place = try TemporaryFolder()
      let mine = "\(place.path)/\(name)"
      try "mine".write(toFile: mine, atomically: true, encoding: .utf8)
      if isTaken {
        try await other.backup(to: place.path)
        try await Replica.open(bank, at: place.path + "/new").close()
      } else {
        await #expect(throws: StorageError.self) { try await other.backup(to: place.path) }
        await #expect(throws: StorageError.self) { try await Replica.open(bank, at: place.path) }
      }
      #expect(try String(contentsOfFile: mine, encoding: .utf8) == "mine", "\(name)")
    }
    // What a process left that was killed while it made a store is no store.
    for start in ["", "half a page"] {
      let place = try TemporaryFolder()
      for name in ["STATE-unfinished", "000001.mdb"] {
        try start.write(toFile: "\(place.path)/\(name)", atomically: true, encoding: .utf8)
      }
      try await other.backup(to: place.path)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: place.path).sorted().first
          == "000001.mdb")
      #expect(!FileManager.default.fileExists(atPath: place.path + "/STATE-unfinished"))
      #expect(try LogStore.verify(at: place.path).isSound)
    }
    try await other.close()
  }
}
