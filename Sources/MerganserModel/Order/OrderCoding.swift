package import MerganserTypes

// The rows of an order as bytes, and as values of which the later takes the earlier's place: each has one writer.

extension OrderVoters {
  /// How many voters there may be.
  package static let maximumCount = 99
}

extension OrderProposal {
  /// How many bytes the versions of an entry may have.
  package static let maximumContentLength = 12 << 20
}

extension OrderEpoch: BinaryCodable, BuiltInType {
  package func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(varint: number)
    candidate.encode(to: &encoder)
  }

  package init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    self.init(try decoder.decodeVarint(), of: try ReplicaID(from: &decoder))
  }
}

extension OrderEntry: BinaryCodable {
  package func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(varint: number)
    epoch.encode(to: &encoder)
    encoder.encode(fixed64: hash)
  }

  package init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    self.init(
      number: try decoder.decodeVarint(), epoch: try OrderEpoch(from: &decoder),
      hash: try decoder.decodeFixed64())
  }
}

extension OrderVoters: BinaryCodable {
  package func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(count: members.count)
    for voter in members.sorted() { voter.encode(to: &encoder) }
  }

  package init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    let start = decoder.offset
    let count = try decoder.decodeCount(minimumSize: 1)
    guard count <= Self.maximumCount else {
      throw .invalidValue(offset: start, expected: "at most \(Self.maximumCount) voters")
    }
    var last: ReplicaID?
    var members = Set<ReplicaID>()
    for _ in 0..<count {
      let start = decoder.offset
      let voter = try ReplicaID(from: &decoder)
      guard last.map({ $0 < voter }) ?? true else {
        throw .invalidValue(offset: start, expected: "voters in their order, each once")
      }
      members.insert(voter)
      last = voter
    }
    self.init(members)
  }
}

extension OrderVote: Comparable {
  /// Whether `a` is the earlier of two votes of one voter: neither part of it ever falls.
  package static func < (a: Self, b: Self) -> Bool {
    if a.promised != b.promised { return a.promised < b.promised }
    switch (a.accepted, b.accepted) {
    case (let a?, let b?): return a < b
    case (nil, _?): return true
    case (_, nil): return false
    }
  }
}

extension OrderVote: BinaryCodable, BuiltInType {
  package func encode(to encoder: inout BinaryEncoder) {
    promised.encode(to: &encoder)
    encoder.encode(byte: accepted == nil ? 0 : 1)
    guard let accepted else { return }
    accepted.epoch.encode(to: &encoder)
    accepted.entry.encode(to: &encoder)
  }

  package init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    let promised = try OrderEpoch(from: &decoder)
    let start = decoder.offset
    switch try decoder.decodeByte() {
    case 0: self.init(promised: promised)
    case 1:
      let epoch = try OrderEpoch(from: &decoder)
      self.init(
        promised: promised,
        accepted: Acceptance(epoch: epoch, entry: try OrderEntry(from: &decoder)))
    default: throw .invalidValue(offset: start, expected: "whether an entry was accepted, 0 or 1")
    }
  }
}

extension OrderProposal: Comparable {
  /// Whether `a` is the earlier of two proposals of one primary.
  package static func < (a: Self, b: Self) -> Bool { a.precedes(b) }
}

extension OrderProposal: BinaryCodable, BuiltInType {
  package func encode(to encoder: inout BinaryEncoder) {
    epoch.encode(to: &encoder)
    entry.encode(to: &encoder)
    previous.encode(to: &encoder)
    voters.encode(to: &encoder)
    successor.encode(to: &encoder)
    encoder.encode(lengthPrefixed: content)
  }

  package init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    self.init(
      epoch: try OrderEpoch(from: &decoder), entry: try OrderEntry(from: &decoder),
      previous: try OrderEntry(from: &decoder), voters: try OrderVoters(from: &decoder),
      successor: try ReplicaID?(from: &decoder),
      content: try decoder.decodeLimited(
        Self.maximumContentLength, name: "the versions of an ordered entry"))
  }
}

extension OrderState: Comparable {
  /// Whether `a` holds behind an earlier entry.
  package static func < (a: Self, b: Self) -> Bool { a.entry < b.entry }
}

extension OrderState: BinaryCodable, BuiltInType {
  package func encode(to encoder: inout BinaryEncoder) {
    entry.encode(to: &encoder)
    voters.encode(to: &encoder)
    successor.encode(to: &encoder)
  }

  package init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    self.init(
      entry: try OrderEntry(from: &decoder), voters: try OrderVoters(from: &decoder),
      successor: try ReplicaID?(from: &decoder))
  }
}
