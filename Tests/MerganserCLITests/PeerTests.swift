import CommandSupport
import Foundation
import Merganser
import MerganserLog
import TestSupport
import Testing

/// Replicas that a store has met, as an operator sees them.
@Suite struct PeerTests {
  private struct Status: Decodable {
    struct Peer: Decodable, Equatable {
      var replica, met: String
      var behind: UInt64
      var getsLog: Bool
    }

    var peers: [Peer]
  }

  private func peers(of store: String, in folder: TemporaryFolder) throws -> [Status.Peer] {
    let stat = try Command.run("stat", store, "--json", in: folder)
    return try JSONDecoder().decode(Status.self, from: Data(stat.output.utf8)).peers
  }

  /// Lisbon has met Porto, and has written and truncated its log since.
  private func stores(in folder: TemporaryFolder) throws {
    try TestStore.bank(at: "\(folder.path)/lisbon")
    try TestStore(TestBank(), at: "\(folder.path)/porto", replica: TestStore.porto).close()
    #expect(try peers(of: "lisbon", in: folder).isEmpty)
    #expect(try Command.run("sync", "lisbon", "porto", in: folder).status == 0)
  }

  /// Writes to a store as its program does.
  private func write(_ accounts: Range<UInt64>, at path: String) async throws {
    let replica = try await Replica.open(TestBank(), at: path, options: TestStore.keepingNothing)
    for account in accounts {
      try await replica.write { try $0[TestBank().accounts, account].increment(by: 1) }
    }
    try await replica.close()
  }

  @Test func whoWasMetIsShownWithHowFarBehindItIs() async throws {
    let folder = try TemporaryFolder()
    try stores(in: folder)
    for (store, peer) in [("lisbon", TestStore.porto), ("porto", TestStore.lisbon)] {
      let found = try peers(of: store, in: folder)
      let first = try #require(found.first)
      #expect(found.count == 1 && first.replica == peer.description)
      // What Porto was just given, it has.
      #expect(first.behind == 0 && first.getsLog && first.met.hasPrefix("20"))
    }
    try await write(100..<130, at: "\(folder.path)/lisbon")
    let behind = try peers(of: "lisbon", in: folder)
    #expect(behind.count == 1 && behind[0].behind == 30 && behind[0].getsLog)
    let stat = try Command.run("stat", "lisbon", in: folder)
    #expect(
      stat.output.contains(
        /\npeer +behind  gets +met\nb0b0b0b0\w{24}      30   log  20\d\d-\d\d-\d\dT[\d:.]+Z\n\n/),
      "\(stat.output)")
    #expect(stat.output.split(separator: "\n").allSatisfy { $0.count <= 80 })

    let store = try LogStore.open(
      at: "\(folder.path)/lisbon", options: TestStore.keepingNothing)
    while try store.truncate() {}
    try store.close()
    #expect(try peers(of: "lisbon", in: folder).map(\.getsLog) == [false])
    #expect(try Command.run("stat", "lisbon", in: folder).output.contains("      30  rows  20"))
    // Rows come instead, and then Porto has all.
    #expect(try Command.run("sync", "lisbon", "porto", in: folder).status == 0)
    let met = try peers(of: "lisbon", in: folder)
    #expect(met.map(\.behind) == [0] && met.map(\.getsLog) == [true])
  }

  @Test func whoWillNotComeAgainIsForgotten() throws {
    let folder = try TemporaryFolder()
    try stores(in: folder)
    let unknown = try Command.run("forget", "lisbon", "c0c0", in: folder)
    #expect(unknown.isOneLineFailure, "\(unknown)")
    #expect(unknown.errors.contains("knows no replica c0c0; it knows b0b0b0b0"), "\(unknown)")
    let forgotten = try Command.run("forget", "lisbon", "B0b0", in: folder)
    #expect(
      forgotten.status == 0
        && forgotten.output == "lisbon keeps nothing for \(TestStore.porto) any more\n",
      "\(forgotten)")
    #expect(try peers(of: "lisbon", in: folder).isEmpty)
    #expect(
      try Command.run("forget", "lisbon", "b0b0", in: folder).errors.contains("it knows none"))
    // It comes again after all, and is known again.
    #expect(try Command.run("sync", "lisbon", "porto", in: folder).status == 0)
    #expect(try peers(of: "lisbon", in: folder).map(\.behind) == [0])

    let open = try LogStore.open(at: "\(folder.path)/lisbon")
    for low in 1...2 as ClosedRange<UInt64> {
      open.note(ReplicaID(high: 0xC0C0 << 48, low: low), holds: VersionVector(), at: .zero)
    }
    let used = try Command.run("forget", "lisbon", "b0b0", in: folder)
    #expect(used.isOneLineFailure && used.errors.contains("in use"), "\(used)")
    try open.close()
    let several = try Command.run("forget", "lisbon", "c0c0", in: folder)
    #expect(several.isOneLineFailure && several.errors.contains("several replicas"), "\(several)")
    #expect(try peers(of: "lisbon", in: folder).count == 3)
  }
}
