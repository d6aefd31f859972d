public import MerganserTypes

/// What became of a request: a durable row, so that the request counts once however often it is sent.
public enum RequestOutcome: Hashable, Sendable {
  /// Its transaction committed.
  case committed
  /// Its transaction would have broken an invariant, and wrote nothing else.
  case refused(InvariantViolation)
}

extension RequestOutcome: CustomStringConvertible {
  /// As a person reads it.
  public var description: String {
    switch self {
    case .committed: "committed"
    case .refused(let violation): "refused: \(violation)"
    }
  }
}

extension RequestOutcome: BinaryCodable, BuiltInType {
  /// Appends the value's bytes.
  public func encode(to encoder: inout BinaryEncoder) {
    switch self {
    case .committed: encoder.encode(byte: 0)
    case .refused(let violation):
      encoder.encode(byte: 1)
      violation.encode(to: &encoder)
    }
  }

  /// Reads a value from its bytes.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    let start = decoder.offset
    switch try decoder.decodeByte() {
    case 0: self = .committed
    case 1: self = .refused(try InvariantViolation(from: &decoder))
    default: throw .invalidValue(offset: start, expected: "a request's outcome, 0 or 1")
    }
  }
}

/// The table of the outcomes of requests, which every database has.
package let requestTable = Table<RequestID, LWWRegister<RequestOutcome>>("merganser.requests")

/// What a transaction under a request id came to.
public enum RequestResult<Value> {
  /// It committed now, and its closure returned this.
  case committed(Value)
  /// It would have broken an invariant; that is recorded, and it will not be tried again.
  case refused(InvariantViolation)
  /// It was processed before, with this outcome; the closure did not run.
  case repeated(RequestOutcome)
}

extension RequestResult: Sendable where Value: Sendable {}
