import MerganserTypes
import XCTest

/// Of every rule of the coding: bytes that keep it are read, and bytes that break nothing else are not.
final class MalformedBytesTests: XCTestCase {
  let (a, b) = (ReplicaID(high: 0, low: 1), ReplicaID(high: 0, low: 2))

  private func bytes(_ table: [ReplicaID], body: [UInt8]) -> [UInt8] {
    var encoder = BinaryEncoder()
    encoder.encode(byte: 1)
    encoder.encode(replicaTable: table)
    encoder.encode(raw: body)
    return encoder.bytes
  }

  private func varint(_ value: UInt64) -> [UInt8] {
    var encoder = BinaryEncoder()
    encoder.encode(varint: value)
    return encoder.bytes
  }

  private func accepts<Value: BinaryCodable>(
    _: Value.Type, table: [ReplicaID], body: [UInt8], line: UInt = #line
  ) {
    let bytes = bytes(table, body: body)
    XCTAssertEqual(try Value(binaryEncoded: bytes).binaryEncoded(), bytes, line: line)
  }

  private func refuses<Value: BinaryCodable>(
    _: Value.Type, table: [ReplicaID], body: [UInt8], line: UInt = #line
  ) {
    XCTAssertThrowsError(try Value(binaryEncoded: bytes(table, body: body)), line: line)
  }

  func testTheWholeInputIsOneValueOfAFormatThatIsKnown() {
    XCTAssertThrowsError(try UInt64(binaryEncoded: [2, 0, 5]))
    accepts(UInt64.self, table: [], body: [5])
    refuses(UInt64.self, table: [], body: [5, 0])
  }

  func testIntegersHaveOneForm() {
    accepts(UInt64.self, table: [], body: Array(repeating: 0xFF, count: 9) + [1])
    refuses(UInt64.self, table: [], body: Array(repeating: 0xFF, count: 9) + [2])
    refuses(UInt64.self, table: [], body: Array(repeating: 0xFF, count: 9) + [0x81, 1])
    refuses(UInt64.self, table: [], body: [0x85, 0])
    // One value of width 1, and then of a width that it does not need.
    accepts([UInt64].self, table: [], body: [1, 1, 5])
    refuses([UInt64].self, table: [], body: [1, 2, 5, 0])
  }

  func testCountsAndLengthsThatTheInputCannotHold() throws {
    XCTAssertThrowsError(
      try BinaryDecoder.decoding([1, 2]) { decoder throws(BinaryDecodingError) in
        try decoder.decodeRaw(count: -1)
      })
    XCTAssertThrowsError(
      try BinaryDecoder.decoding([8, 0, 0]) { decoder throws(BinaryDecodingError) in
        try UInt64.decodeColumn(count: .max, from: &decoder)
      })
    for (length, body) in [(UInt8(2), [UInt8(7), 0]), (1, [7])] {
      let read = Result { () throws(BinaryDecodingError) in
        try BinaryDecoder.decoding([length] + body) { decoder throws(BinaryDecodingError) in
          let value = try decoder.decodeNested { inner throws(BinaryDecodingError) in
            try inner.decodeVarint()
          }
          // What is left over lies behind the nested value.
          _ = try decoder.decodeRaw(count: decoder.remaining)
          return value
        }
      }
      XCTAssertEqual(try? read.get(), length == 1 ? 7 : nil)
    }
  }

  func testReplicasAreNamedEachInItsTurn() {
    accepts([ReplicaID].self, table: [b, a], body: [3, 0, 1, 0])
    refuses([ReplicaID].self, table: [b, a], body: [3, 1, 0, 1])
    refuses([ReplicaID].self, table: [a, a], body: [2, 0, 1])
    accepts(VersionVector.self, table: [a, b], body: [2, 0, 1, 1, 1])
    refuses(VersionVector.self, table: [b, a], body: [2, 0, 1, 1, 1])
  }

  func testSequenceNumbersThatNoReplicaWrites() {
    let most = Dot.maximumSequence
    accepts(DotSet.self, table: [a], body: [1, 0] + varint(most))
    refuses(DotSet.self, table: [a], body: [1, 0] + varint(most + 1))
    refuses(DotSet.self, table: [a], body: [1, 0, 0])
    accepts(CausalContext.self, table: [a], body: [0, 1, 0, 2] + varint(most - 2))
    refuses(CausalContext.self, table: [a], body: [0, 1, 0, 2] + varint(most - 1))
    // Eight dots in a run that ends at the last number, or goes beyond it.
    let elements: [UInt8] = [1, 1, 2, 3, 4, 5, 6, 7, 8]
    accepts(
      ORSet<UInt64>.Store.self, table: [a], body: [8, 1, 0, 1] + varint(most - 8) + [7] + elements)
    refuses(
      ORSet<UInt64>.Store.self, table: [a], body: [8, 1, 0, 1] + varint(most - 7) + [7] + elements)
  }

  func testContextsCoverWhatLivesUnderThem() {
    accepts(Causal<DotSet>.self, table: [a], body: [1, 0, 1, 0, 1, 0, 1])
    refuses(Causal<DotSet>.self, table: [a], body: [0, 0, 1, 0, 1])
  }

