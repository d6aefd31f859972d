public import MerganserTypes

/// What became of a request: durable, so that the request counts once however often it is sent.
public enum RequestOutcome: Hashable, Sendable {
  /// Its transaction committed; `result` is what it returned, encoded, if that was to be kept.
  case committed(result: [UInt8]? = nil)
  /// Its transaction would have broken an invariant, and wrote nothing.
  case refused(InvariantViolation)
  /// The primary of its group, where such requests run in one order, rejected it for a reason.
  case rejected(reason: String)

  /// How many bytes a result that is kept may have.
  public static let maximumResultLength = 1 << 16

  /// Whether it committed.
  public var isCommitted: Bool {
    if case .committed = self { true } else { false }
  }

  /// The result that was kept; `nil` if none was.
  ///
  /// - Throws: if it is of another type.
  public func result<Value: BinaryCodable>(
    as type: Value.Type = Value.self
  ) throws(BinaryDecodingError) -> Value? {
    guard case .committed(let bytes?) = self else { return nil }
    return try Value(binaryEncoded: bytes)
  }
}

extension RequestOutcome: CustomStringConvertible {
  /// As a person reads it.
  public var description: String {
    switch self {
    case .committed(nil): "committed"
    case .committed(let result?): "committed, with a result of \(result.count) bytes"
    case .refused(let violation): "refused: \(violation)"
    case .rejected(let reason): "rejected: \(reason)"
    }
  }
}

extension RequestOutcome: BinaryCodable, BuiltInType {
  /// Appends the value's bytes.
  public func encode(to encoder: inout BinaryEncoder) {
    switch self {
    case .committed(nil): encoder.encode(byte: 0)
    case .refused(let violation):
      encoder.encode(byte: 1)
      violation.encode(to: &encoder)
    case .committed(let result?):
      encoder.encode(byte: 2)
      encoder.encode(lengthPrefixed: result)
    case .rejected(let reason):
      encoder.encode(byte: 3)
      reason.encode(to: &encoder)
    }
  }

  /// Reads a value from its bytes.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    let start = decoder.offset
    switch try decoder.decodeByte() {
    case 0: self = .committed(result: nil)
    case 1: self = .refused(try InvariantViolation(from: &decoder))
    case 2:
      self = .committed(
        result: try decoder.decodeLimited(Self.maximumResultLength, name: "a request's result"))
    case 3: self = .rejected(reason: try String(from: &decoder))
    default: throw .invalidValue(offset: start, expected: "a request's outcome, 0 to 3")
    }
  }
}

/// What came of sending a request.
public enum RequestResult<Value> {
  /// Its transaction committed now, and returned this.
  case committed(Value)
  /// Its transaction would have broken an invariant. The request may be tried again, unless its refusal
  /// was to be recorded.
  case refused(InvariantViolation)
  /// It was processed before, with this outcome; the transaction did not run.
  case repeated(RequestOutcome)
  /// The id belongs to a request with other contents, which was processed with this outcome; the
  /// transaction did not run.
  case otherContents(RequestOutcome)
  /// The id was born before the database's horizon: what became of it is not known any more. The
  /// transaction did not run.
  case expired
}

extension RequestResult: Sendable where Value: Sendable {}
