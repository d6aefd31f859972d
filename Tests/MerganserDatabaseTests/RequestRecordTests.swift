import MerganserLaws
import MerganserModel
import MerganserTypes
import Testing

@Suite struct RequestRecordTests {
  static let violation = InvariantViolation.example

  /// A processing at a random time, by a replica or a group, of some contents or none.
  static func execution(
    _ random: inout Randomness, by replica: ReplicaID, committed: Bool
  ) -> RequestExecution {
    let contents = [nil, RequestContents(1), RequestContents(2)][random.pick(0...2)]
    let executor: RequestExecutor =
      random.pick(0...3) == 0
      ? .group("orders", epoch: UInt64(random.pick(0...1)), number: UInt64(random.pick(0...2)))
      : .replica(replica)
    let outcome: RequestOutcome =
      committed
      ? .committed(result: random.flip() ? nil : [UInt8(random.pick(0...1))])
      : random.flip() ? .refused(violation) : .rejected(reason: "r\(random.pick(0...1))")
    return RequestExecution(
      time: HybridTime(milliseconds: UInt64(random.pick(0...5))), executor: executor,
      contents: contents, outcome: outcome)
  }

  /// What one update adds.
  static func part(_ random: inout Randomness, by replica: ReplicaID) -> RequestRecord {
    switch random.pick(0...4) {
    case 0:
      RequestRecord(
        RequestSubmission(
          time: HybridTime(milliseconds: UInt64(random.pick(0...5))), author: replica,
          contents: [UInt8(random.pick(0...3))]))
    case 1: RequestRecord(acknowledged: random.pick(1...3))
    case 2: RequestRecord(execution(&random, by: replica, committed: false))
    default: RequestRecord(execution(&random, by: replica, committed: true))
    }
  }

  @Test func itIsALattice() throws {
    var options = LawCheckOptions()
    // What is joined here was said by anybody, at any time.
    options.laws.remove(.deltaNamesItsWriter)
    try checkLaws(of: RequestRecord.self, options: options, observing: { AnyHashable("\($0)") }) {
      record, author, random in
      let part = Self.part(&random, by: author.replica)
      random.describe("join \(part)")
      return record.merge(part) ? part : RequestRecord()
    }
  }

  /// What must answer, by the list of all that was ever joined.
  @Test func theEarliestCommitAnswersElseTheEarliestRefusal() throws {
    try checkSpecification(of: RequestRecord.self, showing: { $0.answer(to: nil) }) {
      record, author, random in
      let part = RequestRecord(
        Self.execution(&random, by: author.replica, committed: random.flip()))
      random.describe("join \(part)")
      record.merge(part)
      return part
    } specification: { past in
      let parts = past.map(\.operation)
      let commits = parts.flatMap(\.commits.elements)
      let answering = commits.min() ?? parts.compactMap(\.refusal).min()
      return answering.map { .processed($0.outcome) }
    }
  }

  @Test func theLeastElementsAreALattice() throws {
    try checkLaws(of: Earliest<Int>.self, observing: { $0.elements }) { set, _, random in
      // More than are kept.
      let part = Earliest(random.pick(0...30))
      return set.merge(part) ? part : Earliest()
    }
    var set = Earliest<Int>()
    for number in (0..<20).reversed() { set.merge(Earliest(number)) }
    #expect(set.elements == Array(0..<8))
  }

  @Test func contentsAreToldApart() {
    func execution(_ contents: RequestContents?, at time: UInt64, result: UInt8) -> RequestRecord {
      RequestRecord(
        RequestExecution(
          time: HybridTime(milliseconds: time), executor: .replica(ReplicaID(high: 0, low: time)),
          contents: contents, outcome: .committed(result: [result])))
    }
    let (five, six) = (RequestContents(5), RequestContents(6))
    let first = execution(five, at: 1, result: 1)
    #expect(first.answer(to: five) == .processed(.committed(result: [1])))
    #expect(first.answer(to: six) == .otherContents(.committed(result: [1])))
    #expect(first.answer(to: nil) == .processed(.committed(result: [1])))
    // Whose contents ran as well is told of their own commit.
    let both = first.merging(execution(six, at: 2, result: 2))
    #expect(both.answer(to: six) == .processed(.committed(result: [2])))
    #expect(both.answer(to: five) == .processed(.committed(result: [1])))
    #expect(both.answer(to: RequestContents(7)) == .otherContents(.committed(result: [1])))
    // A commit whose contents were not said is everybody's.
    #expect(execution(nil, at: 1, result: 1).answer(to: six) == .processed(.committed(result: [1])))
    #expect(RequestContents(5) != RequestContents(bytes: [5]))
    #expect(RequestContents("é") == RequestContents("e\u{301}"))
  }

