import MerganserDatabase
import MerganserTypes
import Testing

@Suite struct KnownPeersTests {
  private func replica(_ number: UInt64) -> ReplicaID { ReplicaID(high: 1, low: number) }

  private func known() -> KnownPeers {
    var (known, vector) = (KnownPeers(), VersionVector())
    vector[replica(1)] = 10
    vector[replica(2)] = 5
    known.note(replica(8), holds: vector, at: HybridTime(milliseconds: 70))
    vector[replica(1)] = 3
    vector[replica(2)] = 7
    known.note(replica(9), holds: vector, at: HybridTime(milliseconds: 80))
    return known
  }

  @Test func whatAllHoldIsTheLeastThatOneHolds() {
    let known = known()
    #expect(known.held(of: replica(1), upTo: 100) == 3)
    #expect(known.held(of: replica(2), upTo: 4) == 4)
    #expect(known.held(of: replica(3), upTo: 100) == 0)
    #expect(KnownPeers().held(of: replica(1), upTo: 100) == 100)
    // Heads that a liar has made up have no sum that fits.
    var vector = VersionVector()
    for number in UInt64(8)...9 { vector[replica(number)] = .max }
    #expect(known.lags(behind: vector).values.allSatisfy { $0 == .max })
    var end = VersionVector()
    end[replica(1)] = 12
    end[replica(2)] = 6
    #expect(known.lags(behind: end) == [replica(8): 3, replica(9): 9])
  }

  @Test func theBytesAreReadAgainAndOthersRefused() throws {
    let (known, bytes) = (known(), known().binaryEncoded())
    #expect(try KnownPeers(binaryEncoded: bytes) == known)
    for length in bytes.indices {
      #expect(throws: BinaryDecodingError.self) {
        try KnownPeers(binaryEncoded: Array(bytes[..<length]))
      }
    }
    for offset in bytes.indices {
      var damaged = bytes
      damaged[offset] ^= 0xFF
      // An error or another value; never a trap.
      #expect((try? KnownPeers(binaryEncoded: damaged)) != known)
    }
  }

  /// Each peer is named once, in the order of their ids.
  @Test func peersInAnotherOrderAreRefused() throws {
    func bytes(_ numbers: [UInt64]) -> [UInt8] {
      BinaryEncoder.standalone { encoder in
        encoder.encode(count: numbers.count)
        for number in numbers {
          replica(number).encode(to: &encoder)
          HybridTime(milliseconds: number).encode(to: &encoder)
          VersionVector().encode(to: &encoder)
        }
      }
    }
    #expect(try KnownPeers(binaryEncoded: bytes([8, 9])).peers.count == 2)
    for numbers in [[9, 8], [8, 8], [7, 9, 8], [8, 9, 8]] as [[UInt64]] {
      #expect(throws: BinaryDecodingError.self) {
        try KnownPeers(binaryEncoded: bytes(numbers))
      }
    }
  }

  /// A member that holds a write of its own, and what else it holds.
  private func member(
    _ number: UInt64, at time: UInt64, in known: inout KnownPeers, origins: UInt64 = 0
  ) {
    var vector = VersionVector()
    for origin in 0..<origins { vector[ReplicaID(high: 3, low: origin)] = 5 }
    vector[replica(number)] = 1
    known.note(replica(number), holds: vector, at: HybridTime(milliseconds: time))
  }

  @Test func madeUpNamesPushOutNobodyWhoHasWritten() {
    var known = KnownPeers()
    member(1, at: 1, in: &known)
    for number in 0..<300 as Range<UInt64> {
      known.note(
        ReplicaID(high: 2, low: number), holds: VersionVector(),
        at: HybridTime(milliseconds: 100 + number))
    }
    #expect(known.peers.count == KnownPeers.limit && known.peers[replica(1)] != nil)
    // Members take the places of the made-up names, and only then of the one that was away for longest.
    for number in 2...256 as ClosedRange<UInt64> { member(number, at: number, in: &known) }
    #expect(known.peers.keys.sorted() == (1...256).map { replica($0) })
    known.note(
      ReplicaID(high: 2, low: 1), holds: VersionVector(), at: HybridTime(milliseconds: 900))
    #expect(known.peers.keys.sorted() == (1...256).map { replica($0) })
    member(257, at: 0, in: &known)
    #expect(known.peers.keys.sorted() == (2...257).map { replica($0) })
  }

  @Test func whatIsKnownHasASize() throws {
    var known = KnownPeers()
    for number in 0..<100 as Range<UInt64> {
      member(number, at: number, in: &known, origins: 10_000)
    }
    #expect((50..<100).contains(known.peers.count))
    #expect(known.peers[replica(99)] != nil && known.peers[replica(0)] == nil)
    #expect(known.binaryEncoded().count <= KnownPeers.maximumSize)
    // One that alone is too much is known all the same: there are no more origins than there can be.
    var single = KnownPeers()
    member(1, at: 1, in: &single, origins: 65_000)
    #expect(single.peers.count == 1)
  }

  @Test func whoHasWrittenNothingIsToldApart() {
    var known = KnownPeers()
    var vector = VersionVector()
    vector[replica(1)] = 10
    vector[replica(8)] = 1
    known.note(replica(8), holds: vector, at: HybridTime(milliseconds: 1))
    known.note(replica(9), holds: VersionVector(), at: HybridTime(milliseconds: 1))
    #expect(known.held(of: replica(1), upTo: 100) == 0)
    #expect(known.heldByMembers(of: replica(1), upTo: 100) == 10)
  }
}
