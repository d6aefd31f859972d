import MerganserModel
import MerganserTypes
import OrderSupport
import TestSupport
import Testing

/// The rows of an order as bytes, and which of two rows of one writer is the later.
@Suite struct OrderCodingTests {
  /// Checks that a value's bytes give it again, that no part of them does, and that damaged bytes give a value like any other, or an error.
  private func expectBytes<Value: BinaryCodable & Equatable>(
    _ value: Value, damagedBy random: inout SplitMix
  ) throws {
    let bytes = value.binaryEncoded()
    #expect(try Value(binaryEncoded: bytes) == value)
    for length in bytes.indices {
      let value = try? Value(binaryEncoded: Array(bytes[..<length]))
      #expect(value == nil, "the first \(length) of \(bytes)")
    }
    for _ in 0..<10 { survive(bytes.damaged(using: &random), as: Value.self) }
  }

  /// Reads bytes of anybody.
  private func survive<Value: BinaryCodable & Equatable>(_ bytes: [UInt8], as type: Value.Type) {
    do throws(BinaryDecodingError) {
      let value = try Value(binaryEncoded: bytes)
      Exercised.count("a value of any bytes")
      #expect(try Value(binaryEncoded: value.binaryEncoded()) == value, "\(bytes)")
    } catch {
      Exercised.count("bytes that are none")
    }
  }

  @Test(.exercises(["a value of any bytes": 250, "bytes that are none": 1500]))
  func rowsAreTheirBytes() throws {
    var values = RandomOrder(seed: 3)
    var random = SplitMix(seed: 3)
    for _ in 0..<60 {
      try expectBytes(values.epoch(), damagedBy: &random)
      try expectBytes(values.entry(), damagedBy: &random)
      try expectBytes(values.voters(), damagedBy: &random)
      try expectBytes(values.vote(), damagedBy: &random)
      try expectBytes(values.proposal(), damagedBy: &random)
      try expectBytes(values.state(), damagedBy: &random)
    }
  }

  @Test(.exercises(["a value of any bytes": 100, "bytes that are none": 6000]))
  func anyBytesAreSurvived() {
    var random = SplitMix(seed: 4)
    for _ in 0..<2000 {
      // The format, and replicas without bytes that are wrong: else all is refused unread.
      let count = 1 + random.number(below: 2)
      var bytes = [1, UInt8(count)]
      for _ in 0..<16 * count { bytes.append(UInt8(random.number(below: 256))) }
      let length = random.number(below: random.number(below: 3) == 0 ? 40 : 6)
      for _ in 0..<length {
        bytes.append(UInt8(random.number(below: random.number(below: 6) == 0 ? 256 : 2)))
      }
      survive(bytes, as: OrderEpoch.self)
      survive(bytes, as: OrderEntry.self)
      survive(bytes, as: OrderVoters.self)
      survive(bytes, as: OrderVote.self)
      survive(bytes, as: OrderProposal.self)
      survive(bytes, as: OrderState.self)
    }
  }

  @Test func votersHaveALimit() throws {
    let most = OrderVoters(numbered: 0..<OrderVoters.maximumCount)
    #expect(try OrderVoters(binaryEncoded: most.binaryEncoded()) == most)
    let more = OrderVoters(numbered: 0...OrderVoters.maximumCount)
    #expect(throws: BinaryDecodingError.self) {
      try OrderVoters(binaryEncoded: more.binaryEncoded())
    }
  }

  /// Voters have one form: another order of them, or one of them twice, is refused.
  @Test func votersHaveOneForm() throws {
    func bytes(of voters: [UInt64]) -> [UInt8] {
      BinaryEncoder.standalone { encoder in
        encoder.encode(count: voters.count)
        for voter in voters { ReplicaID(voter).encode(to: &encoder) }
      }
    }
    #expect(try OrderVoters(binaryEncoded: bytes(of: [1, 2])) == OrderVoters(numbered: [1, 2]))
    for voters in [[2, 1], [1, 1]] as [[UInt64]] {
      #expect(throws: BinaryDecodingError.self) {
        try OrderVoters(binaryEncoded: bytes(of: voters))
      }
    }
  }

  @Test func contentHasALimit() throws {
    var proposal = RandomOrder(seed: 1).someProposal
    proposal.content = Array(repeating: 7, count: OrderProposal.maximumContentLength)
    #expect(try OrderProposal(binaryEncoded: proposal.binaryEncoded()) == proposal)
    proposal.content.append(7)
    #expect(throws: BinaryDecodingError.self) {
      try OrderProposal(binaryEncoded: proposal.binaryEncoded())
    }
  }

  /// The later of two votes is the one that has grown: where one covers the other, `<` says so.
  @Test(.exercises(["a vote that covers another": 390]))
  func laterVotesAreThoseThatGrew() {
    var random = RandomOrder(seed: 5)
    for _ in 0..<3000 {
      let (a, b) = (random.vote(), random.vote())
      expectOrder(of: a, and: b)
      var joined = a
      let grew = joined.merge(b)
      #expect(grew == (a < joined) && (joined == b || b < joined))
      if joined == b, grew { Exercised.count("a vote that covers another") }
    }
  }

  @Test func theLaterProposalIsTheJoin() {
    var random = RandomOrder(seed: 6)
    for _ in 0..<3000 {
      let a = random.proposal()
      var b = random.proposal()
      // Proposals that differ in little.
      if random.chance(70) {
        let content = b.content
        b = a
        if random.chance(50) { b.content = content }
        if random.chance(30) { b.voters = random.voters() }
        if random.chance(30) { b.successor = random.chance(50) ? random.replica() : nil }
        if random.chance(20) { b.previous = random.entry() }
      }
      let c = random.chance(50) ? random.proposal() : b
      expectOrder(of: a, and: b)
      if a < b, b < c { #expect(a < c) }
      var joined = a
      #expect(joined.merge(b) == (a < b))
      #expect(joined == max(a, b))
    }
  }

  /// Of two values one is the earlier, unless they are one.
  private func expectOrder<Value: Comparable>(of a: Value, and b: Value) {
    #expect([a < b, b < a, a == b].count { $0 } == 1)
  }
}

extension RandomOrder {
  fileprivate var someProposal: OrderProposal {
    var copy = self
    return copy.proposal()
  }
}
