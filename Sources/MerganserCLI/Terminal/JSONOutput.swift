import Foundation
import MerganserDatabase

/// JSON for other programs.
enum JSONOutput {
  /// Prints a value, with its keys in order: over several lines, or on one.
  static func print(_ value: some Encodable, onOneLine: Bool = false) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if !onOneLine { encoder.outputFormatting.insert(.prettyPrinted) }
    Swift.print(String(decoding: try encoder.encode(value), as: UTF8.self))
  }
}

extension ReadableValue: Encodable {
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .integer(let number): try container.encode(number)
    case .text(let text): try container.encode(text)
    case .list(let elements): try container.encode(elements)
    case .nothing: try container.encodeNil()
    }
  }
}
