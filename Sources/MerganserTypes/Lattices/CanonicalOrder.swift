extension BinaryCodable {
  /// A byte string that sorts equal values, and only these, together, the same on every machine.
  ///
  /// The replicas that a value names stand in it in full, so that what other values name does not
  /// matter.
  @usableFromInline
  var canonicalKey: [UInt8] {
    var encoder = BinaryEncoder()
    encode(to: &encoder)
    if encoder.replicas.isEmpty { return encoder.bytes }
    var key = encoder.bytes
    for replica in encoder.replicas {
      for half in [replica.high, replica.low] {
        for shift in stride(from: 56, through: 0, by: -8) {
          key.append(UInt8(truncatingIfNeeded: half >> UInt64(shift)))
        }
      }
    }
    return key
  }
}

extension Collection where Element: BinaryCodable {
  /// The elements in the order in which a set or map of them is encoded.
  ///
  /// - Complexity: O(*n* log *n*), each element encoded once more.
  @usableFromInline
  func inCanonicalOrder() -> [Element] {
    map { (key: $0.canonicalKey, element: $0) }
      .sorted { $0.key.lexicographicallyPrecedes($1.key) }
      .map(\.element)
  }
}

extension BinaryDecoder {
  /// Reads a count and then elements, each of which must come after the one before in canonical
  /// order; `body` takes each of them in.
  @usableFromInline
  mutating func decodeInCanonicalOrder<Element: BinaryCodable>(
    _ type: Element.Type = Element.self,
    body: (Element, inout BinaryDecoder) throws(BinaryDecodingError) -> Void
  ) throws(BinaryDecodingError) {
    var last: [UInt8]?
    for _ in 0..<(try decodeCount(minimumSize: 0)) {
      let start = offset
      let element = try Element(from: &self)
      let key = element.canonicalKey
      if let last, !last.lexicographicallyPrecedes(key) {
        throw .invalidValue(offset: start, expected: "elements in ascending order")
      }
      last = key
      try body(element, &self)
    }
  }
}
