public import MerganserTypes

/// Who processed a request.
public enum RequestExecutor: Hashable, Sendable {
  /// A replica, on its own state.
  case replica(ReplicaID)
  /// The primary of a group, as the request with this number in the order of this epoch.
  case group(String, epoch: UInt64, number: UInt64)

  /// The longest name of a group.
  static let maximumGroupLength = 128
}

extension RequestExecutor: Comparable {
  /// Whether `a` comes before `b`: replicas in their order, then groups.
  public static func < (a: RequestExecutor, b: RequestExecutor) -> Bool {
    switch (a, b) {
    case (.replica(let a), .replica(let b)): a < b
    case (.replica, .group): true
    case (.group, .replica): false
    case (.group(let a, let aEpoch, let aNumber), .group(let b, let bEpoch, let bNumber)):
      a == b ? (aEpoch, aNumber) < (bEpoch, bNumber) : a.utf8.lexicographicallyPrecedes(b.utf8)
    }
  }
}

extension RequestExecutor: CustomStringConvertible {
  /// As a person reads it.
  public var description: String {
    switch self {
    case .replica(let replica): replica.shortDescription
    case .group(let group, let epoch, let number): "\(group) \(epoch):\(number)"
    }
  }
}

extension RequestExecutor: BinaryCodable {
  /// Appends the value's bytes.
  public func encode(to encoder: inout BinaryEncoder) {
    switch self {
    case .replica(let replica):
      encoder.encode(byte: 0)
      replica.encode(to: &encoder)
    case .group(let group, let epoch, let number):
      encoder.encode(byte: 1)
      encoder.encode(lengthPrefixed: group.utf8)
      epoch.encode(to: &encoder)
      number.encode(to: &encoder)
    }
  }

  /// Reads a value from its bytes.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    let start = decoder.offset
    switch try decoder.decodeByte() {
    case 0: self = .replica(try ReplicaID(from: &decoder))
    case 1:
      let name = try decoder.decodeLimited(Self.maximumGroupLength, name: "a group's name")
      guard let group = String(validating: name, as: UTF8.self) else {
        throw .invalidValue(offset: start, expected: "a group's name in UTF-8")
      }
      self = .group(group, epoch: try UInt64(from: &decoder), number: try UInt64(from: &decoder))
    default: throw .invalidValue(offset: start, expected: "who processed a request, 0 or 1")
    }
  }
}

/// One processing of a request: when, by whom, of which contents, and what came of it.
public struct RequestExecution: Hashable, Sendable {
  /// When.
  public let time: HybridTime
  /// By whom.
  public let executor: RequestExecutor
  /// What was asked for; `nil` if that was not said.
  public let contents: RequestContents?
  /// What came of it.
  public let outcome: RequestOutcome

  package init(
    time: HybridTime, executor: RequestExecutor, contents: RequestContents?,
    outcome: RequestOutcome
  ) {
    self.time = time
    self.executor = executor
    self.contents = contents
    self.outcome = outcome
  }
}

extension RequestExecution: Comparable {
  /// Whether `a` comes before `b`: by time, then by who processed it.
  ///
  /// Two of one replica at one time come from an identity that was used twice; their bytes decide, so that
  /// all replicas agree.
  public static func < (a: RequestExecution, b: RequestExecution) -> Bool {
    if a.time != b.time { return a.time < b.time }
    if a.executor != b.executor { return a.executor < b.executor }
    return a == b ? false : a.binaryEncoded().lexicographicallyPrecedes(b.binaryEncoded())
  }
}

extension RequestExecution: CustomStringConvertible {
  /// As a person reads it.
  public var description: String { "\(outcome) (\(time) by \(executor))" }
}

extension RequestExecution: BinaryCodable {
  /// Appends the value's bytes.
  public func encode(to encoder: inout BinaryEncoder) {
    time.encode(to: &encoder)
    executor.encode(to: &encoder)
    contents.encode(to: &encoder)
    outcome.encode(to: &encoder)
  }

  /// Reads a value from its bytes.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    time = try HybridTime(from: &decoder)
    executor = try RequestExecutor(from: &decoder)
    contents = try RequestContents?(from: &decoder)
    outcome = try RequestOutcome(from: &decoder)
  }
}

/// What was submitted under a request's id, for whoever is to process it.
package struct RequestSubmission: Hashable, Sendable {
  /// When.
  package let time: HybridTime
  /// By whom.
  package let author: ReplicaID
  /// What is asked for.
  package let contents: [UInt8]

  /// How many bytes the contents may have.
  package static let maximumLength = 1 << 16

  package init(time: HybridTime, author: ReplicaID, contents: [UInt8]) {
    self.time = time
    self.author = author
    self.contents = contents
  }
}

extension RequestSubmission: Comparable {
  package static func < (a: RequestSubmission, b: RequestSubmission) -> Bool {
    if a.time != b.time { return a.time < b.time }
    if a.author != b.author { return a.author < b.author }
    return a.contents.lexicographicallyPrecedes(b.contents)
  }
}

extension RequestSubmission: BinaryCodable {
  package func encode(to encoder: inout BinaryEncoder) {
    time.encode(to: &encoder)
    author.encode(to: &encoder)
    encoder.encode(lengthPrefixed: contents)
  }

  package init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    time = try HybridTime(from: &decoder)
    author = try ReplicaID(from: &decoder)
    contents = try decoder.decodeLimited(Self.maximumLength, name: "a request's contents")
  }
}
