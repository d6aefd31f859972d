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
}
