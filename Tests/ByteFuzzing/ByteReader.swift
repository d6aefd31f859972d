import MerganserTypes

/// Takes the bytes that a fuzzer gives apart: whatever they are, there is an answer.
struct ByteReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  var isAtEnd: Bool { rest.isEmpty }

  /// The next byte; 0 behind the end.
  mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

  /// A number below `limit`.
  mutating func number(below limit: Int) -> Int { Int(byte()) % max(1, limit) }

  /// As many bytes as the next two say, or all that are left.
  mutating func bytes() -> [UInt8] {
    let length = Int(byte()) | Int(byte()) << 8
    defer { rest = rest.dropFirst(length) }
    return Array(rest.prefix(length))
  }

  /// All that is left.
  mutating func remainder() -> [UInt8] {
    defer { rest = [] }
    return Array(rest)
  }
}

/// Makes bytes that a ``ByteReader`` takes apart into what was put in.
struct ByteWriter {
  private(set) var bytes: [UInt8] = []

  mutating func put(_ byte: Int) { bytes.append(UInt8(truncatingIfNeeded: byte)) }

  mutating func put(_ part: some Collection<UInt8>) {
    put(part.count)
    put(part.count >> 8)
    bytes += part
  }
}
