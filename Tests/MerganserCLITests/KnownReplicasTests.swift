import CommandSupport
import Merganser
import MerganserLog
import TestSupport
import Testing

/// A replica is named by how its id begins, alike in every command.
@Suite struct KnownReplicasTests {
  @Test(arguments: [
    ["log", "lisbon", "--origin"], ["forget", "lisbon"], ["succeed", "lisbon", "--replica"],
    ["heal", "lisbon", "new", "--from", "porto", "--offer"],
  ])
  func oneIsMeant(_ arguments: [String]) throws {
    let folder = try TemporaryFolder()
    // All ids of the three begin alike.
    let ids = (0..<3).map { ReplicaID(high: 0xA1B2_0000_0000_0000 | $0, low: 1) }
    for (place, id) in zip(["lisbon", "porto", "faro"], ids) {
      var store = try TestStore(
        TestBank(), at: "\(folder.path)/\(place)", replica: id, founder: ids[0])
      try store.write { tx in try tx[TestBank().tags, 1].insert(place) }
      try store.close()
    }
    for other in ["porto", "faro"] {
      #expect(try Command.run("sync", "lisbon", other, in: folder).status == 0)
    }
    for (typed, reason) in [
      ("ffff", "lisbon knows no replica ffff; it "),
      ("a1b2", "a1b2 is how the ids of several replicas begin: \(ids[1])"),
      ("A1B2", "A1B2 is how the ids of several replicas begin: \(ids[1])"),
    ] {
      let outcome = try Command.start(arguments + [typed], in: folder).finish()
      #expect(outcome.isOneLineFailure && outcome.status == 1, "\(outcome)")
      let told = outcome.errors.replacing("\(ids[0]), ", with: "")
      #expect(told.contains(reason) && told.contains("\(ids[2])"), "\(outcome)")
    }
  }
}
