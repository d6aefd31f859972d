/// One way in which bytes that somebody wrote are damaged.
package enum Damage: CaseIterable, Sendable {
  case flip, overwrite, truncate, insert, delete, repeatStretch, hugeInteger

  /// The bytes, damaged at a random place.
  package func applied(to bytes: [UInt8], using random: inout some RandomNumberGenerator) -> [UInt8]
  {
    var bytes = bytes
    guard !bytes.isEmpty else { return [UInt8.random(in: 0...255, using: &random)] }
    let place = Int.random(in: 0..<bytes.count, using: &random)
    switch self {
    case .flip: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case .overwrite: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
    case .truncate: bytes.removeSubrange(place...)
    case .insert: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
    case .delete: bytes.remove(at: place)
    case .repeatStretch:
      let end = min(bytes.count, place + Int.random(in: 1...16, using: &random))
      bytes.insert(contentsOf: Array(bytes[place..<end]), at: place)
    case .hugeInteger:
      let bits = UInt64.random(in: 31...63, using: &random)
      let number: UInt64 = Bool.random(using: &random) ? .max - (1 << 32) : 1 << bits
      bytes.replaceSubrange(place..<place + 1, with: Self.varint(number))
    }
    return bytes
  }

  /// A number as it is encoded: seven bits a byte, the least significant first.
  private static func varint(_ number: UInt64) -> [UInt8] {
    var (rest, bytes) = (number, [UInt8]())
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }
}

extension [UInt8] {
  /// The bytes, damaged in one to `most` ways.
  package func damaged(_ most: Int = 3, using random: inout some RandomNumberGenerator) -> [UInt8] {
    (0..<Int.random(in: 1...most, using: &random)).reduce(into: self) { bytes, _ in
      let damage = Damage.allCases.randomElement(using: &random) ?? .flip
      bytes = damage.applied(to: bytes, using: &random)
    }
  }
}
