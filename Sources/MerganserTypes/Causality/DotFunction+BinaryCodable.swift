extension DotFunction: StoredType, BinaryCodable where Value: BinaryCodable {
  /// Appends the dots, then the values as one column, both in the order of the dots.
  @inlinable
  public func encode(to encoder: inout BinaryEncoder) { live.encode(to: &encoder) }

  /// Reads what `encode(to:)` wrote; dots out of order are refused.
  @inlinable
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    live = try LiveDots(from: &decoder)
  }
}

extension Written: StoredType, BinaryCodable where Value: BinaryCodable {
  /// Appends what was written, or that nothing was.
  @inlinable
  public func encode(to encoder: inout BinaryEncoder) {
    value.encode(to: &encoder)
  }

  /// Reads what `encode(to:)` wrote.
  @inlinable
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    self.init()
    value = try Value?(from: &decoder)
  }
}
