/// The name of one write: the replica that made it, and its number among that replica's writes.
///
/// Numbers start at 1 and have no gaps. Almeida, Shoker, Baquero, *Delta State Replicated Data
/// Types* (2018), section 7.1.
public struct Dot: Hashable, Sendable {
  /// The replica that wrote.
  public let replica: ReplicaID
  /// The write's number at its replica, from 1.
  public let sequence: UInt64

  /// The greatest sequence number that is accepted from outside.
  ///
  /// It lies 2³² below the greatest of 64 bits, so that a replica whose context was read from hostile
  /// bytes still cannot be brought to overflow by its next writes.
  public static let maximumSequence = UInt64.max - (1 << 32)

  /// The dot of a replica's write with the given number.
  @inlinable
  public init(_ replica: ReplicaID, sequence: UInt64) {
    self.replica = replica
    self.sequence = sequence
  }
}

extension Dot: Comparable {
  /// By replica, then by number; the same on every machine, and without further meaning.
  @inlinable
  public static func < (a: Dot, b: Dot) -> Bool {
    a.replica == b.replica ? a.sequence < b.sequence : a.replica < b.replica
  }
}

extension Dot: Codable {
  private enum CodingKeys: String, CodingKey { case replica, sequence }

  /// Reads a replica and a number from 1 to ``maximumSequence``.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let sequence = try container.decode(UInt64.self, forKey: .sequence)
    guard 1 <= sequence, sequence <= Self.maximumSequence else {
      throw DecodingError.dataCorruptedError(
        forKey: .sequence, in: container,
        debugDescription: "expected a sequence number from 1 to \(Self.maximumSequence)")
    }
    self.init(try container.decode(ReplicaID.self, forKey: .replica), sequence: sequence)
  }

  /// Writes the replica and the number.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(replica, forKey: .replica)
    try container.encode(sequence, forKey: .sequence)
  }
}

extension Dot: CustomStringConvertible {
  /// The value as a person reads it.
  public var description: String { "\(replica.shortDescription):\(sequence)" }
}