  func testRunsOfDotsAreInOrderWithGapsBetweenThem() {
    typealias Store = ORSet<UInt64>.Store
    let elements: [UInt8] = [1, 1, 2, 3, 4, 5, 6, 7, 8]
    accepts(Store.self, table: [a], body: [2, 0, 1, 0, 2, 1, 1, 2])
    refuses(Store.self, table: [a], body: [2, 0, 2, 0, 1, 1, 1, 2])
    accepts(Store.self, table: [a], body: [8, 1, 0, 1, 0, 7] + elements)
    refuses(Store.self, table: [a], body: [8, 1, 0, 1, 0, 6] + elements)
    refuses(Store.self, table: [a], body: [8, 1, 0, 1, 0, 8] + elements)
    accepts(Store.self, table: [a], body: [8, 1, 0, 2, 0, 3, 1, 3] + elements)
    refuses(Store.self, table: [a], body: [8, 1, 0, 2, 0, 3, 0, 3] + elements)
    accepts(Store.self, table: [a, b], body: [8, 2, 0, 1, 0, 3, 1, 1, 0, 3] + elements)
    refuses(Store.self, table: [b, a], body: [8, 2, 0, 1, 0, 3, 1, 1, 0, 3] + elements)
    refuses(Store.self, table: [a, b], body: [8, 2, 0, 1, 0, 7, 1, 0] + elements)
    accepts(CausalContext.self, table: [a], body: [0, 2, 0, 2, 0, 0, 4, 0])
    refuses(CausalContext.self, table: [a], body: [0, 2, 0, 2, 0, 0, 3, 0])
    refuses(CausalContext.self, table: [b, a], body: [0, 2, 0, 2, 0, 1, 2, 0])
  }

  func testPagesAreOfReplicasInOrderAndShorterThanRuns() {
    func column(_ values: [UInt64]) -> [UInt8] {
      var encoder = BinaryEncoder()
      UInt64.encodeColumn(values, to: &encoder)
      return encoder.bytes
    }
    func lane(_ place: UInt8, gaps: [UInt64], words: [UInt64]) -> [UInt8] {
      [place, UInt8(gaps.count)] + column(gaps) + column(words) + column([])
    }
    // Every second number of a page is one run of many.
    let (many, no) = ([0x5555_5555_5555_5554] as [UInt64], [] as [UInt64])
    let front: [UInt8] = [0, 0x80, 0]
    let lanes = lane(0, gaps: [0], words: many) + lane(1, gaps: [0], words: many)
    accepts(CausalContext.self, table: [a, b], body: front + [2] + lanes)
    refuses(CausalContext.self, table: [b, a], body: front + [2] + lanes)
    refuses(
      CausalContext.self, table: [a, b],
      body: front + [2] + lane(0, gaps: [0], words: many) + lane(1, gaps: no, words: no))
    // Runs of single numbers, each in a page far from the others, take fewer bytes than pages.
    let far = lane(
      0, gaps: Array(repeating: 1, count: 8), words: (0..<8).map { 1 << (63 - 7 * $0) })
    refuses(CausalContext.self, table: [a], body: front + [1] + far)
  }

  func testKeysAreInOrderWithSomethingUnderEach() {
    accepts(DotMap<UInt64, DotSet>.self, table: [a], body: [2, 1, 1, 0, 1, 2, 1, 0, 2])
    refuses(DotMap<UInt64, DotSet>.self, table: [a], body: [2, 2, 1, 0, 1, 1, 1, 0, 2])
    refuses(DotMap<UInt64, DotSet>.self, table: [a], body: [2, 1, 1, 0, 1, 1, 1, 0, 2])
    refuses(DotMap<UInt64, DotSet>.self, table: [], body: [1, 7, 0])
    accepts(GMap<UInt64, Max<UInt64>>.self, table: [], body: [2, 1, 1, 5, 2, 1, 5])
    refuses(GMap<UInt64, Max<UInt64>>.self, table: [], body: [2, 2, 1, 5, 1, 1, 5])
    refuses(GMap<UInt64, Max<UInt64>>.self, table: [], body: [1, 1, 0])
  }

  func testTransfersGoFromOneReplicaToAnother() {
    let tallies: [UInt8] = [2, 0, 5, 0, 1, 0, 2]
    accepts(EscrowCounter.self, table: [a, b], body: tallies + [1, 0, 1, 1, 1] + [1, 0, 1, 1, 2])
    refuses(EscrowCounter.self, table: [a, b], body: tallies + [1, 0, 1, 0, 1] + [1, 0, 1, 1, 2])
    refuses(EscrowCounter.self, table: [a, b], body: tallies + [1, 0, 1, 1, 1] + [1, 0, 1, 1, 0])
    refuses(EscrowCounter.self, table: [a, b], body: tallies + [1, 0, 0] + [1, 0, 1, 1, 2])
  }

  func testCountsOfReplicasThatCountedNothing() {
    accepts(GCounter.self, table: [a], body: [1, 0, 1])
    refuses(GCounter.self, table: [a], body: [1, 0, 0])
    accepts(PNCounter.self, table: [a], body: [1, 0, 0, 1])
    refuses(PNCounter.self, table: [a], body: [1, 0, 0, 0])
  }
}
