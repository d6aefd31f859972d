extension LiveDots where Payload: BinaryCodable {
  /// Up to how many dots are written one by one.
  @inlinable
  static var mostListed: Int { 7 }

  /// Appends the dots, then the payloads as one column, both in the order of the dots.
  ///
  /// A few dots are written one by one. Of more, each replica's stand as runs: how many dots are
  /// missing before the run, and how many it has.
  @inlinable
  func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(count: count)
    var payloads: ContiguousArray<Payload> = []
    payloads.reserveCapacity(count)
    forEach { _, payload in payloads.append(payload) }
    if count <= Self.mostListed {
      forEach { dot, _ in dot.encode(to: &encoder) }
    } else {
      Self.encode(runs: encoder.renaming == nil ? dots : encoder.rename(dots), to: &encoder)
    }
    Payload.encodeColumn(payloads, to: &encoder)
  }

  @inlinable
  static func encode(runs dots: CausalContext, to encoder: inout BinaryEncoder) {
    var lanes: [(replica: ReplicaID, runs: [ClosedRange<UInt64>])] = []
    dots.forEachRun { replica, run in
      if lanes.last?.replica != replica { lanes.append((replica, [])) }
      lanes[lanes.count - 1].runs.append(run)
    }
    encoder.encode(count: lanes.count)
    for (replica, runs) in lanes {
      replica.encode(to: &encoder)
      encoder.encode(count: runs.count)
      var next: UInt64 = 1
      for run in runs {
        encoder.encode(varint: run.lowerBound &- next)
        encoder.encode(varint: run.upperBound - run.lowerBound)
        next = run.upperBound &+ 1
      }
    }
  }

  /// Reads what ``encode(to:)`` wrote.
  ///
  /// Each dot's payload takes a byte at least, so that the number of dots is bounded by the input
  /// before anything is allocated for them.
  @inlinable
  init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    self.init()
    let count = try decoder.decodeCount()
    if count <= Self.mostListed {
      var dots: [Dot] = []
      for _ in 0..<count {
        let start = decoder.offset
        let dot = try Dot(from: &decoder)
        if let last = dots.last, last >= dot {
          throw .invalidValue(offset: start, expected: "dots in ascending order")
        }
        dots.append(dot)
      }
      let payloads = try Payload.decodeColumn(count: count, from: &decoder)
      for (dot, payload) in zip(dots, payloads) { few.append(Entry(dot, payload: payload)) }
      return
    }
    let runs = try Self.decodeRuns(count: count, from: &decoder)
    let payloads = try Payload.decodeColumn(count: count, from: &decoder)
    fill(runs, payloads: payloads[...], count: count)
  }

  /// Reads the runs of `count` dots.
  @inlinable
  static func decodeRuns(
    count: Int, from decoder: inout BinaryDecoder
  ) throws(BinaryDecodingError) -> [(replica: ReplicaID, run: ClosedRange<UInt64>)] {
    var runs: [(replica: ReplicaID, run: ClosedRange<UInt64>)] = []
    var left = UInt64(count)
    var last: ReplicaID?
    for _ in 0..<(try decoder.decodeCount(minimumSize: 4)) {
      let start = decoder.offset
      let replica = try ReplicaID(from: &decoder)
      if let last, last >= replica {
        throw .invalidValue(offset: start, expected: "replicas in ascending order")
      }
      last = replica
      let number = try decoder.decodeCount(minimumSize: 2)
      guard number > 0 else {
        throw .invalidValue(offset: start, expected: "a replica with a live dot")
      }
      // The number that follows the last dot so far; a run that adjoins the one before is part of it.
      var next: UInt64 = 1
      for index in 0..<number {
        let start = decoder.offset
        let gap = try decoder.decodeVarint()
        let more = try decoder.decodeVarint()
        guard gap <= Dot.maximumSequence - next, more <= Dot.maximumSequence - next - gap,
          more < left, index == 0 || gap > 0
        else {
          throw .invalidValue(
            offset: start,
            expected: "runs of dots in order, with gaps between them, \(count) in all")
        }
        let first = next + gap
        runs.append((replica, first...first + more))
        left -= more + 1
        next = Swift.min(first + more + 1, Dot.maximumSequence)
      }
    }
    guard left == 0 else {
      throw .invalidValue(offset: decoder.offset, expected: "\(count) dots in all")
    }
    return runs
  }
}
