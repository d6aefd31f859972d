import MerganserLaws
import MerganserTypes
import Testing

@Suite struct GSetTests {
  @Test func laws() throws {
    try checkLaws(of: GSet<Int>.self, observing: { $0.elements }) {
      set, _, random in set.insert(random.pick(0...20))
    }
  }

  @Test func whatWasInsertedIsIn() throws {
    try checkSpecification(of: GSet<Int>.self, showing: { $0.elements }) { set, _, random in
      let element = random.pick(0...9)
      set.insert(element)
      return element
    } specification: {
      Set($0.map(\.operation))
    }
  }

  @Test func elementsThatNameReplicasHaveOneOrder() throws {
    // The places of replicas in the bytes depend on who is named first; the order must not.
    let replicas = (1...9).map { ReplicaID(high: UInt64($0 * 7 % 10), low: 1) }
    let bytes = GSet(replicas).binaryEncoded()
    #expect(GSet(replicas.reversed()).binaryEncoded() == bytes)
    #expect(try GSet<ReplicaID>(binaryEncoded: bytes) == GSet(replicas))
  }

  @Test func elementsOutOfOrderAreRefused() throws {
    let bytes = GSet([1, 2]).binaryEncoded()
    #expect(bytes == [1, 0, 2, 2, 4])
    #expect(throws: BinaryDecodingError.self) { try GSet<Int>(binaryEncoded: [1, 0, 2, 4, 2]) }
    #expect(throws: BinaryDecodingError.self) { try GSet<Int>(binaryEncoded: [1, 0, 2, 2, 2]) }
  }
}
