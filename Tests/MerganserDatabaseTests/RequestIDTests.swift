import MerganserDatabase
import MerganserTypes
import Testing

@Suite struct RequestIDTests {
  private let birth = HybridTime(milliseconds: 1_800_000_000_123)
  private let home = ReplicaID(high: 0xA1B2_C3D4_0000_0001, low: 7)

  @Test func anIdBeginsWithItsBirth() throws {
    for home in [nil, home] {
      let id = RequestID.new(at: home, born: birth)
      #expect(id.birth == birth && id.home == home)
      #expect(id.bytes.starts(with: RequestID.prefix(bornAt: birth)))
      #expect(id.bytes.count == (home == nil ? 32 : 48))
      // It is the same again, however it travels.
      #expect(RequestID(bytes: id.bytes) == id)
      #expect(try RequestID(keyEncoded: id.keyEncoded()) == id)
      #expect(try RequestID(binaryEncoded: id.binaryEncoded()) == id)
      #expect(id != RequestID.new(at: home, born: birth))
    }
    let text = RequestID.new(at: home, born: birth).description
    #expect(text.hasPrefix("1800000000123-") && text.hasSuffix("@a1b2c3d4"))
  }

  @Test func keysStandInTheOrderOfBirths() {
    let ids = [0, 1, 255, 256, 1 << 40, (1 << 48) - 1].map {
      RequestID.new(born: HybridTime(milliseconds: $0)).keyEncoded()
    }
    #expect(zip(ids, ids.dropFirst()).allSatisfy { $0.lexicographicallyPrecedes($1) })
  }

  @Test func idsOfAUsersOwnHaveNoBirth() {
    let made = RequestID.new(at: home, born: birth).bytes
    var others = [
      Array("7".utf8), Array(repeating: 0, count: 32), Array(repeating: 0xFF, count: 48),
    ]
    // A longer and a shorter one, and those of which one byte of the mark is another.
    others += [made + [0], Array(made.dropLast()), Array(made.prefix(33))]
    for place in 6..<16 {
      var other = made
      other[place] ^= 1
      others.append(other)
    }
    for bytes in others {
      let id = RequestID(bytes: bytes)
      #expect(id != nil && id?.birth == nil && id?.home == nil, "\(bytes)")
    }
    #expect(RequestID(7).birth == nil)
  }
}
