/// Many integers in as few bytes as one of three forms gives: all of the same width, each of variable
/// length, or the differences of neighbours at variable length.
///
/// A byte in front says which: 1 to 8 for the width, 16 for variable length, 17 for differences. The
/// shortest form is the only one that is accepted; among equally short ones, the first in this order.
@usableFromInline
enum IntegerColumn {
  @usableFromInline static let variable: UInt8 = 16
  @usableFromInline static let differences: UInt8 = 17

  /// How many bytes a value takes at variable length.
  @inlinable
  static func size(_ value: UInt64) -> Int {
    (70 - (value | 1).leadingZeroBitCount) / 7
  }

  /// A signed difference as an unsigned number, small where the difference is (zigzag).
  @inlinable
  static func zigzag(_ difference: UInt64) -> UInt64 {
    let signed = Int64(bitPattern: difference)
    return UInt64(bitPattern: (signed << 1) ^ (signed >> 63))
  }

  @inlinable
  static func unzigzag(_ value: UInt64) -> UInt64 {
    (value >> 1) ^ (0 &- (value & 1))
  }

  /// The form for these values.
  @usableFromInline
  static func form(of values: UnsafeBufferPointer<UInt64>) -> UInt8 {
    var all = UInt64(0)
    var variable = 0
    var differences = 0
    var last = UInt64(0)
    for value in values {
      all |= value
      variable &+= size(value)
      differences &+= size(zigzag(value &- last))
      last = value
    }
    let width = max(1, (64 - all.leadingZeroBitCount + 7) / 8)
    let fixed = width * values.count
    if fixed <= variable, fixed <= differences { return UInt8(width) }
    return variable <= differences ? self.variable : self.differences
  }

  /// Appends the values; nothing at all for none.
  @usableFromInline
  static func encode(_ values: UnsafeBufferPointer<UInt64>, to encoder: inout BinaryEncoder) {
    if values.isEmpty { return }
    let form = form(of: values)
    encoder.encode(byte: form)
    switch form {
    case 8:
      #if _endian(little)
        encoder.bytes.append(contentsOf: UnsafeRawBufferPointer(values))
      #else
        for value in values { encoder.encode(fixed64: value) }
      #endif
    case variable: for value in values { encoder.encode(varint: value) }
    case differences:
      var last: UInt64 = 0
      for value in values {
        encoder.encode(varint: zigzag(value &- last))
        last = value
      }
    default:
      encoder.bytes.reserveCapacity(encoder.bytes.count + Int(form) * values.count)
      for value in values {
        for shift in 0..<UInt64(form) {
          encoder.bytes.append(UInt8(truncatingIfNeeded: value >> (8 * shift)))
        }
      }
    }
  }

  /// Reads `count` values.
  ///
  /// A value takes a byte at least: no more of them are made room for than bytes are left.
  @usableFromInline
  static func decode(
    count: Int, from decoder: inout BinaryDecoder
  ) throws(BinaryDecodingError) -> [UInt64] {
    if count == 0 { return [] }
    let start = decoder.offset
    let form = try decoder.decodeByte()
    var values: [UInt64]
    switch form {
    case 1...8:
      let width = Int(form)
      guard count <= decoder.remaining / width else {
        throw .truncated(offset: decoder.offset, needed: count)
      }
      values = try decoder.withRaw(count: count * width) { fixed($0, width: width, count: count) }
    case variable, differences:
      values = []
      values.reserveCapacity(min(count, decoder.remaining))
      var last: UInt64 = 0
      for _ in 0..<count {
        let value = try decoder.decodeVarint()
        last = form == variable ? value : last &+ unzigzag(value)
        values.append(last)
      }
    default:
      throw .invalidValue(offset: start, expected: "the form of a column of integers")
    }
    guard values.withUnsafeBufferPointer({ self.form(of: $0) }) == form else {
      throw .invalidValue(offset: start, expected: "a column of integers in its shortest form")
    }
    return values
  }

  private static func fixed(_ raw: UnsafeRawBufferPointer, width: Int, count: Int) -> [UInt64] {
    [UInt64](unsafeUninitializedCapacity: count) { values, used in
      for index in 0..<count {
        var value: UInt64 = 0
        if width == 8 {
          value = UInt64(
            littleEndian: raw.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
        } else {
          for place in 0..<width {
            value |= UInt64(raw[index * width + place]) << UInt64(8 * place)
          }
        }
        values.initializeElement(at: index, to: value)
      }
      used = count
    }
  }
}

extension UInt64 {
  /// Appends many integers in the shortest of three forms.
  @inlinable
  public static func encodeColumn(
    _ values: some Collection<UInt64>, to encoder: inout BinaryEncoder
  ) {
    let done: Void? = values.withContiguousStorageIfAvailable {
      IntegerColumn.encode($0, to: &encoder)
    }
    if done == nil {
      Array(values).withUnsafeBufferPointer { IntegerColumn.encode($0, to: &encoder) }
    }
  }

  /// Reads what ``encodeColumn(_:to:)`` wrote.
  @inlinable
  public static func decodeColumn(
    count: Int, from decoder: inout BinaryDecoder
  ) throws(BinaryDecodingError) -> [UInt64] {
    try IntegerColumn.decode(count: count, from: &decoder)
  }
}

extension Int64 {
  /// Appends many integers in the shortest of three forms.
  @inlinable
  public static func encodeColumn(
    _ values: some Collection<Int64>, to encoder: inout BinaryEncoder
  ) {
    UInt64.encodeColumn(
      values.map { IntegerColumn.zigzag(UInt64(bitPattern: $0)) }, to: &encoder)
  }

  /// Reads what ``encodeColumn(_:to:)`` wrote.
  @inlinable
  public static func decodeColumn(
    count: Int, from decoder: inout BinaryDecoder
  ) throws(BinaryDecodingError) -> [Int64] {
    try IntegerColumn.decode(count: count, from: &decoder).map {
      Int64(bitPattern: IntegerColumn.unzigzag($0))
    }
  }
}

extension Int {
  /// Appends many integers in the shortest of three forms.
  @inlinable
  public static func encodeColumn(
    _ values: some Collection<Int>, to encoder: inout BinaryEncoder
  ) {
    Int64.encodeColumn(values.map { Int64($0) }, to: &encoder)
  }

  /// Reads what ``encodeColumn(_:to:)`` wrote.
  @inlinable
  public static func decodeColumn(
    count: Int, from decoder: inout BinaryDecoder
  ) throws(BinaryDecodingError) -> [Int] {
    let start = decoder.offset
    var values: [Int] = []
    for value in try Int64.decodeColumn(count: count, from: &decoder) {
      guard let value = Int(exactly: value) else {
        throw .invalidValue(offset: start, expected: "integers of this platform's width")
      }
      values.append(value)
    }
    return values
  }
}
