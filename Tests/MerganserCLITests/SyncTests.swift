import Merganser
import Testing

@Suite struct SyncTests {
  @Test func twoStoresHoldTheSameAfterwards() throws {
    let folder = try Folder()
    try TestStore.bank(at: "\(folder.path)/lisbon")
    var porto = try TestStore(
      TestBank(), at: "\(folder.path)/porto", replica: TestStore.porto)
    try porto.write { tx in try tx[TestBank().accounts, 7].increment(by: 700) }
    try porto.close()
    let met = try Command.run("sync", "lisbon", "porto", in: folder)
    #expect(met.status == 0, "\(met.errors)")
    #expect(
      met.output == """
        lisbon (a1b2c3d4) took in 1 version, and holds those of 2 replicas
        porto (b0b0b0b0) took in 5 versions, and holds those of 2 replicas
        Both hold the same versions.

        """)
    let shown = try ["lisbon", "porto"].map {
      try Command.run("show", $0, "accounts", in: folder).output
    }
    #expect(shown[0] == "2 12000\n7 700\n" && shown[1] == shown[0])
    let again = try Command.run("sync", "porto", "lisbon", in: folder)
    #expect(again.output.contains("took in 0 versions"))
    for store in ["lisbon", "porto"] {
      #expect(try Command.run("verify", store, in: folder).status == 0)
    }
  }

  @Test func whatCannotMeetIsRefusedAndStaysAsItIs() throws {
    let folder = try Folder()
    try TestStore.bank(at: "\(folder.path)/lisbon")
    try TestStore(PaintShop(), at: "\(folder.path)/shop", replica: TestStore.porto).close()
    try TestStore(
      TestBank(), at: "\(folder.path)/other", replica: TestStore.porto, founder: TestStore.porto
    ).close()
    let open = try TestStore(TestBank(), at: "\(folder.path)/open", replica: TestStore.porto)
    let balances = try Command.run("show", "lisbon", in: folder).output
    for (store, reason) in [
      ("shop", "different schemas"), ("other", "different databases"), ("open", "in use"),
      ("lisbon", "one folder"), ("nowhere", "nothing of this name"),
    ] {
      let met = try Command.run("sync", "lisbon", store, in: folder)
      #expect(met.isOneLineFailure && met.errors.contains(reason), "\(met.errors)")
    }
    #expect(try Command.run("show", "lisbon", in: folder).output == balances)
    try open.close()
  }
}
