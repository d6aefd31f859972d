import Foundation
import Merganser
import MerganserDatabase
import MerganserSync
import MerganserLog
import TestSupport
import Testing

/// Whatever road versions come by, the same are refused, nothing of them is kept, and everything else is taken in.
@Suite(.serialized) struct SyncRoadTests {
  enum Road: String, CaseIterable, CustomTestStringConvertible {
    /// To a replica that is open: by a sync, or in a bundle.
    case sync, bundle
    /// To a store that no program has open.
    case storeSync, storeBundle
    /// An earlier program has taken it in: it is in the log.
    case log

    var testDescription: String { rawValue }

    /// Whether a program judges what comes.
    var isOfAProgram: Bool { self == .sync || self == .bundle }
  }

  private let wall: @Sendable () -> HybridTime = { HostileHouse.wall }

  private func open(at path: String) async throws -> Replica<House> {
    try await Replica.open(
      House(), at: path, joining: HostileHouse.founder, id: HostileHouse.victim,
      options: ReplicaOptions(wall: wall))
  }

  /// Writes a bundle, whatever is in it.
  private func write(_ house: HostileHouse, to path: String) throws {
    var encoder = BundleEncoder()
    var bytes = BundleEncoder.preface
    let header = BundleHeader(house.greeting, beyond: VersionVector(), carriesState: false)
    bytes += try encoder.encode(.header(header))
    for version in house.all { bytes += try encoder.encode(.versions([version])) }
    bytes += try encoder.encode(.end(messages: encoder.frameCount))
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  /// Hands over to a peer all that there is, and tells what it refused.
  private func handOver(
    _ house: HostileHouse, to peer: some Peer, by road: Road, folder: String
  ) async throws -> [ReplicationError] {
    do {
      if road == .sync || road == .storeSync {
        return try await sync(peer, with: HostilePeer(said: house.greeting, handed: house.all))
          .refused
      }
      try write(house, to: folder + "/bundle")
      return try await peer.importBundle(from: folder + "/bundle").refused
    } catch let error as ReplicationError {
      // Of what cannot be read here the peers are told at the end.
      guard case .unreadable = error else { throw error }
      return [error]
    }
  }

  @Test(arguments: Malice.allCases, Road.allCases)
  func everyRoadRefusesAlike(_ malice: Malice, by road: Road) async throws {
    if road == .log, !malice.canBeInALog { return }
    let house = try HostileHouse(malice)
    let folder = try TemporaryFolder()
    let path = folder.path + "/store"
    try await open(at: path).close()
    var refused: [ReplicationError] = []
    if road.isOfAProgram {
      let replica = try await open(at: path)
      refused = try await handOver(house, to: replica, by: road, folder: folder.path)
      try await replica.close()
    } else {
      let store = try LogStore.open(at: path)
      if road == .log {
        try store.append(house.all)
      } else {
        let peer = try StorePeer(store, options: ReplicaOptions(wall: wall))
        refused = try await handOver(house, to: peer, by: road, folder: folder.path)
      }
      try store.close()
    }
    let isFound = road.isOfAProgram || road != .log && !malice.takesAProgram
    if isFound, !malice.onlyComesTooEarly {
      #expect(refused.contains { malice.isNamed(by: $0, of: HostileHouse.hostile) }, "\(refused)")
    } else {
      #expect(refused.isEmpty, "\(refused)")
    }
    #expect(try LogStore.verify(at: path).findings.isEmpty)

    var replica = try await open(at: path)
    #expect(try replica.snapshot.digest == house.digest)
    #expect(try replica.log().vector == replica.snapshot.vector)
    var aside: [SetAsideVersion] = []
    try replica.log().state.forEachSetAside { aside.append($0) }
    if isFound || malice.waits {
      #expect(aside.isEmpty)
    } else {
      // It, and what rests on it, is found when a program opens the store.
      #expect(Set(aside.map(\.version)) == Set([house.bad] + house.resting))
      let first = try #require(aside.first { $0.version == house.bad })
      #expect(try await replica.apply([house.bad]).refused.map { "\($0)" } == [first.reason])
    }
    if malice != .brokenFrame, !malice.onlyComesTooEarly {
      let again = try await replica.apply([house.bad])
      #expect(again.applied.isEmpty)
      #expect(again.refused.contains { malice.isNamed(by: $0, of: HostileHouse.hostile) })
    }
    let tags = House().tags
    for (number, text) in ["one", "two"].enumerated() {
      try await replica.write { try $0[tags, "own"].insert(text) }
      try await replica.close()
      replica = try await open(at: path)
      #expect(try replica.snapshot[tags, "own"]?.count == number + 1)
    }
    // It goes on with the others.
    let other = try Replica(
      House(), joining: HostileHouse.founder, options: ReplicaOptions(wall: wall))
    #expect(try await replica.sync(with: other).refused.isEmpty)
    #expect(try other.snapshot.digest == replica.snapshot.digest)
    try await replica.close()
    #expect(try LogStore.verify(at: path).findings.isEmpty)
  }

  /// Versions in the victim's own name, at any number: it has written none of them.
  @Test(arguments: [1, 2, 1 << 40, Dot.maximumSequence]) func ownNumbersAreRefused(
    _ first: UInt64
  ) async throws {
    let house = try HostileHouse(.brokenCheck)
    let folder = try TemporaryFolder()
    let path = folder.path + "/store"
    try await open(at: path).close()
    let own = StoredVersion(
      origin: HostileHouse.victim, sequences: first...first, time: HostileHouse.wall,
      previousHash: 0, replicas: [HostileHouse.victim], writes: [])
    let store = try LogStore.open(at: path)
    let peer = try StorePeer(store, options: ReplicaOptions(wall: wall))
    let reception = try await peer.apply([own] + house.good)
    #expect(
      reception.refused == [
        .beyondOwnHistory(origin: HostileHouse.victim, sequence: first, last: 0)
      ])
    #expect(reception.applied == house.good)
    try store.close()
    try await expectWritable(path)
  }

