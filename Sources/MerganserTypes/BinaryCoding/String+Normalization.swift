import Foundation

extension String {
  /// This text in normalization form C (Unicode Standard Annex 15), in which all strings that are equal
  /// have the same bytes.
  @inlinable
  var normalized: String { isPlainlyNormalized ? self : composed }

  /// Whether no character can need normalization: all lie before the first combining mark, U+0300, or
  /// are the ideographs from U+4000 to U+9FFF.
  ///
  /// Bytes tell: those that begin a character from U+0300 on are 0xCC and more, and continuations less.
  @inlinable
  var isPlainlyNormalized: Bool {
    utf8.withContiguousStorageIfAvailable { bytes in
      bytes.allSatisfy { $0 < 0xCC || (0xE4...0xE9).contains($0) }
    } ?? false
  }

  /// This text, composed; the standard library keeps what it knows of normalization to itself.
  @usableFromInline
  var composed: String { precomposedStringWithCanonicalMapping }
}
