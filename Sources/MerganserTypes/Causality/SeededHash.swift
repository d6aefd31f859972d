/// Hashes under a seed that is drawn once a process, so that nobody can craft elements that collide.
///
/// The standard library's `Hasher` is built to withstand more, and costs several times as much on small
/// keys. Integers are mixed by a multiplication to 128 bits whose halves are folded, with both factors
/// secret; strings of ASCII by a chain of these, eight bytes at a time; all else goes to `Hasher`.
@usableFromInline
struct SeededHash: Sendable {
  @usableFromInline let first: UInt64
  @usableFromInline let second: UInt64

  /// The seed of this process.
  @usableFromInline static let process = SeededHash(
    first: .random(in: 0...UInt64.max), second: .random(in: 0...UInt64.max) | 1)

  @inlinable
  init(first: UInt64, second: UInt64) {
    self.first = first
    self.second = second
  }

  @inlinable
  func mix(_ value: UInt64) -> UInt64 {
    let product = (value ^ first).multipliedFullWidth(by: second)
    return product.high ^ product.low
  }

  /// The hash of an element.
  @inlinable
  func tag<Element: Hashable>(_ element: Element) -> UInt64 {
    if Element.self == UInt64.self {
      mix(unsafeBitCast(element, to: UInt64.self))
    } else if Element.self == Int64.self {
      mix(UInt64(bitPattern: unsafeBitCast(element, to: Int64.self)))
    } else if Element.self == Int.self {
      mix(UInt64(truncatingIfNeeded: unsafeBitCast(element, to: Int.self)))
    } else if Element.self == UInt32.self {
      mix(UInt64(unsafeBitCast(element, to: UInt32.self)))
    } else if Element.self == String.self {
      hash(unsafeBitCast(element, to: String.self))
    } else {
      mix(UInt64(bitPattern: Int64(element.hashValue)))
    }
  }

  @usableFromInline
  func hash(_ string: String) -> UInt64 {
    let hash = string.utf8.withContiguousStorageIfAvailable {
      asciiHash(UnsafeRawBufferPointer($0))
    }
    if let hash = hash ?? nil { return hash }
    // Three characters outside of ASCII are canonically equivalent to one inside; no others are.
    var plain: [UInt8] = []
    for scalar in string.unicodeScalars {
      switch scalar.value {
      case 0x212A: plain.append(UInt8(ascii: "K"))
      case 0x037E: plain.append(UInt8(ascii: ";"))
      case 0x1FEF: plain.append(UInt8(ascii: "`"))
      case 0..<0x80: plain.append(UInt8(scalar.value))
      default: return mix(UInt64(bitPattern: Int64(string.hashValue)))
      }
    }
    return plain.withUnsafeBytes { asciiHash($0) } ?? 0
  }

  /// The hash of bytes that are all ASCII; nil if some are not.
  func asciiHash(_ bytes: UnsafeRawBufferPointer) -> UInt64? {
    var hash = mix(UInt64(bytes.count))
    var all: UInt64 = 0
    var offset = 0
    while offset + 8 <= bytes.count {
      let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      all |= word
      hash = mix(hash ^ word)
      offset += 8
    }
    var tail: UInt64 = 0
    while offset < bytes.count {
      tail = tail << 8 | UInt64(bytes[offset])
      offset += 1
    }
    all |= tail
    return all & 0x8080_8080_8080_8080 == 0 ? mix(hash ^ tail) : nil
  }
}
