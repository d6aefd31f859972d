import Foundation
import Merganser
import MerganserDatabase
import MerganserSync
import TestSupport
import Testing

/// A bundle that somebody made by hand: what cannot be is refused by name before anything is taken in.
@Suite struct HostileBundleTests {
  private let bank = Bank()
  private let wall = HybridTime(milliseconds: 1000)

  /// Imports a bundle of the given parts.
  private func take(
    _ frames: [SyncMessage], into replica: Replica<Bank>, beyond: VersionVector = VersionVector(),
    carriesState: Bool = false, change: (inout Greeting) -> Void = { _ in }
  ) async throws -> ImportReport {
    let folder = try TemporaryFolder()
    var greeting = try await replica.greeting()
    greeting.replica = ReplicaID(high: 9, low: 9)
    change(&greeting)
    var encoder = BundleEncoder()
    let header = BundleHeader(greeting, beyond: beyond, carriesState: carriesState)
    var bytes = BundleEncoder.preface + (try encoder.encode(.header(header)))
    for frame in frames { bytes += try encoder.encode(frame) }
    bytes += try encoder.encode(.end(messages: encoder.frameCount))
    try Data(bytes).write(to: URL(fileURLWithPath: folder.path + "/b"))
    return try await replica.import(from: folder.path + "/b")
  }

  /// Versions of one identity, each a row of the given name.
  private func versions(
    _ names: [String], of id: ReplicaID, like replica: Replica<Bank>
  ) throws -> [StoredVersion] {
    var database = Database(catalog: try Catalog(bank), replica: id, founder: replica.founder)
    return try names.compactMap { name in
      try database.transact(scope: .localOnly, wall: wall) { [bank] in
        try $0[bank.accounts, name].create()
      }.version
    }
  }

  @Test func anotherPlanIsRefusedByName() async throws {
    let replica = try Replica(
      bank, options: ReplicaOptions(wall: { HybridTime(milliseconds: 1000) }))
    let ours = try #require(try await replica.greeting().plan)
    await #expect(throws: ReplicationError.otherPlan(ours: ours, theirs: ours &+ 1)) {
      try await take([], into: replica) { $0.plan = ours &+ 1 }
    }
    #expect(try await take([], into: replica) { $0.plan = nil }.received == 0)
  }

  /// Whichever of its parts name them, a bundle has no more origins than a database.
  @Test func originsHaveANumber() async throws {
    let replica = try Replica(
      bank, options: ReplicaOptions(wall: { HybridTime(milliseconds: 1000) }))
    let limit = Database.maximumOrigins
    let heads = Dictionary(
      uniqueKeysWithValues: (1...UInt64(limit)).map {
        (ReplicaID(high: 7, low: $0), Head(sequence: 1, hash: 1))
      })
    var more = heads
    more[ReplicaID(high: 8, low: 1)] = Head(sequence: 1, hash: 1)
    let state = SyncMessage.state(StateHeader(heads: more, time: wall, tables: []))
    let version = try versions(["a"], of: ReplicaID(high: 8, low: 2), like: replica)
    let exceeded = ReplicationError.exceedsLimit(
      "replicas that have written in its bundle", found: limit + 1, limit: limit)
    await #expect(throws: exceeded) {
      try await take([], into: replica, beyond: VersionVector(more), carriesState: true)
    }
    await #expect(throws: exceeded) { try await take([state], into: replica, carriesState: true) }
    await #expect(throws: exceeded) {
      try await take(
        [.state(StateHeader(heads: [:], time: wall, tables: [])), .rows(part), .versions(version)],
        into: replica, beyond: VersionVector(heads), carriesState: true)
    }
  }

  private var part: StatePart {
    StatePart(table: "accounts", behind: nil, last: nil, rows: [])
  }

  /// What goes through another branch of what is here is not begun with, wherever it parts.
  @Test func anotherBranchIsRefusedBeforeAnythingIsTakenIn() async throws {
    let replica = try Replica(
      bank, options: ReplicaOptions(wall: { HybridTime(milliseconds: 1000) }))
    let (member, other) = (ReplicaID(high: 0, low: 5), ReplicaID(high: 0, low: 6))
    let here = try versions(["a", "b"], of: member, like: replica)
    let branch = try versions(["a", "c", "d"], of: member, like: replica)
    #expect(here[0] == branch[0])
    _ = try await replica.apply(here)
    let news = try versions(["n"], of: other, like: replica)
    let fork = ReplicationError.forkedHistory(origin: member, sequence: 2)
    // Its own version where the two part, or only one that comes behind it; in any order.
    var beyond = VersionVector()
    beyond[member] = 2
    for (offered, vector) in [
      (news + branch, VersionVector()), (news + [branch[2]], beyond),
      (news + [branch[1], branch[0]], VersionVector()),
    ] {
      await #expect(throws: fork) {
        try await take([.versions(offered)], into: replica, beyond: vector)
      }
      #expect(try replica.snapshot[bank.accounts, "n"] == nil)
    }
    #expect(try await take([.versions(here + news)], into: replica).received == 1)
  }

  /// Of more refusals than a report lists it has the number, over all that the bundle carries.
  @Test func refusalsAreListedUpToALimit() async throws {
    let replica = try Replica(
      bank, options: ReplicaOptions(wall: { HybridTime(milliseconds: 1000) }))
    let stranger = ReplicaID(high: 8, low: 1)
    let lie = StoredVersion(
      origin: stranger, sequences: 1...1, time: wall, previousHash: 0, replicas: [stranger],
      writes: [RowDelta(table: "t", key: [1], delta: [1])])
    // Each frame has less than the limit.
    let frame = SyncMessage.versions(Array(repeating: lie, count: 700))
    let report = try await take([frame, frame, frame], into: replica)
    #expect(report.refused.count == SyncReport.limit)
    #expect(report.furtherRefusals == 2100 - SyncReport.limit)
    #expect(report.received == 0)
  }

  /// A frame is as long as it says, and no longer than frames are; nothing follows the end.
  @Test func framesAreAsLongAsTheySay() throws {
    var encoder = BundleEncoder()
    let end = try encoder.encode(.end(messages: 0))
    let (head, body) = (
      Array(end[..<BundleDecoder.frameHeadSize]), Array(end[BundleDecoder.frameHeadSize...])
    )
    var decoder = try BundleDecoder(preface: BundleEncoder.preface)
    for (more, isTaken) in [(0, true), (1, false)] {
      var long = head
      let length = UInt32(BundleEncoder.maximumFrameSize + more).littleEndian
      long.replaceSubrange(1..<5, with: withUnsafeBytes(of: length) { Array($0) })
      #expect((try? decoder.length(behind: long)) == (isTaken ? Int(length) : nil))
    }
    var other = head
    other[1] += 1
    let error = #expect(throws: BundleError.self) { try decoder.decode(head: other, body: body) }
    guard case .damaged(_, reason: "it ends too early")? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    // The end alone is no bundle.
    #expect(throws: BundleError.self) { try decoder.decode(head: head, body: body) }
  }
}
