import MerganserTypes
import TestSupport
import XCTest

/// Damages the bytes of `values` thousands of times, and hands what still decodes to `use`.
///
/// A count that is believed would ask for exabytes, so that an allocation without bound ends the test.
/// What decodes must be a value like any other: its own bytes give it again.
func assault<Value: BinaryCodable & Equatable>(
  _ values: [Value], times: Int = 3000, seed: UInt64 = 1,
  file: StaticString = #filePath, line: UInt = #line,
  use: (Value) -> Void = { _ in }
) {
  var random = SplitMix(seed: seed)
  var (decoded, refused) = (0, 0)
  for value in values {
    let valid = value.binaryEncoded()
    for round in 0..<times {
      let bytes = valid.damaged(using: &random)
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
