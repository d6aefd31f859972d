import CommandSupport
import Foundation
import Merganser
import MerganserLog
import TestSupport
import Testing

/// Requests that committed more than once, as an operator finds and acknowledges them.
@Suite struct RequestsTests {
  private static let line = """
    request 5 committed 2 times: at 1767225601000+0 by a1b2c3d4, at 1767225602000+0 by b0b0b0b0
    """

  @Test func whatRanTwiceIsListedUntilItIsAcknowledged() throws {
    let folder = try TemporaryFolder()
    try TestStore.doubles(at: "\(folder.path)/bank")
    let listed = try Command.run("requests", "bank", in: folder)
    #expect(listed.status == 0 && listed.output == Self.line + "\n", "\(listed)")
    let json = try Command.run("requests", "bank", "--json", in: folder)
    #expect(
      json.output.contains(#""executor" : "b0b0b0b0","#)
        && json.output.contains(#""request" : "5""#), "\(json)")

    let before = try folder.contents(of: "bank")
    // Request 6 committed once.
    for id in ["6", "7", ""] {
      let unknown = try Command.run("requests", "bank", "--acknowledge", id, in: folder)
      #expect(unknown.isOneLineFailure, "\(unknown)")
    }
    #expect(try folder.contents(of: "bank") == before)
    let acknowledged = try Command.run("requests", "bank", "--acknowledge", "5", in: folder)
    #expect(
      acknowledged.status == 0 && acknowledged.output == "acknowledged: \(Self.line)\n",
      "\(acknowledged)")

    let none = "no request committed more than once that is not acknowledged\n"
    #expect(try Command.run("requests", "bank", in: folder).output == none)
    let shown = try Command.run("show", "bank", in: folder)
    #expect(!shown.output.contains("executed twice"), "\(shown)")
    let again = try Command.run("requests", "bank", "--acknowledge", "5", in: folder)
    #expect(again.isOneLineFailure, "\(again)")
    #expect(try Command.run("verify", "bank", in: folder).status == 0)
    // It is so for all replicas.
    let faro = ReplicaID(high: 3, low: 3)
    try TestStore(TestBank(), at: "\(folder.path)/faro", replica: faro).close()
    #expect(try Command.run("sync", "bank", "faro", in: folder).status == 0)
    #expect(try Command.run("requests", "faro", in: folder).output == none)
  }

  /// A store whose program has types that the command does not know.
  @Test func noTypeOfTheProgramIsNeeded() throws {
    let folder = try TemporaryFolder()
    try TestStore.doubles(in: PaintShop(), at: "\(folder.path)/shop") { tx in
      try tx[PaintShop().shelves, "a"].insert(1)
    }
    #expect(try Command.run("requests", "shop", in: folder).output == Self.line + "\n")
    let acknowledged = try Command.run("requests", "shop", "--acknowledge", "5", in: folder)
    #expect(acknowledged.status == 0, "\(acknowledged)")
    #expect(try Command.run("requests", "shop", in: folder).output.hasPrefix("no request"))
    #expect(try Command.run("verify", "shop", in: folder).status == 0)
  }

  /// An id that is a text is listed as that, and taken however it is typed.
  @Test func aTextIsAnId() throws {
    let folder = try TemporaryFolder()
    let accounts = TestBank().accounts
    try TestStore.doubles(
      of: try RequestID("caf\u{E9} 7"), in: TestBank(), at: "\(folder.path)/bank"
    ) { tx in try tx[accounts, 1].increment(by: 1) }
    let listed = try Command.run("requests", "bank", in: folder)
    #expect(listed.output.hasPrefix("request caf\u{E9} 7 committed 2 times"), "\(listed)")
    let log = try Command.run("log", "bank", in: folder)
    #expect(log.output.contains("#caf\u{E9} 7 "), "\(log)")
    let acknowledged = try Command.run(
      "requests", "bank", "--acknowledge", "cafe\u{301} 7", in: folder)
    #expect(acknowledged.status == 0, "\(acknowledged)")
  }

  @Test func aStoreInUseIsListedAndNotWritten() throws {
    let folder = try TemporaryFolder()
    try TestStore.doubles(at: "\(folder.path)/bank")
    let open = try LogStore.open(at: "\(folder.path)/bank")
    #expect(try Command.run("requests", "bank", in: folder).output == Self.line + "\n")
    let refused = try Command.run("requests", "bank", "--acknowledge", "5", in: folder)
    #expect(refused.isOneLineFailure && refused.errors.contains("in use"), "\(refused)")
    try open.close()
  }
}
