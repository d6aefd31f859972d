import Foundation
import Merganser
import Testing

@Suite struct VerifyTests {
  @Test func aSoundStoreIsSound() throws {
    let folder = try Folder()
    try TestStore.bank(at: "\(folder.path)/bank")
    let verified = try Command.run("verify", "bank", in: folder)
    #expect(
      verified.status == 0 && verified.output.hasPrefix("bank is sound: 5 versions of 1 replica"))
  }

  @Test func everyDamageOfTheLogIsFoundAndLeftAsItIs() throws {
    let folder = try Folder()
    try TestStore.bank(at: "\(folder.path)/bank")
    // What a version wrote stands in the file as it is: the holder's name, for instance.
    try folder.damage("bank", "000001.mdb") { data in
      while let place = data.firstRange(of: Data("Sousa".utf8)) { data[place.lowerBound] = 0x21 }
    }
    let before = try folder.contents(of: "bank")
    let verified = try Command.run("verify", "bank", in: folder)
    #expect(verified.status == 1)
    #expect(verified.output.contains("its checksum does not fit its contents"))
    #expect(verified.output.hasSuffix("bank is damaged: 1 fault\n"), "\(verified.output)")
    for command in ["show", "log"] {
      let shown = try Command.run(command, "bank", in: folder)
      #expect(shown.isOneLineFailure && shown.errors.contains("damaged"), "\(shown.errors)")
    }
    #expect(try folder.contents(of: "bank") == before)
  }

  @Test func aBalanceBelowItsBoundIsFound() throws {
    struct Unbounded: Schema {
      let accounts = Table<UInt64, EscrowCounter>("accounts")
      let holders = Table<UInt64, LWWRegister<String>>("holders")
      let tags = Table<UInt64, ORSet<String>>("tags")
    }
    let folder = try Folder()
    var store = try TestStore(
      Unbounded(), at: "\(folder.path)/bank", recorded: try Catalog(TestBank()).description)
    try store.write { tx in try tx[Unbounded().accounts, 5].decrement(by: 30) }
    try store.close()
    let verified = try Command.run("verify", "bank", in: folder)
    #expect(verified.status == 1)
    #expect(
      verified.output.hasPrefix("accounts 5: no balance below zero: the value is -30\n"),
      "\(verified.output)")
    #expect(try Command.run("verify", "bank", "--json", in: folder).status == 1)
  }

  @Test func whatCannotBeCheckedIsNamed() throws {
    let folder = try Folder()
    try TestStore(PaintShop(), at: "\(folder.path)/shop").close()
    let verified = try Command.run("verify", "shop", in: folder)
    #expect(verified.status == 0)
    #expect(verified.output.contains("not checked: table pots, which holds LWWRegister<Colour>"))
    #expect(verified.output.contains("not checked: ForeignKey \"a label has a pot\""))
  }
}

@Suite struct DamagedPageTests {
  /// LMDB's own pages have no checksums, and what it reads there may end a process: never this one.
  @Test func everyDamagedPageEndsInAReport() throws {
    let folder = try Folder()
    try TestStore.bank(at: "\(folder.path)/whole")
    let pages = try folder.contents(of: "whole")["000001.mdb"].map { $0.count / 4096 } ?? 0
    #expect(pages > 2)
    var faults = 0
    for page in 0..<min(pages, 24) {
      let store = "page-\(page)"
      try FileManager.default.copyItem(
        atPath: "\(folder.path)/whole", toPath: "\(folder.path)/\(store)")
      try folder.damage(store, "000001.mdb") { data in
        for offset in 16..<400 {
          data[page * 4096 + offset] = UInt8(truncatingIfNeeded: offset * 37)
        }
      }
      let verified = try Command.run("verify", store, in: folder)
      if verified.status == 0 { continue }
      faults += 1
      #expect(verified.status == 1)
      #expect(
        verified.output.contains("\n\(store) is damaged: ") || verified.isOneLineFailure,
        "\(verified)")
    }
    #expect(faults > 2)
  }
}
