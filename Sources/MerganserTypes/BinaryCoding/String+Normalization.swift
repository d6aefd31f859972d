import Foundation

extension String {
  /// This text in normalization form C (Unicode Standard Annex 15), in which all strings that are equal
  /// have the same bytes.
  ///
  /// Text with more than ``maximumMarks`` combining marks in a row stays as it is: it is stored nowhere.
  @inlinable
  package var normalized: String { isPlainlyNormalized ? self : composed }

  /// Whether no character can need normalization: all lie before the first combining mark, U+0300, are
  /// Cyrillic from U+0400 to U+047F, ideographs from U+4000 to U+9FFF or Hangul from U+B000 to U+CFFF.
  ///
  /// Bytes tell: those that begin a character from U+0300 on are 0xCC and more, and continuations less.
  @inlinable
  var isPlainlyNormalized: Bool {
    utf8.withContiguousStorageIfAvailable { bytes in
      bytes.allSatisfy {
        switch $0 {
        case ..<0xCC, 0xD0...0xD1, 0xE4...0xE9, 0xEB...0xEC: true
        default: false
        }
      }
    } ?? false
  }

  /// This text, composed; the standard library keeps what it knows of normalization to itself.
  @usableFromInline
  var composed: String {
    hasTooManyMarks ? self : precomposedStringWithCanonicalMapping
  }

  /// The most combining marks in a row that text may have which is stored or sent.
  ///
  /// Normalization puts such marks in order, and takes the square of their number: without a limit, text of a
  /// few megabytes would stop whoever reads it. The Stream-Safe Text Format (Unicode Standard Annex 15, section
  /// 13) has 30, more than any language needs.
  package static var maximumMarks: Int { 256 }

  /// Whether more combining marks than ``maximumMarks`` stand in a row.
  ///
  /// - Complexity: O(n).
  var hasTooManyMarks: Bool {
    var count = 0
    for scalar in unicodeScalars {
      if scalar.value < 0x300 || scalar.properties.canonicalCombiningClass == .notReordered {
        count = 0
      } else {
        count += 1
        if count > Self.maximumMarks { return true }
      }
    }
    return false
  }

  /// Whether this text has the bytes of its normalization form C.
  @inlinable
  package var isNormalized: Bool { isPlainlyNormalized || utf8.elementsEqual(composed.utf8) }
}
