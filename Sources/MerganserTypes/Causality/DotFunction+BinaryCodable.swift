extension DotFunction: BinaryCodable where Value: BinaryCodable {
  /// Appends the entries in the order of their dots.
  public func encode(to encoder: inout BinaryEncoder) {
    let entries = sortedEntries
    encoder.encode(count: entries.count)
    for (dot, value) in entries {
      dot.encode(to: &encoder)
      value.encode(to: &encoder)
    }
  }

  /// Reads what ``encode(to:)`` wrote; dots out of order are refused.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    self.init()
    var last: Dot?
    for _ in 0..<(try decoder.decodeCount(minimumSize: 2)) {
      let start = decoder.offset
      let dot = try Dot(from: &decoder)
      if let last, last >= dot {
        throw .invalidValue(offset: start, expected: "dots in ascending order")
      }
      last = dot
      self[dot] = try Value(from: &decoder)
    }
  }
}

extension Written: BinaryCodable where Value: BinaryCodable {
  /// Appends what was written, or that nothing was.
  public func encode(to encoder: inout BinaryEncoder) {
    value.encode(to: &encoder)
  }

  /// Reads what ``encode(to:)`` wrote.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    self.init()
    value = try Value?(from: &decoder)
  }
}