  @Test func aDoubleIsReportedUntilAsManyAreAcknowledged() {
    func commit(_ number: UInt64) -> RequestRecord {
      RequestRecord(
        RequestExecution(
          time: HybridTime(milliseconds: 1), executor: .replica(ReplicaID(high: 0, low: number)),
          contents: nil, outcome: .committed()))
    }
    var record = commit(1)
    #expect(!record.isToBeReported)
    record.merge(commit(2))
    #expect(record.isToBeReported && "\(record)".hasPrefix("committed 2 times ("))
    record.merge(RequestRecord(acknowledged: 2))
    #expect(!record.isToBeReported && "\(record)".hasSuffix(", acknowledged"))
    record.merge(commit(3))
    #expect(record.isToBeReported)
  }

  @Test func whatWasWrittenIsRead() throws {
    // What earlier programs wrote in their table.
    try checkEncoding("010000", decodesTo: RequestOutcome.committed(result: nil))
    try checkEncoding(
      "010001" + "0162" + "0174" + "0161" + "0166" + "016e" + "00",
      decodesTo: RequestOutcome.refused(Self.violation))
    // What this one writes.
    let replica = ReplicaID(high: 1, low: 2)
    try checkEncoding(
      "0101" + "0100000000000000" + "0200000000000000" + "0001" + "0040000000000000" + "0000"
        + "00" + "00" + "0000",
      decodesTo: RequestRecord(
        RequestExecution(
          time: HybridTime(bits: 16384), executor: .replica(replica), contents: nil,
          outcome: .committed())))
    try checkEncoding(
      "0100" + "0001" + "0100000000000000" + "01" + "0161" + "02" + "03" + "00" + "020107" + "0002",
      decodesTo: RequestRecord(
        RequestExecution(
          time: HybridTime(bits: 1), executor: .group("a", epoch: 2, number: 3), contents: nil,
          outcome: .committed(result: [7]))
      ).merging(RequestRecord(acknowledged: 2)))
  }

  @Test func bytesThatNobodyWritesAreRefused() throws {
    let replica = ReplicaID(high: 1, low: 2)
    func execution(_ time: UInt64, outcome: RequestOutcome) -> RequestExecution {
      RequestExecution(
        time: HybridTime(bits: time), executor: .replica(replica), contents: nil, outcome: outcome)
    }
    func bytes(
      commits: [RequestExecution] = [], refusal: RequestExecution? = nil, acknowledged: UInt64 = 0
    ) -> [UInt8] {
      BinaryEncoder.standalone { encoder in
        encoder.encode(count: 0)
        encoder.encode(count: commits.count)
        for commit in commits { commit.encode(to: &encoder) }
        refusal.encode(to: &encoder)
        encoder.encode(varint: acknowledged)
      }
    }
    let commit = execution(1, outcome: .committed())
    let refusal = execution(1, outcome: .refused(Self.violation))
    #expect(try RequestRecord(binaryEncoded: bytes(commits: [commit])) == RequestRecord(commit))
    for wrong in [
      bytes(commits: [refusal]), bytes(commits: [commit], refusal: refusal),
      bytes(refusal: commit), bytes(commits: [commit, commit]),
      bytes(commits: [execution(2, outcome: .committed()), commit]),
      bytes(commits: (0..<9).map { execution($0, outcome: .committed()) }), bytes(acknowledged: 9),
      bytes(commits: [
        execution(
          1,
          outcome: .committed(
            result: Array(repeating: 0, count: RequestOutcome.maximumResultLength + 1)))
      ]),
    ] {
      #expect(throws: BinaryDecodingError.self) { try RequestRecord(binaryEncoded: wrong) }
    }
    var group = BinaryEncoder()
    RequestExecutor.group(String(repeating: "g", count: 129), epoch: 0, number: 0)
      .encode(to: &group)
    #expect(throws: BinaryDecodingError.self) {
      try BinaryDecoder.decoding(group.bytes) { decoder throws(BinaryDecodingError) in
        try RequestExecutor(from: &decoder)
      }
    }
  }
}

extension InvariantViolation {
  /// Some violation.
  fileprivate static var example: InvariantViolation {
    let bytes = BinaryEncoder.standalone { encoder in
      for text in ["b", "t", "a", "f", "n"] { text.encode(to: &encoder) }
      false.encode(to: &encoder)
    }
    guard let violation = try? InvariantViolation(binaryEncoded: bytes) else {
      preconditionFailure("a violation's bytes")
    }
    return violation
  }
}
