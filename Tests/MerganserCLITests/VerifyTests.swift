import CommandSupport
import Foundation
import Merganser
import MerganserDatabase
import TestSupport
import Testing

@Suite struct VerifyTests {
  @Test func aSoundStoreIsSound() throws {
    let folder = try TemporaryFolder()
    try TestStore.bank(at: "\(folder.path)/bank")
    let verified = try Command.run("verify", "bank", in: folder)
    #expect(
      verified.output == """
        checked: 5 versions of 1 replica in 1 block: checksums, links, gaps, vector
        checked: 3 rows of 3 tables, and 2 of system tables
        checked: Bounds "no balance below zero"
        checked: ForeignKey "a holder has an account"
        bank is sound

        """, "\(verified)")
    #expect(verified.status == 0)
  }

  @Test func everyDamageOfTheLogIsFoundAndLeftAsItIs() throws {
    let folder = try TemporaryFolder()
    try TestStore.bank(at: "\(folder.path)/bank")
    // What a version wrote stands in the file as it is: the holder's name, for instance.
    try folder.damage("bank", name: "000001.mdb") { data in
      while let place = data.firstRange(of: Data("Sousa".utf8)) { data[place.lowerBound] = 0x21 }
    }
    let before = try folder.contents(of: "bank")
    let verified = try Command.run("verify", "bank", in: folder)
    #expect(verified.status == 1)
    #expect(verified.output.contains("its checksum does not fit its contents"))
    #expect(
      verified.output.hasSuffix(
        """

        bank is damaged: 1 fault

        What to do: close the program that has it open, and move the folder away. Then
        - restore a backup: merganser backup BACKUP bank
        - or join the database anew: Replica.open(…, joining: founder), with the founder
          a1b2c3d4000000010000000000000001
        and bring the rest from another replica's store: merganser sync bank OTHER
        What this store alone had written since is lost.

        """), "\(verified.output)")
    #expect(
      verified.output.contains(
        "\nnot checked: rows and invariants: the log that they come from is damaged\nfault: "))
    let lines = verified.output.split(separator: "\n").filter { !$0.hasPrefix("fault: ") }
    #expect(lines.allSatisfy { $0.count <= 80 }, "\(verified.output)")
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
    let folder = try TemporaryFolder()
    var store = try TestStore(
      Unbounded(), at: "\(folder.path)/bank", recorded: try Catalog(TestBank()).description)
    try store.write { tx in try tx[Unbounded().accounts, 5].decrement(by: 30) }
    try store.close()
    let verified = try Command.run("verify", "bank", in: folder)
    #expect(verified.status == 1)
    #expect(
      verified.output.contains("\nfault: accounts 5: no balance below zero: the value is -30\n")
        && verified.output.contains("\nbank breaks its invariants: 2 faults\n")
        && verified.output.contains("\nrows: correct them by transactions of the program."),
      "\(verified.output)")
    #expect(!verified.output.contains("backup"))
    #expect(try Command.run("verify", "bank", "--json", in: folder).status == 1)
  }

  @Test func whatCannotBeCheckedIsNamed() throws {
    let folder = try TemporaryFolder()
    try TestStore(PaintShop(), at: "\(folder.path)/shop").close()
    let verified = try Command.run("verify", "shop", in: folder)
    #expect(verified.status == 0)
    #expect(
      verified.output == """
        checked: 0 versions of 0 replicas in 0 blocks: checksums, links, gaps, vector
        checked: 0 rows of 1 table
        not checked: table labels: its rows live and die with those of pots
        not checked: table pots: this program does not know LWWRegister<Colour> by
          String
        not checked: ForeignKey "a label has a pot": a table that it is about was not
          checked
        shop has no fault in what was checked; see above what was not

        """, "\(verified.output)")
    try TestStore(GuestRegister(), at: "\(folder.path)/guests").close()
    let guests = try Command.run("verify", "guests", in: folder)
    #expect(
      guests.output.contains(
        "\nnot checked: Unique \"no name twice\": its condition is code, which only its\n  program has\n"
      ),
      "\(guests.output)")
    #expect(
      !guests.output.contains("sound")
        && !guests.output.contains("checked: Unique \"no name twice\"\n"))
  }
}

@Suite struct DamagedPageTests {
  /// LMDB's own pages have no checksums, and what it reads there may end a process: never this one.
  @Test func everyDamagedPageEndsInAReport() throws {
    let folder = try TemporaryFolder()
    try TestStore.bank(at: "\(folder.path)/whole")
    let pages = try folder.contents(of: "whole")["000001.mdb"].map { $0.count / 4096 } ?? 0
    #expect(pages > 2)
    var faults = 0
    for page in 0..<min(pages, 24) {
      let store = "page-\(page)"
      try FileManager.default.copyItem(
        atPath: "\(folder.path)/whole", toPath: "\(folder.path)/\(store)")
      try folder.damage(store, name: "000001.mdb") { data in
        for offset in 16..<400 {
          data[page * 4096 + offset] = UInt8(truncatingIfNeeded: offset * 37)
        }
      }
      let verified = try Command.run("verify", store, in: folder)
      if verified.status == 0 { continue }
      faults += 1
      #expect(verified.status == 1)
      #expect(
        verified.output.contains("\n\(store) is damaged: ")
          && verified.output.contains("What to do")
          || verified.isOneLineFailure,
        "\(verified)")
    }
    #expect(faults > 2)
  }
}
