extension CausalContext {
  /// How many runs lie beyond the prefixes.
  private var runCount: Int {
    var count = 0
    var last: Stretch?
    for stretch in beyond {
      var continued: UInt64 = 0
      if let last, last.replica == stretch.replica, last.end == stretch.page {
        continued = last.word >> 63
      }
      count += (stretch.word & ~(stretch.word << 1 | continued)).nonzeroBitCount
      last = stretch
    }
    return count
  }

  /// How many bytes the runs beyond the prefixes take, with one for each replica.
  private var runSize: Int {
    var size = 0
    forEachRunBeyond { _, run in
      size +=
        1 + IntegerColumn.size(run.lowerBound) + IntegerColumn.size(run.upperBound - run.lowerBound)
    }
    return size
  }

  /// Fewer runs than this are written as runs in any case.
  private static var fewestPaged: Int { 8 }

  /// What stands in the place of the number of runs where pages follow: no integer is written so.
  private static let pagesFollow: [UInt8] = [0x80, 0]
}

extension CausalContext: BinaryCodable {
  /// Appends the prefixes, and what lies beyond them: as runs, or as pages if that is shorter.
  ///
  /// Pages are told from runs by two bytes that are no count. Of each replica stand the number of its
  /// entries, how many pages are left out before each, each one's word, and of each that has been seen
  /// whole by how many more pages it goes on; the latter three as columns.
  public func encode(to encoder: inout BinaryEncoder) {
    prefixes.encode(to: &encoder)
    if beyond.isEmpty { return encoder.encode(count: 0) }
    let runs = runCount
    if runs >= Self.fewestPaged {
      let before = encoder.bytes.count
      encoder.encode(raw: Self.pagesFollow)
      if encodePages(to: &encoder) < runSize { return }
      encoder.bytes.removeLast(encoder.bytes.count - before)
    }
    encoder.encode(count: runs)
    forEachRunBeyond { replica, run in
      replica.encode(to: &encoder)
      encoder.encode(varint: run.lowerBound)
      encoder.encode(varint: run.upperBound - run.lowerBound)
    }
  }

  /// Appends what lies beyond the prefixes by pages, and gives the number of bytes, with one for each
  /// replica.
  private func encodePages(to encoder: inout BinaryEncoder) -> Int {
    var lanes: [(replica: ReplicaID, stretches: [Stretch])] = []
    for stretch in beyond {
      if lanes.last?.replica != stretch.replica { lanes.append((stretch.replica, [])) }
      lanes[lanes.count - 1].stretches.append(stretch)
    }
    encoder.encode(count: lanes.count)
    var size = lanes.count
    for (replica, stretches) in lanes {
      replica.encode(to: &encoder)
      let start = encoder.bytes.count
      encoder.encode(count: stretches.count)
      let ends = [0] + stretches.dropLast().map(\.end)
      UInt64.encodeColumn(zip(stretches, ends).map { $0.page - $1 }, to: &encoder)
      UInt64.encodeColumn(stretches.map(\.word), to: &encoder)
      UInt64.encodeColumn(
        stretches.filter { $0.word == .max }.map { $0.count - 1 }, to: &encoder)
      size += encoder.bytes.count - start
    }
    return size
  }