  /// Greetings and states with numbers that nobody has written.
  @Test(arguments: [0, Dot.maximumSequence, Dot.maximumSequence + 1, .max])
  func extremeHeadsLeaveTheStoreUsable(_ last: UInt64) async throws {
    let house = try HostileHouse(.brokenCheck)
    let folder = try TemporaryFolder()
    let path = folder.path + "/store"
    try await open(at: path).close()
    for origin in [HostileHouse.hostile, HostileHouse.victim] {
      let heads = [origin: Head(sequence: last, hash: 7)]
      var greeting = house.greeting
      greeting.heads = heads
      let store = try LogStore.open(at: path)
      let peer = try StorePeer(store, options: ReplicaOptions(wall: wall))
      _ = try? await sync(peer, with: HostilePeer(said: greeting))
      greeting.truncatedTo = VersionVector(heads)
      let header = StateHeader(heads: heads, time: HostileHouse.wall)
      _ = try? await sync(peer, with: HostilePeer(said: greeting, header: header))
      if origin == HostileHouse.victim || !(1...Dot.maximumSequence).contains(last) {
        await #expect(throws: (any Error).self) {
          try await peer.adopt(try await HostilePeer(said: greeting, header: header).state())
        }
      }
      #expect(try store.snapshot().heads.isEmpty)
      try store.close()
      #expect(try LogStore.verify(at: path).findings.isEmpty)
    }
    try await expectWritable(path)
  }

  /// However many rows others write that cannot be read, what the program itself has written tells that its types fit.
  @Test func whatOthersWriteDoesNotKeepAStoreFromOpening() async throws {
    let house = try HostileHouse(.undecodableSeal)
    let folder = try TemporaryFolder()
    let path = folder.path + "/store"
    let seals = House().seals
    let replica = try await open(at: path)
    try await replica.write { try $0[seals, "own"].set(.open) }
    try await replica.close()
    let base = try house.bad.decoded()
    let versions = (10..<15 as Range<UInt64>).map { number in
      StoredVersion(
        origin: ReplicaID(high: 1, low: number), sequences: 1...9, time: base.time,
        terms: base.terms, previousHash: 0, replicas: base.replicas, writes: Array(base.writes))
    }
    let store = try LogStore.open(at: path)
    #expect(
      try await StorePeer(store, options: ReplicaOptions(wall: wall)).apply(versions).applied.count
        == 5)
    try store.close()
    let again = try await open(at: path)
    #expect(try again.snapshot[seals, "own"]?.value == .open)
    var aside = 0
    try again.log().state.forEachSetAside { _ in aside += 1 }
    #expect(aside == 5)
    try await again.close()
  }

  private func expectWritable(_ path: String) async throws {
    let tags = House().tags
    let replica = try await open(at: path)
    try await replica.write { try $0[tags, "own"].insert("x") }
    try await replica.close()
    let again = try await open(at: path)
    #expect(try again.snapshot[tags, "own"]?.count == 1)
    try await again.close()
    #expect(try LogStore.verify(at: path).findings.isEmpty)
  }
}
