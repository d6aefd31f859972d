import MerganserTypes
import XCTest

/// One way of damaging bytes that somebody encoded.
enum Mutation: CaseIterable {
  case flip, overwrite, truncate, insert, delete, repeatStretch, hugeInteger

  func apply(to bytes: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
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
      var encoder = BinaryEncoder()
      let bits = UInt64.random(in: 31...63, using: &random)
      encoder.encode(
        varint: Bool.random(using: &random) ? .max - (1 << 32) : 1 << bits)
      bytes.replaceSubrange(place..<place + 1, with: encoder.bytes)
    }
    return bytes
  }
}

/// Damages the bytes of `values` thousands of times, and hands what still decodes to `use`.
///
/// A count that is believed would ask for exabytes, so that an allocation without bound ends the test.
/// What decodes must be a value like any other: its own bytes give it again.
func assault<Value: BinaryCodable & Equatable>(
  _ values: [Value], times: Int = 3000, seed: UInt64 = 1,
  file: StaticString = #filePath, line: UInt = #line,
  _ use: (Value) -> Void = { _ in }
) {
  var random = SplitMix64(state: seed)
  var (decoded, refused) = (0, 0)
  for value in values {
    let valid = value.binaryEncoded()
    for round in 0..<times {
      var bytes = valid
      for _ in 0...(round % 3) {
        bytes = (Mutation.allCases.randomElement(using: &random) ?? .flip).apply(to: bytes, &random)
      }
      do throws(BinaryDecodingError) {
        let read = try Value(binaryEncoded: bytes)
        decoded += 1
        XCTAssertEqual(
          try? Value(binaryEncoded: read.binaryEncoded()), read, "seed \(seed) round \(round)",
          file: file, line: line)
        use(read)
      } catch {
        refused += 1
      }
    }
  }
  XCTAssertGreaterThan(decoded, 0, "every mutation was refused", file: file, line: line)
  XCTAssertGreaterThan(refused, 0, "no mutation was refused", file: file, line: line)
}
