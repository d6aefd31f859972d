extension ORSet.Store: StoredType, BinaryCodable where Element: BinaryCodable {
  /// Appends the dots, then the elements as one column, both in the order of the dots.
  @inlinable
  public func encode(to encoder: inout BinaryEncoder) { live.encode(to: &encoder) }

  /// Reads what ``encode(to:)`` wrote; dots out of order are refused.
  @inlinable
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    self.init()
    live = try LiveDots(from: &decoder)
    reindex()
  }
}