  /// Reads what `encode(to:)` wrote, and runs however many there are, as earlier versions wrote them.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    self.init()
    // That of a delta has none, as a rule.
    if try !decoder.isAtZero() { prefixes = try VersionVector(from: &decoder) }
    if decoder.passes(Self.pagesFollow) {
      let start = decoder.offset
      let size = try decodePages(from: &decoder)
      guard runCount >= Self.fewestPaged, size < runSize else {
        throw .invalidValue(offset: start, expected: "runs of dots, which take fewer bytes")
      }
    } else {
      try decodeRuns(from: &decoder)
    }
  }

  private mutating func decodeRuns(
    from decoder: inout BinaryDecoder
  ) throws(BinaryDecodingError) {
    let count = try decoder.decodeCount(minimumSize: 3)
    var before: (replica: ReplicaID, last: UInt64)?
    for _ in 0..<count {
      let start = decoder.offset
      let replica = try ReplicaID(from: &decoder)
      let first = try decoder.decodeSequence()
      let (last, overflow) = first.addingReportingOverflow(try decoder.decodeVarint())
      let seen = before.flatMap { $0.replica == replica ? $0.last : nil } ?? prefixes[replica]
      guard !overflow, last <= Dot.maximumSequence, first > seen + 1,
        before.map({ $0.replica <= replica }) ?? true
      else {
        throw .invalidValue(
          offset: start, expected: "runs of dots in order, with gaps between them")
      }
      before = (replica, last)
      if first == last {
        appendBeyond(Stretch(replica, page: first >> 6, count: 1, word: 1 << (first & 63)))
      } else {
        Self.forEachStretch(replica, first: first, last: last) { appendBeyond($0) }
      }
    }
  }

  private mutating func decodePages(
    from decoder: inout BinaryDecoder
  ) throws(BinaryDecodingError) -> Int {
    let lanes = try decoder.decodeCount(minimumSize: 5)
    var size = lanes
    for _ in 0..<lanes {
      let start = decoder.offset
      let replica = try ReplicaID(from: &decoder)
      let behind = decoder.offset
      let count = try decoder.decodeCount(minimumSize: 2)
      let gaps = try UInt64.decodeColumn(count: count, from: &decoder)
      let words = try UInt64.decodeColumn(count: count, from: &decoder)
      let full = words.count { $0 == .max }
      var lengths = try UInt64.decodeColumn(count: full, from: &decoder)[...]
      size += decoder.offset - behind
      var isValid = count > 0 && beyond.last.map { $0.replica < replica } ?? true
      let next = prefixes[replica] + 1
      var end: UInt64 = 0
      for (gap, word) in zip(gaps, words) where isValid {
        let more = word == .max ? lengths.popFirst() ?? 0 : 0
        // No number of pages is as great as half of what these sums can hold.
        isValid = gap < Self.pages && more < Self.pages && end + gap + more < Self.pages
        guard isValid else { break }
        let stretch = Stretch(replica, page: end + gap, count: more + 1, word: word)
        let adjoins =
          gap == 0 && word == .max
          && beyond.last.map { $0.replica == replica && $0.word == .max }
            ?? false
        let unseen: UInt64 = stretch.page == next >> 6 ? .max << ((next & 63) + 1) : .max
        isValid =
          word != 0 && word & ~unseen == 0 && !adjoins && stretch.page >= next >> 6
          && stretch.maximum <= Dot.maximumSequence
        if isValid { beyond.append(stretch) }
        end = stretch.end
      }
      guard isValid else {
        throw .invalidValue(
          offset: start,
          expected: "pages of dots in order, beyond gaps, in as few entries as can be")
      }
    }
    return size
  }

  /// Adds an entry behind all others, which may have dots of the last one's page.
  private mutating func appendBeyond(_ stretch: Stretch) {
    guard let last = beyond.last, last.replica == stretch.replica else {
      return beyond.append(stretch)
    }
    let index = beyond.index(before: beyond.endIndex)
    if last.page == stretch.page {
      beyond[index].word |= stretch.word
    } else if last.word == .max, stretch.word == .max, last.end == stretch.page {
      beyond[index].count += stretch.count
    } else {
      beyond.append(stretch)
    }
  }
}

extension BinaryDecoder {
  /// Reads over `bytes`, if they are what follows.
  fileprivate mutating func passes(_ bytes: [UInt8]) -> Bool {
    guard remaining >= bytes.count, input[position] == bytes[0],
      zip(input[position...], bytes).allSatisfy({ $0 == $1 })
    else { return false }
    position += bytes.count
    return true
  }
}

extension CausalContext: Codable {
  private struct Run: Codable {
    var replica: ReplicaID
    var first: UInt64
    var last: UInt64
  }

  /// Appends this value's bytes, or writes it for interchange.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    var runs: [Run] = []
    forEachRun { runs.append(Run(replica: $0, first: $1.lowerBound, last: $1.upperBound)) }
    for run in runs { try container.encode(run) }
  }

  /// The value that the decoder reads, or an error that says what was wrong.
  public init(from decoder: any Decoder) throws {
    self.init()
    var container = try decoder.unkeyedContainer()
    while !container.isAtEnd {
      let run = try container.decode(Run.self)
      guard 1 <= run.first, run.first <= run.last, run.last <= Dot.maximumSequence else {
        throw DecodingError.dataCorruptedError(
          in: container,
          debugDescription: "expected 1 <= first <= last <= \(Dot.maximumSequence)")
      }
      insert(run.replica, first: run.first, last: run.last)
    }
  }
}

extension BinaryEncoder {
  @usableFromInline
  mutating func rename(_ dots: CausalContext) -> CausalContext {
    var renamed = CausalContext()
    dots.forEachRun { replica, run in
      for sequence in run {
        renamed.insert(Dot(replica, sequence: rename(Dot(replica, sequence: sequence))))
      }
    }
    return renamed
  }
}
