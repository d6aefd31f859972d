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
      if let other = try? KnownPeers(binaryEncoded: damaged) { #expect(other != known) }
    }
  }
}
