import MerganserDatabase
import MerganserModel
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

  @Test func aTextIsOneRequestHoweverItIsComposed() throws {
    let composed = try RequestID("caf\u{E9} 7")
    #expect(try RequestID("cafe\u{301} 7") == composed)
    #expect(composed.bytes == Array("caf\u{E9} 7".utf8) && composed.birth == nil)
    #expect(RequestID(bytes: composed.bytes) == composed)
    let number: RequestID = 7
    #expect(try RequestID("7") == number && RequestID(7 as UInt64) == number)
    // What counts is the text as it is stored.
    let accents = String(repeating: "e\u{301}", count: 32)
    #expect(accents.utf8.count == 96)
    #expect(try RequestID(accents).bytes.count == RequestID.maximumLength)
  }

  @Test func aTextThatIsNoneIsRefusedByName() {
    #expect(throws: RequestIDError.empty) { try RequestID("") }
    let long = String(repeating: "x", count: 65)
    let error = RequestIDError.tooLong(long, length: 65, limit: 64)
    #expect(throws: error) { try RequestID(long) }
    #expect("\(error)".contains("65 bytes") && "\(error)".contains("64 are taken"))
    #expect(!"\(RequestIDError.tooLong("\u{1B}" + long, length: 66, limit: 64))".contains("\u{1B}"))
  }

  /// An id is shown as the text that gives it again, and bytes that are no such text as bytes.
  @Test func whatIsShownTellsIdsApart() throws {
    for text in ["order 7", "7", "caf\u{E9}", "日本語", "a-b@c"] {
      #expect("\(try RequestID(text))" == text)
      #expect(try RequestID(RequestID(text).description) == RequestID(text))
    }
    let bytes: [[UInt8]] = [
      Array("a\nb".utf8), Array("a\u{1B}[31m".utf8), Array("\u{202E}7".utf8), [0xFF], [0],
      Array("cafe\u{301}".utf8), Array("caf\u{E9}".utf8), Array("0x61".utf8), Array("a".utf8),
      Array("a\u{2028}".utf8),
    ]
    let shown = bytes.compactMap { RequestID(bytes: $0)?.description }
    #expect(Set(shown).count == bytes.count, "\(shown)")
    #expect(shown.count(where: { $0.hasPrefix("0x") }) == 8, "\(shown)")
    #expect(shown.allSatisfy { !$0.unicodeScalars.contains(where: \.isControlling) })
  }

  @Test func aVersionThatIsOfferedAgainIsNamed() throws {
    let version = StoredVersion(
      origin: home, sequences: 3...5, time: birth, previousHash: 1, replicas: [home], writes: [])
    let id = RequestID(offering: version)
    let hash = String(version.hash, radix: 16)
    #expect("\(id)" == "heal a1b2c3d4:5-\(String(repeating: "0", count: 16 - hash.count))\(hash)")
    #expect(RequestID(bytes: id.bytes + [0])?.description.hasPrefix("0x") == true)
  }
}
