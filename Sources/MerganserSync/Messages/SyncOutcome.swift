import MerganserDatabase
package import MerganserModel
package import MerganserTypes

/// What one side tells the other about what became of what it was handed.
package struct SyncOutcome: Hashable, Sendable {
  /// A version that was refused.
  package struct Refusal: Hashable, Sendable {
    /// Why, as a person reads it.
    package var reason: String
    /// Whether it will be refused for good.
    package var isForGood: Bool

    /// The refusal of the given parts.
    package init(reason: String, isForGood: Bool) {
      self.reason = reason
      self.isForGood = isForGood
    }
  }

  /// How many versions were applied.
  package var applied = 0
  /// Whether a state was adopted.
  package var adoptedState = false
  /// How many versions were set aside.
  package var setAside = 0
  /// How much could not be verified by hashes.
  package var unverified = 0
  /// The first of what was refused.
  package var refused: [Refusal] = []
  /// How much more was refused.
  package var furtherRefusals = 0
  /// The last version of each origin that the side holds now by what it was handed.
  package var heads: [ReplicaID: Head] = [:]

  /// How many refusals are told at most.
  package static let maximumRefusals = 100

  /// The outcome of a sync in which nothing was handed over.
  package init() {}

  /// What a side of a link tells of versions that came by it.
  init(_ reception: Database.Reception) {
    var intake = SyncIntake()
    intake.add(reception)
    self.init(intake)
  }

  /// What a side tells of what it has taken in.
  package init(_ intake: SyncIntake) {
    applied = intake.applied
    adoptedState = intake.adoptedState
    setAside = intake.setAside
    unverified = intake.unverified
    refused = intake.refused.prefix(Self.maximumRefusals).map {
      Refusal(reason: "\($0)".shortened, isForGood: $0.isForGood)
    }
    furtherRefusals = intake.furtherRefusals + intake.refused.count - refused.count
    heads = intake.heads
  }

  /// Checks that a correct replica can say it.
  ///
  /// - Throws: ``/MerganserModel/ReplicationError/exceedsLimit(_:found:limit:)``.
  package func check() throws(ReplicationError) {
    for (what, found, limit) in [
      ("refusals in its outcome", refused.count, Self.maximumRefusals),
      ("heads in its outcome", heads.count, Database.maximumOrigins),
    ] where found > limit {
      throw .exceedsLimit(what, found: found, limit: limit)
    }
    for head in heads.values where !(1...Dot.maximumSequence).contains(head.sequence) {
      throw .unexpectedMessage("an outcome with a write numbered \(head.sequence)")
    }
  }
}

extension SyncOutcome: BinaryCodable {
  /// Appends the value's bytes.
  package func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(count: applied)
    adoptedState.encode(to: &encoder)
    encoder.encode(count: setAside)
    encoder.encode(count: unverified)
    encoder.encode(count: refused.count)
    for refusal in refused {
      Words(refusal.reason).encode(to: &encoder)
      refusal.isForGood.encode(to: &encoder)
    }
    encoder.encode(count: furtherRefusals)
    encoder.encode(heads: heads)
  }

  /// Reads a value from its bytes.
  package init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    applied = try decoder.decodeNumber()
    adoptedState = try Bool(from: &decoder)
    setAside = try decoder.decodeNumber()
    unverified = try decoder.decodeNumber()
    for _ in 0..<(try decoder.decodeCount(minimumSize: 2)) {
      let reason = try Words(from: &decoder).text
      refused.append(Refusal(reason: reason, isForGood: try Bool(from: &decoder)))
    }
    furtherRefusals = try decoder.decodeNumber()
    heads = try decoder.decodeHeads()
  }
}

extension BinaryDecoder {
  /// Reads how much there was of something, of which no more counts than an `Int32` holds: what the other side
  /// says it did is added up here.
  fileprivate mutating func decodeNumber() throws(BinaryDecodingError) -> Int {
    Int(min(try decodeVarint(), UInt64(Int32.max)))
  }
}
