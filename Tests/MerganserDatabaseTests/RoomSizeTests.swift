import MerganserTypes
import Testing

@testable import MerganserDatabase

/// What waits takes more memory than its bytes, which counts: nobody fills memory with versions of a few bytes.
@Suite struct RoomSizeTests {
  /// A version of few bytes.
  private func version(_ number: UInt64) -> StoredVersion {
    StoredVersion(
      origin: ReplicaID(high: 9, low: number), sequences: 1...1, time: HybridTime(bits: 1),
      previousHash: 0, replicas: [], writes: [])
  }

  @Test func whatAVersionNeedsTakesRoom() {
    var needed = VersionVector()
    for origin in 0..<5000 as Range<UInt64> { needed[ReplicaID(high: 8, low: origin)] = 1 }
    var room = WaitingRoom()
    for number in 0..<1000 as Range<UInt64> {
      room.add(version(number), needing: needed, vector: VersionVector())
    }
    // Each entry is an id and a number, and takes 24 bytes at least.
    #expect((100..<WaitingRoom.limit / (5000 * 24)).contains(room.count))
    #expect(room.size <= WaitingRoom.limit)
  }

  @Test func smallVersionsTakeRoom() {
    var (room, held) = (WaitingRoom(), HeldVersions())
    var needed = VersionVector()
    needed[ReplicaID(high: 8, low: 1)] = 1
    for number in 0..<100 as Range<UInt64> {
      room.add(version(number), needing: needed, vector: VersionVector())
    }
    #expect(room.count == 100 && room.size >= 100 * 256)
    for number in 0..<50_000 as Range<UInt64> {
      held.add(version(number), until: .row(table: 0, key: number.keyEncoded()))
    }
    #expect((10_000..<HeldVersions.limit / 256).contains(held.count))
  }
}
