/// What was wrong with bytes that were to be decoded, and where.
///
/// Offsets count bytes from the start of the input. Whoever meets one of these holds bytes that
/// were damaged, were cut short, or were written by something else.
public enum BinaryDecodingError: MerganserError, Equatable {
  /// The input ends at `offset`, before the `needed` bytes that should follow.
  case truncated(offset: Int, needed: Int)
  /// A variable-length integer is longer than its value needs, or does not fit 64 bits.
  case malformedInteger(offset: Int)
  /// A count or length promises more than the rest of the input could hold.
  case countExceedsInput(offset: Int, count: UInt64, remaining: Int)
  /// The bytes at `offset` are no value of the type; `expected` says what they should have been.
  case invalidValue(offset: Int, expected: String)
  /// The bytes carry a format that this version of the program does not read.
  case unsupportedFormat(offset: Int, found: UInt8, supported: ClosedRange<UInt8>)
  /// A whole value was read, and `count` bytes are left over.
  case trailingBytes(offset: Int, count: Int)
}

extension BinaryDecodingError: CustomStringConvertible {
  /// The value as a person reads it.
  public var description: String {
    switch self {
    case .truncated(let offset, let needed):
      "the input ends at byte \(offset), where \(needed) more bytes were expected"
    case .malformedInteger(let offset):
      "byte \(offset): not a well-formed variable-length integer"
    case .countExceedsInput(let offset, let count, let remaining):
      "byte \(offset): a count of \(count), with only \(remaining) bytes left"
    case .invalidValue(let offset, let expected):
      "byte \(offset): expected \(expected)"
    case .unsupportedFormat(let offset, let found, let supported):
      "byte \(offset): format \(found), where formats \(supported.lowerBound) to "
        + "\(supported.upperBound) are understood"
    case .trailingBytes(let offset, let count):
      "byte \(offset): \(count) bytes beyond the end of the value"
    }
  }
}
