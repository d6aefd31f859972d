extension UInt64: BinaryCodable {
  /// Appends this value's bytes, or writes it for interchange.
  @inlinable
  public func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(varint: self)
  }

  /// The value that the decoder reads, or an error that says what was wrong.
  @inlinable
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    self = try decoder.decodeVarint()
  }
}

extension Int64: BinaryCodable {
  /// Appends this value's bytes, or writes it for interchange.
  @inlinable
  public func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(signedVarint: self)
  }

  /// The value that the decoder reads, or an error that says what was wrong.
  @inlinable
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    self = try decoder.decodeSignedVarint()
  }
}

extension Int: BinaryCodable {
  /// Appends this value's bytes, or writes it for interchange.
  @inlinable
  public func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(signedVarint: Int64(self))
  }

  /// The value that the decoder reads, or an error that says what was wrong.
  @inlinable
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    let start = decoder.offset
    guard let value = Int(exactly: try decoder.decodeSignedVarint()) else {
      throw .invalidValue(offset: start, expected: "an integer of this platform's width")
    }
    self = value
  }
}

extension UInt32: BinaryCodable {
  /// Appends this value's bytes, or writes it for interchange.
  @inlinable
  public func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(varint: UInt64(self))
  }

  /// The value that the decoder reads, or an error that says what was wrong.
  @inlinable
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    let start = decoder.offset
    guard let value = UInt32(exactly: try decoder.decodeVarint()) else {
      throw .invalidValue(offset: start, expected: "an integer of 32 bits")
    }
    self = value
  }
}

extension UInt8: BinaryCodable {
  /// Appends this value's bytes, or writes it for interchange.
  @inlinable
  public func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(byte: self)
  }

  /// The value that the decoder reads, or an error that says what was wrong.
  @inlinable
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    self = try decoder.decodeByte()
  }
}

extension Bool: BinaryCodable {
  /// Appends this value's bytes, or writes it for interchange.
  @inlinable
  public func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(byte: self ? 1 : 0)
  }

  /// The value that the decoder reads, or an error that says what was wrong.
  @inlinable
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    let start = decoder.offset
    switch try decoder.decodeByte() {
    case 0: self = false
    case 1: self = true
    default: throw .invalidValue(offset: start, expected: "0 or 1 for a Boolean")
    }
  }
}

extension String: BinaryCodable {
  /// Appends the text in UTF-8, in normalization form C: two spellings that are canonically equivalent
  /// are equal strings, and have the same bytes.
  @inlinable
  public func encode(to encoder: inout BinaryEncoder) {
    if isPlainlyNormalized {
      encoder.encode(lengthPrefixed: utf8)
    } else {
      encodeComposed(to: &encoder)
    }
  }

  @usableFromInline
  func encodeComposed(to encoder: inout BinaryEncoder) {
    let composed = composed
    // Whoever encodes what is not to be read is told by the one who reads it again.
    if hasTooManyMarks || !composed.utf8.elementsEqual(utf8) { encoder.noteOtherForm() }
    encoder.encode(lengthPrefixed: composed.utf8)
  }

  /// The text that the decoder reads, in normalization form C whatever form the bytes have.
  @inlinable
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    let start = decoder.offset
    let count = try decoder.decodeCount()
    // Most text is short and plain, for which the validation of all that UTF-8 is takes far longer.
    let string = try decoder.withRaw(count: count) { bytes in
      bytes.allSatisfy { $0 < 0x80 }
        ? String(decoding: bytes, as: UTF8.self)
        : String.normalized(bytes)
    }
    guard let string else { throw .invalidValue(offset: start, expected: Self.expected) }
    self = string
  }

  @usableFromInline
  static var expected: String {
    "text in UTF-8, with at most \(maximumMarks) combining marks in a row"
  }

  /// The text of bytes that are not plain, normalized; `nil` if they are not what is expected.
  @usableFromInline
  static func normalized(_ bytes: UnsafeRawBufferPointer) -> String? {
    guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
    if text.isPlainlyNormalized { return text }
    return text.hasTooManyMarks ? nil : text.composed
  }
}

extension Optional: BinaryCodable where Wrapped: BinaryCodable {
  /// Appends this value's bytes, or writes it for interchange.
  @inlinable
  public func encode(to encoder: inout BinaryEncoder) {
    (self != nil).encode(to: &encoder)
    if let self { self.encode(to: &encoder) }
  }

  /// The value that the decoder reads, or an error that says what was wrong.
  @inlinable
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    self = try Bool(from: &decoder) ? try Wrapped(from: &decoder) : nil
  }
}

extension Array: BinaryCodable where Element: BinaryCodable {
  /// Appends this value's bytes, or writes it for interchange.
  @inlinable
  public func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(count: count)
    Element.encodeColumn(self, to: &encoder)
  }

  /// The value that the decoder reads, or an error that says what was wrong.
  @inlinable
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    let count = try decoder.decodeCount()
    self = try Element.decodeColumn(count: count, from: &decoder)
  }
}
