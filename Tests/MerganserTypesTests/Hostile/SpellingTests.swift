import Foundation
import MerganserTypes
import XCTest

/// Strings that are canonically equivalent are equal, and equal values have equal bytes.
final class SpellingTests: XCTestCase {
  let a = ReplicaID(high: 0, low: 1)
  let spellings = [
    ("\u{E9}", "e\u{301}"), ("\u{212A}", "K"), ("\u{37E}", ";"), ("\u{1E69}", "s\u{307}\u{323}"),
    ("\u{D55C}", "\u{1112}\u{1161}\u{11AB}"), ("\u{2126}", "\u{3A9}"), ("\u{F900}", "\u{8C48}"),
    ("\u{304C}", "\u{304B}\u{3099}"), ("a\u{323}\u{307}", "a\u{307}\u{323}"),
    ("\u{1D15E}", "\u{1D157}\u{1D165}"), ("\u{958}", "\u{915}\u{93C}"),
  ]

  func testEqualStringsHaveEqualBytes() throws {
    for (one, other) in spellings {
      XCTAssertEqual(one, other)
      XCTAssertEqual(one.binaryEncoded(), other.binaryEncoded(), one)
      XCTAssertEqual(try String(binaryEncoded: other.binaryEncoded()), one)
    }
  }

  /// Every character, and what it decomposes into as Foundation knows it.
  func testEveryCharacterHasTheBytesOfItsDecomposition() {
    for value in UInt32(0)...0x10FFFF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let text = String(scalar)
      let decomposed = text.decomposedStringWithCanonicalMapping
      if decomposed.unicodeScalars.elementsEqual(text.unicodeScalars) { continue }
      XCTAssertEqual(decomposed, text)
      XCTAssertEqual(decomposed.binaryEncoded(), text.binaryEncoded(), String(value, radix: 16))
    }
  }

  func testSetsMapsAndRegistersOfEitherSpelling() throws {
    for (one, other) in spellings {
      var (sets, maps) = ([ORSet<String>](), [ORMap<String, MVRegister<String>>]())
      var (registers, lists) = ([LWWRegister<String>](), [GSet<String>]())
      for text in [one, other] {
        var set = ORSet<String>()
        for element in ["f", text, "z"] { set.insert(element, as: a) }
        sets.append(set)
        var map = ORMap<String, MVRegister<String>>()
        for key in ["f", text, "z"] { map.update(key, as: a) { $0.set(text, as: &$1) } }
        maps.append(map)
        var register = LWWRegister<String>()
        try register.set(text, as: a, at: HybridTime(milliseconds: 1))
        registers.append(register)
        lists.append(GSet(["f", text, "z"]))
      }
      XCTAssertEqual(sets[0], sets[1])
      XCTAssertEqual(sets[0].binaryEncoded(), sets[1].binaryEncoded())
      XCTAssertEqual(maps[0], maps[1])
      XCTAssertEqual(maps[0].binaryEncoded(), maps[1].binaryEncoded())
      XCTAssertEqual(registers[0].binaryEncoded(), registers[1].binaryEncoded())
      XCTAssertEqual(lists[0].binaryEncoded(), lists[1].binaryEncoded())
    }
  }
}
